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
    if _is_utc(start, zone) and _is_utc(end, zone):
        return f"{span_words(start, end, UTC)} UTC"
    utc = f"{_beside(start, zone)} – {instant_words(end, UTC, beside=start)}"
    return f"{span_words(start, end, zone)} · {utc} UTC"


def instant_in_both(at: datetime, zone: tzinfo) -> str:
    """An instant in `zone`, and in UTC beside it where the zone is another."""
    if _is_utc(at, zone):
        return f"{instant_words(at, UTC)} UTC"
    return f"{instant_words(at, zone)} · {_beside(at, zone)} UTC"


def _is_utc(at: datetime, zone: tzinfo) -> bool:
    return not at.astimezone(zone).utcoffset()


def _beside(at: datetime, zone: tzinfo) -> str:
    """An instant in UTC beside the same in `zone`: with its day only where that is another."""
    return instant_words(at, UTC, beside=at.astimezone(zone).replace(tzinfo=UTC))
