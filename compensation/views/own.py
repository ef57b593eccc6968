"""One's own pay: the month that runs, what is published, leave. And the lines of one person in one month."""

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from accounts.views import signed_in
from compensation.leave_forms import CorrectionForm, LeaveForm
from compensation.models import Statement
from compensation.own_pay import own_pay, person_of_user
from compensation.rules_in_force import rule_of
from compensation.services.months import is_own
from compensation.shown_lines import shown, sums_of, with_evidence
from compensation.views import first_of

USUAL_DAY = Decimal(8)


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The reader's own page."""
    return own_page(request)


def own_page(
    request: HttpRequest, *, form: LeaveForm | None = None, refusal: str = "", status: int = 200
) -> HttpResponse:
    """The same, with a form that somebody sent."""
    now = database_now()
    context = {
        "pay": own_pay(person_of_user(signed_in(request)), now, timezone.get_current_timezone()),
        "form": form or leave_form(),
        "refusal": refusal,
        "can_manage": signed_in(request).has_role(Role.MANAGER),
    }
    return render(request, "compensation/own.html", context, status=status)


def leave_form(data: Any = None) -> LeaveForm:
    """The form of an application; a day is as long as today's rule says."""
    today = timezone.localdate(database_now())
    rule = rule_of(today)
    return LeaveForm(data, initial={"first_on": today}, hours_a_day=rule.hours_a_day if rule else USUAL_DAY)


@requires(Role.VIEWER)
@require_safe
def statement(request: HttpRequest, month: str, person_id: int) -> HttpResponse:
    """Every line of one person in one month: their own, or anybody's for who manages; for everybody else there is no such
    page.
    """
    return statement_page(request, month, person_id)


def statement_page(
    request: HttpRequest,
    month: str,
    person_id: int,
    *,
    form: CorrectionForm | None = None,
    line_id: int = 0,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """The same, with a correction of the line `line_id` that somebody sent."""
    user = signed_in(request)
    found = get_object_or_404(
        Statement.objects.select_related("month__published_by", "person", "approved_by"),
        month__first=first_of(month),
        person=min(person_id, 2**63 - 1),
    )
    is_theirs = is_own(found.person, user)
    can_manage = user.has_role(Role.MANAGER)
    if not is_theirs and not can_manage:
        raise Http404
    rows = list(with_evidence(found.month.lines.filter(person=found.person)))
    context = {
        "statement": found,
        "month": found.month,
        "is_own": is_theirs,
        "can_manage": can_manage,
        "lines": shown(rows, timezone.get_current_timezone()),
        "sums": sums_of((row.kind, row.unit, row.amount) for row in rows),
        "can_correct": can_manage and not is_theirs and found.month.is_published,
        "form": form or CorrectionForm(),
        "line_id": line_id,
        "refusal": refusal,
    }
    return render(request, "compensation/statement.html", context, status=status)
