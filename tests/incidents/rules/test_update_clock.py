"""When stakeholders are to hear next, for any severity, promise and order of events."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.enums import ClockPhase, Severity
from incidents.updates.clock import OWED_FOR, RHYTHM, Told, owes_last, update_clock
from incidents.updates.kinds import UpdateState

START = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
severities = st.sampled_from(Severity)
lengths = st.integers(1, 10_000).map(lambda minutes: minutes * MINUTE)
states = st.none() | st.sampled_from(UpdateState)


@pytest.mark.parametrize(("severity", "minutes"), [("P0", 30), ("P1", 60), ("P2", None), ("P3", None)])
def test_the_guides_rhythm(severity: str, minutes: int | None) -> None:
    for told in (None, Told(START + 7 * MINUTE)):
        clock = update_clock(Severity(severity), cycle_started_at=START, told=told)
        start = told.at if told else START
        assert (clock.due_at if clock else None) == (start + minutes * MINUTE if minutes else None)


@given(severities, lengths, lengths, states)
def test_a_promise_goes_before_the_rhythm(
    severity: Severity, after: timedelta, promised: timedelta, state: UpdateState | None
) -> None:
    told = Told(START + after, state, START + after + promised)
    clock = update_clock(severity, cycle_started_at=START, told=told)
    assert clock is not None
    assert (clock.started_at, clock.due_at) == (told.at, told.next_due_at)


@given(severities, st.none() | lengths, st.none() | lengths, st.integers(0, 20_000))
def test_phases_follow_each_other(
    severity: Severity, after: timedelta | None, promised: timedelta | None, minutes: int
) -> None:
    told = None if after is None else Told(START + after, None, START + after + promised if promised else None)
    clock = update_clock(severity, cycle_started_at=START, told=told)
    if clock is None:
        assert severity not in RHYTHM
        assert told is None or told.next_due_at is None
        return
    now = clock.started_at + minutes * MINUTE
    used = (now - clock.started_at) / (clock.due_at - clock.started_at)
    expected = ClockPhase.BREACHED if used >= 1 else ClockPhase.AT_RISK if used >= 0.8 else ClockPhase.RUNNING
    assert clock.phase(now) is expected
    assert clock.phase(clock.due_at) is ClockPhase.BREACHED
    assert clock.phase(clock.due_at - timedelta(microseconds=1)) is ClockPhase.AT_RISK


@given(severities, st.none() | states.map(lambda state: Told(START, state)), st.integers(-60, 3_000))
def test_the_last_word_is_owed_until_it_is_said(severity: Severity, told: Told | None, minutes: int) -> None:
    resolved_at = START + 10 * MINUTE
    now = resolved_at + minutes * MINUTE
    owes = owes_last(severity, resolved_at=resolved_at, told=told, now=now)
    is_said = told is not None and told.state is UpdateState.RESOLVED
    somebody_waits = severity in RHYTHM or told is not None
    assert owes is (somebody_waits and not is_said and now - resolved_at <= OWED_FOR)
    assert not owes_last(severity, resolved_at=None, told=told, now=now), "open incidents owe the next one"


def test_what_was_published_in_pagerduty_after_the_end_is_the_last_word() -> None:
    resolved_at = START + 10 * MINUTE
    late = Told(resolved_at + MINUTE)
    assert not owes_last(Severity.P0, resolved_at=resolved_at, told=late, now=resolved_at + 2 * MINUTE)
    assert owes_last(Severity.P0, resolved_at=resolved_at, told=Told(START), now=resolved_at + 2 * MINUTE)
