"""Open incidents that go over to whoever takes a shift over."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from incidents.models.incident import Incident
from incidents.models.outbox import OutboxMessage
from shifts.models import Handoff


class Transfer(models.Model):
    """One incident that a handoff gives to its incoming person: what PagerDuty was asked, or why it was not (`refusal`).

    `refusal` is a key of `act_refusals.REASONS`. Asked again, the row speaks of the last time.
    """

    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="transfers")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="transfers")
    message = models.ForeignKey(OutboxMessage, on_delete=models.CASCADE, null=True, related_name="+")
    refusal = models.CharField(max_length=24, blank=True, default="")
    asked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handoff", "incident"], name="transfer_once"),
            models.CheckConstraint(
                condition=Q(message=None) & ~Q(refusal="") | Q(message__isnull=False, refusal=""),
                name="transfer_asked_or_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} with handoff {self.handoff_id}"
