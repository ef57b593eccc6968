"""How many clocks were met: by severity, service, month or kind, and the clocks behind each number.

Met: stopped, and not after its deadline. Missed: the deadline passed first, though the clock may still be open. Not counted:
what still runs ahead of its deadline, and what closed without a verdict (merged or deleted).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_DOWN, Decimal
from typing import Any, Self

from django.db.models import (
    Aggregate,
    Count,
    DurationField,
    Expression,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    Q,
    QuerySet,
)
from django.db.models.functions import Cast, TruncMonth

from incidents.calendars import local_instant
from incidents.enums import ClockKind, Grouping, Severity, Verdict
from incidents.models import PolicyVersion, SlaClock

#: This month and the five before.
USUAL_MONTHS = 6
#: A range is no longer: ten years.
MOST_MONTHS = 120


def verdict_is(verdict: Verdict, now: datetime) -> Q:
    """The clocks of one verdict at `now`; the four divide them all."""
    is_open = Q(stopped_at__isnull=True, closed_at__isnull=True)
    is_late = Q(breached_at__isnull=False) | (is_open & Q(due_at__lte=now))
    return {
        Verdict.MISSED: is_late,
        Verdict.MET: Q(stopped_at__isnull=False, breached_at__isnull=True),
        Verdict.RUNNING: is_open & Q(breached_at__isnull=True, due_at__gt=now),
        Verdict.NONE: Q(stopped_at__isnull=True, closed_at__isnull=False, breached_at__isnull=True),
    }[verdict]


def verdict_of(clock: SlaClock, now: datetime) -> Verdict:
    """The verdict of one clock: what `verdict_is` says in SQL."""
    is_open = clock.stopped_at is None and clock.closed_at is None
    if clock.breached_at is not None or (is_open and clock.due_at <= now):
        return Verdict.MISSED
    if is_open:
        return Verdict.RUNNING
    return Verdict.MET if clock.stopped_at is not None else Verdict.NONE


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def of(cls, at: datetime, policy: PolicyVersion) -> Self:
        """The month in which `at` falls in the policy's time zone."""
        local = at.astimezone(policy.policy.calendar.zone)
        return cls(local.year, local.month)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """`2026-11`; None for anything else, and for years in which nobody had a pager."""
        year, dash, number = text.partition("-")
        if not (
            dash and len(year) == 4 and len(number) == 2 and (year + number).isascii() and (year + number).isdigit()
        ):
            return None
        month = cls(int(year), int(number))
        return month if 2000 <= month.year <= 2100 and 1 <= month.number <= 12 else None

    def plus(self, months: int) -> "Month":
        year, number = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, number + 1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


@dataclass(frozen=True)
class AttainmentFilters:
    """Which clocks are looked at. `since` and `until` are whole months, both included; "" leaves a field open."""

    since: Month
    until: Month
    severity: str = ""
    service: str = ""
    kind: str = ""

    def range(self, policy: PolicyVersion) -> tuple[datetime, datetime]:
        """`[start, end)` of the months in the policy's time zone."""
        zone = policy.policy.calendar.zone
        after = self.until.plus(1)
        begin, end = date(self.since.year, self.since.number, 1), date(after.year, after.number, 1)
        return local_instant(begin, time(), zone), local_instant(end, time(), zone)


def clocks_of(filters: AttainmentFilters, policy: PolicyVersion) -> QuerySet[SlaClock]:
    """The clocks that started within the range and pass the filters."""
    start, end = filters.range(policy)
    clocks = SlaClock.objects.filter(started_at__gte=start, started_at__lt=end)
    if filters.severity:
        clocks = clocks.filter(incident__severity=filters.severity)
    if filters.service:
        clocks = clocks.filter(incident__service__name=filters.service)
    if filters.kind:
        clocks = clocks.filter(kind=filters.kind)
    return clocks


@dataclass(frozen=True)
class Attained:
    """The numbers of one group. `median` and `p90`: how much of its time a stopped clock had used, in per cent of the target."""

    key: str
    met: int = 0
    missed: int = 0
    running: int = 0
    none: int = 0
    median: float | None = None
    p90: float | None = None

    @property
    def counted(self) -> int:
        return self.met + self.missed

    @property
    def percent(self) -> Decimal | None:
        """Met of what counts, cut and never rounded up: 99.96 is not 100. None where nothing counts."""
        if not self.counted:
            return None
        return (Decimal(100 * self.met) / self.counted).quantize(Decimal("0.1"), ROUND_DOWN)

    def __add__(self, other: "Attained") -> "Attained":
        numbers = {each.value: getattr(self, each.value) + getattr(other, each.value) for each in Verdict}
        return Attained(self.key, **numbers)


class _Percentile(Aggregate):
    """PostgreSQL's percentile_cont: null where there is nothing to order."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


class _Seconds(Func):
    template = "EXTRACT(EPOCH FROM %(expressions)s)"
    output_field = FloatField()


def _numbers(now: datetime) -> dict[str, Expression]:
    return {verdict.value: Count("pk", filter=verdict_is(verdict, now)) for verdict in Verdict}


def _group(by: Grouping, policy: PolicyVersion) -> Expression | F:
    match by:
        case Grouping.SEVERITY:
            return F("incident__severity")
        case Grouping.SERVICE:
            return F("incident__service__name")
        case Grouping.KIND:
            return F("kind")
        case Grouping.MONTH:
            return TruncMonth("started_at", tzinfo=policy.policy.calendar.zone)


def attainment(clocks: QuerySet[SlaClock], *, by: Grouping, policy: PolicyVersion, now: datetime) -> list[Attained]:
    """The numbers of each group, in the group's own order. One query."""
    used = Cast(_Seconds(_length("stopped_at")), FloatField()) / _Seconds(_length("due_at"))
    rows = (
        clocks.annotate(group=_group(by, policy), used=used)
        .values("group")
        .annotate(
            **_numbers(now),
            median=_Percentile("used", fraction=0.5),
            p90=_Percentile("used", fraction=0.9),
        )
    )
    found = [_attained(row) for row in rows]
    order = {kind.value: place for place, kind in enumerate(ClockKind)} if by is Grouping.KIND else {}
    return sorted(found, key=lambda each: (order.get(each.key, 0), each.key), reverse=by is Grouping.MONTH)


def _length(end: str) -> "ExpressionWrapper[Any]":
    return ExpressionWrapper(F(end) - F("started_at"), output_field=DurationField())


def _attained(row: Mapping[str, Any]) -> Attained:
    group = row["group"]
    return Attained(
        key=f"{group:%Y-%m}" if isinstance(group, datetime) else str(group),
        median=None if row["median"] is None else row["median"] * 100,
        p90=None if row["p90"] is None else row["p90"] * 100,
        **{verdict.value: row[verdict.value] for verdict in Verdict},
    )


def matrix(clocks: QuerySet[SlaClock], *, now: datetime) -> dict[tuple[Severity, ClockKind], Attained]:
    """The numbers of each severity and kind that has any. One query."""
    rows: Iterable[Mapping[str, Any]] = clocks.values("incident__severity", "kind").annotate(**_numbers(now))
    return {
        (Severity(row["incident__severity"]), ClockKind(row["kind"])): Attained(
            key="", **{verdict.value: row[verdict.value] for verdict in Verdict}
        )
        for row in rows
    }


def usual_range(now: datetime, policy: PolicyVersion) -> tuple[Month, Month]:
    """The months that are looked at where nobody says which."""
    this = Month.of(now.astimezone(UTC), policy)
    return this.plus(1 - USUAL_MONTHS), this
