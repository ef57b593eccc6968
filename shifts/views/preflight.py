"""The page of a preflight, and what the person on call does on it. Each act reads a form and calls one service."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.database_time import database_now
from accounts.models import User
from accounts.roles import Role, is_htmx, requires
from accounts.views import signed_in
from shifts.begun import begun_unready, next_shifts
from shifts.enums import PreflightItem
from shifts.handoffs import last_handoff
from shifts.models import Preflight, Shift
from shifts.preflight.rules import OPENED_BEFORE
from shifts.preflight_panel import preflight_panel
from shifts.readiness import readiness_of
from shifts.refusals import CannotChange
from shifts.services.begin_shift import start_anyway
from shifts.services.check_again import check_again
from shifts.services.give_word import confirm_contact, give_word, tick_changes
from shifts.services.laptop import LASTS, make_token
from shifts.services.limit_looks import may_ask_for_look
from shifts.services.open_preflight import open_preflight
from shifts.services.preparing import CannotPrepare, is_theirs, may_prepare
from shifts.services.request_cover import request_cover
from shifts.services.send_test_page import request_test_page
from shifts.views.laptop import script_address

#: Nothing in the board's panel depends on its reader, so that a thousand boards that ask at once are one rendering.
KEPT_SECONDS = 1


def _shift(shift_id: int) -> Shift:
    return get_object_or_404(Shift.objects.select_related("schedule", "person"), pk=shift_id)


def _preflight(shift: Shift) -> Preflight:
    """That of whoever has the shift. Raises Http404 where it is not open."""
    return get_object_or_404(
        Preflight.objects.select_related("shift__schedule", "person", "overridden_by"), shift=shift, person=shift.person
    )


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest, shift_id: int) -> HttpResponse:
    """The page. Whose shift it is opens it by looking, however early; of very many at once the last ones stay closed."""
    user, shift = signed_in(request), _shift(shift_id)
    now = database_now()
    is_due = shift.withdrawn_at is None and shift.end_at > now
    opens = is_due and shift.person.pagerduty_id == user.person_key and user.has_role(Role.RESPONDER)
    if opens and not shift.preflights.filter(person=shift.person).exists() and may_ask_for_look(actor=user):
        open_preflight(shift_id=shift.pk)
    try:
        preflight = _preflight(shift)
    except Http404:
        context = {"shift": shift, "now": now, "opens_at": shift.start_at - OPENED_BEFORE, "is_due": is_due}
        return render(request, "shifts/preflight_closed.html", context)
    return render(request, "shifts/preflight.html", _context(user, preflight))


def _context(user: User, preflight: Preflight) -> dict[str, Any]:
    now = database_now()
    shift = preflight.shift
    is_current = shift.withdrawn_at is None and shift.end_at > now
    can_act = is_current and user.has_role(Role.RESPONDER)
    return {
        "panel": preflight_panel(preflight, now),
        "preflight": preflight,
        "last_handoff": last_handoff(shift.schedule_id),
        "shift": shift,
        "now": now,
        "has_begun": shift.start_at <= now,
        "is_current": is_current,
        "is_theirs": can_act and is_theirs(user, preflight),
        "may_prepare": can_act and may_prepare(user, preflight),
        "may_confirm": user.has_role(Role.RESPONDER),
    }


def _act(
    request: HttpRequest, shift_id: int, perform: Callable[[User, Preflight], object], *, done: str
) -> HttpResponse:
    """Performs an act and says how it went: a notice for htmx, else the page with a message; 409 where it makes no sense."""
    preflight = _preflight(_shift(shift_id))
    try:
        perform(signed_in(request), preflight)
    except (CannotPrepare, CannotChange) as refusal:
        return _say(request, shift_id, "warning", refusal.text, status=409)
    return _say(request, shift_id, "success", done)


def _say(request: HttpRequest, shift_id: int, level: str, text: str, *, status: int = 200) -> HttpResponse:
    if is_htmx(request):
        return render(request, "_notice.html", {"level": level, "text": text}, status=status)
    messages.add_message(request, messages.WARNING if level == "warning" else messages.SUCCESS, text)
    return redirect("shifts:preflight", shift_id)


@requires(Role.RESPONDER)
@require_POST
def check(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Has the server look at everything anew; 429 for somebody who asks and asks."""
    if not may_ask_for_look(actor=signed_in(request)):
        words = _("You asked for very many checks within a minute. Wait a minute, then press it again.")
        return _say(request, shift_id, "warning", words, status=429)
    return _act(
        request,
        shift_id,
        lambda user, preflight: check_again(actor=user, preflight_id=preflight.pk),
        done=_("Looking; it will be here in a few seconds."),
    )


