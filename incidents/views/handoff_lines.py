"""What is done to the lines of a handoff. Each act calls one service."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.database_time import database_now
from accounts.roles import Role, is_htmx, requires
from accounts.views import signed_in
from accounts.views.saving import page_key, version_seen
from incidents.views.handoff import act_on, facts_of, find_handoff, handoff_url, page_of
from integrations.text import clean_text
from shifts.enums import HandoffSection
from shifts.forms import new_key
from shifts.handoff_refusals import CannotHandOver
from shifts.handoffs import may_read
from shifts.models import HandoffLine
from shifts.services.sign_handoff import (
    answer_back,
    ask_back,
)
from shifts.services.write_handoff import StaleLine, add_line, edit_line, strike_line, take_in, watch_line


@requires(Role.RESPONDER)
@require_POST
def take_news_in(request: HttpRequest, handoff_id: int) -> HttpResponse:
    """Takes in what happened since."""
    handoff = find_handoff(handoff_id)
    return act_on(
        request,
        handoff,
        lambda: take_in(
            actor=signed_in(request), handoff_id=handoff_id, facts=facts_of(handoff.shift, handoff.language)
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
        return page_of(
            request, handoff, refusal=refusal.text, typed=(section, request.POST.get("text", "")), status=422
        )
    return redirect(f"{handoff_url(handoff)}#line-{line.pk}")


@requires(Role.RESPONDER)
@require_POST
def save(request: HttpRequest, line_id: int) -> HttpResponse:
    """Saves what a line says, as it is typed: for htmx only how it went, 409 with both versions where another tab was faster."""
    line = _line(line_id)
    sent = request.POST.get("text", "")
    try:
        line = edit_line(
            actor=signed_in(request),
            line_id=line_id,
            expected_version=version_seen(request),
            text=sent,
            page=page_key(request),
        )
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
    return act_on(
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
    return act_on(
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
def ask(request: HttpRequest, line_id: int) -> HttpResponse:
    """The incoming person asks what a line means."""
    question = request.POST.get("text", "")
    return act_on(
        request,
        _line(line_id).handoff,
        lambda: ask_back(actor=signed_in(request), line_id=line_id, question=question),
        anchor=f"line-{line_id}",
        typed=question,
    )


@requires(Role.RESPONDER)
@require_POST
def answer(request: HttpRequest, line_id: int) -> HttpResponse:
    """The author answers."""
    text = request.POST.get("text", "")
    return act_on(
        request,
        _line(line_id).handoff,
        lambda: answer_back(actor=signed_in(request), line_id=line_id, answer=text),
        anchor=f"line-{line_id}",
        typed=text,
    )


def _line(line_id: int) -> HandoffLine:
    known = HandoffLine.objects.select_related("handoff__shift__schedule", "handoff__author", "handoff__incoming")
    return get_object_or_404(known, pk=line_id)


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
    return page_of(request, line.handoff, conflict=about | {"yours": yours}, refusal=refusal, status=status)
