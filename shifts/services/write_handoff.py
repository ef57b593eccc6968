"""Writing a handoff: a draft from the facts, and its author's lines. A draft is its author's alone.

Each line has a version of its own, so that two tabs never overwrite each other, and what comes in touches nothing that
somebody typed.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.translation import get_language

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.record_act import record_act
from integrations.text import clean_text
from shifts.enums import HandoffSection
from shifts.handoff.report import Fact, news_of, one_line
from shifts.handoff_refusals import CannotHandOver
from shifts.handoffs import known_lines, who_comes_next
from shifts.models import Handoff, HandoffLine, Shift

LONGEST_SERVICE, LONGEST_WORDS = 255, 200
#: Days; what is still worth watching then belongs into a runbook.
LONGEST_WATCH = 90


class StaleLine(Exception):
    """Somebody changed the line meanwhile, in another tab perhaps; `theirs` is how it stands. Nothing was stored."""

    def __init__(self, theirs: HandoffLine) -> None:
        super().__init__(f"version {theirs.version}")
        self.theirs = theirs


@transaction.atomic
def open_handoff(*, actor: User, shift_id: int, facts: Sequence[Fact]) -> Handoff:
    """The newest handoff of the actor's shift; drafted from the facts where there is none yet.

    Raises CannotHandOver (not_yours, too_early), Shift.DoesNotExist.
    """
    shift = Shift.objects.select_for_update(of=("self",)).select_related("person").get(pk=shift_id)
    if shift.person.pagerduty_id != actor.person_key:
        raise CannotHandOver("not_yours")
    known = shift.handoffs.filter(author=shift.person).order_by("-number").first()
    if known is not None:
        return known
    if shift.start_at > database_now():
        raise CannotHandOver("too_early")
    handoff = Handoff.objects.create(
        shift=shift,
        author=shift.person,
        incoming=who_comes_next(shift),
        period_start=shift.start_at,
        period_end=shift.end_at,
        language=get_language() or settings.LANGUAGE_CODE,
    )
    _add_facts(handoff, facts)
    record_act(actor=actor, verb="open_handoff", target=f"handoff:{handoff.pk}")
    return handoff


@transaction.atomic
def take_in(*, actor: User, handoff_id: int, facts: Sequence[Fact]) -> int:
    """Adds what happened since, and renews the lines whose facts changed and that nobody typed in. Returns how many.

    A line that somebody typed in stays as it is: what the facts say now is noted as read. Raises CannotHandOver.
    """
    handoff = draft_of(actor, handoff_id)
    lines = list(handoff.lines.select_for_update())
    news = news_of(facts, known_lines(lines))
    by_origin = {line.origin: line for line in lines}
    for origin, fact in news.changed.items():
        line = by_origin[origin]
        if line.text == line.drafted:
            line.text, line.version, line.saved_from = fact.text, line.version + 1, ""
        line.drafted = fact.text
        line.save(update_fields=["text", "drafted", "version", "saved_from"])
    _add_facts(handoff, news.new)
    return len(news)


@transaction.atomic
def add_line(*, actor: User, handoff_id: int, section: HandoffSection, text: str, key: str) -> HandoffLine:
    """A line of the author's own at the end of a part; the same `key` again gives the same line. Raises CannotHandOver."""
    handoff = draft_of(actor, handoff_id)
    line, _is_new = HandoffLine.objects.get_or_create(
        handoff=handoff,
        key=key,
        defaults={"section": section, "position": _next_position(handoff), "text": _said(text)},
    )
    return line


@transaction.atomic
def edit_line(*, actor: User, line_id: int, expected_version: int, text: str, page: str = "") -> HandoffLine:
    """What a line says from now on. One that says the same already stays, so that a repeated save is one.

    `page` names the open page that saves it; an older version is not stale where the same page stored the newest: only
    the answer was lost.

    Raises StaleLine, CannotHandOver, HandoffLine.DoesNotExist.
    """
    line = _line_of(actor, line_id)
    said = _said(text)
    if line.text == said:
        return line
    is_own = bool(page) and line.saved_from == page
    if line.version != expected_version and not is_own:
        raise StaleLine(line)
    line.text, line.version, line.saved_from = said, line.version + 1, page
    line.save(update_fields=["text", "version", "saved_from"])
    return line


@transaction.atomic
def strike_line(*, actor: User, line_id: int, is_struck: bool) -> HandoffLine:
    """Leaves a line out of the report, or takes it back. Raises CannotHandOver, HandoffLine.DoesNotExist."""
    line = _line_of(actor, line_id)
    if line.is_struck != is_struck:
        line.is_struck = is_struck
        line.save(update_fields=["is_struck"])
    return line


@transaction.atomic
def watch_line(*, actor: User, line_id: int, service: str, words: str, days: int) -> HandoffLine:
    """Makes a line a tripwire for so many days from the signature, or with 0 none any more.

    Raises CannotHandOver (nothing_to_watch, bad_days, …), HandoffLine.DoesNotExist.
    """
    line = _line_of(actor, line_id)
    line.watch_service = clean_text(service, limit=LONGEST_SERVICE).strip() if days else ""
    line.watch_words = " ".join(clean_text(words, limit=LONGEST_WORDS).split()) if days else ""
    if not 0 <= days <= LONGEST_WATCH:
        raise CannotHandOver("bad_days")
    if days and not line.watch_service and not line.watch_words:
        raise CannotHandOver("nothing_to_watch")
    line.watch_for = timedelta(days=days) if days else None
    line.save(update_fields=["watch_service", "watch_words", "watch_for"])
    return line


def draft_of(actor: User, handoff_id: int) -> Handoff:
    """The actor's draft, locked; nobody else has one here. Raises CannotHandOver, Handoff.DoesNotExist."""
    handoff = Handoff.objects.select_for_update(of=("self",)).select_related("author", "shift").get(pk=handoff_id)
    if handoff.author.pagerduty_id != actor.person_key:
        raise CannotHandOver("not_yours")
    if handoff.is_signed:
        raise CannotHandOver("signed")
    return handoff


def _line_of(actor: User, line_id: int) -> HandoffLine:
    draft_of(actor, HandoffLine.objects.values_list("handoff", flat=True).get(pk=line_id))
    return HandoffLine.objects.get(pk=line_id)


def _said(text: str) -> str:
    said = one_line(text)
    if not said:
        raise CannotHandOver("empty")
    return said


def _next_position(handoff: Handoff) -> int:
    last: int | None = handoff.lines.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _add_facts(handoff: Handoff, facts: Sequence[Fact]) -> None:
    first = _next_position(handoff)
    HandoffLine.objects.bulk_create(
        HandoffLine(
            handoff=handoff,
            section=fact.section,
            position=first + number,
            origin=fact.origin,
            key=fact.origin,
            drafted=fact.text,
            text=fact.text,
        )
        for number, fact in enumerate(facts)
    )
