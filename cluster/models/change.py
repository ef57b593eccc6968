"""What was changed, and when: the first thing to suspect."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from cluster.enums import ChangeKind


class Change(models.Model):
    """A rollout seen in the cluster, a change event of PagerDuty, or maintenance that somebody entered.

    `service` is the service's name, "" where it concerns all. A rollout's `detail` says what is different from the revision
    before: `images` ({container: [before, after]}), `env` (names added and removed), `resources`. Maintenance has an end.
    """

    kind = models.CharField(max_length=12, choices=ChangeKind)
    source_id = models.CharField(max_length=500)
    service = models.CharField(max_length=255, blank=True, default="")
    context = models.CharField(max_length=253, blank=True, default="")
    namespace = models.CharField(max_length=63, blank=True, default="")
    deployment = models.CharField(max_length=253, blank=True, default="")
    title = models.CharField(max_length=500)
    detail: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    actor_name = models.CharField(max_length=255, blank=True, default="")
    html_url = models.URLField(max_length=500, blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["-occurred_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "source_id"], name="change_once"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=models.F("occurred_at")), name="change_ends_later"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-occurred_at", "-id"], name="change_newest"),
            models.Index(fields=["ends_at"], name="change_planned", condition=Q(kind=ChangeKind.MAINTENANCE)),
        ]

    def __str__(self) -> str:
        return self.title
