"""`manage.py verify_audit`: is the audit chain whole?"""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.audit import AuditFacts, first_broken
from accounts.models import AuditRecord


class Command(BaseCommand):
    help = "Recomputes the audit chain and fails with the first record that does not fit."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = first_broken(self._chain())
        if broken is not None:
            raise CommandError(
                f"The audit chain is broken at record {broken}: it, or one before it, was changed or removed."
            )
        self.stdout.write(f"The audit chain is whole: {AuditRecord.objects.count()} records.")

    @staticmethod
    def _chain() -> Iterator[tuple[AuditFacts, str, str]]:
        for record in AuditRecord.objects.order_by("sequence").iterator():
            facts = AuditFacts(
                sequence=record.sequence,
                at=record.at,
                actor_name=record.actor_name,
                verb=record.verb,
                target=record.target,
                data=record.data,
            )
            yield facts, record.previous_digest, record.digest
