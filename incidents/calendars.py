"""Business days. Pure: a calendar and an instant in, an instant out."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays


@dataclass(frozen=True)
class BusinessCalendar:
    """When a team works: `closes_at` is local time in `zone`; `country` names the holidays, "" for none."""

    zone: ZoneInfo
    closes_at: time
    weekdays: frozenset[int] = frozenset(range(5))
    country: str = ""


@lru_cache(maxsize=256)
def _holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))


def is_business_day(day: date, calendar: BusinessCalendar) -> bool:
    """Whether the team works on that local date."""
    if day.weekday() not in calendar.weekdays:
        return False
    return not calendar.country or day not in _holidays(calendar.country, day.year)


def end_of_next_business_day(start: datetime, calendar: BusinessCalendar) -> datetime:
    """The close of business of the first business day after the local date of `start` (aware).

    Raises ValueError when a year holds no business day.
    """
    local_date = start.astimezone(calendar.zone).date()
    for days in range(1, 367):
        day = local_date + timedelta(days=days)
        if is_business_day(day, calendar):
            return datetime.combine(day, calendar.closes_at, tzinfo=calendar.zone).astimezone(start.tzinfo)
    raise ValueError("the calendar has no business day within a year")
