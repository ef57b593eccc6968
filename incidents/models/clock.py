"""One running measure of one incident."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from incidents.enums import ClockKind
from incidents.models.incident import Incident
from incidents.models.policy import PolicyVersion


class SlaClock(models.Model):
    """Respond, acknowledge or escalate, for one cycle of one incident.

    Open while neither stopped nor closed. `breached_at` equals `due_at` and is written once; `detected_at` says when
    the portal noticed. `closed_at` ends a clock without a verdict (merged, deleted). `settled_at` is when the facts last
    changed it, as opposed to time. `escalation_decided_at`: when the portal escalated, or chose not to, at this deadline.
    """

    # Found by the unique (incident, kind, cycle); every index less makes a breach cheaper.
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="clocks", db_index=False)
    kind = models.CharField(max_length=12, choices=ClockKind)
    cycle = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField()
    at_risk_at = models.DateTimeField()
    due_at = models.DateTimeField()
    at_risk_noted_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.CharField(max_length=255, blank=True, default="")
    breached_at = models.DateTimeField(null=True)
    detected_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_because = models.CharField(max_length=64, blank=True, default="")
    # Policies are never removed, so that nothing ever looks for the clocks of one.
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    escalation_decided_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "kind", "cycle"], name="clock_once_a_cycle"),
            models.CheckConstraint(condition=Q(due_at__gt=models.F("started_at")), name="clock_due_after_start"),
            models.CheckConstraint(
                condition=Q(breached_at__isnull=True) | Q(breached_at=models.F("due_at")),
                name="clock_breached_at_the_deadline",
            ),
        ]
        indexes: ClassVar = [
            # The engine's two questions: which open clocks are past due, and which have just become at risk.
            models.Index(
                fields=["due_at"],
                name="clock_due",
                condition=Q(stopped_at__isnull=True, closed_at__isnull=True, breached_at__isnull=True),
            ),
            models.Index(
                fields=["due_at"],
                name="clock_escalation",
                condition=Q(
                    kind=ClockKind.ESCALATE,
                    stopped_at__isnull=True,
                    closed_at__isnull=True,
                    breached_at__isnull=False,
                    escalation_decided_at__isnull=True,
                ),
            ),
            # Attainment counts the clocks that started in a stretch of time.
            models.Index(fields=["started_at"], name="clock_started"),
            # The board: the open clocks of the open incidents.
            models.Index(
                fields=["incident"],
                name="clock_open",
                condition=Q(stopped_at__isnull=True, closed_at__isnull=True),
            ),
            models.Index(
                fields=["at_risk_at"],
                name="clock_at_risk",
                condition=Q(
                    stopped_at__isnull=True,
                    closed_at__isnull=True,
                    breached_at__isnull=True,
                    at_risk_noted_at__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.incident_id}"