@requires(Role.RESPONDER)
@require_POST
def word(request: HttpRequest, shift_id: int) -> HttpResponse:
    """The person's own word for one item."""
    item = request.POST.get("item", "")
    if item not in PreflightItem.values:
        return _say(request, shift_id, "warning", _("There is no such item."), status=409)
    words = request.POST.get("words", "")
    return _act(
        request,
        shift_id,
        lambda user, preflight: give_word(actor=user, preflight_id=preflight.pk, item=PreflightItem(item), words=words),
        done=_("Noted as your word."),
    )


@requires(Role.RESPONDER)
@require_POST
def tick(request: HttpRequest, shift_id: int) -> HttpResponse:
    """The changes that are named have been read, or all of them."""
    sent = request.POST.getlist("change")[:500]
    named = [int(value) for value in sent if value.isascii() and value.isdecimal() and len(value) < 19]
    return _act(
        request,
        shift_id,
        lambda user, preflight: tick_changes(
            actor=user, preflight_id=preflight.pk, change_ids=None if request.POST.get("all") else named
        ),
        done=_("Ticked."),
    )


@requires(Role.RESPONDER)
@require_POST
def confirm(request: HttpRequest, shift_id: int, entry_id: int) -> HttpResponse:
    """An emergency contact is right. Anybody who may respond may say so."""
    version = request.POST.get("version", "")
    seen = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0
    return _act(
        request,
        shift_id,
        lambda user, _preflight: confirm_contact(actor=user, entry_id=entry_id, version=seen),
        done=_("Confirmed for 30 days."),
    )


@requires(Role.RESPONDER)
@require_POST
def test_page(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Sends the person a page that they must acknowledge."""
    return _act(
        request,
        shift_id,
        lambda user, preflight: request_test_page(actor=user, preflight_id=preflight.pk),
        done=_("A test page is on its way to you. Acknowledge it in PagerDuty."),
    )


@requires(Role.RESPONDER)
@require_POST
def start(request: HttpRequest, shift_id: int) -> HttpResponse:
    """The shift may begin although not everything is ready."""
    reason = request.POST.get("reason", "")
    return _act(
        request,
        shift_id,
        lambda user, preflight: start_anyway(actor=user, preflight_id=preflight.pk, reason=reason),
        done=_("Noted. The board shows it with your reason when the shift begins."),
    )


@requires(Role.RESPONDER)
@require_POST
def cover(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Asks everybody to cover what is left of the shift: one click."""

    def ask(user: User, preflight: Preflight) -> None:
        shift = preflight.shift
        request_cover(actor=user, shift_id=shift.pk, start_at=max(database_now(), shift.start_at), end_at=shift.end_at)

    return _act(request, shift_id, ask, done=_("Everybody is asked. The first to accept has it, and you are told."))


@requires(Role.RESPONDER)
@require_POST
def laptop(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Makes a line for the laptop. It is shown in this answer alone."""
    preflight = _preflight(_shift(shift_id))
    try:
        token = make_token(actor=signed_in(request), preflight_id=preflight.pk)
    except CannotPrepare as refusal:
        return _say(request, shift_id, "warning", refusal.text, status=409)
    context = {"line": script_address(request, token), "lasts": LASTS, "shift": preflight.shift}
    if is_htmx(request):
        return render(request, "shifts/preflight.html#line", context)
    return render(request, "shifts/preflight.html", {**_context(signed_in(request), preflight), **context})


@requires(Role.VIEWER)
@require_safe
def board(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # a view's signature
    """The board's panel: who began unready and why, and whether the next are ready."""
    key = f"preflight-panel:{translation.get_language()}"
    html = cache.get(key)
    if html is None:
        now = database_now()
        coming = next_shifts(now)
        found = readiness_of([shift.pk for shift in coming], now)
        context = {
            "unready": begun_unready(now),
            "coming": [(shift, found[shift.pk]) for shift in coming],
            "now": now,
        }
        html = render_to_string("shifts/preflight_board.html", context)
        cache.set(key, html, KEPT_SECONDS)
    return HttpResponse(html)
