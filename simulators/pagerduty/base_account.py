"""What every account begins with: two weekly schedules, and the policy that goes through them."""

from __future__ import annotations

from datetime import datetime, timedelta

from simulators.pagerduty.directory import ACCOUNT_ZONE
from simulators.pagerduty.paging import EscalationPolicy, EscalationRule, Target
from simulators.pagerduty.schedule import Layer, Schedule

WEEK_SECONDS = 604_800
_PAST = timedelta(weeks=52)


def base_schedules(anchor: datetime) -> list[Schedule]:
    """Both, where the account began at `anchor`: the first of each had it that day; they existed the year before."""
    # Handed over since the day before, not on a fixed weekday: whoever starts the demo on a Monday morning would see
    # its first shift end minutes later.
    local = anchor.astimezone(ACCOUNT_ZONE) - timedelta(days=1)
    start = local.replace(hour=9, minute=0, second=0, microsecond=0) - _PAST
    return [
        Schedule(
            id=id_,
            name=name,
            time_zone=str(ACCOUNT_ZONE),
            description="Weekly, handed over in the morning.",
            layers=[
                Layer(
                    id=layer_id,
                    name="Layer 1",
                    user_ids=user_ids,
                    start=start,
                    rotation_virtual_start=start,
                    turn_seconds=WEEK_SECONDS,
                )
            ],
        )
        for id_, name, layer_id, user_ids in (
            ("PSCHPRI", "chatops primary", "PLAYPRI", ["PRESP01", "PKENJI1"]),
            ("PSCHSEC", "chatops secondary", "PLAYSEC", ["PKENJI1", "PRESP01"]),
        )
    ]


def base_policy() -> EscalationPolicy:
    """The policy of all services: primary, secondary, the manager."""
    targets = (
        Target(kind="schedule", id="PSCHPRI"),
        Target(kind="schedule", id="PSCHSEC"),
        Target(kind="user", id="PMGR001"),
    )
    rules = [EscalationRule(id=f"PRULE0{level}", targets=[target]) for level, target in enumerate(targets, start=1)]
    return EscalationPolicy(id="PEPCHAT", name="chatops on-call", rules=rules)
