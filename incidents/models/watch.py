"""Who watches the clocks, what they found, and what the team's channel is to be told."""

from typing import ClassVar, TypedDict

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from incidents.enums import ClockKind, NoticeKind, OutboxState
from incidents.models.incident import Incident


class Heartbeat(models.Model):
    """The last sign of life of one process. `process` tells several of a kind apart: host and process number."""

    name = models.CharField(max_length=32)
    process = models.CharField(max_length=128)
    beaten_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "process"], name="heartbeat_once")]

    def __str__(self) -> str:
        return f"{self.name} at {self.process}"


class AuditFinding(TypedDict):
    """One thing the auditor found: `kind` wrong, late, stuck or missing; `clock` respond, acknowledge or escalate."""

    kind: str
    incident: int
    clock: str
    cycle: int
    detail: str


class SlaAudit(models.Model):
    """What the auditor last found; one row, named «sla».

    A round looks at every open clock, at the incidents of the timeline entries written since the round before (every change
    writes one; `seen_entry` is the last one's id), at those of its last findings, and at the next stretch of all the others:
    `reached` is the incident number it got to, `swept_at` when it last came round. `clean_since` is null while something is wrong.
    """

    name = models.CharField(max_length=16, unique=True, default="sla")
    finished_at = models.DateTimeField(null=True)
    checked = models.PositiveIntegerField(default=0)
    findings: "models.JSONField[list[AuditFinding], list[AuditFinding]]" = models.JSONField(default=list)
    found = models.PositiveIntegerField(default=0)
    # Of the breaches of the last hour that the round looked at: how long after the deadline they were written (seconds).
    lateness_p99 = models.FloatField(null=True)
    lateness_worst = models.FloatField(null=True)
    clean_since = models.DateTimeField(null=True)
    seen_entry = models.PositiveBigIntegerField(default=0)
    reached = models.PositiveBigIntegerField(default=0)
    swept_at = models.DateTimeField(null=True)
    pinged_at = models.DateTimeField(null=True)
    ping_error = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"audit of {self.finished_at}"


class Notice(models.Model):
    """One line for the team's channel. Written in the transaction of what it tells of; sent once."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=16, choices=NoticeKind)
    clock = models.CharField(max_length=12, choices=ClockKind)
    cycle = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    state = models.CharField(
        max_length=8, choices=OutboxState, default=OutboxState.WAITING, db_default=OutboxState.WAITING
    )
    created_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    finished_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            # A clock that is re-timed has another deadline, of which the channel hears, too.
            models.UniqueConstraint(fields=["incident", "clock", "cycle", "kind", "due_at"], name="notice_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], name="notice_waiting", condition=Q(state=OutboxState.WAITING)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.incident_id}: {self.state}"
