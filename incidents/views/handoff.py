"""Handing a shift over: its report, drafted by itself, edited line by line, signed by both. Each act calls one service.

It stands here since a report lists incidents, of which `shifts` knows nothing.
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
from django.views.decorators.http import require_POST, require_safe

from accounts.database_time import database_now
from accounts.roles import Role, is_htmx, requires
from accounts.views import signed_in
from incidents.handoff_facts import handoff_facts
from incidents.models import Service
from integrations.text import clean_text
from shifts.enums import HandoffItem, HandoffSection
from shifts.forms import new_key
from shifts.handoff.report import Fact
from shifts.handoff_panel import panel_of
from shifts.handoff_refusals import CannotHandOver
from shifts.handoffs import may_read
from shifts.models import Handoff, HandoffLine, Shift
from shifts.services.known_people import known_people
from shifts.services.sign_handoff import (
    accept_handoff,
    answer_back,
    ask_back,
    correct_handoff,
    sign_handoff,
    tick_item,
)
from shifts.services.write_handoff import StaleLine, add_line, edit_line, open_handoff, strike_line, take_in, watch_line


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
            open_handoff(actor=user, shift_id=shift.pk, facts=_facts_of(shift))
        except CannotHandOver as error:
            refusal = error.text
    handoff = _visible(request, shift, number)
    if handoff is None:
        if number is not None:
            raise Http404
        return render(request, "incidents/handoff_none.html", {"shift": shift, "refusal": refusal})
    return _page(request, handoff)


@requires(Role.RESPONDER)
@require_safe
def news(request: HttpRequest, handoff_id: int) -> HttpResponse:
    """What happened since the draft was written, for its author's open page."""
    handoff = find_handoff(handoff_id)
    if handoff.author.pagerduty_id != signed_in(request).person_key:
        raise Http404
    return render(request, "incidents/handoff.html#news", _context(request, handoff))


@requires(Role.RESPONDER)
@require_POST
def take_news_in(request: HttpRequest, handoff_id: int) -> HttpResponse:
    """Takes in what happened since."""
    handoff = find_handoff(handoff_id)
    return _act(
        request,
        handoff,
        lambda: take_in(
            actor=signed_in(request), handoff_id=handoff_id, facts=_facts_of(handoff.shift, handoff.language)
        ),
        done=_("Taken in."),
    )


@requires(Role.RESPONDER)
@require_POST
def add(request: HttpRequest, handoff_id: int) -> HttpResponse:
    """Adds a line. What could not be stored stays in the form."""
    handoff = find_handoff(handoff_id)
    section = request.POST.get("section", "")
    if section not in HandoffSection.values:
        raise Http404
    key = clean_text(request.POST.get("key", ""), limit=32) or new_key()
    try:
        line = add_line(
            actor=signed_in(request),
            handoff_id=handoff_id,
            section=HandoffSection(section),
            text=request.POST.get("text", ""),
            key=f"typed:{key}",
        )
    except CannotHandOver as refusal:
        return _page(request, handoff, refusal=refusal.text, typed=(section, request.POST.get("text", "")), status=422)
    return redirect(f"{handoff_url(handoff)}#line-{line.pk}")


@requires(Role.RESPONDER)
@require_POST
def save(request: HttpRequest, line_id: int) -> HttpResponse:
    """Saves what a line says, as it is typed: for htmx only how it went, 409 with both versions where another tab was faster."""
    line = _line(line_id)
    sent = request.POST.get("text", "")
    try:
        line = edit_line(actor=signed_in(request), line_id=line_id, expected_version=_seen(request), text=sent)
    except StaleLine as stale:
        return _state(request, stale.theirs, yours=sent, status=409)
    except CannotHandOver as refusal:
        return _state(request, line, yours=sent, refusal=refusal.text, status=422)
    return _state(request, line)


@requires(Role.RESPONDER)
@require_POST
def strike(request: HttpRequest, line_id: int) -> HttpResponse:
    """Leaves a line out of the report, or takes it back."""
    line = _line(line_id)
    is_struck = request.POST.get("do") == "strike"
    return _act(
        request,
        line.handoff,
        lambda: strike_line(actor=signed_in(request), line_id=line_id, is_struck=is_struck),
        anchor=f"line-{line_id}",
    )


@requires(Role.RESPONDER)
@require_POST
def watch(request: HttpRequest, line_id: int) -> HttpResponse:
    """Makes a line a tripwire for later incidents, or none any more."""
    days = request.POST.get("days", "")
    return _act(
        request,
        _line(line_id).handoff,
        lambda: watch_line(
            actor=signed_in(request),
            line_id=line_id,
            service=request.POST.get("service", ""),
            words=request.POST.get("words", ""),
            days=int(days) if days.isdecimal() and len(days) < 4 else -1,
        ),
        anchor=f"line-{line_id}",
    )


@requires(Role.RESPONDER)
@require_POST
def tick(request: HttpRequest, handoff_id: int) -> HttpResponse:
    """Ticks an item of the checklist, or takes the tick back."""
    item = request.POST.get("item", "")
    if item not in HandoffItem.values:
        raise Http404
    is_ticked = request.POST.get("do") == "tick"
    return _act(
        request,
        find_handoff(handoff_id),
        lambda: tick_item(actor=signed_in(request), handoff_id=handoff_id, item=HandoffItem(item), is_ticked=is_ticked),
        anchor="checklist",
    )


