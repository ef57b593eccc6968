"""When a review is due: a severe incident's five business days after it was resolved, by the team's calendar. Pure.

Source: the team's rule, «P0/P1 without a review after 5 business days is listed».
"""

from datetime import datetime, time, timedelta

from incidents.calendars import BusinessCalendar, business_day_from, local_instant
from incidents.enums import Severity

BUSINESS_DAYS = 5
#: Whose incidents need a review; one of another may have one.
REVIEWED = (Severity.P0, Severity.P1)


def due_at(resolved_at: datetime, calendar: BusinessCalendar) -> datetime:
    """The close of business, in UTC, of the fifth business day after the local date of `resolved_at` (aware).

    Raises ValueError where a year holds no business day.
    """
    day = business_day_from(resolved_at.astimezone(calendar.zone).date(), BUSINESS_DAYS, calendar)
    return local_instant(day, calendar.closes_at, calendar.zone)


def overdue_before(now: datetime, calendar: BusinessCalendar) -> datetime:
    """What was resolved before this instant is overdue at `now`, and nothing else: `due_at(resolved_at) <= now` for it alone.

    Raises ValueError where a year holds no business day.
    """
    day = now.astimezone(calendar.zone).date() + timedelta(days=1)
    # The last business day that is over; its own fifth and all before it are those after which a review was due.
    day = business_day_from(day, -1, calendar)
    if local_instant(day, calendar.closes_at, calendar.zone) > now:
        day = business_day_from(day, -1, calendar)
    first = business_day_from(day, 1 - BUSINESS_DAYS, calendar)
    return local_instant(first, time(), calendar.zone)
