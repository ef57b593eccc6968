"""The checklist of a handoff, its two signatures, and the incidents that go with it. Each act calls one service."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Role, requires
from accounts.views import signed_in
from incidents.services.transfer_incidents import transfer_incidents
from incidents.transfers import may_transfer, transfers_of
from incidents.views.handoff import act_on, find_handoff
from shifts.enums import HandoffItem
from shifts.services.sign_handoff import (
    accept_handoff,
    correct_handoff,
    sign_handoff,
    tick_item,
)


@requires(Role.RESPONDER)
@require_POST
def tick(request: HttpRequest, handoff_id: int) -> HttpResponse:
    """Ticks an item of the checklist, or takes the tick back."""
    item = request.POST.get("item", "")
    if item not in HandoffItem.values:
        raise Http404
    is_ticked = request.POST.get("do") == "tick"
    return act_on(
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
    return act_on(
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
    return act_on(
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
    return act_on(
        request,
        find_handoff(handoff_id),
        lambda: correct_handoff(actor=signed_in(request), handoff_id=handoff_id),
        done=_("A correction is a version of its own; the signed one stays as it is."),
    )


@requires(Role.RESPONDER)
@require_POST
def transfer(request: HttpRequest, handoff_id: int) -> HttpResponse:
    """Gives the chosen incidents to whoever takes over, in PagerDuty; each row says how that goes."""
    numbers = {int(each) for each in request.POST.getlist("number") if each.isdecimal() and len(each) < 19}
    return act_on(
        request,
        find_handoff(handoff_id),
        lambda: transfer_incidents(actor=signed_in(request), handoff_id=handoff_id, numbers=numbers),
        anchor="transfer",
    )


@requires(Role.RESPONDER)
@require_safe
def transfers(request: HttpRequest, handoff_id: int) -> HttpResponse:
    """How the transfers go, for an open page."""
    handoff = find_handoff(handoff_id)
    if not may_transfer(handoff, signed_in(request)):
        raise Http404
    return render(request, "incidents/handoff.html#transfers", {"handoff": handoff, "transfers": transfers_of(handoff)})
