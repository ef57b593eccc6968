"""Which fact stops which clock, in which cycle."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.enums import ClockKind, ClockPhase, EntryKind
from incidents.sla import ClockView, Fact, clock_that_matters, cycles, stop_of
from tests.incidents.rules import thorough

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


def fact(kind: EntryKind, at: float, who: str = "Lin", *, by_person: bool = True) -> Fact:
    return Fact(kind=kind, occurred_at=minutes(at), actor_name=who, by_person=by_person)


def test_a_reopening_after_a_resolution_begins_a_new_cycle() -> None:
    facts = [fact(EntryKind.RESOLVED, 5), fact(EntryKind.REOPENED, 9), fact(EntryKind.RESOLVED, 20)]
    found = cycles(START, facts)
    assert [(cycle.number, cycle.started_at, cycle.ended_at) for cycle in found] == [
        (1, START, minutes(9)),
        (2, minutes(9), None),
    ]


def test_a_reopening_of_what_is_open_begins_none() -> None:
    assert len(cycles(START, [fact(EntryKind.REOPENED, 9)])) == 1
    assert (
        len(cycles(START, [fact(EntryKind.RESOLVED, 5), fact(EntryKind.REOPENED, 9), fact(EntryKind.REOPENED, 10)]))
        == 2
    )


@pytest.mark.parametrize(
    ("kind", "stops"),
    [
        (EntryKind.RESPONDING, {ClockKind.RESPOND}),
        (EntryKind.NOTE, {ClockKind.RESPOND}),
        (EntryKind.REQUESTED, {ClockKind.RESPOND}),
        (EntryKind.SEVERITY_JUDGED, {ClockKind.RESPOND}),
        (EntryKind.ACKNOWLEDGED, {ClockKind.RESPOND, ClockKind.ACKNOWLEDGE}),
        (EntryKind.ESCALATED, {ClockKind.ESCALATE}),
        (EntryKind.RESOLVED, set(ClockKind)),
        (EntryKind.SNOOZED, set()),
        (EntryKind.REASSIGNED, set()),
        (EntryKind.NOTIFIED, set()),
    ],
)
def test_what_stops_which_clock(kind: EntryKind, stops: set[ClockKind]) -> None:
    facts = [fact(kind, 3)]
    cycle = cycles(START, facts)[0]
    assert {clock for clock in ClockKind if stop_of(clock, cycle, facts)} == stops


def test_an_integrations_note_is_no_response() -> None:
    facts = [fact(EntryKind.NOTE, 1, "bot", by_person=False), fact(EntryKind.NOTE, 2)]
    stop = stop_of(ClockKind.RESPOND, cycles(START, facts)[0], facts)
    assert stop is not None
    assert stop.at == minutes(2)


def test_the_first_acknowledgement_counts_however_often_it_expires() -> None:
    facts = [
        fact(EntryKind.ACKNOWLEDGED, 10),
        fact(EntryKind.UNACKNOWLEDGED, 40),
        fact(EntryKind.ACKNOWLEDGED, 50, "Kenji"),
    ]
    stop = stop_of(ClockKind.ACKNOWLEDGE, cycles(START, facts)[0], facts)
    assert stop is not None
    assert (stop.at, stop.by) == (minutes(10), "Lin")


def test_a_cycle_is_stopped_by_its_own_facts_alone() -> None:
    facts = [fact(EntryKind.ACKNOWLEDGED, 2), fact(EntryKind.RESOLVED, 5), fact(EntryKind.REOPENED, 9)]
    first, second = cycles(START, facts)
    assert stop_of(ClockKind.ACKNOWLEDGE, first, facts) is not None
    assert stop_of(ClockKind.ACKNOWLEDGE, second, facts) is None


STORY = [
    fact(EntryKind.NOTE, 1),
    fact(EntryKind.ACKNOWLEDGED, 2),
    fact(EntryKind.ESCALATED, 4),
    fact(EntryKind.RESOLVED, 5),
    fact(EntryKind.REOPENED, 9),
    fact(EntryKind.ACKNOWLEDGED, 11),
    fact(EntryKind.RESOLVED, 30),
]


@thorough
@given(st.permutations(STORY), st.lists(st.sampled_from(STORY), max_size=4))
def test_the_order_in_which_facts_are_heard_of_changes_nothing(shuffled: list[Fact], repeated: list[Fact]) -> None:
    facts = [*shuffled, *repeated]
    assert cycles(START, facts) == cycles(START, STORY)
    for cycle in cycles(START, STORY):
        for kind in ClockKind:
            assert stop_of(kind, cycle, facts) == stop_of(kind, cycle, STORY)


def view(kind: ClockKind, phase: ClockPhase, due: float) -> ClockView:
    return ClockView(kind, phase, START, START, minutes(due), stopped_at=None, stopped_by="", breached_at=None)


def test_the_clock_that_matters_is_the_next_one_that_can_still_be_met() -> None:
    late = view(ClockKind.RESPOND, ClockPhase.BREACHED, 5)
    ahead = view(ClockKind.ACKNOWLEDGE, ClockPhase.RUNNING, 15)
    later = view(ClockKind.ESCALATE, ClockPhase.RUNNING, 30)
    met = view(ClockKind.RESPOND, ClockPhase.MET, 1)
    assert clock_that_matters([later, late, ahead]) is ahead
    assert clock_that_matters([late, met]) is late
    assert clock_that_matters([met]) is None
