"""`manage.py replay_webhooks FILE…`: recorded deliveries through the real endpoint.

Three shapes of file are read: `{"secret", "deliveries": [{"raw_body", "signature"}]}` (bodies with the signatures they
came with), a list of PagerDuty's documented examples, and one delivery alone. Examples without a signature are signed
with the first configured secret; what is no delivery (an example of a bare object) is counted and left out.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test import Client, override_settings
from django.urls import reverse

from incidents.models import Incident
from incidents.services.drain_inbox import drain_inbox
from integrations.pagerduty.webhooks import sign


@dataclass(frozen=True)
class Recorded:
    """One delivery as it came. `signature` is None where the recording has none."""

    body: bytes
    signature: str | None


def read_recording(path: Path) -> tuple[list[Recorded], list[str], int]:
    """The deliveries, the secrets they are signed with, and how many items are no deliveries. Raises CommandError."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CommandError(f"{path}: is no JSON: {error}") from error
    if isinstance(content, dict) and isinstance(content.get("deliveries"), list):
        try:
            recorded = [Recorded(item["raw_body"].encode(), item["signature"]) for item in content["deliveries"]]
        except (KeyError, TypeError, AttributeError) as error:
            raise CommandError(f"{path}: every delivery needs raw_body and signature") from error
        return recorded, [str(content["secret"])] if "secret" in content else [], 0
    items = content if isinstance(content, list) else [content]
    events = [item for item in items if isinstance(item, dict) and isinstance(item.get("event"), dict)]
    return [Recorded(json.dumps(item).encode(), None) for item in events], [], len(items) - len(events)


class Command(BaseCommand):
    help = "Feeds recorded PagerDuty webhook deliveries through the portal's endpoint and works them off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        answers: dict[int, int] = {}
        left_out = 0
        for path in options["files"]:
            recorded, secrets, skipped = read_recording(path)
            left_out += skipped
            for delivery in recorded:
                status = self._deliver(delivery, secrets)
                answers[status] = answers.get(status, 0) + 1
        drain_inbox()
        told = ", ".join(f"{count}× {status}" for status, count in sorted(answers.items())) or "nothing"
        self.stdout.write(
            f"answered {told}; {left_out} items are no deliveries; {Incident.objects.count()} incidents known"
        )
        if set(answers) - {202}:
            raise CommandError("not every delivery was accepted")

    @staticmethod
    def _deliver(delivery: Recorded, secrets: list[str]) -> int:
        # Whoever runs this has the recording's secret; the running portal does not need to know it.
        accepted = [*settings.PAGERDUTY_WEBHOOK_SECRETS, *secrets]
        if not accepted:
            raise CommandError("PAGERDUTY_WEBHOOK_SECRETS is empty and the recording has no secret")
        with override_settings(PAGERDUTY_WEBHOOK_SECRETS=accepted, ALLOWED_HOSTS=["testserver"]):
            response = Client().post(
                reverse("incidents:pagerduty_webhook"),
                data=delivery.body,
                content_type="application/json",
                headers={"X-PagerDuty-Signature": delivery.signature or sign(delivery.body, accepted[0])},
                secure=settings.PORTAL_BEHIND_TLS,
            )
        return response.status_code
