"""Business days in twelve zones, against a calendar that is walked through quarter of an hour by quarter of an hour."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given

from incidents.calendars import (
    BusinessCalendar,
    end_of_next_business_day,
    holidays_of,
    is_business_day,
    is_business_time,
    local_instant,
)
from tests.incidents.rules import thorough
from tests.incidents.rules.calendars import calendars, interesting

APIA, MADRID, LORD_HOWE = ZoneInfo("Pacific/Apia"), ZoneInfo("Europe/Madrid"), ZoneInfo("Australia/Lord_Howe")


def walked(start: datetime, calendar: BusinessCalendar) -> datetime:
    """The first quarter of an hour of a later local date at which, on a working day, the clocks show closing time or more."""
    country = holidays.country_holidays(calendar.country) if calendar.country else {}
    today = start.astimezone(calendar.zone).date()
    at = start.replace(minute=0, second=0, microsecond=0)
    while True:
        wall = at.astimezone(calendar.zone)
        day = wall.date()
        works = (
            day in calendar.days_on or (day.weekday() in calendar.weekdays and day not in country)
        ) and day not in calendar.days_off
        if day > today and works and wall.time() >= calendar.closes_at:
            return at
        at += timedelta(minutes=15)


@thorough
@given(start=interesting, calendar=calendars())
def test_a_deadline_is_what_a_patient_reader_of_the_wall_clock_would_find(
    start: datetime, calendar: BusinessCalendar
) -> None:
    due = end_of_next_business_day(start, calendar)
    assert due == walked(start, calendar)
    assert due.tzinfo is UTC


@thorough
@given(start=interesting, calendar=calendars())
def test_a_deadline_falls_in_business_time_and_lies_ahead(start: datetime, calendar: BusinessCalendar) -> None:
    due = end_of_next_business_day(start, calendar)
    assert due > start
    assert is_business_time(due, calendar)
    assert not is_business_time(due + timedelta(seconds=1), calendar)
    assert due.astimezone(calendar.zone).date() > start.astimezone(calendar.zone).date()


@thorough
@given(one=interesting, other=interesting, calendar=calendars())
def test_who_starts_later_is_never_due_earlier(one: datetime, other: datetime, calendar: BusinessCalendar) -> None:
    earlier, later = sorted((one, other))
    assert end_of_next_business_day(earlier, calendar) <= end_of_next_business_day(later, calendar)


@thorough
@given(start=interesting, calendar=calendars())
def test_an_instant_is_the_same_in_every_zone(start: datetime, calendar: BusinessCalendar) -> None:
    elsewhere = start.astimezone(ZoneInfo("America/St_Johns"))
    assert end_of_next_business_day(elsewhere, calendar) == end_of_next_business_day(start, calendar)


@pytest.mark.parametrize(
    ("day", "at", "zone", "instant"),
    [
        # An ordinary one.
        ("2024-01-15", "18:00", MADRID, "2024-01-15T17:00"),
        # Skipped: 02:00 became 03:00 at 01:00 UTC.
        ("2024-03-31", "02:30", MADRID, "2024-03-31T01:00"),
        ("2024-03-31", "02:00", MADRID, "2024-03-31T01:00"),
        ("2024-03-31", "03:00", MADRID, "2024-03-31T01:00"),
        ("2024-03-31", "01:59", MADRID, "2024-03-31T00:59"),
        # Shown twice: the first one counts.
        ("2024-10-27", "02:30", MADRID, "2024-10-27T00:30"),
        # Half an hour is skipped on Lord Howe.
        ("2024-10-06", "02:15", LORD_HOWE, "2024-10-05T15:30"),
        ("2024-10-06", "02:45", LORD_HOWE, "2024-10-05T15:45"),
    ],
)
def test_a_local_time_is_one_instant(day: str, at: str, zone: ZoneInfo, instant: str) -> None:
    found = local_instant(date.fromisoformat(day), time.fromisoformat(at), zone)
    assert found == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_a_day_that_a_zone_never_had_is_no_business_day() -> None:
    calendar = BusinessCalendar(zone=APIA, closes_at=time(18))
    # Samoa went from Thursday the 29th to Saturday the 31st; New Year's Day was a Sunday.
    assert not is_business_day(date(2011, 12, 30), calendar)
    assert is_business_day(date(2011, 12, 29), calendar)
    start = datetime(2011, 12, 29, 20, tzinfo=UTC)
    assert end_of_next_business_day(start, calendar) == datetime(2012, 1, 2, 4, tzinfo=UTC)


def test_own_days_win_over_weekdays_and_holidays() -> None:
    saturday, monday, holiday = date(2026, 2, 7), date(2026, 2, 9), date(2026, 2, 17)
    calendar = BusinessCalendar(
        zone=MADRID,
        closes_at=time(18),
        country="TW",
        days_on=frozenset({saturday, holiday}),
        days_off=frozenset({monday}),
    )
    assert [is_business_day(day, calendar) for day in (saturday, monday, holiday)] == [True, False, True]
    both = BusinessCalendar(
        zone=MADRID, closes_at=time(18), days_on=frozenset({saturday}), days_off=frozenset({saturday})
    )
    assert not is_business_day(saturday, both)


def test_the_first_and_the_last_instant_of_a_business_day_belong_to_it() -> None:
    calendar = BusinessCalendar(zone=ZoneInfo("UTC"), opens_at=time(9), closes_at=time(18))
    at = datetime(2024, 1, 15, 9, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    assert is_business_time(at, calendar)
    assert not is_business_time(at - tick, calendar)
    assert is_business_time(at + timedelta(hours=9), calendar)
    assert not is_business_time(at + timedelta(hours=9) + tick, calendar)
    assert not is_business_time(at - timedelta(days=1), calendar), "a Sunday"


def test_the_week_as_most_teams_have_it() -> None:
    calendar = BusinessCalendar(zone=ZoneInfo("UTC"), closes_at=time(18))
    assert calendar.opens_at == time(9)
    week = [date(2024, 1, 15) + timedelta(days=days) for days in range(7)]
    assert [is_business_day(day, calendar) for day in week] == [True] * 5 + [False] * 2


def test_no_country_has_no_holidays_and_a_country_its_own() -> None:
    assert holidays_of("", 2024) == frozenset()
    assert date(2024, 2, 28) in holidays_of("TW", 2024)
    assert all(day.year == 2024 for day in holidays_of("TW", 2024))


def test_a_business_day_may_be_a_year_away_and_not_further() -> None:
    def closed_for(days: int) -> BusinessCalendar:
        first = date(2024, 1, 16)
        return BusinessCalendar(
            zone=ZoneInfo("UTC"),
            closes_at=time(18),
            weekdays=frozenset(range(7)),
            days_off=frozenset(first + timedelta(days=each) for each in range(days)),
        )

    start = datetime(2024, 1, 15, 12, tzinfo=UTC)
    assert end_of_next_business_day(start, closed_for(365)) == datetime(2025, 1, 15, 18, tzinfo=UTC)
    with pytest.raises(ValueError, match=r"^the calendar has no business day within a year$"):
        end_of_next_business_day(start, closed_for(366))
