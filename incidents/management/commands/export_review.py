"""`manage.py export_review NUMBER`: an incident's review on standard output or in a file, in one of its shapes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from documents.shapes import put
from incidents.models import Incident
from incidents.review.exports import SHAPES
from incidents.review_facts import document_for
from incidents.reviews import is_reviewable, review_of


class Command(BaseCommand):
    help = "Writes the review of an incident in one of the shapes that its page offers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int, help="the incident's number, as in the address of its room")
        parser.add_argument("--output", type=Path, help="a file to write; a PDF needs one")
        parser.add_argument("--shape", choices=sorted(SHAPES), default="md")

    def handle(self, *args: Any, **options: Any) -> None:
        incident = Incident.objects.select_related("service").filter(pk=options["number"]).first()
        review = review_of(options["number"])
        if incident is None or not is_reviewable(incident, review):
            raise CommandError("No incident of that number has a review, or is resolved and could have one.")
        written = SHAPES[options["shape"]].render(document_for(incident, review))
        try:
            put(written, output=options["output"], otherwise=self.stdout)
        except ValueError as error:
            raise CommandError(str(error)) from error
