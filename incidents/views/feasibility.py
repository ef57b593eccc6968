"""Whether the SLA can be kept at all, by the settings of whoever would be rung."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from incidents.enums import ClockKind, Severity
from incidents.policies import policy_in_force
from shifts.enums import GuideKind
from shifts.feasibility import Target, judge_policy
from shifts.reachability import policies_rung
from shifts.views.guide import PAGES


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Every escalation policy against every severity, with the setting to change."""
    now = database_now()
    targets = policy_in_force(now).policy.targets
    policies, read_at = policies_rung(now)
    rows = []
    for policy in policies:
        judged = []
        for severity in Severity:
            target = targets[severity]
            clocks = judge_policy(
                policy, Target(target.respond_within, target.acknowledge_within, target.escalate_within)
            )
            judged.append((severity, list(zip(ClockKind, target.lengths, clocks, strict=True))))
        reasons = {
            reason.text: reason for _severity, clocks in judged for *_kind, each in clocks for reason in each.reasons
        }
        rows.append((policy, judged, list(reasons)))
    context = {
        "rows": rows,
        "read_at": read_at,
        "kinds": [(name, GuideKind(kind).label) for name, kind in PAGES.items()],
    }
    return render(request, "incidents/feasibility.html", context)
