"""What vendors told us, before anything is made of it; and how far the poll has read."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class InboundEvent(models.Model):
    """One webhook delivery, its body byte for byte. `processed_at` is null until its news is in the incident."""

    delivery_id = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  # unique only where known
    event_id = models.CharField(max_length=64, unique=True)
    event_type = models.CharField(max_length=64)
    body = models.BinaryField()
    received_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="inbound_unprocessed", condition=Q(processed_at__isnull=True)),
            models.Index(fields=["received_at"], name="inbound_received"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"


class PollState(models.Model):
    """How far a poll has read. `watermark` moves only when everything before it is stored."""

    name = models.CharField(max_length=32, unique=True)
    watermark = models.DateTimeField(null=True)
    attempted_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return self.name
