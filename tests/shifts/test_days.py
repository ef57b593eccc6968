"""Local days are stretches of time: none is missed, none overlaps, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shifts.days import day_of, week_of, weeks_of_month

ZONES = [
    "UTC",
    "Asia/Taipei",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Beirut",
]


@pytest.mark.parametrize(
    ("on", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 4, 5), "Australia/Sydney", 25),
        (date(2026, 10, 4), "Australia/Sydney", 23),
        (date(2026, 4, 24), "Africa/Cairo", 23),  # midnight is skipped
        (date(2026, 7, 1), "Asia/Taipei", 24),
    ],
)
def test_a_day_is_as_long_as_its_zone_makes_it(on: date, zone: str, hours: int) -> None:
    day = day_of(on, ZoneInfo(zone))
    assert day.end - day.start == timedelta(hours=hours)


def test_where_midnight_is_skipped_the_day_begins_when_the_clocks_do() -> None:
    assert day_of(date(2026, 4, 24), ZoneInfo("Africa/Cairo")).start == datetime(2026, 4, 23, 22, tzinfo=UTC)


@given(st.dates(date(2001, 1, 1), date(2099, 12, 1)), st.sampled_from(ZONES))
def test_the_weeks_of_a_month_join_and_hold_all_of_it(on: date, zone: str) -> None:
    weeks = weeks_of_month(on, ZoneInfo(zone))
    days = [day for week in weeks for day in week]
    assert all(earlier.end == later.start for earlier, later in pairwise(days))
    assert all(week[0].on.weekday() == 0 and len(week) == 7 for week in weeks)
    wanted = [day.on for day in days if day.on.month == on.month]
    assert (
        len(wanted)
        == (on.replace(day=28) + timedelta(days=4)).replace(day=1).toordinal() - on.replace(day=1).toordinal()
    )
    # Every week has a day of the month.
    assert all(any(day.on.month == on.month for day in week) for week in weeks)


@given(st.dates(date(2001, 1, 1), date(2099, 12, 1)))
def test_the_week_of_a_date_has_it(on: date) -> None:
    assert on in [day.on for day in week_of(on, ZoneInfo("Asia/Taipei"))]
