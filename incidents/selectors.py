"""Reads of incidents that more than one place uses. `now` is always given, and always the database's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, FilteredRelation, Max, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import JSONObject

from accounts.models import Person
from incidents.enums import OPEN_STATUSES, ClockKind, ClockPhase, OutboxState, Severity, Status
from incidents.models import Assignment, Incident, OutboxMessage, SlaClock
from incidents.sla import ClockView, clock_that_matters, phase_at
from integrations.types import IncidentSnapshot
from shifts.test_pages import is_test_page

#: The board shows no more rows than somebody can act on; the rest is counted.
MOST_ROWS = 500


@dataclass(frozen=True)
class BoardRow:
    """One incident as its row shows it. `clock` is the one that matters now; None where none is open."""

    incident: Incident
    people: list[Person]
    clocks: list[ClockView]
    clock: ClockView | None
    can_act: bool
    pending: list[str] = field(default_factory=list)

    @property
    def is_breached(self) -> bool:
        """Whether any open clock is past its deadline, though the one that matters may still run."""
        return any(clock.phase is ClockPhase.BREACHED for clock in self.clocks)

    @property
    def helping(self) -> list[str]:
        """Names of those who took part and do not have it any more."""
        return self.incident.helping(person.pagerduty_id for person in self.people)


@dataclass(frozen=True)
class BoardFilters:
    """What the board's URL asks for. Empty means everything."""

    severity: list[str] = field(default_factory=list)
    service: str = ""
    status: str = ""
    mine: bool = False


@dataclass(frozen=True)
class Strip:
    """The numbers over the board: all open incidents, whatever the filters hide."""

    open_by_severity: list[tuple[str, int]]
    total: int
    at_risk: int
    breached: int
    mine: int | None = None


def open_incidents() -> QuerySet[Incident]:
    """Everything the board may show. The condition is the partial index's, to the letter."""
    return Incident.objects.filter(status__in=OPEN_STATUSES, deleted_at__isnull=True)


def view_of(clock: SlaClock, now: datetime) -> ClockView:
    """A clock's row as seen at `now`."""
    phase = phase_at(
        now, due_at=clock.due_at, at_risk_at=clock.at_risk_at, stopped_at=clock.stopped_at, closed_at=clock.closed_at
    )
    return ClockView(
        kind=ClockKind(clock.kind),
        phase=phase,
        started_at=clock.started_at,
        at_risk_at=clock.at_risk_at,
        due_at=clock.due_at,
        stopped_at=clock.stopped_at,
        stopped_by=clock.stopped_by,
        breached_at=clock.due_at if phase in (ClockPhase.BREACHED, ClockPhase.MET_LATE) else None,
    )


def clock_views(clocks: Iterable[SlaClock], *, now: datetime) -> list[ClockView]:
    """The clocks of one cycle in the guide's order: respond, acknowledge, escalate."""
    order = list(ClockKind)
    return sorted((view_of(clock, now) for clock in clocks), key=lambda view: order.index(view.kind))


