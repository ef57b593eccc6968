"""Schedules, their layers and overrides as REST v2 shows them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from simulators.pagerduty.clock import iso
from simulators.pagerduty.paging import EscalationPolicy
from simulators.pagerduty.refs import Json, policy_ref, schedule_ref, user_ref
from simulators.pagerduty.rotation import Shift, covered_percentage, final_shifts, layer_shifts, override_shifts
from simulators.pagerduty.schedule import Layer, Override, Schedule

PARTS = ("schedule_layers", "overrides_subschedule", "final_schedule")


@dataclass(frozen=True)
class Rendering:
    """For which range, in which zone, and whether what reaches beyond the range is shown whole. Null range: nothing."""

    since: datetime | None
    until: datetime | None
    zone: ZoneInfo
    overflows: bool = False

    def entries(self, shifts: Sequence[Shift]) -> Json:
        """The two rendered fields. What only touches the range's edge is not in it."""
        since, until = self.since, self.until
        if since is None or until is None:
            return {"rendered_schedule_entries": [], "rendered_coverage_percentage": None}
        inside = [shift for shift in shifts if shift.start < until]
        shown = inside if self.overflows else [shift.cut(since, until) for shift in inside]
        return {
            "rendered_schedule_entries": [
                {"start": iso(s.start, self.zone), "end": iso(s.end, self.zone), "user": user_ref(s.user_id)}
                for s in shown
            ],
            "rendered_coverage_percentage": covered_percentage(inside, since, until),
        }


def schedule_object(
    schedule: Schedule, policies: Iterable[EscalationPolicy], rendering: Rendering, parts: Collection[str] = PARTS
) -> Json:
    """A schedule, with those of the account's `policies` that name it, and those of its `PARTS` that are asked for."""
    shown: Json = {
        **schedule_ref(schedule),
        "type": "schedule",
        "name": schedule.name,
        "time_zone": schedule.time_zone,
        "description": schedule.description,
        "users": [user_ref(user_id) for user_id in schedule.user_ids],
        "teams": [],
        "escalation_policies": [policy_ref(policy) for policy in policies if policy.names(schedule.id)],
    }
    since, until = rendering.since, rendering.until
    if "schedule_layers" in parts:
        # The highest comes first, as in PagerDuty's answers.
        shown["schedule_layers"] = [_layer(schedule, layer, rendering) for layer in reversed(schedule.layers)]
    if "overrides_subschedule" in parts:
        found = override_shifts(schedule, since, until) if since and until else []
        shown["overrides_subschedule"] = {"name": "Overrides", **rendering.entries(found)}
    if "final_schedule" in parts:
        found = final_shifts(schedule, since, until) if since and until else []
        shown["final_schedule"] = {"name": "Final Schedule", **rendering.entries(found)}
    return shown


def _layer(schedule: Schedule, layer: Layer, rendering: Rendering) -> Json:
    since, until = rendering.since, rendering.until
    return {
        "id": layer.id,
        "name": layer.name,
        "start": iso(layer.start, rendering.zone),
        "end": iso(layer.end, rendering.zone) if layer.end else None,
        "rotation_virtual_start": iso(layer.rotation_virtual_start, rendering.zone),
        "rotation_turn_length_seconds": layer.turn_seconds,
        "users": [{"user": user_ref(user_id)} for user_id in layer.user_ids],
        "restrictions": [each.model_dump(exclude_none=True) for each in layer.restrictions],
        **rendering.entries(layer_shifts(layer, schedule.zone, since, until) if since and until else []),
    }


def override_object(override: Override, zone: ZoneInfo, *, with_id: bool = True) -> Json:
    """An override. Lists show its id only where editable ones were asked for."""
    shown = {
        "start": iso(override.start, zone),
        "end": iso(override.end, zone),
        "user": user_ref(override.user_id),
    }
    return {"id": override.id, **shown} if with_id else shown
