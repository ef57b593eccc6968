"""Applications for leave."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Role, requires
from accounts.views import signed_in
from compensation.enums import LeaveState
from compensation.leave_balance import balance_of
from compensation.models import LeaveRequest
from compensation.refusals import CannotPay
from compensation.services.apply_for_leave import LONGEST_NOTE, apply_for_leave, withdraw_leave
from compensation.services.decide_leave import decide_leave
from compensation.services.months import is_own
from compensation.views.own import leave_form, own_page


@requires(Role.VIEWER)
@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Applies; 422 with the reason, and what was typed stays."""
    form = leave_form(request.POST)
    if not form.is_valid():
        return own_page(request, form=form, status=422)
    data = form.cleaned_data
    try:
        _request, is_new = apply_for_leave(
            actor=signed_in(request), first_on=data["first_on"], hours=form.hours, note=data["note"], key=data["key"]
        )
    except CannotPay as refusal:
        return own_page(request, form=form, refusal=refusal.text, status=422)
    if is_new:
        messages.success(request, _("Applied for. The managers are told, and you are when one of them has decided."))
    else:
        messages.info(request, _("That stands already, so nothing more was applied for."))
    return redirect("compensation:own")


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest, request_id: int) -> HttpResponse:
    """One application: the reader's own, or anybody's for who manages."""
    return _page(request, request_id)


@requires(Role.VIEWER)
@require_POST
def withdraw(request: HttpRequest, request_id: int) -> HttpResponse:
    """Takes it back."""
    _visible(request, request_id)
    return _act(
        request,
        request_id,
        lambda: withdraw_leave(actor=signed_in(request), request_id=request_id),
        _("Withdrawn. Its hours are yours again."),
    )


@requires(Role.MANAGER)
@require_POST
def decide(request: HttpRequest, request_id: int) -> HttpResponse:
    """Approves or declines it; 422 where a word is missing, and what was typed stays."""
    _visible(request, request_id)
    is_approved = request.POST.get("do") == "approve"
    word = request.POST.get("word", "")
    try:
        decide_leave(actor=signed_in(request), request_id=request_id, is_approved=is_approved, word=word)
    except CannotPay as refusal:
        return _page(request, request_id, refusal=refusal.text, word=word, status=422)
    messages.success(request, _("Decided. Whoever applied is told."))
    return redirect("compensation:leave", request_id)


def _act(request: HttpRequest, request_id: int, perform: Callable[[], object], done: str) -> HttpResponse:
    try:
        perform()
    except CannotPay as refusal:
        messages.warning(request, refusal.text)
    else:
        messages.success(request, done)
    return redirect("compensation:leave", request_id)


def _visible(request: HttpRequest, request_id: int) -> LeaveRequest:
    """The application; for whoever may not read it there is none."""
    user = signed_in(request)
    known = LeaveRequest.objects.select_related("person", "decided_by", "line__month")
    found = get_object_or_404(known, pk=min(request_id, 2**63 - 1))
    if not user.has_role(Role.MANAGER) and not is_own(found.person, user):
        raise Http404
    return found


def _page(
    request: HttpRequest, request_id: int, *, refusal: str = "", word: str = "", status: int = 200
) -> HttpResponse:
    found, user = _visible(request, request_id), signed_in(request)
    is_theirs = is_own(found.person, user)
    is_waiting = found.state == LeaveState.WAITING
    context = {
        "leave": found,
        "line": getattr(found, "line", None),
        "is_own": is_theirs,
        "is_waiting": is_waiting,
        "can_decide": is_waiting and not is_theirs and user.has_role(Role.MANAGER),
        "can_manage": user.has_role(Role.MANAGER),
        "balance": balance_of(found.person),
        "refusal": refusal,
        "word": word,
        "longest": LONGEST_NOTE,
    }
    return render(request, "compensation/leave.html", context, status=status)
