"""The cluster as the last poll found it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now

from cluster.enums import Obstacle
from cluster.shapes import PodLine, WorkloadLine


class ClusterState(models.Model):
    """One namespace of one context. While the cluster cannot be read, what was last read stays and says since when.

    `read_at` is when the last poll that succeeded began, `succeeded_at` when it was stored. `error` is an integration's code and
    the cluster's own words; `metrics_error` the same for usage alone. `permissions` says for «verb resource» whether the portal
    may; what a SelfSubjectAccessReview answered at `permissions_at`.
    """

    context = models.CharField(max_length=253, blank=True, default="")
    namespace = models.CharField(max_length=63)
    read_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True, default="")
    metrics_error = models.CharField(max_length=500, blank=True, default="")
    pods_total = models.PositiveIntegerField(default=0)
    pods_ready = models.PositiveIntegerField(default=0)
    reasons: "models.JSONField[dict[str, int], dict[str, int]]" = models.JSONField(default=dict)
    restarts = models.PositiveIntegerField(default=0)
    unwell: "models.JSONField[list[PodLine], list[PodLine]]" = models.JSONField(default=list)
    workloads: "models.JSONField[list[WorkloadLine], list[WorkloadLine]]" = models.JSONField(default=list)
    events: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    permissions: "models.JSONField[dict[str, bool], dict[str, bool]]" = models.JSONField(default=dict)
    permissions_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["context", "namespace"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["context", "namespace"], name="state_of_a_namespace"),
        ]

    def __str__(self) -> str:
        return f"{self.context or 'current'}/{self.namespace}"

    @property
    def obstacle(self) -> Obstacle | None:
        """Why the last poll failed; None where it did not."""
        return Obstacle.of_error(self.error)

    @property
    def metrics_obstacle(self) -> Obstacle | None:
        return Obstacle.of_error(self.metrics_error)

    @property
    def missing_permissions(self) -> list[str]:
        return sorted(name for name, is_allowed in self.permissions.items() if not is_allowed)
