"""When a review is due, and which incidents are overdue: two rules that must agree at every instant."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from incidents.calendars import BusinessCalendar, is_business_day
from incidents.review.due import BUSINESS_DAYS, due_at, overdue_before
from tests.incidents.rules import thorough
from tests.incidents.rules.calendars import calendars, interesting

TAIPEI = BusinessCalendar(
    zone=ZoneInfo("Asia/Taipei"), closes_at=time(18), country="TW", days_on=frozenset([date(2026, 2, 28)])
)


def taipei(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def test_over_the_new_year_of_the_team() -> None:
    # 2026-02-14 to 22 are days off in Taiwan, the 27th is another, and the 28th, a Saturday, is this team's own day on.
    assert due_at(taipei("2026-02-13T10:00"), TAIPEI) == taipei("2026-02-28T18:00")
    # However late in the day, the days after it count.
    assert due_at(taipei("2026-03-02T23:59"), TAIPEI) == taipei("2026-03-09T18:00")
    assert due_at(taipei("2026-03-02T00:00"), TAIPEI) == taipei("2026-03-09T18:00")


def test_to_the_second() -> None:
    assert overdue_before(taipei("2026-03-09T17:59:59"), TAIPEI) == taipei("2026-03-02T00:00")
    assert overdue_before(taipei("2026-03-09T18:00"), TAIPEI) == taipei("2026-03-03T00:00")


@thorough
@given(interesting, calendars())
def test_five_business_days_lie_between(resolved_at: datetime, calendar: BusinessCalendar) -> None:
    due = due_at(resolved_at, calendar)
    first, last = (each.astimezone(calendar.zone).date() for each in (resolved_at, due))
    days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(is_business_day(day, calendar) for day in days) == BUSINESS_DAYS
    assert is_business_day(last, calendar)
    assert due > resolved_at


@thorough
@given(interesting, st.timedeltas(timedelta(days=-40), timedelta(days=2)), calendars())
def test_what_is_overdue_is_what_was_due(now: datetime, ago: timedelta, calendar: BusinessCalendar) -> None:
    resolved_at = now + ago
    assert (resolved_at < overdue_before(now, calendar)) is (due_at(resolved_at, calendar) <= now)


@thorough
@given(interesting, calendars())
def test_and_at_the_very_edge(now: datetime, calendar: BusinessCalendar) -> None:
    edge = overdue_before(now, calendar)
    assert due_at(edge - timedelta(microseconds=1), calendar) <= now < due_at(edge, calendar)
    assert edge.tzinfo is UTC