@requires(Role.RESPONDER)
@require_POST
def sign(request: HttpRequest, handoff_id: int) -> HttpResponse:
    """The author's signature."""
    incoming = request.POST.get("incoming", "")
    incoming_id = int(incoming) if incoming.isdecimal() and len(incoming) < 19 else None
    return _act(
        request,
        find_handoff(handoff_id),
        lambda: sign_handoff(actor=signed_in(request), handoff_id=handoff_id, incoming_id=incoming_id),
        done=_("Signed. Whoever takes over is told and signs, too."),
        anchor="signatures",
    )


@requires(Role.RESPONDER)
@require_POST
def accept(request: HttpRequest, handoff_id: int) -> HttpResponse:
    """The incoming person's signature."""
    return _act(
        request,
        find_handoff(handoff_id),
        lambda: accept_handoff(actor=signed_in(request), handoff_id=handoff_id),
        done=_("Taken over. Both have signed."),
        anchor="signatures",
    )


@requires(Role.RESPONDER)
@require_POST
def correct(request: HttpRequest, handoff_id: int) -> HttpResponse:
    """Begins a correction of a signed report."""
    return _act(
        request,
        find_handoff(handoff_id),
        lambda: correct_handoff(actor=signed_in(request), handoff_id=handoff_id),
        done=_("A correction is a version of its own; the signed one stays as it is."),
    )


@requires(Role.RESPONDER)
@require_POST
def ask(request: HttpRequest, line_id: int) -> HttpResponse:
    """The incoming person asks what a line means."""
    question = request.POST.get("text", "")
    return _act(
        request,
        _line(line_id).handoff,
        lambda: ask_back(actor=signed_in(request), line_id=line_id, question=question),
        anchor=f"line-{line_id}",
    )


@requires(Role.RESPONDER)
@require_POST
def answer(request: HttpRequest, line_id: int) -> HttpResponse:
    """The author answers."""
    text = request.POST.get("text", "")
    return _act(
        request,
        _line(line_id).handoff,
        lambda: answer_back(actor=signed_in(request), line_id=line_id, answer=text),
        anchor=f"line-{line_id}",
    )


def handoff_url(handoff: Handoff) -> str:
    """Its page."""
    return reverse("incidents:handoff", args=[handoff.shift_id])


def _facts_of(shift: Shift, language: str | None = None) -> list[Fact]:
    """In the language that a report was drafted in: another one would make news of every line."""
    zone = ZoneInfo(shift.schedule.time_zone)
    with translation.override(language or translation.get_language()):
        return handoff_facts(start=shift.start_at, end=shift.end_at, now=database_now(), zone=zone)


def find_handoff(handoff_id: int) -> Handoff:
    known = Handoff.objects.select_related("shift__schedule", "shift__person", "author", "incoming")
    return get_object_or_404(known, pk=handoff_id)


def _line(line_id: int) -> HandoffLine:
    known = HandoffLine.objects.select_related("handoff__shift__schedule", "handoff__author", "handoff__incoming")
    return get_object_or_404(known, pk=line_id)


def _visible(request: HttpRequest, shift: Shift, number: int | None) -> Handoff | None:
    """The newest version that the reader may see, or the one asked for."""
    versions = shift.handoffs.select_related("shift__schedule", "shift__person", "author", "incoming")
    found = versions.order_by("-number") if number is None else versions.filter(number=number)
    return next((each for each in found if may_read(each, signed_in(request))), None)


def _seen(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _act(
    request: HttpRequest, handoff: Handoff, perform: Callable[[], object], *, done: str = "", anchor: str = ""
) -> HttpResponse:
    """Performs an act, says how it went, and goes back to where it was done. A draft is nobody else's to find."""
    if not may_read(handoff, signed_in(request)):
        raise Http404
    try:
        perform()
    except CannotHandOver as refusal:
        messages.warning(request, refusal.text)
    else:
        if done:
            messages.success(request, done)
    return redirect(handoff_url(handoff) + (f"#{anchor}" if anchor else ""))


def _state(
    request: HttpRequest, line: HandoffLine, *, yours: str = "", refusal: str = "", status: int = 200
) -> HttpResponse:
    """How saving a line went, beside it; without htmx the whole page."""
    if not may_read(line.handoff, signed_in(request)):
        raise Http404
    about: dict[str, Any] = {"line": line, "refusal": refusal, "is_stale": status == 409, "saved_at": database_now()}
    if is_htmx(request):
        return render(request, "incidents/handoff.html#state", about, status=status)
    if status == 200:
        return redirect(f"{handoff_url(line.handoff)}#line-{line.pk}")
    return _page(request, line.handoff, conflict=about | {"yours": yours}, refusal=refusal, status=status)


def _context(request: HttpRequest, handoff: Handoff) -> dict[str, Any]:
    user = signed_in(request)
    facts = [] if handoff.is_signed else _facts_of(handoff.shift, handoff.language)
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
        "has_slack": bool(settings.SLACK_WEBHOOK_URL) and handoff.is_signed and user.has_role(Role.RESPONDER),
        "shapes": [
            ("pdf", "PDF"),
            ("md", "Markdown"),
            ("txt", _("Text for Slack")),
            ("json", "JSON"),
            ("csv", _("Events as CSV")),
        ],
    }


def _page(
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
