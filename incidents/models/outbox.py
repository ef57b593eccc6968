"""What people asked PagerDuty to do. A row first, then a call."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from incidents.enums import OutboxState, Verb
from incidents.models.incident import Incident
from incidents.wording import refusal


class OutboxMessage(models.Model):
    """One act on its way to PagerDuty; `requested_by` is null for the portal's own.

    `next_attempt_at` is pushed forward before each try, so that a crash retries later.
    """

    idempotency_key = models.CharField(max_length=128, unique=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="outbox")
    verb = models.CharField(max_length=12, choices=Verb)
    arguments: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    from_email = models.EmailField(max_length=255)
    state = models.CharField(max_length=8, choices=OutboxState, default=OutboxState.WAITING)
    created_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], name="outbox_waiting", condition=Q(state=OutboxState.WAITING)),
            models.Index(fields=["incident", "id"], name="outbox_of_incident"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} for {self.incident_id}: {self.state}"

    @property
    def refusal_text(self) -> str:
        """Why PagerDuty refused, in the active language."""
        return refusal(self.last_error)
