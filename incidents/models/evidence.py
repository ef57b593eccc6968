"""The first assessment: pods, events, logs, rollouts and databases as they were when the incident triggered."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from cluster.enums import Obstacle
from incidents.enums import CaptureCause, CaptureState, EvidenceKind, PartState
from incidents.models.incident import Incident


class Capture(models.Model):
    """One look at everything around an incident's service; kept as it was. The row comes first, the looking afterwards.

    `number` counts within the incident. `kinds` are values of EvidenceKind. A worker that dies with it leaves it to another
    after `next_attempt_at`. One that was forgotten has no parts any more.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="captures", db_index=False)
    number = models.PositiveIntegerField()
    cycle = models.PositiveIntegerField()
    cause = models.CharField(max_length=12, choices=CaptureCause)
    kinds: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    requested_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=8, choices=CaptureState, default=CaptureState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["incident", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "number"], name="capture_once"),
            models.UniqueConstraint(
                fields=["incident", "cycle"], condition=Q(cause=CaptureCause.TRIGGER), name="capture_of_a_trigger"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], name="capture_waiting", condition=~Q(state=CaptureState.DONE)),
            models.Index(fields=["finished_at"], name="capture_kept", condition=Q(forgotten_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"capture {self.number} of {self.incident_id}"


class EvidencePart(models.Model):
    """One kind of evidence of one capture. `data` has the shape that `incidents.evidence` gives for the kind.

    `count` is how much was found, `warnings` how much of it is not well: the numbers on the tab. `error` is an integration's
    code and the vendor's own words.
    """

    capture = models.ForeignKey(Capture, on_delete=models.CASCADE, related_name="parts", db_index=False)
    kind = models.CharField(max_length=10, choices=EvidenceKind)
    state = models.CharField(max_length=8, choices=PartState)
    captured_at = models.DateTimeField(db_default=Now())
    count = models.PositiveIntegerField(default=0)
    warnings = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True, default="")
    data: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    image = models.BinaryField(null=True)

    class Meta:
        ordering: ClassVar = ["capture", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["capture", "kind"], name="part_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.capture_id}"

    @property
    def obstacle(self) -> Obstacle | None:
        """Why it could not be read."""
        return Obstacle.of_error(self.error)
