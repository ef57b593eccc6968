"""Who is on call at one instant, asked of the declarations one by one: nothing here is shared with what is rendered.

It is slow and plain on purpose: a test holds the lists of `rotation` against it.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulators.pagerduty.schedule import Layer, Restriction, Schedule


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


def truth_of(schedule: Schedule, at: datetime) -> set[str]:
    """The user a schedule names at an instant: of the override made last, else of the highest layer that names one."""
    for override in reversed(schedule.overrides):
        if override.start <= at < override.end:
            return {override.user_id}
    for layer in reversed(schedule.layers):
        user_id = _of_layer(layer, at, schedule.zone)
        if user_id is not None:
            return {user_id}
    return set()
