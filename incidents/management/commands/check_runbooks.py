"""`manage.py check_runbooks`: whether every runbook can be used; what is wrong as `file:line: sentence`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.runbooks import library


class Command(BaseCommand):
    help = "Reads every runbook. Exits with 1 where one is broken, and says the file, the line and what is wrong."
    # It says the same, and more usefully.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        found = library()
        for problem in found.problems:
            self.stdout.write(str(problem))
        if found.problems:
            raise CommandError(f"{len(found.problems)} problems; {len(found.runbooks)} runbooks can be used")
        self.stdout.write(f"{len(found.runbooks)} runbooks and {len(found.translated)} translations are right")
