"""The guide's first page: the duties, the promise in force, and where everything else of the guide is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from incidents.enums import ClockKind
from incidents.policies import policy_in_force
from shifts.enums import PreflightItem


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """What the guide asks of whoever is on call, with the SLA as it is now."""
    row = policy_in_force(database_now())
    context = {
        "version": row.version,
        "targets": [(severity, target.lengths) for severity, target in sorted(row.policy.targets.items())],
        "clocks": ClockKind,
        "items": PreflightItem,
    }
    return render(request, "incidents/guide.html", context)
