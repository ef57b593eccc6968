"""One shift, and what people do about it. Each act reads a form and calls one service."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from accounts.views import back, signed_in
from integrations.text import clean_text
from shifts.forms import CoverForm, new_key
from shifts.models import CoverRequest, Override, Shift
from shifts.my_shifts import covered_for, covers_of_shift, made_in_pagerduty, overrides_near
from shifts.refusals import CannotChange
from shifts.services.cancel_override import cancel_override
from shifts.services.known_people import known_people
from shifts.services.request_cover import accept_cover, request_cover, withdraw_cover
from shifts.services.request_override import take_now


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest, shift_id: int) -> HttpResponse:
    """When, whose, on which schedule; what happened to it; what can be done."""
    return _page(request, _shift(shift_id))


def _shift(shift_id: int) -> Shift:
    return get_object_or_404(Shift.objects.select_related("schedule", "person"), pk=shift_id)


def _page(
    request: HttpRequest, shift: Shift, *, form: CoverForm | None = None, refusal: str = "", status: int = 200
) -> HttpResponse:
    user, now = signed_in(request), database_now()
    is_live = shift.withdrawn_at is None and shift.end_at > now
    is_mine = shift.person.pagerduty_id == user.person_key
    may_ask = is_live and user.has_role(Role.RESPONDER) and (is_mine or user.has_role(Role.MANAGER))
    is_manager = user.has_role(Role.MANAGER)
    people = known_people() if may_ask or is_manager else []
    overrides = overrides_near(shift)
    context: dict[str, Any] = {
        "shift": shift,
        "now": now,
        "is_running": is_live and shift.start_at <= now,
        "is_live": is_live,
        "is_over": shift.end_at <= now,
        "is_mine": is_mine,
        "overrides": overrides,
        "covered_for_me": covered_for(user, overrides),
        "is_made_there": made_in_pagerduty().filter(pk=shift.pk).exists(),
        "others": [each for each in people if each.pk != shift.person_id and each.pagerduty_id != user.person_key],
        "covers": list(covers_of_shift(shift)),
        "can_act": user.has_role(Role.RESPONDER),
        "is_manager": is_manager,
        "key": new_key(),
        "refusal": refusal,
        "form": (form or CoverForm(shift=shift, people=people, now=now)) if may_ask else None,
    }
    return render(request, "shifts/shift.html", context, status=status)


@requires(Role.RESPONDER)
@require_POST
def take(request: HttpRequest, shift_id: int) -> HttpResponse:
    """«I have it»: from now until the running shift ends."""
    key = clean_text(request.POST.get("key", ""), limit=64) or new_key()

    def act() -> str:
        override, is_new = take_now(actor=signed_in(request), key=key, shift_id=shift_id)
        if not is_new:
            return _("That stands already, so nothing more was sent.")
        return _in_force(override)

    return _answer(request, act, otherwise=reverse("shifts:shift", args=[shift_id]))


@requires(Role.RESPONDER)
@require_POST
def cancel(request: HttpRequest, override_id: int) -> HttpResponse:
    """Calls an override off."""

    def act() -> str:
        override = cancel_override(actor=signed_in(request), override_id=override_id)
        if override.schedule.is_kept_here:
            return _("Called off.")
        return _("Called off; PagerDuty is being told.")

    return _answer(request, act, otherwise=reverse("shifts:calendar"))


@requires(Role.RESPONDER)
@require_http_methods(["GET", "HEAD", "POST"])
def ask_cover(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Asks for cover; 422 with the reasons, and what was typed stays."""
    shift = _shift(shift_id)
    if request.method != "POST":
        return redirect("shifts:shift", shift_id)
    form = CoverForm(request.POST, shift=shift, people=known_people(), now=database_now())
    if not form.is_valid():
        return _page(request, shift, form=form, status=422)
    sent = dict(form.cleaned_data)
    try:
        _request, is_new = request_cover(
            actor=signed_in(request), shift_id=shift.pk, asked_id=sent.pop("asked"), **sent
        )
    except CannotChange as refusal:
        return _page(request, shift, form=form, refusal=refusal.text, status=422)
    if is_new:
        messages.success(request, _("Asked. The first to accept has it, and you are told."))
    else:
        messages.info(request, _("That is asked for already, so nobody was asked again."))
    return redirect("shifts:shift", shift.pk)


@requires(Role.RESPONDER)
@require_POST
def accept(request: HttpRequest, request_id: int) -> HttpResponse:
    """Takes what somebody asks for."""
    person = request.POST.get("person", "")

    def act() -> str:
        cover = accept_cover(
            actor=signed_in(request),
            request_id=request_id,
            person_id=int(person) if person.isdecimal() and len(person) < 19 else None,
        )
        if cover.override is None:
            raise CannotChange("expired")
        return _in_force(cover.override)

    return _answer(request, act, otherwise=reverse("shifts:mine"))


@requires(Role.RESPONDER)
@require_POST
def withdraw(request: HttpRequest, request_id: int) -> HttpResponse:
    """Nobody needs to cover it any more."""

    def act() -> str:
        withdraw_cover(actor=signed_in(request), request_id=request_id)
        return _("Withdrawn.")

    return _answer(request, act, otherwise=reverse("shifts:mine"))


def _in_force(override: Override) -> str:
    if override.schedule.is_kept_here:
        return _("%(name)s is on call.") % {"name": override.person.name}
    return _("It is on its way to PagerDuty; the calendar shows it as soon as PagerDuty has it.")


def _answer(request: HttpRequest, act: Callable[[], str], *, otherwise: str) -> HttpResponse:
    """Performs an act, says how it went and goes back to where the person came from."""
    try:
        done = act()
    except CannotChange as refusal:
        messages.warning(request, refusal.text)
    except (Shift.DoesNotExist, Override.DoesNotExist, CoverRequest.DoesNotExist) as error:
        raise Http404 from error
    else:
        messages.success(request, done)
    return back(request, otherwise=otherwise)
