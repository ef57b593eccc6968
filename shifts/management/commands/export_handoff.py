"""`manage.py export_handoff SHIFT`: a signed report on standard output or in a file, in one of its shapes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from documents.shapes import put
from shifts.handoff.exports import SHAPES
from shifts.handoffs import report_of, signed_handoffs


class Command(BaseCommand):
    help = "Writes the newest signed handoff of a shift, or its version, in one of the shapes that its page offers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shift", type=int, help="the number in the address of its page")
        parser.add_argument("--output", type=Path, help="a file to write; a PDF needs one")
        parser.add_argument("--shape", choices=sorted(SHAPES), default="md")
        parser.add_argument("--number", type=int, help="which version; without it the newest that is signed")

    def handle(self, *args: Any, **options: Any) -> None:
        found = signed_handoffs().filter(shift=options["shift"]).order_by("-number")
        if options["number"] is not None:
            found = found.filter(number=options["number"])
        handoff = found.first()
        if handoff is None:
            raise CommandError("No signed handoff of that shift.")
        written = SHAPES[options["shape"]].render(report_of(handoff))
        try:
            put(written, output=options["output"], otherwise=self.stdout)
        except ValueError as error:
            raise CommandError(str(error)) from error
