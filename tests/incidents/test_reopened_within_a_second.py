"""PagerDuty's log counts in seconds: resolved and reopened within one, each cycle still ends and begins once."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.enums import ClockKind, EntryKind
from incidents.sla import Fact, cycles, stop_of

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def fact(kind: EntryKind, minutes: float) -> Fact:
    return Fact(kind, AT + timedelta(minutes=minutes), "Lin")


@pytest.mark.parametrize("kind", list(ClockKind))
def test_the_resolution_ends_the_cycle_before_the_reopening(kind: ClockKind) -> None:
    facts = [fact(EntryKind.RESOLVED, 5), fact(EntryKind.REOPENED, 5)]
    first, second = cycles(AT, facts)
    stop = stop_of(kind, first, facts)
    assert stop is not None
    assert stop.at == AT + timedelta(minutes=5)
    assert stop_of(kind, second, facts) is None


@pytest.mark.parametrize("kind", list(ClockKind))
def test_a_resolution_in_the_second_of_the_reopening_ends_the_new_cycle(kind: ClockKind) -> None:
    facts = [fact(EntryKind.RESOLVED, 5), fact(EntryKind.REOPENED, 9), fact(EntryKind.RESOLVED, 9)]
    first, second = cycles(AT, facts)
    stops = [stop_of(kind, cycle, facts) for cycle in (first, second)]
    assert [stop.at if stop else None for stop in stops] == [AT + timedelta(minutes=5), AT + timedelta(minutes=9)]


def test_a_resolution_from_before_the_trigger_stops_nothing() -> None:
    facts = [fact(EntryKind.RESOLVED, -3), fact(EntryKind.RESOLVED, 6)]
    (cycle,) = cycles(AT, facts)
    stop = stop_of(ClockKind.ESCALATE, cycle, facts)
    assert stop is not None
    assert stop.at == AT + timedelta(minutes=6)
