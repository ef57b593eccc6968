"""What the company pays for being on call, version by version. Rows are added, never changed: a trigger refuses it."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import validate_time_zone
from compensation.enums import Sharing
from compensation.terms import Terms
from shifts.models import Schedule

SATURDAY, SUNDAY = 5, 6


def usual_weekend() -> list[int]:
    return [SATURDAY, SUNDAY]


def hours_field() -> "models.DecimalField[Decimal, Decimal]":
    """Hours of leave, to the hundredth."""
    return models.DecimalField(max_digits=4, decimal_places=2, default=Decimal())


class RuleVersion(models.Model):
    """One version of the rules. It governs from the local date `valid_from`, until the next one's; of two of one date the
    later entered.

    `country` is whose public holidays count (ISO 3166, "" for nobody's); the team's own days of the SLA policy count with
    them. A weekend or holiday multiplies its day by its factor. `rest_day_hours` are hours of leave for a whole such day on
    call, `night_hours` those for each P0 that somebody answered at night, `hours_a_day` what a day of leave takes. `key` is
    that of the form that made it.
    """

    key = models.CharField(max_length=128, unique=True)
    valid_from = models.DateField()
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    country = models.CharField(max_length=2, blank=True, default="")
    weekend: "ArrayField[list[int], list[int]]" = ArrayField(
        models.PositiveSmallIntegerField(), default=usual_weekend, blank=True
    )
    weekend_factor = models.DecimalField(max_digits=5, decimal_places=3, default=Decimal(1))
    holiday_factor = models.DecimalField(max_digits=5, decimal_places=3, default=Decimal(1))
    p0_bonus = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal())
    sharing = models.CharField(max_length=6, choices=Sharing, default=Sharing.SHARED)
    rest_day_hours = hours_field()
    night_hours = hours_field()
    hours_a_day = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal(8))
    note = models.CharField(max_length=500, blank=True, default="")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["-valid_from", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(weekend_factor__gte=1, holiday_factor__gte=1), name="rule_rest_pays_no_less"
            ),
            models.CheckConstraint(
                condition=Q(p0_bonus__gte=0, rest_day_hours__gte=0, night_hours__gte=0, hours_a_day__gt=0),
                name="rule_gives_and_never_takes",
            ),
        ]

    def __str__(self) -> str:
        return f"rules from {self.valid_from}"

    def terms(self, *, days_off: Collection[date] = (), days_on: Collection[date] = ()) -> Terms:
        """What it promises, as the accrual takes it; `rates` should be prefetched."""
        return Terms(
            rule=self.pk,
            since=self.valid_from,
            currency=self.currency,
            zone=ZoneInfo(self.time_zone),
            rates={(each.schedule_id, each.level): each.amount for each in self.rates.all()},
            country=self.country,
            weekend=frozenset(self.weekend),
            weekend_factor=self.weekend_factor,
            holiday_factor=self.holiday_factor,
            bonus=self.p0_bonus,
            sharing=Sharing(self.sharing),
            rest_day_hours=self.rest_day_hours,
            night_hours=self.night_hours,
            days_off=frozenset(days_off),
            days_on=frozenset(days_on),
        )


class StipendRate(models.Model):
    """The stipend of a level, an amount a week; without a schedule it is that of every other one."""

    rule = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="rates")
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, null=True, related_name="+")
    level = models.PositiveSmallIntegerField(default=1)
    amount = models.DecimalField(max_digits=14, decimal_places=4)

    class Meta:
        ordering: ClassVar = ["schedule", "level"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule", "schedule", "level"], name="rate_once_a_level", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(amount__gte=0, level__gte=1), name="rate_gives_and_never_takes"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} a week at level {self.level}"
