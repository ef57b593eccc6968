"""The promise, version by version, and what the severities mean. Rows are added, never changed."""

from datetime import date, timedelta
from typing import ClassVar, TypedDict
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from incidents.calendars import BusinessCalendar
from incidents.enums import Severity
from incidents.policy import SlaPolicy, SlaTarget


class OwnDay(TypedDict):
    """One of the team's own days: `day` in ISO form; `is_open` for a working day that would be none, else a day off."""

    day: str
    is_open: bool
    name: str


class PolicyVersion(models.Model):
    """One version of the SLA policy. It governs the clocks that start at `in_force_from` or later, until the next one's.

    `targets`: `{"P0": {"respond": 300, "acknowledge": 900, "escalate": 1800}, …}` in seconds; acknowledge null stands for the
    end of the next business day.
    """

    version = models.PositiveIntegerField(unique=True)
    in_force_from = models.DateTimeField(unique=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True, default="")
    targets: "models.JSONField[dict[str, dict[str, int | None]], dict[str, dict[str, int | None]]]" = models.JSONField()
    at_risk_percent = models.PositiveSmallIntegerField()
    time_zone = models.CharField(max_length=64)
    weekdays: "ArrayField[list[int], list[int]]" = ArrayField(models.PositiveSmallIntegerField())
    opens_at = models.TimeField()
    closes_at = models.TimeField()
    country = models.CharField(max_length=2, blank=True, default="")
    own_days: "models.JSONField[list[OwnDay], list[OwnDay]]" = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-version"]

    def __str__(self) -> str:
        return f"SLA policy {self.version}"

    @property
    def policy(self) -> SlaPolicy:
        """The promise itself, as the clock arithmetic takes it."""
        return SlaPolicy(
            targets={severity: _target(self.targets[severity]) for severity in Severity},
            at_risk_percent=self.at_risk_percent,
            calendar=BusinessCalendar(
                zone=ZoneInfo(self.time_zone),
                opens_at=self.opens_at,
                closes_at=self.closes_at,
                weekdays=frozenset(self.weekdays),
                country=self.country,
                days_off=self._days(is_open=False),
                days_on=self._days(is_open=True),
            ),
        )

    def _days(self, *, is_open: bool) -> frozenset[date]:
        return frozenset(date.fromisoformat(each["day"]) for each in self.own_days if each["is_open"] is is_open)


def _target(seconds: dict[str, int | None]) -> SlaTarget:
    within = {kind: None if value is None else timedelta(seconds=value) for kind, value in seconds.items()}
    respond, escalate = within["respond"], within["escalate"]
    if respond is None or escalate is None:
        raise ValueError("only «acknowledge» may last until the end of the next business day")
    return SlaTarget(respond_within=respond, acknowledge_within=within["acknowledge"], escalate_within=escalate)


def target_fields(targets: dict[Severity, SlaTarget]) -> dict[str, dict[str, int | None]]:
    """The form in which `PolicyVersion.targets` keeps them."""

    def seconds(length: timedelta | None) -> int | None:
        return None if length is None else int(length.total_seconds())

    return {
        severity.value: {
            "respond": seconds(target.respond_within),
            "acknowledge": seconds(target.acknowledge_within),
            "escalate": seconds(target.escalate_within),
        }
        for severity, target in targets.items()
    }


class SeverityDefinition(models.Model):
    """What a severity means to this team, version by version. Without a row the portal's own words stand."""

    severity = models.CharField(max_length=2, choices=Severity)
    version = models.PositiveIntegerField()
    criteria = models.TextField()
    examples = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["severity", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["severity", "version"], name="definition_once"),
        ]

    def __str__(self) -> str:
        return f"{self.severity}, version {self.version}"


class Priority(models.Model):
    """One of PagerDuty's priorities as last heard of. `severity`: which of ours it stands for, "" for none."""

    pagerduty_id = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=64)
    position = models.PositiveSmallIntegerField(default=0)
    severity = models.CharField(max_length=2, choices=Severity, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["position", "name"]
        verbose_name_plural = "priorities"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["severity"], condition=~models.Q(severity=""), name="priority_of_a_severity"
            ),
        ]

    def __str__(self) -> str:
        return self.name
