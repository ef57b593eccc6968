"""What was done about it: proposed, tried out, confirmed, run and judged."""

from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from incidents.enums import ACTIVE_MITIGATIONS, MitigationState, MitigationVerb
from incidents.mitigations.commands import Where
from incidents.models.incident import Incident


def new_mark() -> str:
    return uuid4().hex


class Mitigation(models.Model):
    """One action on what runs, from the proposal to the verdict. The row comes first, every call afterwards.

    `idempotency_key` makes a proposal that is sent twice one; `mark` is written into the deployment with the change itself,
    so that the cluster can be asked whether a call arrived whose answer was lost. `target` is the deployment, or the database
    that is rebooted (it has no context and no namespace); `pod` is what else is named. `expected` is the resourceVersion that
    the call is bound to (of a pod: its uid); since every change of the status moves it, what the dry run saw is told by
    `before["generation"]`: what has changed since is not touched. `before`, `after` and `diff` are what the person is shown;
    `findings` what the guard rails found: `{"code", "is_blocking", "data"}`. `verdict` says what came of it: the `code` of an
    Outcome with its data, `was_done`, and what is known of the alert (`alert`).
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="mitigations", db_index=False)
    cycle = models.PositiveIntegerField()
    idempotency_key = models.CharField(max_length=128, unique=True)
    mark = models.CharField(max_length=32, unique=True, default=new_mark)
    verb = models.CharField(max_length=12, choices=MitigationVerb)
    parameters: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    service = models.CharField(max_length=255)
    context = models.CharField(max_length=253, blank=True, default="")
    namespace = models.CharField(max_length=63, blank=True, default="")
    target = models.CharField(max_length=253)
    pod = models.CharField(max_length=253, blank=True, default="")
    database = models.CharField(max_length=63, blank=True, default="")
    is_production = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=MitigationState, default=MitigationState.CHECKING)
    command = models.TextField(blank=True, default="")
    before: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    after: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    diff: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    findings: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    expected = models.CharField(max_length=64, blank=True, default="")
    progress: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    verdict: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    last_error = models.CharField(max_length=1000, blank=True, default="")
    way_back_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="ways_back")

    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    requested_at = models.DateTimeField(db_default=Now())
    checked_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField(null=True)
    called_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            # Two people's mitigations never meet on one deployment, whoever clicks when.
            models.UniqueConstraint(
                fields=["context", "namespace", "target"],
                condition=Q(state__in=ACTIVE_MITIGATIONS),
                name="mitigation_alone_on_its_target",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["incident", "id"], name="mitigation_of_incident"),
            models.Index(
                fields=["next_attempt_at"],
                name="mitigation_under_way",
                condition=Q(state__in=(MitigationState.CHECKING, *ACTIVE_MITIGATIONS)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} of {self.target}: {self.state}"

    @property
    def place(self) -> Where:
        """Where it acts, as its command names it."""
        return Where(
            context=self.context,
            namespace=self.namespace,
            target=self.target,
            pod=self.pod,
            database=self.database,
            region=self.before.get("region", ""),
        )

    @property
    def is_over(self) -> bool:
        return MitigationState(self.state).is_over

    @property
    def was_done(self) -> bool:
        """Whether the call is known to have arrived, whatever came of it."""
        return bool(self.verdict.get("was_done"))

    @property
    def is_blocked(self) -> bool:
        return any(finding["is_blocking"] for finding in self.findings)
