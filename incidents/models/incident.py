"""The unit of response, and the service it is about."""

from collections.abc import Iterable
from typing import ClassVar, TypedDict

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from incidents.enums import OPEN_STATUSES, Escalation, Severity, SeveritySource, Status
from incidents.review.due import REVIEWED


class Service(models.Model):
    """A PagerDuty service as last heard of. One that nobody has described yet is made by its first incident."""

    pagerduty_id = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=255)
    html_url = models.URLField(max_length=500, blank=True, default="")
    escalation = models.CharField(
        max_length=10, choices=Escalation, default=Escalation.AUTOMATIC, db_default=Escalation.AUTOMATIC
    )

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Engaged(TypedDict):
    """Somebody who took part in the current cycle: acknowledged it or said «I'm on it»."""

    name: str
    pagerduty_id: str


class Incident(models.Model):
    """One incident, as PagerDuty's latest snapshot has it and as this portal judges it.

    `snapshot_at` is the instant the stored snapshot describes: an older one never overwrites a newer one.
    `engaged` are the responders of the current cycle, who go on helping when it is escalated.
    `seen_in_poll_at` is null while only webhooks have told of it. `version` rises with every change a page could show.
    """

    number = models.BigAutoField(primary_key=True)
    pagerduty_id = models.CharField(max_length=32, unique=True)
    pagerduty_number = models.PositiveBigIntegerField(null=True)
    # Found by `incident_history_service`.
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="incidents", db_index=False)
    people = models.ManyToManyField(Person, through="Assignment", related_name="incidents")
    title = models.CharField(max_length=1024)
    what = models.CharField(max_length=1024)
    body = models.TextField(blank=True, default="")
    metric_name = models.CharField(max_length=255, blank=True, default="")
    measured_value = models.CharField(max_length=64, blank=True, default="")
    threshold = models.CharField(max_length=64, blank=True, default="")

    severity = models.CharField(max_length=2, choices=Severity)
    severity_source = models.CharField(max_length=8, choices=SeveritySource)
    priority = models.CharField(max_length=64, blank=True, default="")
    urgency = models.CharField(max_length=8, blank=True, default="")
    status = models.CharField(max_length=12, choices=Status)

    triggered_at = models.DateTimeField()
    cycle = models.PositiveIntegerField(default=1)
    cycle_started_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")
    engaged: "models.JSONField[list[Engaged], list[Engaged]]" = models.JSONField(default=list, db_default=[])
    escalation_policy_id = models.CharField(max_length=32, blank=True, default="")
    escalation_policy_name = models.CharField(max_length=255, blank=True, default="")
    html_url = models.URLField(max_length=500, blank=True, default="")

    snapshot_at = models.DateTimeField()
    seen_in_poll_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="incident_status_known"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="incident_severity_known"),
            models.CheckConstraint(condition=~Q(merged_into=F("number")), name="incident_not_merged_into_itself"),
        ]
        # None on `version` and `changed_at`: a change of these alone touches no index (and finds room on its page, for
        # which the table's fill factor is 80), so that a breach costs half.
        indexes: ClassVar = [
            # The board reads open incidents alone, however many are closed.
            models.Index(
                fields=["-triggered_at", "-number"],
                name="incident_open",
                condition=Q(status__in=OPEN_STATUSES, deleted_at__isnull=True),
            ),
            # History's keyset pages.
            models.Index(fields=["-triggered_at", "-number"], name="incident_history"),
            models.Index(fields=["service", "-triggered_at", "-number"], name="incident_history_service"),
            # Whose review is due: severe ones that are over, by when.
            models.Index(
                fields=["resolved_at"],
                name="incident_to_review",
                condition=Q(
                    severity__in=[each.value for each in REVIEWED],
                    status=Status.RESOLVED,
                    deleted_at__isnull=True,
                    merged_into__isnull=True,
                ),
            ),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="incident_title_words"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("incidents:room", args=[self.number])

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES and self.deleted_at is None

    def helping(self, assigned: Iterable[str]) -> list[str]:
        """Who took part in this cycle and does not have it any more, by name: they go on helping until it is resolved.

        `assigned` are the PagerDuty ids of those who have it.
        """
        has_it = set(assigned)
        return [each["name"] for each in self.engaged if each["pagerduty_id"] not in has_it] if self.is_open else []

    @property
    def severity_explanation(self) -> str:
        """Why the severity is what it is, in words."""
        return str(_("%(severity)s, %(source)s")) % {
            "severity": self.severity,
            "source": self.get_severity_source_display(),
        }


class Assignment(models.Model):
    """Who has an incident now. Replaced with every snapshot; the history stands on the timeline."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="assignments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "person"], name="assignment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} → {self.person_id}"
