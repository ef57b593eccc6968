"""How a line came about, as sentences in the active language. Pure.

`detail` of a ledger's line, by its kind: a stipend or leave of a shift has `rate` (amount a week, or hours a day), `lengths`
(seconds by `DayKind`), `factors` (by `DayKind`) and `elsewhere` (seconds of the shift that something else pays for); a bonus
has `whole`, `sharing`, `place`, `people` and, where a person judged it a P0, `judged_by`; leave for a P0 has `at`; a correction
has `reason`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from compensation.enums import DayKind, LineKind, Sharing
from compensation.money import money_words, plain
from shifts.spans import instant_in_both


def how(kind: str, detail: Mapping[str, Any], currency: str, zone: tzinfo) -> list[str]:
    """The sentences of a line; a line whose evidence says it all has none."""
    return list(_sentences(LineKind(kind), detail, currency, zone))


def _sentences(kind: LineKind, detail: Mapping[str, Any], currency: str, zone: tzinfo) -> Iterator[str]:
    if kind is LineKind.BONUS:
        yield _bonus(detail, currency)
        if detail.get("judged_by"):
            yield _("%(name)s judged that it was a P0.") % {"name": detail["judged_by"]}
    elif kind is LineKind.CORRECTION:
        yield str(detail["reason"])
    elif kind is LineKind.LEAVE_EARNED and "at" in detail:
        answered_at = instant_in_both(datetime.fromisoformat(detail["at"]), zone)
        yield _("A P0 answered at night, %(at)s.") % {"at": answered_at}
    elif kind in (LineKind.STIPEND, LineKind.LEAVE_EARNED):
        yield _rate(kind, detail, currency)
        for day, seconds in sorted(detail["lengths"].items()):
            yield _stretch(DayKind(day), seconds, Decimal(detail["factors"].get(day, "1")))
        if detail.get("elsewhere"):
            length = length_words(timedelta(seconds=detail["elsewhere"]))
            yield _("%(length)s of the shift are not paid here: another shift at the same time is.") % {
                "length": length
            }


def _rate(kind: LineKind, detail: Mapping[str, Any], currency: str) -> str:
    if kind is LineKind.LEAVE_EARNED:
        return _("%(hours)s h of leave for a whole weekend day or holiday on call.") % {"hours": detail["rate"]}
    return _("%(rate)s a week, each local day a seventh of it.") % {
        "rate": money_words(Decimal(detail["rate"]), currency)
    }


def _stretch(day: DayKind, seconds: float, factor: Decimal) -> str:
    places = {"length": length_words(timedelta(seconds=seconds)), "day": day.label, "factor": plain(factor)}
    if factor == 1:
        return _("%(length)s (%(day)s)") % places
    return _("%(length)s × %(factor)s (%(day)s)") % places


def _bonus(detail: Mapping[str, Any], currency: str) -> str:
    whole = money_words(Decimal(detail["whole"]), currency)
    if detail["sharing"] == Sharing.EACH or detail["people"] == 1:
        return _("A P0 handled successfully: resolved, every clock met, reviewed.")
    return _("A P0 handled successfully: %(whole)s, shared by %(people)s.") % {
        "whole": whole,
        "people": detail["people"],
    }


def length_words(length: timedelta) -> str:
    """«36 h 05 min», to the minute: what being on call is paid by."""
    hours, minutes = divmod(round(length / timedelta(minutes=1)), 60)
    if not minutes:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}
