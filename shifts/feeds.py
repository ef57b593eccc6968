"""Shifts as an iCalendar (RFC 5545). The library writes and escapes it; names in it are untrusted."""

from datetime import datetime, timedelta
from hashlib import sha256

from django.db.models import Q
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vText

from integrations.text import clean_text
from shifts.models import CalendarFeed, Shift

#: So far back and ahead a feed reaches; a shift that is no more is told as cancelled for so long.
BACK, AHEAD, CANCELLED_FOR = timedelta(days=30), timedelta(days=366), timedelta(days=30)
LONGEST_NAME = 200
#: How often a program that subscribes may come again.
REFRESH = timedelta(minutes=15)


def shifts_of_feed(feed: CalendarFeed, now: datetime) -> list[Shift]:
    """What a feed shows: final shifts, and those withdrawn lately."""
    shown = Q(withdrawn_at=None) | Q(withdrawn_at__gt=now - CANCELLED_FOR)
    shifts = Shift.objects.filter(shown, end_at__gt=now - BACK, start_at__lt=now + AHEAD)
    if feed.schedule_id is None:
        shifts = shifts.filter(person__pagerduty_id=feed.user.person_key)
    else:
        shifts = shifts.filter(schedule=feed.schedule_id)
    return list(shifts.select_related("schedule", "person").order_by("start_at", "pk"))


def calendar_bytes(feed: CalendarFeed, shifts: list[Shift], *, address: str) -> bytes:
    """The calendar. The same shifts give the same bytes. `address` is the portal's, "" where it is not known."""
    calendar = Calendar()
    name = feed.schedule.name if feed.schedule else _("On call: %(name)s") % {"name": feed.user.display_name}
    calendar.add("prodid", "-//On-Call Portal//Shifts//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    # What the RFC does not know the library would write as it is.
    calendar.add("x-wr-calname", vText(_line(name)))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for shift in shifts:
        calendar.add_component(_event(feed, shift, address))
    return bytes(calendar.to_ical())


def _event(feed: CalendarFeed, shift: Shift, address: str) -> Event:
    event, schedule, name = Event(), _line(shift.schedule.name), _line(shift.person.name)
    summary = _("On call: %(name)s") % {"name": schedule if feed.schedule_id is None else name}
    event.add("uid", f"{shift.uid}@on-call-portal")
    event.add("sequence", shift.sequence + (1 if shift.withdrawn_at else 0))
    event.add("dtstamp", shift.withdrawn_at or shift.changed_at)
    event.add("last-modified", shift.withdrawn_at or shift.changed_at)
    event.add("dtstart", shift.start_at)
    event.add("dtend", shift.end_at)
    event.add("summary", summary)
    event.add("description", _stands_in(shift, name, schedule))
    event.add("status", "CANCELLED" if shift.withdrawn_at else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    if address:
        event.add("url", f"{address}/shifts/{shift.pk}/")
    return event


def _line(name: str) -> str:
    """A name as one line."""
    return clean_text(" ".join(name.split()), limit=LONGEST_NAME)


def _stands_in(shift: Shift, name: str, schedule: str) -> str:
    if shift.is_override:
        return _("%(name)s stands in on %(schedule)s.") % {"name": name, "schedule": schedule}
    return _("%(name)s is on call on %(schedule)s.") % {"name": name, "schedule": schedule}


def etag_of(content: bytes) -> str:
    """A strong validator of exactly these bytes."""
    return f'"{sha256(content).hexdigest()[:32]}"'
