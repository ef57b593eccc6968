"""Business days and hours. Pure: a calendar and an instant in, an instant out.

Local times that a change of the clocks skips, and days that a zone never had (Apia's 30 December 2011), are dealt with
here and nowhere else.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

#: The furthest a business day may be away; a calendar without one in a year is refused when it is stored.
FURTHEST_DAYS = 366
_NOON = time(12)


@dataclass(frozen=True)
class BusinessCalendar:
    """When a team works.

    `opens_at` and `closes_at` are local times in `zone`. `weekdays`: 0 is Monday. `country` names the holidays (ISO
    3166), "" for none. `days_off` and `days_on` are the team's own and win over weekdays and holidays: a Saturday that
    makes up for a long weekend is a day on.
    """

    zone: ZoneInfo
    closes_at: time
    opens_at: time = time(9)
    weekdays: frozenset[int] = frozenset(range(5))
    country: str = ""
    days_off: frozenset[date] = field(default_factory=frozenset)
    days_on: frozenset[date] = field(default_factory=frozenset)


@lru_cache(maxsize=1024)
def holidays_of(country: str, year: int) -> frozenset[date]:
    """A country's public holidays in one year, by the library `holidays`; none for the country ""."""
    return frozenset(holidays.country_holidays(country, years=year)) if country else frozenset()


def is_business_day(day: date, calendar: BusinessCalendar) -> bool:
    """Whether the team works on that local date."""
    if not _exists(day, calendar.zone) or day in calendar.days_off:
        return False
    if day in calendar.days_on:
        return True
    return day.weekday() in calendar.weekdays and day not in holidays_of(calendar.country, day.year)


def is_business_time(at: datetime, calendar: BusinessCalendar) -> bool:
    """Whether the team is at work at that instant (aware), its first and last instant included."""
    day = at.astimezone(calendar.zone).date()
    opens_at, closes_at = (local_instant(day, each, calendar.zone) for each in (calendar.opens_at, calendar.closes_at))
    return is_business_day(day, calendar) and opens_at <= at <= closes_at


def end_of_next_business_day(start: datetime, calendar: BusinessCalendar) -> datetime:
    """The close of business, in UTC, of the first business day after the local date of `start` (aware).

    Raises ValueError when the next year holds no business day.
    """
    day = business_day_from(start.astimezone(calendar.zone).date(), 1, calendar)
    return local_instant(day, calendar.closes_at, calendar.zone)


def business_day_from(day: date, count: int, calendar: BusinessCalendar) -> date:
    """The business day that is `count` business days after the local date `day`, or before it where `count` is negative.

    Raises ValueError where a year holds no business day.
    """
    step = timedelta(days=1 if count > 0 else -1)
    for _turn in range(abs(count)):
        day = _nearest_business_day(day, step, calendar)
    return day


def _nearest_business_day(day: date, step: timedelta, calendar: BusinessCalendar) -> date:
    """The first business day after `day` in steps of a day forwards or backwards. Raises ValueError."""
    for away in range(1, FURTHEST_DAYS + 1):
        found = day + away * step
        if is_business_day(found, calendar):
            return found
    raise ValueError("the calendar has no business day within a year")


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant in UTC at which the clocks of `zone` show `at` on `day`.

    Shown twice, it is the first; skipped, it is the instant at which the clocks jump over it.
    """
    local = datetime.combine(day, at)
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if _wall(instant, zone) == local:
        return instant
    # Skipped: with the offset from before the jump it lies after the jump, and the other way round.
    before, after = local.replace(tzinfo=zone, fold=1).astimezone(UTC), instant
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if _wall(middle, zone) < local:
            before = middle
        else:
            after = middle
    return after


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone had this date at all."""
    noon = datetime.combine(day, _NOON)
    return _wall(noon.replace(tzinfo=zone).astimezone(UTC), zone) == noon


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of the zone show."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)
