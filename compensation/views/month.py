"""Months, as whoever manages sees and moves them."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from accounts.views import signed_in
from accounts.views.saving import version_seen
from compensation.enums import LeaveState
from compensation.leave_forms import CorrectionForm
from compensation.models import LeaveRequest, LedgerLine, PayMonth
from compensation.month_panel import month_panel, month_rows
from compensation.payroll import by_line, by_person
from compensation.refusals import CannotPay
from compensation.services.approve_statements import approve_statements
from compensation.services.correct_line import correct_line
from compensation.services.draft_month import draft_month
from compensation.services.publish_month import publish_month
from compensation.views import first_of
from compensation.views.own import statement_page

MOST_REQUESTS = 100
#: What another manager did in between.
CONFLICTS = ("changed_meanwhile", "outdated")


@requires(Role.MANAGER)
@require_safe
def show_all(request: HttpRequest) -> HttpResponse:
    """Every month, and the applications that wait."""
    waiting = LeaveRequest.objects.filter(state=LeaveState.WAITING).select_related("person").order_by("first_on", "pk")
    context = {"rows": month_rows(database_now()), "waiting": list(waiting[:MOST_REQUESTS]), "can_manage": True}
    return render(request, "compensation/months.html", context)


@requires(Role.MANAGER)
@require_safe
def show(request: HttpRequest, month: str) -> HttpResponse:
    """One month: what everybody gets, and the P0s without a bonus."""
    return _page(request, month)


@requires(Role.MANAGER)
@require_POST
def draft(request: HttpRequest, month: str) -> HttpResponse:
    """Works it out anew."""
    try:
        drafted = draft_month(actor=signed_in(request), first=first_of(month))
    except CannotPay as refusal:
        return _page(request, month, refusal=refusal.text, status=422)
    if drafted.changed:
        words = ngettext(
            "Drafted. The lines of %(count)d person are other ones than before, and to be approved.",
            "Drafted. The lines of %(count)d people are other ones than before, and to be approved.",
            drafted.changed,
        )
        messages.success(request, words % {"count": drafted.changed})
    else:
        messages.info(request, _("Drafted. Nothing has changed since."))
    return redirect("compensation:month", month)


@requires(Role.MANAGER)
@require_POST
def approve(request: HttpRequest, month: str) -> HttpResponse:
    """Approves one person's lines, or everybody's but the reader's own; 409 where the lines changed since they were shown."""
    person = _number(request.POST.get("person", ""))
    if person is None and request.POST.get("person"):
        raise Http404
    try:
        count = approve_statements(
            actor=signed_in(request), first=first_of(month), expected_version=version_seen(request), person_id=person
        )
    except CannotPay as refusal:
        return _refused(request, month, refusal)
    words = ngettext("Approved: %(count)d person.", "Approved: %(count)d people.", count)
    messages.success(request, words % {"count": count})
    return redirect("compensation:month", month)


@requires(Role.MANAGER)
@require_POST
def publish(request: HttpRequest, month: str) -> HttpResponse:
    """Locks it, once somebody said that they are sure."""
    first = first_of(month)
    if not request.POST.get("sure"):
        return _refused(request, month, CannotPay("not_sure"))
    try:
        publish_month(actor=signed_in(request), first=first, expected_version=version_seen(request))
    except CannotPay as refusal:
        return _refused(request, month, refusal)
    messages.success(request, _("Published. Everybody is told, and nothing of it changes any more."))
    return redirect("compensation:month", month)


@requires(Role.MANAGER)
@require_POST
def correct(request: HttpRequest, line_id: int) -> HttpResponse:
    """Corrects a line of a published month; 422 with the reason, and what was typed stays."""
    line = get_object_or_404(LedgerLine.objects.select_related("month"), pk=min(line_id, 2**63 - 1))
    form = CorrectionForm(request.POST)

    def page(refusal: str = "") -> HttpResponse:
        return statement_page(
            request, str(line.month), line.person_id, form=form, line_id=line.pk, refusal=refusal, status=422
        )

    if not form.is_valid():
        return page()
    try:
        correction, _is_new = correct_line(actor=signed_in(request), line_id=line.pk, **form.cleaned_data)
    except CannotPay as refusal:
        return page(refusal.text)
    messages.success(
        request, _("Corrected by a line in %(month)s, which waits for its approval.") % {"month": correction.month}
    )
    target = reverse("compensation:statement", args=[str(correction.month), line.person_id])
    return redirect(f"{target}#line-{correction.pk}")


@requires(Role.MANAGER)
@require_safe
def as_csv(request: HttpRequest, month: str) -> HttpResponse:
    """The month for payroll: a row a line, with `?by=person` a row a person. A draft says so in its name."""
    found = get_object_or_404(PayMonth, first=first_of(month))
    shape: Callable[[PayMonth], str] = by_person if request.GET.get("by") == "person" else by_line
    name = f"pay-{found}-{shape.__name__}{'' if found.is_published else '-draft'}.csv".replace("_", "-")
    return HttpResponse(
        shape(found),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _refused(request: HttpRequest, month: str, refusal: CannotPay) -> HttpResponse:
    return _page(request, month, refusal=refusal.text, status=409 if refusal.reason in CONFLICTS else 422)


def _page(request: HttpRequest, month: str, *, refusal: str = "", status: int = 200) -> HttpResponse:
    first = first_of(month)
    context = {
        "first": first,
        "name": f"{first:%Y-%m}",
        "panel": month_panel(first, signed_in(request), database_now()),
        "refusal": refusal,
        "can_manage": True,
    }
    return render(request, "compensation/month.html", context, status=status)
