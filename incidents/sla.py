"""Clock arithmetic. Pure: facts, a policy and instants in, clocks out; it never asks what time it is."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.enums import ClockKind, ClockPhase, EntryKind, Severity
from incidents.policy import SlaPolicy, due_at

#: What the portal writes by itself goes out under somebody's address; a note that begins so is nobody's response.
AUTOMATIC_MARK = "[on-call portal]"
#: A person's first act of any of these kinds, or the acknowledgement, stops the respond clock (the guide's *respond*).
RESPONDING_KINDS = frozenset(
    {
        EntryKind.RESPONDING,
        EntryKind.NOTE,
        EntryKind.SEVERITY_JUDGED,
        EntryKind.REQUESTED,
        EntryKind.DIAGNOSED,
        EntryKind.MITIGATION_STARTED,
    }
)
#: The end of an incident ends every clock of its cycle.
ENDING_KINDS = frozenset({EntryKind.RESOLVED})


@dataclass(frozen=True)
class Fact:
    """Something that happened to an incident and may move its clocks. `by_person` is false for what machines did.

    `actor_id` is the person's PagerDuty id, "" where unknown.
    """

    kind: EntryKind
    occurred_at: datetime
    actor_name: str = ""
    actor_id: str = ""
    by_person: bool = True


@dataclass(frozen=True)
class Cycle:
    """From a trigger (or reopening) to the next. `ended_at` is where the next cycle began, None for the last one.

    `resolved_at` is its first resolution, which may share a second with the reopening on either side of it.
    """

    number: int
    started_at: datetime
    ended_at: datetime | None
    resolved_at: datetime | None

    def holds(self, fact: Fact) -> bool:
        """Whether the fact happened in this cycle."""
        return self.started_at <= fact.occurred_at and (self.ended_at is None or fact.occurred_at < self.ended_at)


@dataclass(frozen=True)
class Timing:
    """When a clock becomes at risk and when it is due."""

    at_risk_at: datetime
    due_at: datetime


@dataclass(frozen=True)
class Stop:
    """What stopped a clock."""

    at: datetime
    by: str
    kind: EntryKind


def timing(kind: ClockKind, severity: Severity, started_at: datetime, policy: SlaPolicy) -> Timing:
    """Due, and at risk once the policy's share of the way there has passed."""
    due = due_at(kind, severity, started_at, policy)
    return Timing(at_risk_at=started_at + (due - started_at) * policy.at_risk_percent / 100, due_at=due)


def cycles(triggered_at: datetime, facts: Iterable[Fact]) -> list[Cycle]:
    """One cycle from the trigger, and one from each reopening that follows a resolution."""
    starts = [triggered_at]
    resolutions: list[datetime | None] = [None]
    last: datetime | None = None
    is_resolved = False
    for fact in in_order(facts):
        if fact.kind is EntryKind.RESOLVED:
            last, is_resolved = fact.occurred_at, True
            if last >= starts[-1]:
                resolutions[-1] = resolutions[-1] or last
        elif fact.kind is EntryKind.REOPENED and is_resolved and fact.occurred_at > starts[-1]:
            # Resolved before, and again in the reopening's own second: that one ends what the reopening began.
            is_resolved = last == fact.occurred_at != resolutions[-1]
            starts.append(fact.occurred_at)
            resolutions.append(last if is_resolved else None)
    ends: list[datetime | None] = [*starts[1:], None]
    return [
        Cycle(number=number, started_at=start, ended_at=end, resolved_at=resolved)
        for number, (start, end, resolved) in enumerate(zip(starts, ends, resolutions, strict=True), start=1)
    ]


def is_response(fact: Fact) -> bool:
    """Whether the fact is a person's first-act kind (an integration's note is none)."""
    return fact.kind in RESPONDING_KINDS and fact.by_person


