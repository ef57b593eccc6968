"""Reads of running clocks: what the wall shows, what a responder is told of, and how today went. `now` is the database's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Case, Count, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value, When, Window
from django.db.models.functions import Greatest, JSONObject, RowNumber

from incidents.attainment import verdict_is
from incidents.calendars import local_instant
from incidents.enums import OPEN_STATUSES, ClockKind, ClockPhase, Verdict
from incidents.models import Assignment, SlaClock
from incidents.models.incident import Engaged
from incidents.sla import phase_at

#: Five pages of twelve; nobody reads a sixth from across the room. Of too many, the breached ones stay, and beside them
#: a page of those that are due next.
MOST_CARDS, DUE_NEXT = 60, 12
#: More people than can be told at once are told by the count.
MOST_ALARMS = 200
#: A browser learns so long before of clocks that are about to be at risk, and then tells them in time without the server.
AHEAD = timedelta(minutes=10)
#: A notification has room for no more (characters).
LONGEST_WHAT = 120


@dataclass(frozen=True)
class RunningClock:
    """One open clock of an open incident's current cycle, as seen at one instant.

    `holders` are the names of those who have the incident; `people` the PagerDuty ids of these and of who is engaged.
    """

    number: int
    what: str
    severity: str
    service: str
    kind: ClockKind
    cycle: int
    phase: ClockPhase
    started_at: datetime
    at_risk_at: datetime
    due_at: datetime
    holders: tuple[str, ...]
    people: tuple[str, ...]

    @property
    def label(self) -> str:
        return str(self.kind.label)


@dataclass(frozen=True)
class Wall:
    """The clocks by deadline, so that the breached ones stand first; `more` is how many others there are, `more_breached` of
    them past their deadline."""

    clocks: list[RunningClock]
    more: int
    more_breached: int


class _Row(NamedTuple):
    number: int
    what: str
    severity: str
    service: str
    engaged: list[Engaged]
    kind: str
    cycle: int
    started_at: datetime
    at_risk_at: datetime
    due_at: datetime
    holders: list[dict[str, str]]
    total: int
    total_breached: int


def open_clocks() -> QuerySet[SlaClock]:
    """The clocks that count. The first two conditions are the partial index `clock_open`'s, to the letter."""
    return SlaClock.objects.filter(
        stopped_at__isnull=True,
        closed_at__isnull=True,
        incident__status__in=OPEN_STATUSES,
        incident__deleted_at__isnull=True,
        cycle=F("incident__cycle"),
    )


def wall_at(now: datetime) -> Wall:
    """What the wall shows. One query."""
    is_breached = Q(due_at__lte=now)
    # Soonest due first on the one side of `now`, latest breached first on the other.
    place = Window(
        RowNumber(), partition_by=ExpressionWrapper(is_breached, BooleanField()), order_by=[_distance(now), "pk"]
    )
    rank = Case(When(~is_breached & Q(place__lte=DUE_NEXT), then=0), When(is_breached, then=1), default=2)
    rows = _rows(open_clocks().annotate(place=place).order_by(rank, "place"), now, most=MOST_CARDS)
    clocks = [_clock(row, now) for row in rows]
    breached = sum(clock.phase is ClockPhase.BREACHED for clock in clocks)
    return Wall(
        clocks=clocks,
        more=rows[0].total - len(clocks) if rows else 0,
        more_breached=rows[0].total_breached - breached if rows else 0,
    )


def alarms_at(now: datetime) -> list[RunningClock]:
    """The clocks that are at risk, breached, or at risk before long, by deadline. One query.

    Of too many those whose deadline is nearest to `now` on either side.
    """
    clocks = open_clocks().filter(at_risk_at__lte=now + AHEAD).order_by(_distance(now), "pk")
    return [_clock(row, now) for row in _rows(clocks, now, most=MOST_ALARMS)]


def _distance(now: datetime) -> Greatest:
    """How far from `now` a deadline is, ahead or behind."""
    return Greatest(F("due_at") - Value(now), Value(now) - F("due_at"))


def _rows(clocks: QuerySet[SlaClock], now: datetime, *, most: int) -> list[_Row]:
    """The first ones of the given order, by deadline."""
    rows = clocks.annotate(
        holders=ArraySubquery(
            Assignment.objects.filter(incident=OuterRef("incident"))
            .order_by("person__name")
            .values(json=JSONObject(name="person__name", pagerduty_id="person__pagerduty_id"))
        ),
        total=Window(Count("pk")),
        total_breached=Window(Count("pk", filter=Q(due_at__lte=now))),
    ).values_list(
        "incident_id",
        "incident__what",
        "incident__severity",
        "incident__service__name",
        "incident__engaged",
        "kind",
        "cycle",
        "started_at",
        "at_risk_at",
        "due_at",
        "holders",
        "total",
        "total_breached",
    )[:most]
    return sorted((_Row(*row) for row in rows), key=lambda row: (row.due_at, row.severity, row.number, row.kind))


def _clock(row: _Row, now: datetime) -> RunningClock:
    people = {each["pagerduty_id"] for each in row.holders} | {each["pagerduty_id"] for each in row.engaged}
    return RunningClock(
        number=row.number,
        what=row.what,
        severity=row.severity,
        service=row.service,
        kind=ClockKind(row.kind),
        cycle=row.cycle,
        phase=phase_at(now, due_at=row.due_at, at_risk_at=row.at_risk_at, stopped_at=None, closed_at=None),
        started_at=row.started_at,
        at_risk_at=row.at_risk_at,
        due_at=row.due_at,
        holders=tuple(person["name"] for person in row.holders),
        people=tuple(sorted(people - {""})),
    )


def alarm_data(clocks: Sequence[RunningClock]) -> list[dict[str, Any]]:
    """What a browser needs of each: `[{incident, what, severity, kind, cycle, phase, started, at_risk, due, people}]`.

    Instants are ISO 8601 with microseconds where there are any. `phase` is here so that the list differs once one turns.
    """
    return [
        {
            "incident": clock.number,
            "what": clock.what[:LONGEST_WHAT],
            "severity": clock.severity,
            "kind": clock.kind.value,
            "cycle": clock.cycle,
            "phase": clock.phase.value,
            "started": clock.started_at.isoformat(),
            "at_risk": clock.at_risk_at.isoformat(),
            "due": clock.due_at.isoformat(),
            "people": clock.people,
        }
        for clock in clocks
    ]


@dataclass(frozen=True)
class Today:
    """How many of the clocks of one kind that started today were met, of those that have a verdict."""

    kind: ClockKind
    met: int
    decided: int

    @property
    def label(self) -> str:
        return str(self.kind.label)

    @property
    def percent(self) -> int | None:
        """Whole per cent, rounded down, so that 100 means all of them; None where nothing is decided."""
        return self.met * 100 // self.decided if self.decided else None


def attained_today(now: datetime, zone: ZoneInfo) -> list[Today]:
    """Each kind's figures since midnight in `zone`, by the attainment page's rule of what is met. One query."""
    midnight = local_instant(now.astimezone(zone).date(), time(), zone)
    is_met, is_missed = verdict_is(Verdict.MET, now), verdict_is(Verdict.MISSED, now)
    rows = (
        SlaClock.objects.filter(started_at__gte=midnight, started_at__lte=now)
        .values_list("kind")
        .annotate(met=Count("pk", filter=is_met), decided=Count("pk", filter=is_met | is_missed))
        .order_by()
    )
    found = {kind: (met, decided) for kind, met, decided in rows}
    return [Today(kind, *found.get(kind.value, (0, 0))) for kind in ClockKind]
