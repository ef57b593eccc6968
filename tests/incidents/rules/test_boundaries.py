"""The instants at which a verdict turns, to the microsecond."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.enums import ClockKind, ClockPhase, EntryKind
from incidents.sla import ClockView, Cycle, Fact, breach_of, clock_that_matters, cycles, engaged, in_order, phase_at

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("late", "is_breached"), [(-TICK, False), (0 * TICK, True), (TICK, True)])
def test_an_open_clock_is_breached_from_its_deadline_on(late: timedelta, is_breached: bool) -> None:
    assert breach_of(AT, ended_at=None, now=AT + late) == (AT if is_breached else None)


@pytest.mark.parametrize(("late", "is_breached"), [(-TICK, False), (0 * TICK, False), (TICK, True)])
def test_ended_at_the_very_deadline_is_in_time(late: timedelta, is_breached: bool) -> None:
    assert breach_of(AT, ended_at=AT + late, now=AT + MINUTE) == (AT if is_breached else None)


@pytest.mark.parametrize(
    ("after", "phase"),
    [
        (8 * MINUTE - TICK, ClockPhase.RUNNING),
        (8 * MINUTE, ClockPhase.AT_RISK),
        (10 * MINUTE - TICK, ClockPhase.AT_RISK),
        (10 * MINUTE, ClockPhase.BREACHED),
    ],
)
def test_the_phases_of_an_open_clock(after: timedelta, phase: ClockPhase) -> None:
    found = phase_at(AT + after, due_at=AT + 10 * MINUTE, at_risk_at=AT + 8 * MINUTE, stopped_at=None, closed_at=None)
    assert found is phase


@pytest.mark.parametrize(
    ("stopped", "closed", "phase"),
    [
        (10 * MINUTE, None, ClockPhase.MET),
        (10 * MINUTE + TICK, None, ClockPhase.MET_LATE),
        (9 * MINUTE, 9 * MINUTE, ClockPhase.MET),
        (None, 20 * MINUTE, ClockPhase.CLOSED),
    ],
)
def test_the_verdicts_of_an_ended_clock(stopped: timedelta | None, closed: timedelta | None, phase: ClockPhase) -> None:
    found = phase_at(
        AT + 60 * MINUTE,
        due_at=AT + 10 * MINUTE,
        at_risk_at=AT + 8 * MINUTE,
        stopped_at=None if stopped is None else AT + stopped,
        closed_at=None if closed is None else AT + closed,
    )
    assert found is phase


def fact(kind: EntryKind, minutes: float, who: str = "Lin", *, by_person: bool = True) -> Fact:
    return Fact(kind, AT + timedelta(minutes=minutes), who, who, by_person)


@pytest.mark.parametrize(
    ("at", "is_held"), [(-TICK, False), (0 * TICK, True), (5 * MINUTE - TICK, True), (5 * MINUTE, False)]
)
def test_a_cycle_holds_its_beginning_and_not_its_end(at: timedelta, is_held: bool) -> None:
    cycle = Cycle(number=1, started_at=AT, ended_at=AT + 5 * MINUTE, resolved_at=None)
    assert cycle.holds(Fact(EntryKind.NOTE, AT + at)) is is_held


def test_the_last_cycle_holds_whatever_comes() -> None:
    assert Cycle(number=1, started_at=AT, ended_at=None, resolved_at=None).holds(
        Fact(EntryKind.NOTE, AT + 900 * MINUTE)
    )


def test_a_cycle_keeps_its_first_resolution() -> None:
    facts = [fact(EntryKind.RESOLVED, 3), fact(EntryKind.RESOLVED, 4), fact(EntryKind.REOPENED, 6)]
    first, second = cycles(AT, facts)
    assert (first.resolved_at, first.ended_at) == (AT + 3 * MINUTE, AT + 6 * MINUTE)
    assert (second.number, second.started_at, second.resolved_at, second.ended_at) == (2, AT + 6 * MINUTE, None, None)


def test_a_reopening_needs_a_resolution_and_a_later_instant() -> None:
    assert len(cycles(AT, [fact(EntryKind.REOPENED, 6)])) == 1
    assert len(cycles(AT, [fact(EntryKind.RESOLVED, 0), fact(EntryKind.REOPENED, 0)])) == 1
    assert len(cycles(AT, [fact(EntryKind.RESOLVED, 1), fact(EntryKind.REOPENED, 2), fact(EntryKind.REOPENED, 3)])) == 2


def test_facts_of_one_instant_have_an_order_of_their_own() -> None:
    at_once = [fact(kind, 1) for kind in (EntryKind.NOTE, EntryKind.REOPENED, EntryKind.RESOLVED, EntryKind.TRIGGERED)]
    expected = [EntryKind.TRIGGERED, EntryKind.RESOLVED, EntryKind.REOPENED, EntryKind.NOTE]
    assert [each.kind for each in in_order(at_once)] == expected
    assert [each.kind for each in in_order(reversed(at_once))] == expected


def test_two_of_one_kind_and_instant_stand_by_name() -> None:
    names = [each.actor_name for each in in_order([fact(EntryKind.NOTE, 1, "Zoe"), fact(EntryKind.NOTE, 1, "Ana")])]
    assert names == ["Ana", "Zoe"]


def test_each_person_takes_part_once_by_the_first_act() -> None:
    cycle = Cycle(number=2, started_at=AT, ended_at=AT + 9 * MINUTE, resolved_at=None)
    facts = [
        fact(EntryKind.ACKNOWLEDGED, -1, "Early"),
        fact(EntryKind.RESPONDING, 2, "Lin"),
        fact(EntryKind.ACKNOWLEDGED, 3, "Lin"),
        fact(EntryKind.NOTE, 4, "Noter"),
        fact(EntryKind.ACKNOWLEDGED, 5, "Robot", by_person=False),
        fact(EntryKind.ACKNOWLEDGED, 6, "Kenji"),
        fact(EntryKind.ACKNOWLEDGED, 9, "Late"),
    ]
    assert [(each.actor_name, each.kind) for each in engaged(cycle, facts)] == [
        ("Lin", EntryKind.RESPONDING),
        ("Kenji", EntryKind.ACKNOWLEDGED),
    ]


def view(kind: ClockKind, phase: ClockPhase, due: float) -> ClockView:
    due_at = AT + timedelta(minutes=due)
    return ClockView(kind, phase, AT, AT, due_at, None, "", due_at if phase is ClockPhase.BREACHED else None)


def test_what_is_ahead_matters_before_what_is_lost() -> None:
    breached = view(ClockKind.RESPOND, ClockPhase.BREACHED, 5)
    later = view(ClockKind.ESCALATE, ClockPhase.RUNNING, 30)
    sooner = view(ClockKind.ACKNOWLEDGE, ClockPhase.AT_RISK, 15)
    assert clock_that_matters([breached, later, sooner]) is sooner


def test_due_at_once_the_guides_order_decides() -> None:
    escalate, acknowledge = (
        view(ClockKind.ESCALATE, ClockPhase.RUNNING, 30),
        view(ClockKind.ACKNOWLEDGE, ClockPhase.RUNNING, 30),
    )
    assert clock_that_matters([escalate, acknowledge]) is acknowledge


def test_of_breaches_the_latest_matters_and_of_the_ended_none() -> None:
    first, second = (
        view(ClockKind.RESPOND, ClockPhase.BREACHED, 5),
        view(ClockKind.ACKNOWLEDGE, ClockPhase.BREACHED, 15),
    )
    assert clock_that_matters([second, first]) is second
    assert clock_that_matters([view(ClockKind.RESPOND, ClockPhase.MET, 5)]) is None
    assert clock_that_matters([]) is None