def with_board_parts(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """Everything a row needs in one query: the service joined; people, clocks and waiting acts as arrays of JSON."""
    of_incident = {"incident": OuterRef("pk")}
    people = Assignment.objects.filter(**of_incident).order_by("person__name")
    clocks = SlaClock.objects.filter(**of_incident, cycle=OuterRef("cycle")).order_by("pk")
    waiting = OutboxMessage.objects.filter(**of_incident, state=OutboxState.WAITING).order_by("pk")
    return incidents.select_related("service").annotate(
        board_people=ArraySubquery(
            people.values(json=JSONObject(name="person__name", pagerduty_id="person__pagerduty_id"))
        ),
        board_clocks=ArraySubquery(clocks.values(json=JSONObject(**{name: name for name in _CLOCK_FIELDS}))),
        board_waiting=ArraySubquery(waiting.values("verb")),
    )


_CLOCK_FIELDS = ("kind", "started_at", "at_risk_at", "due_at", "stopped_at", "stopped_by", "closed_at")


def row_of(incident: Incident, *, now: datetime, can_act: bool) -> BoardRow:
    """The row of an incident that came from `with_board_parts`."""
    parts = cast(_BoardParts, incident)
    clocks = clock_views((_clock_from(fields) for fields in parts.board_clocks), now=now)
    return BoardRow(
        incident=incident,
        people=[Person(**fields) for fields in parts.board_people],
        clocks=clocks,
        clock=clock_that_matters(clocks) if incident.is_open else None,
        can_act=can_act and incident.is_open,
        pending=parts.board_waiting,
    )


class _BoardParts(Protocol):
    """What `with_board_parts` adds to an incident."""

    board_people: list[dict[str, str]]
    board_clocks: list[dict[str, str | None]]
    board_waiting: list[str]


def _clock_from(fields: dict[str, str | None]) -> SlaClock:
    """A clock from its JSON, in which Postgres writes instants as ISO text."""
    return SlaClock(
        **{
            name: datetime.fromisoformat(text) if text and name.endswith("_at") else text
            for name, text in fields.items()
        }
    )


class OpenMark(NamedTuple):
    """What decides a row's place, whether it passes the filters, and whether a rendered row is still right."""

    number: int
    version: int
    severity: str
    status: str
    service: str
    is_mine: bool
    phase: ClockPhase
    due_at: datetime | None
    is_breached: bool

    def passes(self, filters: BoardFilters) -> bool:
        """Whether the board shows it under these filters."""
        return (
            (not filters.severity or self.severity in filters.severity)
            and (not filters.service or self.service == filters.service)
            and (not filters.status or self.status == filters.status)
            and (not filters.mine or self.is_mine)
        )


def open_marks(incidents: QuerySet[Incident], now: datetime, *, me: str | None = None) -> list[OpenMark]:
    """The mark of each of these incidents, worst first: breached, then soonest due, then severity. One query, no model made.

    `me` is the PagerDuty id of the person whose incidents are to be told from the others'. The database chooses the clock
    that matters as `sla.clock_that_matters` does: of those still ahead the soonest due, else the latest breach.
    """
    mine = Exists(Assignment.objects.filter(incident=OuterRef("pk"), person__pagerduty_id=me)) if me else Value(False)
    # The condition is the partial index's: closed clocks, which are nearly all, are not looked at.
    open_clock = FilteredRelation(
        "clocks", condition=Q(clocks__stopped_at__isnull=True, clocks__closed_at__isnull=True)
    )
    is_current = Q(open_clock__cycle=F("cycle"))
    is_ahead, is_past = is_current & Q(open_clock__due_at__gt=now), is_current & Q(open_clock__due_at__lte=now)
    rows = incidents.annotate(
        open_clock=open_clock,
        is_mine=mine,
        next_due_at=Min("open_clock__due_at", filter=is_ahead),
        # The clocks of a cycle start together, so that the first to be due is the first to be at risk.
        next_at_risk_at=Min("open_clock__at_risk_at", filter=is_ahead),
        last_breach_at=Max("open_clock__due_at", filter=is_past),
    ).values_list(
        "number",
        "version",
        "severity",
        "status",
        "service__name",
        "is_mine",
        "next_due_at",
        "next_at_risk_at",
        "last_breach_at",
    )
    marks = []
    for number, version, severity, status, service, is_mine, next_due_at, next_at_risk_at, last_breach_at in rows:
        if next_due_at is not None:
            phase = ClockPhase.AT_RISK if now >= next_at_risk_at else ClockPhase.RUNNING
        else:
            phase = ClockPhase.MET if last_breach_at is None else ClockPhase.BREACHED
        due_at, is_breached = next_due_at or last_breach_at, last_breach_at is not None
        marks.append(OpenMark(number, version, severity, status, service, is_mine, phase, due_at, is_breached))
    return sorted(marks, key=worst_first)


def worst_first(mark: OpenMark) -> tuple[int, float, str, int]:
    """The board's order: breached, then what is still to be met by its deadline, then what has no open clock."""
    rank = 0 if mark.is_breached else 1 if mark.due_at is not None else 2
    return rank, mark.due_at.timestamp() if mark.due_at else 0.0, mark.severity, mark.number


def strip_of(marks: Sequence[OpenMark], *, mine: int | None = None) -> Strip:
    """The numbers over the board from the marks of all open incidents."""
    return Strip(
        open_by_severity=[(severity.value, sum(mark.severity == severity for mark in marks)) for severity in Severity],
        total=len(marks),
        at_risk=sum(mark.phase is ClockPhase.AT_RISK for mark in marks),
        breached=sum(mark.is_breached for mark in marks),
        mine=mine,
    )


@dataclass(frozen=True)
class HistoryFilters:
    """What history's URL asks for."""

    query: str = ""
    severity: str = ""
    service: str = ""
    status: str = ""


def history(filters: HistoryFilters) -> QuerySet[Incident]:
    """All incidents that fit, newest first, each with its review. Words are looked for in the title and, as a number, in
    PagerDuty's."""
    incidents = Incident.objects.select_related("service", "merged_into", "review")
    if filters.query:
        wanted = Q(title__icontains=filters.query)
        digits = filters.query.lstrip("#")
        if digits.isdecimal() and len(digits) < 16:
            wanted |= Q(pagerduty_number=int(digits)) | Q(number=int(digits))
        incidents = incidents.filter(wanted)
    if filters.severity in Severity.values:
        incidents = incidents.filter(severity=filters.severity)
    if filters.service:
        incidents = incidents.filter(service__name=filters.service)
    if filters.status in Status.values:
        incidents = incidents.filter(status=filters.status)
    return incidents.order_by("-triggered_at", "-number")


def is_to_be_left_out(snapshot: IncidentSnapshot) -> bool:
    """Whether PagerDuty speaks of a test page. What is an incident here already stays one, whatever its title becomes."""
    is_page = is_test_page(snapshot.title, incident_id=snapshot.id)
    return is_page and not Incident.objects.filter(pagerduty_id=snapshot.id).exists()
