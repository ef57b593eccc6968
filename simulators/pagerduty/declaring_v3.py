"""Shift-based schedules by declaration. Call within a transaction of the world."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from simulators.pagerduty import ids
from simulators.pagerduty.rotation_v3 import parse_recurrence
from simulators.pagerduty.schedule_v3 import CustomShift, Event, OverrideShift, Rotation, ScheduleV3
from simulators.pagerduty.world import World


def event(
    user_ids: Sequence[str | None],
    start: datetime,
    end: datetime,
    *,
    zone: str = "Asia/Taipei",
    recurrence: str = "RRULE:FREQ=WEEKLY",
    since: datetime | None = None,
    until: datetime | None = None,
    is_everybody: bool = False,
    shifts_per_member: int = 1,
    name: str = "On call",
) -> Event:
    """An event, from `start` to `end` and again as `recurrence` says; ValueError for one that is not known here."""
    parse_recurrence(recurrence)
    return Event(
        id=ids.shift_id(),
        name=name,
        time_zone=zone,
        start=start,
        end=end,
        effective_since=since or start,
        effective_until=until,
        recurrence=recurrence,
        user_ids=list(user_ids),
        is_everybody=is_everybody,
        shifts_per_member=shifts_per_member,
    )


def declare_schedule_v3(
    world: World,
    rotations: Sequence[Sequence[Event]],
    *,
    name: str = "",
    zone: str = "Asia/Taipei",
    custom_shifts: Sequence[tuple[str | None, datetime, datetime]] = (),
    id_: str | None = None,
) -> ScheduleV3:
    """Files a shift-based schedule: each rotation by its events, each single shift as (user, start, end)."""
    schedule = ScheduleV3(
        id=id_ or ids.short_id(),
        name=name,
        time_zone=zone,
        rotations=[Rotation(id=ids.shift_id(), events=list(events)) for events in rotations],
        custom_shifts=[
            CustomShift(id=ids.shift_id(), assignment_id=ids.shift_id(), user_id=user_id, start=start, end=end)
            for user_id, start, end in custom_shifts
        ],
    )
    schedule.name = name or f"schedule {schedule.id}"
    world.keep(schedule)
    return schedule


def declare_override_v3(
    world: World,
    schedule: ScheduleV3,
    overridden_id: str | None,
    overriding_id: str | None,
    start: datetime,
    end: datetime,
) -> OverrideShift:
    """Files an override of a member of the first rotation, in the past as well."""
    override = OverrideShift(
        id=ids.shift_id(),
        source_kind="rotation",
        source_id=schedule.rotations[0].id,
        start=start,
        end=end,
        overridden_id=overridden_id,
        overriding_id=overriding_id,
    )
    schedule.overrides.append(override)
    world.keep(schedule)
    return override
