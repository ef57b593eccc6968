"""The rules: read by everybody, added to by managers, tried out on last month before they are stored."""

import zoneinfo
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from accounts.views import signed_in
from compensation.models import RuleVersion
from compensation.refusals import CannotPay
from compensation.rule_forms import RateRows, RuleForm, read, typed, typed_rates
from compensation.rule_panel import Preview, described, preview_of
from compensation.services.store_rule import newest_key, store_rule
from shifts.models import Schedule


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Every version, the newest first."""
    context = {
        "versions": described(database_now()),
        "can_manage": signed_in(request).has_role(Role.MANAGER),
    }
    return render(request, "compensation/rules.html", context)


@requires(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form, filled with what is in force. `do` says whether to try it out or to store it.

    422 with the reasons, 409 where somebody stored a version meanwhile; what was typed stays.
    """
    schedules = list(Schedule.objects.filter(gone_at=None))
    if request.method != "POST":
        latest = RuleVersion.objects.prefetch_related("rates").order_by("-pk").first()
        form = RuleForm(initial=typed(latest) | {"based_on": newest_key()})
        rows = RateRows(initial=typed_rates(latest), prefix="rates", form_kwargs={"schedules": schedules})
        return _page(request, form, rows)
    form, rows = _sent(request.POST, schedules)
    rule = read(form, rows)
    if rule is None:
        return _page(request, form, rows, status=422)
    if request.POST.get("do") != "save":
        return _page(request, form, rows, preview=preview_of(rule, database_now()))
    data = form.cleaned_data
    try:
        store_rule(actor=signed_in(request), key=data["key"], based_on=data["based_on"], rule=rule)
    except CannotPay as refusal:
        if refusal.reason != "stored_meanwhile":
            return _page(request, form, rows, refusal=refusal.text, status=422)
        again = request.POST.copy()
        again["based_on"] = str(newest_key())
        form, rows = _sent(again, schedules)
        return _page(request, form, rows, refusal=refusal.text, has_theirs=True, status=409)
    messages.success(request, _("Stored. It governs what is carried from %(day)s on.") % {"day": rule.valid_from})
    return redirect("compensation:rules")


def _sent(data: Any, schedules: list[Schedule]) -> tuple[RuleForm, Any]:
    return RuleForm(data), RateRows(data, prefix="rates", form_kwargs={"schedules": schedules})


def _page(
    request: HttpRequest,
    form: RuleForm,
    rows: Any,
    *,
    preview: Preview | None = None,
    refusal: str = "",
    has_theirs: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "rows": rows,
        "preview": preview,
        "refusal": refusal,
        "theirs": max(described(database_now()), key=lambda each: each.row.pk, default=None) if has_theirs else None,
        "zones": sorted(zoneinfo.available_timezones()),
        "can_manage": True,
    }
    return render(request, "compensation/new_rule.html", context, status=status)
