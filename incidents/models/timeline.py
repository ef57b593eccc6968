"""What happened to an incident, entry by entry."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from incidents.enums import EntryKind, EntrySource
from incidents.models.incident import Incident
from incidents.wording import sentence


class TimelineEntry(models.Model):
    """One fact. `occurred_at` is when it happened, `recorded_at` when the portal wrote it down.

    An entry that a webhook brought is unconfirmed until PagerDuty's log has it too; then `source_id` is the log
    entry's id, and its time and actor are the log's.
    """

    # Found by `entry_order`; nobody asks for all the entries of a person.
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="entries", db_index=False)
    kind = models.CharField(max_length=24, choices=EntryKind)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    actor_name = models.CharField(max_length=255, blank=True, default="")
    actor_pagerduty_id = models.CharField(max_length=32, blank=True, default="")
    source = models.CharField(max_length=12, choices=EntrySource)
    source_id = models.CharField(max_length=64, null=True)  # noqa: DJ001  # unique only where known
    is_confirmed = models.BooleanField(default=True)
    data: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["occurred_at", "pk"]
        verbose_name_plural = "timeline entries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["incident", "source", "source_id"],
                name="entry_once",
                condition=Q(source_id__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["incident", "occurred_at", "id"], name="entry_order"),
            # Who was rung of late, over all incidents; no other kind pays for it.
            models.Index(fields=["occurred_at"], name="entry_rung", condition=Q(kind=EntryKind.NOTIFIED)),
            # What the stakeholders were told of late, whatever the incident.
            models.Index(fields=["occurred_at"], name="entry_status_update", condition=Q(kind=EntryKind.STATUS_UPDATE)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.occurred_at:%Y-%m-%d %H:%M:%S}"

    @property
    def text(self) -> str:
        """The entry as a sentence in the active language."""
        return sentence(EntryKind(self.kind), actor=self.actor_name, data=self.data)
