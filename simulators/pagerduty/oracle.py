"""Who is on call at one instant, asked of the declarations one by one: nothing here is shared with what is rendered.

It is slow and plain on purpose: a test holds the lists of `rotation` and `rotation_v3` against it.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulators.pagerduty.schedule import Layer, Restriction, Schedule
from simulators.pagerduty.schedule_v3 import Event, ScheduleV3


def _clock(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def _is_in(at: datetime, start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Whether an instant is between two wall-clock times."""
    return start.replace(tzinfo=zone).timestamp() <= at.timestamp() < end.replace(tzinfo=zone).timestamp()


def _allows(restriction: Restriction, at: datetime, zone: ZoneInfo) -> bool:
    for days in range(-1, 9):
        day = _clock(at, zone).date() - timedelta(days=days)
        if restriction.type == "weekly_restriction" and day.isoweekday() != restriction.start_day_of_week:
            continue
        start = datetime.combine(day, time.fromisoformat(restriction.start_time_of_day))
        if _is_in(at, start, start + timedelta(seconds=restriction.duration_seconds), zone):
            return True
    return False


def _of_layer(layer: Layer, at: datetime, zone: ZoneInfo) -> str | None:
    if at < layer.start or (layer.end is not None and at >= layer.end) or not layer.user_ids:
        return None
    if layer.restrictions and not any(_allows(restriction, at, zone) for restriction in layer.restrictions):
        return None
    start, length = _clock(layer.rotation_virtual_start, zone), timedelta(seconds=layer.turn_seconds)
    turn = 0
    while not _is_in(at, start, start + length, zone):
        step = 1 if at.timestamp() >= (start + length).replace(tzinfo=zone).timestamp() else -1
        start += step * length
        turn += step
    return layer.user_ids[turn % len(layer.user_ids)]


def _turns(event: Event, at: datetime) -> list[str | None]:
    """Whom an event names at an instant: day by day from its first occurrence."""
    if at < event.effective_since or (event.effective_until is not None and at >= event.effective_until):
        return []
    parts = dict(part.split("=") for part in event.recurrence.removeprefix("RRULE:").split(";"))
    first, last = _clock(event.start, event.zone), _clock(event.end, event.zone)
    names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    days = parts["BYDAY"].split(",") if "BYDAY" in parts else names
    if parts["FREQ"] == "WEEKLY" and "BYDAY" not in parts:
        days = [names[first.weekday()]]
    found: list[str | None] = []
    count, begins = 0, first
    while begins <= _clock(at, event.zone) + timedelta(days=1):
        weeks = ((begins - timedelta(begins.weekday())) - (first - timedelta(first.weekday()))).days // 7
        steps = weeks if parts["FREQ"] == "WEEKLY" else (begins - first).days
        if names[begins.weekday()] in days and steps % int(parts.get("INTERVAL", "1")) == 0:
            if _is_in(at, begins, begins + (last - first), event.zone):
                turn = (count // event.shifts_per_member) % len(event.user_ids)
                found += event.user_ids if event.is_everybody else [event.user_ids[turn]]
            count += 1
        begins += timedelta(days=1)
    return found


def _of_shifts(schedule: ScheduleV3, at: datetime) -> set[str]:
    sources: list[tuple[str, str, str | None]] = [
        ("rotation", rotation.id, user_id)
        for rotation in schedule.rotations
        for event in rotation.events
        for user_id in _turns(event, at)
    ]
    sources += [("custom_shift", c.id, c.user_id) for c in schedule.custom_shifts if c.start <= at < c.end]
    found = set()
    for kind, id_, member_id in sources:
        user_id = member_id
        for override in schedule.overrides:
            is_of_it = (override.source_kind, override.source_id) == (kind, id_)
            if is_of_it and override.start <= at < override.end and override.overridden_id in (user_id, member_id):
                user_id = override.overriding_id
        found.add(user_id)
    return {user_id for user_id in found if user_id is not None}


def truth_of(schedule: Schedule | ScheduleV3, at: datetime) -> set[str]:
    """Whom a schedule names at an instant: of the override made last, else of the highest layer that names one.

    A shift-based one: everybody who has a shift, each as the overrides of their own source have it.
    """
    if isinstance(schedule, ScheduleV3):
        return _of_shifts(schedule, at)
    for override in reversed(schedule.overrides):
        if override.start <= at < override.end:
            return {override.user_id}
    for layer in reversed(schedule.layers):
        user_id = _of_layer(layer, at, schedule.zone)
        if user_id is not None:
            return {user_id}
    return set()
