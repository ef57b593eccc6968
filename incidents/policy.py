"""What the team promised: the targets of each severity and the calendar they count by. Pure.

The first policy is the guide's table «Response SLA» and its 30 minutes until escalation; managers store others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from incidents.calendars import BusinessCalendar, end_of_next_business_day
from incidents.enums import ClockKind, PolicyProblem, Severity

#: No target is longer: a clock that runs for a quarter of a year tells nobody anything.
LONGEST = timedelta(days=90)
SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True)
class SlaTarget:
    """How long each clock of one severity may run. `acknowledge_within` None: until the end of the next business day."""

    respond_within: timedelta
    acknowledge_within: timedelta | None
    escalate_within: timedelta

    @property
    def lengths(self) -> tuple[timedelta, timedelta | None, timedelta]:
        """Respond, acknowledge, escalate: in the order of `ClockKind`."""
        return self.respond_within, self.acknowledge_within, self.escalate_within


@dataclass(frozen=True)
class SlaPolicy:
    """One version of the promise. A clock is at risk once `at_risk_percent` of its time has passed."""

    targets: Mapping[Severity, SlaTarget]
    at_risk_percent: int
    calendar: BusinessCalendar


#: The guide's «Response SLA» table, and «not resolved within 30 minutes» for all.
GUIDE_TARGETS: Mapping[Severity, SlaTarget] = {
    severity: SlaTarget(
        respond_within=timedelta(minutes=respond),
        acknowledge_within=None if acknowledge is None else timedelta(minutes=acknowledge),
        escalate_within=timedelta(minutes=30),
    )
    for severity, respond, acknowledge in (
        (Severity.P0, 5, 15),
        (Severity.P1, 15, 30),
        (Severity.P2, 30, 120),
        (Severity.P3, 120, None),
    )
}
GUIDE_AT_RISK_PERCENT = 80


def due_at(kind: ClockKind, severity: Severity, started_at: datetime, policy: SlaPolicy) -> datetime:
    """The instant at which a clock that started at `started_at` (aware) is due. Always later than `started_at`."""
    target = policy.targets[severity]
    match kind:
        case ClockKind.RESPOND:
            return started_at + target.respond_within
        case ClockKind.ACKNOWLEDGE:
            if target.acknowledge_within is None:
                return end_of_next_business_day(started_at, policy.calendar)
            return started_at + target.acknowledge_within
        case ClockKind.ESCALATE:
            return started_at + target.escalate_within


def problems(policy: SlaPolicy, *, now: datetime) -> list[PolicyProblem]:
    """What is wrong with a policy that is to begin at `now`, in the order in which a reader meets it; empty where nothing is."""
    found = [problem for severity in Severity for _clock, problem in problems_of(policy.targets[severity])]
    if not 1 <= policy.at_risk_percent <= 99:
        found.append(PolicyProblem.AT_RISK)
    return list(dict.fromkeys([*found, *_problems_of_calendar(policy.calendar, now)]))


def problems_of(target: SlaTarget) -> Iterator[tuple[ClockKind, PolicyProblem]]:
    """What is wrong with the targets of one severity, and with which clock's."""
    for clock, length in zip(ClockKind, target.lengths, strict=True):
        if length is not None and length < SHORTEST:
            yield clock, PolicyProblem.TOO_SHORT
        if length is not None and length > LONGEST:
            yield clock, PolicyProblem.TOO_LONG
    # The end of the next business day has no length to compare with.
    if target.acknowledge_within is not None and target.respond_within > target.acknowledge_within:
        yield ClockKind.RESPOND, PolicyProblem.RESPOND_AFTER_ACKNOWLEDGE


def _problems_of_calendar(calendar: BusinessCalendar, now: datetime) -> Iterator[PolicyProblem]:
    if calendar.opens_at >= calendar.closes_at:
        yield PolicyProblem.HOURS
    if calendar.days_on & calendar.days_off:
        yield PolicyProblem.DAY_TWICE
    # A year without a working day begins after the last one before it: now, or on the eve of a day off.
    eves = (datetime.combine(day, time(12), tzinfo=calendar.zone) - timedelta(days=1) for day in calendar.days_off)
    try:
        for start in (now, *eves):
            end_of_next_business_day(start, calendar)
    except ValueError:
        yield PolicyProblem.NO_WORKING_DAY
