"""Shift-based schedules and their parts as `/v3/schedules` shows them."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from simulators.pagerduty.clock import iso
from simulators.pagerduty.directory import API_URL, SITE_URL
from simulators.pagerduty.paging import EscalationPolicy
from simulators.pagerduty.refs import Json, policy_ref, schedule_ref
from simulators.pagerduty.render_schedule import Rendering
from simulators.pagerduty.rotation import Shift, covered_percentage
from simulators.pagerduty.rotation_v3 import Assignment, assignments
from simulators.pagerduty.schedule_v3 import CustomShift, Event, OverrideShift, Rotation, ScheduleV3


def member(user_id: str | None) -> Json:
    """A user, or nobody."""
    return {"type": "empty_member"} if user_id is None else {"type": "user_member", "user_id": user_id}


def _links(schedule: ScheduleV3, path: str) -> Json:
    return {
        "self": f"{API_URL}/v3/schedules/{schedule.id}/{path}",
        "html_url": f"{SITE_URL}/schedules/{schedule.id}",
    }


def event_object(schedule: ScheduleV3, rotation: Rotation, event: Event) -> Json:
    """An event; its times carry their zone by name."""
    strategy: Json = {
        "type": f"{'every' if event.is_everybody else 'rotating'}_member_assignment_strategy",
        "members": [member(user_id) for user_id in event.user_ids],
    }
    if not event.is_everybody:
        strategy["shifts_per_member"] = event.shifts_per_member
    return {
        "id": event.id,
        "type": "schedule_event",
        "name": event.name,
        "start_time": {"date_time": iso(event.start), "time_zone": event.time_zone},
        "end_time": {"date_time": iso(event.end), "time_zone": event.time_zone},
        "effective_since": iso(event.effective_since),
        "effective_until": iso(event.effective_until) if event.effective_until else None,
        "recurrence": [event.recurrence],
        "assignment_strategy": strategy,
        **_links(schedule, f"rotations/{rotation.id}/events/{event.id}"),
    }


def rotation_object(schedule: ScheduleV3, rotation: Rotation) -> Json:
    """A rotation with all its events."""
    return {
        "id": rotation.id,
        "type": "schedule_rotation",
        "events": [event_object(schedule, rotation, event) for event in rotation.events],
        **_links(schedule, f"rotations/{rotation.id}"),
    }


def custom_shift_object(schedule: ScheduleV3, shift: CustomShift, zone: ZoneInfo) -> Json:
    """A single shift."""
    return {
        "id": shift.id,
        "type": "custom_shift",
        "start_time": iso(shift.start, zone),
        "end_time": iso(shift.end, zone),
        "assignments": [{"id": shift.assignment_id, "type": "shift_assignment", "member": member(shift.user_id)}],
        **_links(schedule, f"custom_shifts/{shift.id}"),
    }


def override_shift_object(schedule: ScheduleV3, override: OverrideShift, zone: ZoneInfo) -> Json:
    """An override with both members and what it stands in for."""
    return {
        "id": override.id,
        "type": "override_shift",
        f"{override.source_kind}_id": override.source_id,
        "start_time": iso(override.start, zone),
        "end_time": iso(override.end, zone),
        "overridden_member": member(override.overridden_id),
        "overriding_member": member(override.overriding_id),
        **_links(schedule, f"overrides/{override.id}"),
    }


def schedule_v3_object(
    schedule: ScheduleV3, policies: Iterable[EscalationPolicy], rendering: Rendering, *, with_final: bool
) -> Json:
    """A schedule; `final_schedule` only where it is asked for with a range."""
    shown = {
        **schedule_ref(schedule),
        "type": "schedule_v3",
        "name": schedule.name,
        "time_zone": schedule.time_zone,
        "description": schedule.description,
        "teams": [],
        "escalation_policies": [policy_ref(policy) for policy in policies if policy.names(schedule.id)],
        "rotations": [rotation_object(schedule, rotation) for rotation in schedule.rotations],
    }
    if with_final and rendering.since and rendering.until:
        shown["final_schedule"] = _final(schedule, rendering)
    return shown


def _final(schedule: ScheduleV3, rendering: Rendering) -> Json:
    since, until = rendering.since, rendering.until
    if since is None or until is None:
        raise ValueError("a final schedule needs a range")
    found = [a for a in assignments(schedule, since, until) if a.start < until]
    named = [Shift(a.user_id, a.start, a.end) for a in found if a.user_id is not None]
    return {
        "type": "final_schedule",
        "rendered_coverage_percentage": covered_percentage(named, since, until),
        "computed_shift_assignments": [
            {
                "type": "computed_shift_assignment",
                "start_time": iso(a.start if rendering.overflows else max(a.start, since), rendering.zone),
                "end_time": iso(a.end if rendering.overflows else min(a.end, until), rendering.zone),
                "member": member(a.user_id),
                "source": _source(a),
            }
            for a in found
        ],
    }


def _source(assignment: Assignment) -> Json:
    is_rotation = assignment.source_kind == "rotation"
    kind = "schedule_rotation" if is_rotation else "custom_shift"
    shown = {
        "type": f"{kind}_override" if assignment.override_id else kind,
        "rotation_id" if is_rotation else "shift_id": assignment.source_id,
    }
    return {**shown, "override_id": assignment.override_id} if assignment.override_id else shown
