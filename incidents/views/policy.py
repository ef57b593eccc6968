"""The SLA policy: read by everybody, changed by managers, tried out before it is stored."""

import zoneinfo
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import holidays
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from accounts.views import signed_in
from incidents.enums import ClockKind, Severity
from incidents.models import PolicyVersion, SlaClock
from incidents.policies import latest_policy
from incidents.policy import SlaPolicy
from incidents.policy_forms import OwnDays, PolicyForm, country_name, read, refuse, typed, typed_days
from incidents.services.store_policy import PROMISES, BadPolicy, StalePolicy, store_policy
from incidents.sla import Timing, timing

HOLIDAYS_SHOWN = 5
VERSIONS_SHOWN = 50


@dataclass(frozen=True)
class Described:
    """A version as a page says it: its row, and what a reader wants of its calendar in words."""

    row: PolicyVersion
    targets: list[tuple[Severity, tuple[timedelta | None, ...]]]
    weekdays: str
    country: str

    @classmethod
    def of(cls, row: PolicyVersion) -> "Described":
        policy = row.policy
        return cls(
            row=row,
            targets=[(severity, target.lengths) for severity, target in sorted(policy.targets.items())],
            weekdays=", ".join(str(WEEKDAYS[day]) for day in row.weekdays),
            country=country_name(row.country) if row.country else "",
        )


def next_holidays(row: PolicyVersion, today: date) -> list[tuple[date, str]]:
    """The next public holidays of the version's country, by date and name."""
    if not row.country:
        return []
    known = holidays.country_holidays(row.country, years=[today.year, today.year + 1])
    return [(day, name) for day, name in sorted(known.items()) if day >= today][:HOLIDAYS_SHOWN]


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The policy in force, the ones before it, and for managers the form."""
    latest = latest_policy()
    return _page(request, latest, PolicyForm(initial=typed(latest)), OwnDays(initial=typed_days(latest), prefix="days"))


def _page(
    request: HttpRequest,
    latest: PolicyVersion,
    form: PolicyForm,
    rows: Any,
    *,
    theirs: PolicyVersion | None = None,
    status: int = 200,
) -> HttpResponse:
    now = database_now()
    versions = PolicyVersion.objects.select_related("created_by")[:VERSIONS_SHOWN]
    context = {
        "latest": Described.of(latest),
        "holidays": next_holidays(latest, now.astimezone(latest.policy.calendar.zone).date()),
        "versions": versions,
        "running": SlaClock.objects.filter(stopped_at__isnull=True, closed_at__isnull=True).count(),
        "form": form,
        "rows": rows,
        "theirs": Described.of(theirs) if theirs else None,
        "can_edit": signed_in(request).has_role(Role.MANAGER),
        "zones": sorted(zoneinfo.available_timezones()),
        "preview": preview_of(latest.policy, now),
        "preview_at": now,
        "is_now": True,
        "clocks": ClockKind,
    }
    return render(request, "incidents/policy.html", context, status=status)


def preview_of(policy: SlaPolicy, at: datetime) -> list[tuple[Severity, list[Timing]]]:
    """For each severity when the three clocks of an incident triggered at `at` would be at risk and due."""
    return [(severity, [timing(kind, severity, at, policy) for kind in ClockKind]) for severity in Severity]


class TriggeredForm(forms.Form):
    """The instant that a preview starts from, in the reader's own zone; empty for now."""

    triggered = forms.DateTimeField(required=False)


@requires(Role.VIEWER)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the typed policy would do to an incident triggered now, or at the instant asked for. Stores nothing."""
    now = database_now()
    form, rows = PolicyForm(request.POST), OwnDays(request.POST, prefix="days")
    asked = TriggeredForm(request.POST)
    wanted = asked.cleaned_data["triggered"] if asked.is_valid() else None
    at = wanted if wanted and abs(wanted.year - now.year) <= 10 else now
    found = read(form, rows, now=now)
    context: dict[str, Any] = {"preview_at": at, "form": form, "rows": rows, "clocks": ClockKind, "is_now": at == now}
    if found:
        context["preview"] = preview_of(found[0], at)
    return render(request, "incidents/policy.html#preview", context)


@requires(Role.MANAGER)
@require_POST
def store(request: HttpRequest) -> HttpResponse:
    """Stores what was typed as a new version. 422 with the reasons, 409 with both versions; what was typed stays."""
    form, rows = PolicyForm(request.POST), OwnDays(request.POST, prefix="days")
    found = read(form, rows, now=database_now())
    if not found:
        return _page(request, latest_policy(), form, rows, status=422)
    policy, own_days = found
    data = form.cleaned_data
    try:
        version = store_policy(
            actor=signed_in(request), based_on=data["based_on"], policy=policy, own_days=own_days, note=data["note"]
        )
    except StalePolicy as stale:
        sent = request.POST.copy()
        sent["based_on"] = str(stale.theirs.version)
        again, days = PolicyForm(sent), OwnDays(sent, prefix="days")
        again.is_valid()
        return _page(request, latest_policy(), again, days, theirs=stale.theirs, status=409)
    except BadPolicy as bad:
        refuse(form, policy, bad.problems)
        return _page(request, latest_policy(), form, rows, status=422)
    if version is None:
        messages.info(request, _("Nothing was changed, so no new version was stored."))
    else:
        words = _("Version %(version)d is in force: it applies to the clocks that start from now on.")
        messages.success(request, words % {"version": version.version})
    return redirect("incidents:policy")


@requires(Role.VIEWER)
@require_safe
def version(request: HttpRequest, version: int) -> HttpResponse:
    """One version, and what it changed."""
    row = get_object_or_404(PolicyVersion.objects.select_related("created_by"), version=min(version, 2**31 - 1))
    before = PolicyVersion.objects.filter(version=row.version - 1).first()
    changed = [name for name in PROMISES if before and getattr(before, name) != getattr(row, name)]
    context = {
        "shown": Described.of(row),
        "before": Described.of(before) if before else None,
        "changed": changed,
        "zone": timezone.get_current_timezone_name(),
        "clocks": ClockKind,
    }
    return render(request, "incidents/policy_version.html", context)
