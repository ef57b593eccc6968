"""Instants and stretches of time as words, in somebody's zone and in UTC beside it. Pure."""

from datetime import UTC, datetime, tzinfo

from django.utils.formats import date_format
from django.utils.translation import pgettext


def instant_words(at: datetime, zone: tzinfo, *, beside: datetime | None = None) -> str:
    """«Mon 3 Nov 09:00»; only the time of day where it is on the same local date as `beside`."""
    local = at.astimezone(zone)
    clock = local.strftime("%H:%M")
    if beside is not None and beside.astimezone(zone).date() == local.date():
        return clock
    day = date_format(local, pgettext("a day in Django's date format, such as Mon 3 Nov", "D j M"))
    return f"{day} {clock}"


def span_words(start: datetime, end: datetime, zone: tzinfo) -> str:
    """«Mon 3 Nov 09:00 – 17:00», the second day only where it is another."""
    return f"{instant_words(start, zone)} – {instant_words(end, zone, beside=start)}"


def both_zones(start: datetime, end: datetime, zone: tzinfo) -> str:
    """The stretch in `zone`, and in UTC beside it where the zone is another."""
    local, utc = span_words(start, end, zone), span_words(start, end, UTC)
    return f"{local} UTC" if local == utc else f"{local} · {utc} UTC"


def instant_in_both(at: datetime, zone: tzinfo) -> str:
    """An instant in `zone`, and in UTC beside it where the zone is another."""
    local, utc = instant_words(at, zone), instant_words(at, UTC)
    return f"{local} UTC" if local == utc else f"{local} · {utc} UTC"
