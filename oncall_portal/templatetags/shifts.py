"""Stretches of time in templates, in the reader's zone with UTC beside it: a calendar's days are the server's business."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.translation import ngettext

from shifts.delivery_words import why_not_delivered
from shifts.models import Notice
from shifts.notice_words import notice_words
from shifts.spans import both_zones, instant_in_both, instant_words, span_words

register = template.Library()


@register.simple_tag
def span(start: datetime, end: datetime) -> str:
    """«Mon 3 Nov 09:00 – 17:00 · 01:00 – 09:00 UTC»."""
    return both_zones(start, end, timezone.get_current_timezone())


@register.simple_tag
def local_span(start: datetime, end: datetime) -> str:
    """The same without UTC, for where UTC stands beside."""
    return span_words(start, end, timezone.get_current_timezone())


@register.simple_tag
def local_instant(at: datetime) -> str:
    return instant_words(at, timezone.get_current_timezone())


@register.filter
def at_both(at: datetime | None) -> str:
    """An instant in both zones; "" for none."""
    return "" if at is None else instant_in_both(at, timezone.get_current_timezone())


@register.filter
def why_not(last_error: str) -> str:
    """Why an override is not in PagerDuty, as a sentence."""
    return why_not_delivered(last_error)


@register.filter
def hue(key: int) -> int:
    """One of eight colours for a person: a help to the eye, never the only sign."""
    return key % 8


@register.filter
def notice_sentence(notice: Notice) -> str:
    """What a notice tells, in the reader's language and zone."""
    return notice_words(notice.kind, notice.data, timezone.get_current_timezone())


@register.filter
def hours(length: timedelta) -> str:
    """«168 h»: whole hours, since days of 24 are not what being on call is counted in."""
    count = round(length / timedelta(hours=1))
    return ngettext("%d h", "%d h", count) % count
