"""Where a PagerDuty service runs."""

from typing import ClassVar, TypedDict

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from cluster.enums import USUAL_VERBS, MappingProblem


class Problem(TypedDict):
    """Something an entry names that is not there: `code` of MappingProblem, `detail` which."""

    code: str
    detail: str


def usual_verbs() -> list[str]:
    return [verb.value for verb in USUAL_VERBS]


class CatalogueEntry(models.Model):
    """One service of PagerDuty and what it is in the cluster and in AWS.

    Made by convention when the service has its first incident, until somebody confirms it on its page. `context` is a
    name in the kubeconfig (`cluster.contexts`), "" where there is none, as in a pod. `selector` is a label selector.
    `allowed_verbs` are values of MitigationVerb.
    """

    pagerduty_id = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=255)
    context = models.CharField(max_length=253, blank=True, default="")
    namespace = models.CharField(max_length=63, blank=True, default="")
    deployment = models.CharField(max_length=253, blank=True, default="")
    selector = models.CharField(max_length=500, blank=True, default="")
    databases: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    slack_channel = models.CharField(max_length=80, blank=True, default="")
    owner = models.CharField(max_length=255, blank=True, default="")
    runbooks: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    grafana_dashboard = models.CharField(max_length=80, blank=True, default="")
    grafana_panel = models.PositiveIntegerField(null=True, blank=True)
    allowed_verbs: "models.JSONField[list[str], list[str]]" = models.JSONField(default=usual_verbs, blank=True)
    min_replicas = models.PositiveSmallIntegerField(default=1)
    max_replicas = models.PositiveSmallIntegerField(default=10)
    is_production = models.BooleanField(default=True)
    is_confirmed = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    problems: "models.JSONField[list[Problem], list[Problem]]" = models.JSONField(default=list)
    checked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name_plural = "catalogue entries"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(min_replicas__lte=F("max_replicas")), name="entry_replicas_in_order"),
        ]
        indexes: ClassVar = [models.Index(fields=["context", "namespace"], name="entry_of_a_namespace")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_mapped(self) -> bool:
        """Whether it says where in the cluster to look."""
        return bool(self.namespace and (self.deployment or self.selector))

    @property
    def problem_lines(self) -> list[tuple[str, str]]:
        """What points nowhere: a sentence, and what it is about."""
        return [(str(MappingProblem(each["code"]).label), each["detail"]) for each in self.problems]
