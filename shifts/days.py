"""Local days as stretches of time, `[start, end)`. Pure: a day is as long as its zone makes it, 23, 24 or 25 hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

WEEK = 7


@dataclass(frozen=True)
class Day:
    """One date of a zone. Its instants are in UTC, so that their difference is what a clock on the wall would measure."""

    on: date
    start: datetime
    end: datetime


def start_of(on: date, zone: tzinfo) -> datetime:
    """The first instant of a date: midnight, or where the clocks skip midnight the instant at which they do."""
    return datetime.combine(on, time(), tzinfo=zone).astimezone(UTC)


def day_of(on: date, zone: tzinfo) -> Day:
    return Day(on, start_of(on, zone), start_of(on + timedelta(days=1), zone))


def week_of(on: date, zone: tzinfo) -> list[Day]:
    """The seven days of the week that has this date, from Monday."""
    monday = on - timedelta(days=on.weekday())
    return [day_of(monday + timedelta(days=each), zone) for each in range(WEEK)]


def weeks_of_month(on: date, zone: tzinfo) -> list[list[Day]]:
    """The whole weeks that have a day of this date's month."""
    week = week_of(on.replace(day=1), zone)
    weeks = []
    while week[0].on <= on or week[0].on.month == on.month:
        weeks.append(week)
        week = week_of(week[0].on + timedelta(days=WEEK), zone)
    return weeks
