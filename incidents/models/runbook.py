"""How far an incident's responders have come in a runbook."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from incidents.models.incident import Incident


class RunbookTick(models.Model):
    """One step of a runbook that somebody says is done, in one cycle of an incident.

    `runbook` is the file's slug and `step` the step's key: the words of a step may be edited without losing its tick. A tick
    that was taken back stays, with who took it back and when; a new one is another row.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="ticks", db_index=False)
    cycle = models.PositiveIntegerField()
    runbook = models.CharField(max_length=64)
    step = models.CharField(max_length=64)
    ticked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    ticked_at = models.DateTimeField(db_default=Now())
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            # What stands is looked up by this, too.
            models.UniqueConstraint(
                fields=["incident", "cycle", "runbook", "step"],
                condition=Q(taken_back_at__isnull=True),
                name="tick_once",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at__isnull=True, taken_back_by__isnull=True)
                | Q(taken_back_at__isnull=False, taken_back_by__isnull=False),
                name="tick_taken_back_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.runbook}/{self.step} of {self.incident_id}"
