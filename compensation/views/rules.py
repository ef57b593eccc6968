"""The rules: read by everybody, added to by managers, tried out on last month before they are stored."""

import zoneinfo
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.database_time import database_now
from accounts.models import Person
from accounts.roles import Role, requires
from accounts.views import signed_in
from compensation.models import RuleVersion
from compensation.reckoning import Reckoning, reckon
from compensation.refusals import CannotPay
from compensation.rule_forms import RateRows, RuleForm, read, typed, typed_rates
from compensation.rules_in_force import effective_rules, known_terms
from compensation.services.store_rule import Rule, newest_key, store_rule
from compensation.shown_lines import Sums, sums_of
from compensation.terms import month_at, previous_month
from incidents.policy_forms import country_name
from shifts.models import Schedule

VERSIONS_SHOWN = 50


@dataclass(frozen=True)
class Described:
    """A version as a page says it. `is_superseded`: one that was entered later begins on the same day."""

    row: RuleVersion
    weekend: str
    country: str
    is_in_force: bool
    is_superseded: bool


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Every version, the newest first."""
    context = {
        "versions": described(database_now()),
        "can_manage": signed_in(request).has_role(Role.MANAGER),
    }
    return render(request, "compensation/rules.html", context)


def described(now: datetime) -> list[Described]:
    """The newest versions."""
    governing = {each.pk: each for each in effective_rules()}
    begun = [each for each in governing.values() if each.valid_from <= now.astimezone(_zone_of(each)).date()]
    rows = RuleVersion.objects.select_related("created_by").prefetch_related("rates__schedule")[:VERSIONS_SHOWN]
    return [
        Described(
            row=row,
            weekend=", ".join(str(WEEKDAYS[day]) for day in row.weekend),
            country=country_name(row.country) if row.country else "",
            is_in_force=bool(begun) and row.pk == begun[-1].pk,
            is_superseded=row.pk not in governing,
        )
        for row in rows
    ]


def _zone_of(rule: RuleVersion) -> zoneinfo.ZoneInfo:
    """The zone of a rule."""
    return zoneinfo.ZoneInfo(rule.time_zone)


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
        return _page(request, form, rows, preview=_preview(rule))
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


@dataclass(frozen=True)
class Preview:
    """What last month comes to for each person by the rules that are stored, and what it would by the one that was typed."""

    month: str
    was: str
    currency: str
    rows: list[tuple[str, Sums, Sums]]
    total_before: Sums
    total: Sums


def _preview(rule: Rule) -> Preview:
    now = database_now()
    known = known_terms(now)
    tried = rule.terms(since=now.date().replace(year=now.year - 1, day=1), like=known[-1] if known else None)
    first = previous_month(month_at(now, [tried]))
    would = reckon(first, terms=[tried], now=now)
    is_governed = bool(known) and known[0].since <= first
    does = reckon(first, terms=known, now=now) if is_governed else None
    before, after = _sums(does), _sums(would)
    names = dict(Person.objects.filter(pk__in=before.keys() | after.keys()).values_list("pk", "name"))
    rows = [(name, before.get(pk, Sums()), after.get(pk, Sums())) for pk, name in names.items()]
    return Preview(
        month=f"{first:%Y-%m}",
        was=does.currency if does else rule.currency,
        currency=rule.currency,
        rows=sorted(rows, key=lambda row: row[0]),
        total_before=sum((each for _name, each, _after in rows), Sums()),
        total=sum((each for _name, _before, each in rows), Sums()),
    )


def _sums(reckoning: Reckoning | None) -> dict[int, Sums]:
    parts: dict[int, list[tuple[str, str, Decimal]]] = {}
    for line in reckoning.lines if reckoning else []:
        parts.setdefault(line.person, []).append((line.kind, line.unit, line.amount))
    return {person: sums_of(own) for person, own in parts.items()}


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
