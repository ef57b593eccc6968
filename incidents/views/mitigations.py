"""Mitigations: proposing, confirming, withdrawing, and the page of one, which works without JavaScript."""

from collections.abc import Callable, Collection
from functools import cache, partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Role, is_htmx, requires
from accounts.views import signed_in
from incidents.act_refusals import CannotAct
from incidents.enums import MitigationState
from incidents.judging import worst_severity
from incidents.mitigation_card import card_of
from incidents.mitigation_forms import ConfirmForm, ProposeForm
from incidents.models import Incident, Mitigation
from incidents.services.confirm_mitigation import confirm_mitigation, withdraw_mitigation
from incidents.services.propose_mitigation import propose_mitigation, propose_way_back
from incidents.shell import Shell
from incidents.views.acts import act_of, say
from incidents.views.room import find


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest, number: int, mitigation_id: int) -> HttpResponse:
    """One mitigation, whatever became of it."""
    user, incident = signed_in(request), find(number)
    people = incident.mitigations.select_related("requested_by", "confirmed_by")
    mitigation = get_object_or_404(people, pk=mitigation_id)
    context = {
        "shell": Shell(user),
        "incident": incident,
        "card": card_of(
            incident, mitigation, mitigation.ways_back.all(), worst=cache(partial(worst_severity, incident))
        ),
        "can_act": user.has_role(Role.RESPONDER),
        "untyped": CannotAct("not_typed", target=mitigation.target).text if "untyped" in request.GET else "",
    }
    return render(request, "incidents/mitigation.html", context)


@requires(Role.RESPONDER)
@require_POST
def propose(request: HttpRequest, number: int) -> HttpResponse:
    """Proposes a mitigation, to be tried out."""
    form = ProposeForm(request.POST)
    if not form.is_valid():
        return say(request, number, "warning", _("Reload the page and try again; nothing was proposed."), status=409)
    act, verb, given = act_of(request, number), form.cleaned_data["verb"], form.given
    return _answer(request, number, lambda: propose_mitigation(act=act, verb=verb, parameters=given), _said_of_proposal)


@requires(Role.RESPONDER)
@require_POST
def way_back(request: HttpRequest, number: int, mitigation_id: int) -> HttpResponse:
    """Proposes what undoes a mitigation."""
    act = act_of(request, number)
    return _answer(request, number, lambda: propose_way_back(act=act, mitigation_id=mitigation_id), _said_of_proposal)


@requires(Role.RESPONDER)
@require_POST
def confirm(request: HttpRequest, number: int, mitigation_id: int) -> HttpResponse:
    """Confirms what the dry run showed; the call follows at once."""
    form = ConfirmForm(request.POST)
    typed = form.cleaned_data["typed"] if form.is_valid() else ""
    act = act_of(request, number)

    def said(mitigation: Mitigation) -> str:
        if mitigation.confirmed_by == act.actor:
            return _("Confirmed; it is being sent.")
        name = mitigation.confirmed_by.display_name if mitigation.confirmed_by else "?"
        return _("%(name)s confirmed that before you; nothing more is sent.") % {"name": name}

    def perform() -> Mitigation:
        return confirm_mitigation(act=act, mitigation_id=mitigation_id, typed=typed)

    try:
        return _answer(request, number, perform, said, but_not=("not_typed",))
    except CannotAct as refusal:
        return _say_untyped(request, number, mitigation_id, refusal.text)


def _say_untyped(request: HttpRequest, number: int, mitigation_id: int, text: str) -> HttpResponse:
    """Beside the field as well: what stands on top of the page is far from it on a phone."""
    if is_htmx(request):
        context = {"found": {"pk": mitigation_id}, "level": "warning", "text": text, "untyped": text}
        return render(request, "incidents/_mitigation_card.html#refused", context, status=409)
    messages.warning(request, text)
    return redirect(f"{reverse('incidents:mitigation', args=[number, mitigation_id])}?untyped=1")


@requires(Role.RESPONDER)
@require_POST
def withdraw(request: HttpRequest, number: int, mitigation_id: int) -> HttpResponse:
    """Takes a proposal back."""
    act = act_of(request, number)
    return _answer(
        request,
        number,
        lambda: withdraw_mitigation(act=act, mitigation_id=mitigation_id),
        lambda _mitigation: _("Withdrawn; nothing was sent."),
    )


def _said_of_proposal(mitigation: Mitigation) -> str:
    if mitigation.state == MitigationState.CHECKING:
        return _("Trying it out; nothing is changed by that. What it would do is shown in a moment.")
    return _("That is proposed already: %(state)s.") % {"state": mitigation.get_state_display()}


def _answer(
    request: HttpRequest,
    number: int,
    perform: Callable[[], Mitigation],
    said: Callable[[Mitigation], str],
    *,
    but_not: Collection[str] = (),
) -> HttpResponse:
    """Performs an act and says how it went; without htmx the mitigation's own page shows it.

    Refusals named in `but_not` are the caller's to say.
    """
    try:
        mitigation = perform()
    except CannotAct as refusal:
        if refusal.reason in but_not:
            raise
        return say(request, number, "warning", refusal.text, status=409)
    except (Incident.DoesNotExist, Mitigation.DoesNotExist) as error:
        raise Http404 from error
    if is_htmx(request):
        return say(request, number, "success", said(mitigation))
    messages.success(request, said(mitigation))
    return redirect("incidents:mitigation", number, mitigation.pk)
