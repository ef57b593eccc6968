"""Reads of incidents that more than one place uses. `now` is always given, and always the database's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet

from accounts.models import Person
from incidents.enums import OPEN_STATUSES, ClockKind, ClockPhase, OutboxState, Severity, Status
from incidents.models import Incident, OutboxMessage, PollState, SlaClock
from incidents.sla import ClockView, clock_that_matters, phase_at

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
        return self.clock is not None and self.clock.phase is ClockPhase.BREACHED


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


@dataclass(frozen=True)
class Freshness:
    """How old the data is. `never`: no poll has succeeded yet; `is_off`: no PagerDuty is configured."""

    as_of: datetime | None
    is_stale: bool
    last_error: str
    never: bool
    is_off: bool


def freshness(now: datetime) -> Freshness:
    """When PagerDuty was last heard of. One query."""
    state = PollState.objects.filter(name="pagerduty").first()
    as_of = state.succeeded_at if state else None
    patience = timedelta(seconds=settings.PAGERDUTY_STALE_SECONDS)
    return Freshness(
        as_of=as_of,
        is_stale=as_of is None or now - as_of > patience,
        last_error=state.error if state else "",
        never=as_of is None,
        is_off=not settings.PAGERDUTY_API_TOKEN,
    )


def open_incidents() -> QuerySet[Incident]:
    """Everything the board may show. The condition is the partial index's, to the letter."""
    return Incident.objects.filter(status__in=OPEN_STATUSES, deleted_at__isnull=True)


def filtered(incidents: QuerySet[Incident], filters: BoardFilters, *, me: str | None) -> QuerySet[Incident]:
    """The filters of the board's URL as a WHERE."""
    if filters.severity:
        incidents = incidents.filter(severity__in=filters.severity)
    if filters.service:
        incidents = incidents.filter(service__name=filters.service)
    if filters.status:
        incidents = incidents.filter(status=filters.status)
    if filters.mine:
        incidents = incidents.filter(people__pagerduty_id=me) if me else incidents.none()
    return incidents


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


def clock_views(clocks: Iterable[SlaClock], *, cycle: int, now: datetime) -> list[ClockView]:
    """The clocks of one cycle in the guide's order: respond, acknowledge, escalate."""
    order = list(ClockKind)
    views = [view_of(clock, now) for clock in clocks if clock.cycle == cycle]
    return sorted(views, key=lambda view: order.index(view.kind))


def with_board_parts(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """Everything a row needs, in a fixed number of queries: service joined; people, clocks and waiting acts prefetched."""
    waiting = OutboxMessage.objects.filter(state=OutboxState.WAITING).order_by("pk")
    return incidents.select_related("service").prefetch_related(
        "people", "clocks", Prefetch("outbox", queryset=waiting, to_attr="waiting_acts")
    )


def row_of(incident: Incident, *, now: datetime, can_act: bool) -> BoardRow:
    """The row of an incident that came from `with_board_parts`."""
    clocks = clock_views(incident.clocks.all(), cycle=incident.cycle, now=now)
    waiting: list[OutboxMessage] = getattr(incident, "waiting_acts", [])
    return BoardRow(
        incident=incident,
        people=sorted(incident.people.all(), key=lambda person: person.name),
        clocks=clocks,
        clock=clock_that_matters(clocks) if incident.is_open else None,
        can_act=can_act and incident.is_open,
        pending=[message.verb for message in waiting],
    )


@dataclass(frozen=True)
class OpenMark:
    """What decides a row's place and whether a rendered row is still right."""

    number: int
    version: int
    severity: str
    status: str
    phase: ClockPhase
    due_at: datetime | None


def open_marks(incidents: QuerySet[Incident], now: datetime) -> list[OpenMark]:
    """Every open incident's mark, worst first: breached, then soonest due, then severity. Two queries, no model made."""
    rows = list(
        incidents.order_by("-triggered_at", "-number").values_list("number", "version", "severity", "status", "cycle")
    )
    clocks: dict[int, list[ClockView]] = {}
    still_open = SlaClock.objects.filter(
        incident_id__in=[row[0] for row in rows], stopped_at__isnull=True, closed_at__isnull=True
    )
    cycle_of = {row[0]: row[4] for row in rows}
    for number, kind, cycle, started_at, at_risk_at, due_at in still_open.values_list(
        "incident_id", "kind", "cycle", "started_at", "at_risk_at", "due_at"
    ):
        if cycle_of[number] != cycle:
            continue
        phase = phase_at(now, due_at=due_at, at_risk_at=at_risk_at, stopped_at=None, closed_at=None)
        view = ClockView(ClockKind(kind), phase, started_at, at_risk_at, due_at, None, "", None)
        clocks.setdefault(number, []).append(view)
    marks = []
    for number, version, severity, status, _cycle in rows:
        clock = clock_that_matters(clocks.get(number, []))
        phase = clock.phase if clock else ClockPhase.MET
        marks.append(OpenMark(number, version, severity, status, phase, clock.due_at if clock else None))
    return sorted(marks, key=worst_first)


def worst_first(mark: OpenMark) -> tuple[int, float, str, int]:
    """The board's order: breached, then what is still to be met by its deadline, then what has no open clock."""
    rank = 0 if mark.phase is ClockPhase.BREACHED else 1 if mark.due_at is not None else 2
    return rank, mark.due_at.timestamp() if mark.due_at else 0.0, mark.severity, mark.number


def strip_of(marks: Sequence[OpenMark], *, mine: int | None = None) -> Strip:
    """The numbers over the board from the marks of all open incidents."""
    return Strip(
        open_by_severity=[(severity.value, sum(mark.severity == severity for mark in marks)) for severity in Severity],
        total=len(marks),
        at_risk=sum(mark.phase is ClockPhase.AT_RISK for mark in marks),
        breached=sum(mark.phase is ClockPhase.BREACHED for mark in marks),
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
    """All incidents that fit, newest first. Words are looked for in the title and, as a number, in PagerDuty's."""
    incidents = Incident.objects.select_related("service", "merged_into").prefetch_related("people", "clocks")
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
