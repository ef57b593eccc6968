"""`manage.py seed_demo`: the demo users where the demo is on; where it is off, they lose their access."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.services.seed_demo import remove_demo, seed_demo


class Command(BaseCommand):
    help = "Makes the demo users (PORTAL_DEMO=1), or locks those that a demo left behind (PORTAL_DEMO=0)."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PORTAL_DEMO:
            made = seed_demo()
            self.stdout.write(f"demo users made: {', '.join(made) or 'none, they exist'}")
        else:
            self.stdout.write(f"demo users locked: {remove_demo()}")