def stop_of(kind: ClockKind, cycle: Cycle, facts: Sequence[Fact]) -> Stop | None:
    """The first fact of the cycle that stops a clock of this kind; a resolution stops them all."""
    stops: dict[ClockKind, Callable[[Fact], bool]] = {
        ClockKind.RESPOND: lambda fact: is_response(fact) or fact.kind is EntryKind.ACKNOWLEDGED,
        ClockKind.ACKNOWLEDGE: lambda fact: fact.kind is EntryKind.ACKNOWLEDGED,
        ClockKind.ESCALATE: lambda fact: fact.kind is EntryKind.ESCALATED,
    }
    for fact in in_order(facts):
        is_end = fact.kind in ENDING_KINDS and fact.occurred_at == cycle.resolved_at
        if is_end or (cycle.holds(fact) and stops[kind](fact)):
            return Stop(at=fact.occurred_at, by=fact.actor_name, kind=fact.kind)
    return None


def engaged(cycle: Cycle, facts: Iterable[Fact]) -> list[Fact]:
    """The first fact with which each person took part in the cycle: an acknowledgement, or «I'm on it»."""
    taking_part = (EntryKind.ACKNOWLEDGED, EntryKind.RESPONDING)
    firsts: dict[str, Fact] = {}
    for fact in in_order(facts):
        if fact.kind in taking_part and cycle.holds(fact) and fact.by_person:
            firsts.setdefault(fact.actor_id or fact.actor_name, fact)
    return list(firsts.values())


#: Facts of one instant: a resolution comes before the reopening that undoes it.
_SAME_INSTANT = {EntryKind.TRIGGERED: 0, EntryKind.REOPENED: 2, EntryKind.RESOLVED: 1}


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Facts by the instant they happened, whatever the order in which they were heard of."""
    return sorted(
        facts, key=lambda fact: (fact.occurred_at, _SAME_INSTANT.get(fact.kind, 3), fact.kind, fact.actor_name)
    )


def breach_of(due_at: datetime, *, ended_at: datetime | None, now: datetime) -> datetime | None:
    """The deadline, where it passed before the clock ended; else None. Ended at the very deadline is in time, open at it is not."""
    is_breached = now >= due_at if ended_at is None else ended_at > due_at
    return due_at if is_breached else None


@dataclass(frozen=True)
class ClockView:
    """A clock as seen at one instant, computed on read, so that a stopped engine never shows a green clock."""

    kind: ClockKind
    phase: ClockPhase
    started_at: datetime
    at_risk_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    stopped_by: str
    breached_at: datetime | None

    @property
    def target_for(self) -> timedelta:
        return self.due_at - self.started_at

    @property
    def is_open(self) -> bool:
        """Whether it still counts: a template asks, to show a countdown and not a verdict."""
        return self.phase in _AHEAD or self.phase is ClockPhase.BREACHED

    @property
    def label(self) -> str:
        return str(self.kind.label)

    @property
    def phase_label(self) -> str:
        return str(self.phase.label)


def phase_at(
    now: datetime, *, due_at: datetime, at_risk_at: datetime, stopped_at: datetime | None, closed_at: datetime | None
) -> ClockPhase:
    """What a clock is at the instant `now`."""
    if stopped_at is not None:
        return ClockPhase.MET if stopped_at <= due_at else ClockPhase.MET_LATE
    if closed_at is not None:
        return ClockPhase.CLOSED
    if now >= due_at:
        return ClockPhase.BREACHED
    return ClockPhase.AT_RISK if now >= at_risk_at else ClockPhase.RUNNING


_AHEAD = (ClockPhase.RUNNING, ClockPhase.AT_RISK)
_ORDER = {kind: place for place, kind in enumerate(ClockKind)}


def clock_that_matters(clocks: Sequence[ClockView]) -> ClockView | None:
    """Of an incident's open clocks the one to look at: the soonest due that is not breached, else the latest breach."""
    ahead = [clock for clock in clocks if clock.phase in _AHEAD]
    if ahead:
        return min(ahead, key=lambda clock: (clock.due_at, _ORDER[clock.kind]))
    breached = [clock for clock in clocks if clock.phase is ClockPhase.BREACHED]
    return max(breached, key=lambda clock: clock.due_at, default=None)
