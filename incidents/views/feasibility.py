"""Whether the SLA can be kept at all, by the settings of whoever would be called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from incidents.enums import ClockKind, Severity
from incidents.models import Incident
from incidents.policies import policy_in_force
from incidents.policy import SlaPolicy
from shifts.feasibility import Act, Call, Judgement, Policy, Promise, calls, judge, judge_call
from shifts.feasibility_reasons import Reason, reasons
from shifts.preflight.paging import HIGH, LOW
from shifts.reachability import policies_called

#: The pages of so long tell which urgencies the pages of a severity have.
URGENCIES_OF = timedelta(days=90)


@dataclass(frozen=True)
class PolicyPanel:
    """One escalation policy: each severity's clocks, what stands against them, and each person's call."""

    policy: Policy
    rows: list[tuple[Severity, list[tuple[ClockKind, Promise, Judgement]]]]
    reasons: list[Reason]
    stand_ins: list[Reason]
    calls: list[tuple[Call, list[tuple[Severity, Judgement | None, Judgement | None]]]]


def _panel(policy: Policy, promises: Mapping[Severity, list[Promise]]) -> PolicyPanel:
    found = reasons(policy, [each for of_severity in promises.values() for each in of_severity])
    urgencies = [each for each in (HIGH, LOW) if any(each in of[0].urgencies for of in promises.values())]
    return PolicyPanel(
        policy=policy,
        rows=[
            (severity, [(kind, each, judge(policy, each)) for kind, each in zip(ClockKind, of_severity, strict=True)])
            for severity, of_severity in promises.items()
        ],
        reasons=[each for each in found if each.level == 1],
        stand_ins=[each for each in found if each.level > 1],
        calls=[
            (call, _of_call(call, promises))
            for urgency in urgencies
            for call in calls(policy, urgency)
            if call.called is not None
        ],
    )


def _of_call(
    call: Call, promises: Mapping[Severity, list[Promise]]
) -> list[tuple[Severity, Judgement | None, Judgement | None]]:
    """Respond and acknowledge of each severity; None where its pages have another urgency."""
    found: list[tuple[Severity, Judgement | None, Judgement | None]] = []
    for severity, (respond, acknowledge, _escalate) in promises.items():
        if call.urgency in respond.urgencies:
            found.append((severity, judge_call(call, respond.within), judge_call(call, acknowledge.within)))
        else:
            found.append((severity, None, None))
    return found


def _promises(policy: SlaPolicy, urgencies: Mapping[Severity, tuple[str, ...]]) -> dict[Severity, list[Promise]]:
    return {
        severity: [
            Promise(severity, act, within, urgencies[severity])
            for act, within in zip(Act, policy.targets[severity].lengths, strict=True)
        ]
        for severity in Severity
    }


def urgencies_of_pages(now: datetime) -> dict[Severity, tuple[str, ...]]:
    """The urgencies that PagerDuty's pages of each severity had of late; high where there were none. One query."""
    pages = Incident.objects.filter(triggered_at__gt=now - URGENCIES_OF, urgency__in=(HIGH, LOW)).order_by()
    seen = {(row["severity"], row["urgency"]) for row in pages.values("severity", "urgency").annotate(Count("pk"))}
    return {
        severity: tuple(each for each in (HIGH, LOW) if (severity, each) in seen) or (HIGH,) for severity in Severity
    }


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Every escalation policy against every severity, with the setting to change."""
    now = database_now()
    urgencies = urgencies_of_pages(now)
    promises = _promises(policy_in_force(now).policy, urgencies)
    found = policies_called(now)
    context = {
        "panels": [_panel(policy, promises) for policy in found.policies],
        "read_at": found.read_at,
        "is_stale": found.is_stale,
        "low": [severity for severity, each in urgencies.items() if LOW in each],
    }
    return render(request, "incidents/feasibility.html", context)
