"""Handing a shift over: its report, drafted by itself, edited line by line, signed by both.

It stands here since a report lists incidents, of which `shifts` knows nothing. Acts: `handoff_lines`, `handoff_signing`.
"""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from accounts.views import signed_in
from incidents.handoff_facts import handoff_facts
from incidents.models import Service
from incidents.transfers import may_transfer, transfers_of
from shifts.forms import new_key
from shifts.handoff.report import Fact
from shifts.handoff_panel import panel_of
from shifts.handoff_refusals import CannotHandOver
from shifts.handoffs import may_read
from shifts.models import Handoff, Shift
from shifts.services.known_people import known_people
from shifts.services.write_handoff import open_handoff


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest, shift_id: int, number: int | None = None) -> HttpResponse:
    """The report, or its version `number`. Whose shift it was opens it by looking, once the shift has begun."""
    user = signed_in(request)
    shift = get_object_or_404(Shift.objects.select_related("schedule", "person"), pk=shift_id)
    refusal = ""
    is_theirs = shift.person.pagerduty_id == user.person_key and user.has_role(Role.RESPONDER)
    # What happened is asked for only where there is nothing yet to compare it with.
    if number is None and is_theirs and not shift.handoffs.filter(author=shift.person).exists():
        try:
            open_handoff(actor=user, shift_id=shift.pk, facts=facts_of(shift))
        except CannotHandOver as error:
            refusal = error.text
    handoff = _visible(request, shift, number)
    if handoff is None:
        if number is not None:
            raise Http404
        return render(request, "incidents/handoff_none.html", {"shift": shift, "refusal": refusal})
    return page_of(request, handoff)


@requires(Role.RESPONDER)
@require_safe
def news(request: HttpRequest, handoff_id: int) -> HttpResponse:
    """What happened since the draft was written, for its author's open page."""
    handoff = find_handoff(handoff_id)
    if handoff.author.pagerduty_id != signed_in(request).person_key:
        raise Http404
    return render(request, "incidents/handoff.html#news", _context(request, handoff))


def handoff_url(handoff: Handoff) -> str:
    """Its page."""
    return reverse("incidents:handoff", args=[handoff.shift_id])


def facts_of(shift: Shift, language: str | None = None) -> list[Fact]:
    """In the language that a report was drafted in: another one would make news of every line."""
    zone = ZoneInfo(shift.schedule.time_zone)
    with translation.override(language or translation.get_language()):
        return handoff_facts(start=shift.start_at, end=shift.end_at, now=database_now(), zone=zone)


def find_handoff(handoff_id: int) -> Handoff:
    known = Handoff.objects.select_related("shift__schedule", "shift__person", "author", "incoming")
    return get_object_or_404(known, pk=handoff_id)


def _visible(request: HttpRequest, shift: Shift, number: int | None) -> Handoff | None:
    """The newest version that the reader may see, or the one asked for."""
    versions = shift.handoffs.select_related("shift__schedule", "shift__person", "author", "incoming")
    found = versions.order_by("-number") if number is None else versions.filter(number=number)
    return next((each for each in found if may_read(each, signed_in(request))), None)


def act_on(
    request: HttpRequest,
    handoff: Handoff,
    perform: Callable[[], object],
    *,
    done: str = "",
    anchor: str = "",
    typed: str = "",
) -> HttpResponse:
    """Performs an act, says how it went, and goes back to where it was done. A draft is nobody else's to find.

    What was `typed` in vain is said back, since its form may be gone.
    """
    if not may_read(handoff, signed_in(request)):
        raise Http404
    try:
        perform()
    except CannotHandOver as refusal:
        messages.warning(request, refusal.text)
        if typed.strip():
            messages.info(request, _("You wrote: “%(text)s”") % {"text": typed})
    else:
        if done:
            messages.success(request, done)
    return redirect(handoff_url(handoff) + (f"#{anchor}" if anchor else ""))


def page_of(
    request: HttpRequest,
    handoff: Handoff,
    *,
    conflict: dict[str, Any] | None = None,
    refusal: str = "",
    typed: tuple[str, str] = ("", ""),
    status: int = 200,
) -> HttpResponse:
    if not may_read(handoff, signed_in(request)):
        raise Http404
    context = _context(request, handoff) | {
        "conflict": conflict,
        "refusal": refusal,
        "typed_section": typed[0],
        "typed_text": typed[1],
        "key": new_key(),
    }
    return render(request, "incidents/handoff.html", context, status=status)


def _context(request: HttpRequest, handoff: Handoff) -> dict[str, Any]:
    user = signed_in(request)
    facts = [] if handoff.is_signed else facts_of(handoff.shift, handoff.language)
    panel = panel_of(handoff, user, facts)
    return {
        "handoff": handoff,
        "shift": handoff.shift,
        "panel": panel,
        "zone": ZoneInfo(handoff.shift.schedule.time_zone),
        "versions": [
            each
            for each in handoff.shift.handoffs.filter(author=handoff.author).order_by("number")
            if each.pk != handoff.pk and (each.is_signed or panel.is_author)
        ],
        "services": list(Service.objects.values_list("name", flat=True)) if panel.can_edit else [],
        "people": [each for each in known_people() if each.pk != handoff.author_id] if panel.can_edit else [],
        "transfers": transfers_of(handoff) if may_transfer(handoff, user) else None,
        "has_slack": bool(settings.SLACK_WEBHOOK_URL) and handoff.is_signed and user.has_role(Role.RESPONDER),
        "shapes": [
            ("pdf", "PDF"),
            ("md", "Markdown"),
            ("txt", _("Text for Slack")),
            ("json", "JSON"),
            ("csv", _("Events as CSV")),
        ],
    }
