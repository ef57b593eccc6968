"""The guide's table, line by line, and its edges in time."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.calendars import BusinessCalendar, end_of_next_business_day, is_business_day
from incidents.enums import ClockKind, ClockPhase, Severity
from incidents.policy import GUIDE_AT_RISK_PERCENT, GUIDE_TARGETS, SlaPolicy, due_at
from incidents.sla import phase_at, timing
from tests.incidents.rules import thorough

TAIPEI = BusinessCalendar(zone=ZoneInfo("Asia/Taipei"), closes_at=time(18), country="TW")
MADRID = BusinessCalendar(zone=ZoneInfo("Europe/Madrid"), closes_at=time(18))
GUIDE = SlaPolicy(targets=GUIDE_TARGETS, at_risk_percent=GUIDE_AT_RISK_PERCENT, calendar=TAIPEI)
START = datetime(2024, 1, 15, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("severity", "kind", "within"),
    [
        ("P0", "respond", timedelta(minutes=5)),
        ("P0", "acknowledge", timedelta(minutes=15)),
        ("P1", "respond", timedelta(minutes=15)),
        ("P1", "acknowledge", timedelta(minutes=30)),
        ("P2", "respond", timedelta(minutes=30)),
        ("P2", "acknowledge", timedelta(hours=2)),
        ("P3", "respond", timedelta(hours=2)),
        *((severity.value, "escalate", timedelta(minutes=30)) for severity in Severity),
    ],
)
def test_the_guides_durations(severity: str, kind: str, within: timedelta) -> None:
    assert due_at(ClockKind(kind), Severity(severity), START, GUIDE) == START + within


@pytest.mark.parametrize(
    ("start", "due"),
    [
        # 22:30 on a Monday in Taipei: the end of Tuesday.
        ("2024-01-15T14:30+00:00", "2024-01-16T18:00+08:00"),
        # 23:59 and 00:01 local are different days.
        ("2024-01-15T15:59+00:00", "2024-01-16T18:00+08:00"),
        ("2024-01-15T16:01+00:00", "2024-01-17T18:00+08:00"),
        # Friday, Saturday, Sunday: the end of Monday.
        ("2024-01-19T10:00+08:00", "2024-01-22T18:00+08:00"),
        ("2024-01-20T10:00+08:00", "2024-01-22T18:00+08:00"),
        ("2024-01-21T10:00+08:00", "2024-01-22T18:00+08:00"),
        # Lunar New Year 2024: the holidays last until Wednesday the 14th.
        ("2024-02-07T10:00+08:00", "2024-02-15T18:00+08:00"),
    ],
)
def test_p3_is_acknowledged_by_the_end_of_the_next_business_day(start: str, due: str) -> None:
    computed = due_at(ClockKind.ACKNOWLEDGE, Severity.P3, datetime.fromisoformat(start), GUIDE)
    assert computed == datetime.fromisoformat(due)


def test_the_close_of_business_is_local_on_both_sides_of_a_clock_change() -> None:
    # Friday before the clocks go forward; Monday is summer time.
    assert end_of_next_business_day(datetime(2024, 3, 29, 12, tzinfo=UTC), MADRID) == datetime(
        2024, 4, 1, 16, tzinfo=UTC
    )
    assert end_of_next_business_day(datetime(2024, 3, 22, 12, tzinfo=UTC), MADRID) == datetime(
        2024, 3, 25, 17, tzinfo=UTC
    )


def test_a_calendar_without_a_working_day_is_refused() -> None:
    never = BusinessCalendar(zone=ZoneInfo("UTC"), closes_at=time(18), weekdays=frozenset())
    with pytest.raises(ValueError, match="no business day"):
        end_of_next_business_day(START, never)


def test_at_risk_begins_when_four_fifths_have_passed() -> None:
    assert timing(ClockKind.RESPOND, Severity.P0, START, GUIDE).at_risk_at == START + timedelta(minutes=4)
    assert timing(ClockKind.ESCALATE, Severity.P2, START, GUIDE).at_risk_at == START + timedelta(minutes=24)


@pytest.mark.parametrize(
    ("now", "stopped", "closed", "phase"),
    [
        (0, None, None, ClockPhase.RUNNING),
        (79, None, None, ClockPhase.RUNNING),
        (80, None, None, ClockPhase.AT_RISK),
        (99, None, None, ClockPhase.AT_RISK),
        (100, None, None, ClockPhase.BREACHED),
        (500, 100, None, ClockPhase.MET),
        (500, 101, None, ClockPhase.MET_LATE),
        (500, None, 50, ClockPhase.CLOSED),
    ],
)
def test_what_a_clock_is_at_an_instant(now: int, stopped: int | None, closed: int | None, phase: ClockPhase) -> None:
    def at(seconds: int | None) -> datetime | None:
        return None if seconds is None else START + timedelta(seconds=seconds)

    seen = phase_at(
        START + timedelta(seconds=now),
        at_risk_at=START + timedelta(seconds=80),
        due_at=START + timedelta(seconds=100),
        stopped_at=at(stopped),
        closed_at=at(closed),
    )
    assert seen is phase


ZONES = ["Asia/Taipei", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]


#: Hypothesis wants naive bounds and adds the zone itself.
BEGIN, END = (datetime.fromisoformat(day) for day in ("2015-01-01", "2035-01-01"))


@thorough
@given(
    start=st.datetimes(BEGIN, END, timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
    severity=st.sampled_from(list(Severity)),
    kind=st.sampled_from(list(ClockKind)),
)
def test_due_lies_ahead_and_on_a_business_day_where_it_should(
    start: datetime, zone: str, severity: Severity, kind: ClockKind
) -> None:
    calendar = BusinessCalendar(zone=ZoneInfo(zone), closes_at=time(18))
    when = timing(kind, severity, start, replace(GUIDE, calendar=calendar))
    assert start < when.at_risk_at < when.due_at
    if severity is Severity.P3 and kind is ClockKind.ACKNOWLEDGE:
        local = when.due_at.astimezone(calendar.zone)
        assert is_business_day(local.date(), calendar)
        assert local.time() == calendar.closes_at
        assert local.date() > start.astimezone(calendar.zone).date()
