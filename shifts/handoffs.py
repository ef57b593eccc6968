"""Reads of handoffs: the report as it leaves the portal, what past ones said, who comes next."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import Person, User
from shifts.enums import HandoffItem, HandoffSection, HandoffSide
from shifts.handoff.report import Event, Known, Report, matches
from shifts.models import Handoff, HandoffLine, Shift

#: Whoever begins so long before or after the end of a shift comes next.
NEAR = timedelta(hours=1)


def report_of(handoff: Handoff) -> Report:
    """Everything of it that leaves the portal; struck lines do not. Two queries, and what `handoff` has not loaded."""
    schedule = handoff.shift.schedule
    lines = handoff.lines.filter(is_struck=False)
    ticked = handoff.ticks.filter(side=HandoffSide.OUTGOING).values_list("item", flat=True)
    return Report(
        schedule=schedule.name,
        zone=ZoneInfo(schedule.time_zone),
        start=handoff.period_start,
        end=handoff.period_end,
        number=handoff.number,
        author=handoff.author.name,
        incoming=handoff.incoming.name if handoff.incoming else "",
        lines=tuple(Event(HandoffSection(each.section), each.origin, each.text) for each in lines),
        ticked=frozenset(HandoffItem(each) for each in ticked),
        signed_at=handoff.signed_at,
        accepted_at=handoff.accepted_at,
    )


def may_read(handoff: Handoff, user: User) -> bool:
    """A draft is its author's alone."""
    return handoff.is_signed or handoff.author.pagerduty_id == user.person_key


def known_lines(lines: list[HandoffLine]) -> list[Known]:
    """The lines as the rule of news compares them with the facts."""
    return [Known(each.origin, each.drafted, each.text, each.is_struck) for each in lines]


def who_comes_next(shift: Shift) -> Person | None:
    """Whose turn it is on the schedule when a shift ends, on its own level where there are several."""
    following = Shift.objects.filter(
        schedule=shift.schedule_id,
        withdrawn_at=None,
        start_at__lt=shift.end_at + NEAR,
        end_at__gt=shift.end_at,
    ).exclude(person=shift.person_id)
    found = sorted(following.select_related("person"), key=lambda each: (each.level != shift.level, each.start_at))
    return found[0].person if found else None


def tripwires(*, service: str, title: str, triggered_at: datetime) -> list[HandoffLine]:
    """What past handoffs left to watch that an incident is, the newest first; of a corrected report the correction counts.

    One query.
    """
    corrected = Handoff.objects.filter(
        shift=OuterRef("handoff__shift"), author=OuterRef("handoff__author"), number__gt=OuterRef("handoff__number")
    )
    watching = HandoffLine.objects.filter(
        Q(watch_service="") | Q(watch_service__iexact=service),
        watch_for__isnull=False,
        is_struck=False,
        handoff__signed_at__lte=triggered_at,
        handoff__signed_at__gt=triggered_at - F("watch_for"),
    ).exclude(Exists(corrected.filter(signed_at__lte=triggered_at)))
    found = watching.select_related("handoff__author").order_by("-handoff__signed_at", "pk")
    return [line for line in found if matches(title, line.watch_words)]


def last_handoff(schedule_id: int) -> tuple[Handoff, list[HandoffLine]] | None:
    """The newest signed report of a schedule with what it leaves to whoever comes: Ongoing and Notes. Two queries."""
    handoff = signed_handoffs().filter(shift__schedule=schedule_id).first()
    if handoff is None:
        return None
    left = handoff.lines.filter(is_struck=False).exclude(section=HandoffSection.EVENTS)
    return handoff, list(left)


def signed_handoffs(words: str = "") -> QuerySet[Handoff]:
    """Every signed report, the newest first; with `words` those that have them in a line or a name."""
    signed = Handoff.objects.filter(signed_at__isnull=False).select_related("shift__schedule", "author", "incoming")
    if words:
        in_a_line = HandoffLine.objects.filter(text__icontains=words, is_struck=False).values("handoff")
        found = Q(pk__in=in_a_line) | Q(author__name__icontains=words) | Q(incoming__name__icontains=words)
        signed = signed.filter(found | Q(shift__schedule__name__icontains=words))
    return signed.order_by("-signed_at", "-pk")
