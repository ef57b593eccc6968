"""Who is on call when, by a shift-based schedule. Pure: no clock, no store.

Of RFC 5545 it knows `RRULE:FREQ=DAILY|WEEKLY` with INTERVAL and BYDAY; weeks begin on Monday. Every occurrence of the
event counts for the order of the members, also what lies before `effective_since`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from simulators.pagerduty.rotation import Shift, local_instant, wall_clock
from simulators.pagerduty.schedule_v3 import Event, OverrideShift, ScheduleV3

_DAY = timedelta(days=1)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Assignment:
    """One member's time. `user_id` is null where it is nobody's; `member_id` whose it was before any override."""

    user_id: str | None
    start: datetime
    end: datetime
    source_kind: Literal["rotation", "custom_shift"]
    source_id: str
    member_id: str | None
    override_id: str | None = None


def parse_recurrence(rule: str) -> tuple[str, int, tuple[int, ...]]:
    """Frequency, interval and days of the week (0 is Monday; none: that of the start). ValueError if not known."""
    if not rule.startswith("RRULE:"):
        raise ValueError(f"{rule!r} is no RRULE")
    parts = dict(part.split("=", 1) for part in rule.removeprefix("RRULE:").split(";"))
    if parts.keys() - {"FREQ", "INTERVAL", "BYDAY"} or parts.get("FREQ") not in ("DAILY", "WEEKLY"):
        raise ValueError(f"{rule!r} is more than is known here")
    days = tuple(sorted(_DAYS.index(day) for day in parts["BYDAY"].split(","))) if "BYDAY" in parts else ()
    return parts["FREQ"], int(parts.get("INTERVAL", "1")), days


def _starts(event: Event) -> Iterator[datetime]:
    """The wall-clock starts of all occurrences, without end."""
    frequency, interval, days = parse_recurrence(event.recurrence)
    first = wall_clock(event.start, event.zone)
    if frequency == "DAILY":
        start = first
        while True:
            if not days or start.weekday() in days:
                yield start
            start += interval * _DAY
    monday = first - first.weekday() * _DAY
    while True:
        for day in days or (first.weekday(),):
            if monday + day * _DAY >= first:
                yield monday + day * _DAY
        monday += interval * 7 * _DAY


def _of_event(rotation_id: str, event: Event, since: datetime, until: datetime) -> Iterator[Assignment]:
    length = wall_clock(event.end, event.zone) - wall_clock(event.start, event.zone)
    ends = event.effective_until or datetime.max.replace(tzinfo=UTC)
    for number, wall in enumerate(_starts(event)):
        start, end = local_instant(wall, event.zone), local_instant(wall + length, event.zone)
        if start > until:
            return
        start, end = max(start, event.effective_since.astimezone(UTC)), min(end, ends.astimezone(UTC))
        if start >= end or end <= since:
            continue
        turn = number // event.shifts_per_member % len(event.user_ids)
        for user_id in event.user_ids if event.is_everybody else [event.user_ids[turn]]:
            yield Assignment(user_id, start, end, "rotation", rotation_id, member_id=user_id)


def _overridden(assignment: Assignment, override: OverrideShift) -> Iterator[Assignment]:
    """The assignment in up to three pieces, the one in the override's time with another member."""
    start, end = max(assignment.start, override.start), min(assignment.end, override.end)
    concerns = (override.source_kind, override.source_id) == (assignment.source_kind, assignment.source_id)
    if not concerns or start >= end or override.overridden_id not in (assignment.user_id, assignment.member_id):
        yield assignment
        return
    if assignment.start < start:
        yield replace(assignment, end=start)
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    yield replace(assignment, start=start, end=end, user_id=override.overriding_id, override_id=override.id)
    if end < assignment.end:
        yield replace(assignment, start=end)


def assignments(schedule: ScheduleV3, since: datetime, until: datetime) -> list[Assignment]:
    """All that overlap `[since, until]`, uncut, oldest first, nobody's too; several may be at the same time."""
    found = [
        assignment
        for rotation in schedule.rotations
        for event in rotation.events
        for assignment in _of_event(rotation.id, event, since, until)
    ]
    found += [
        Assignment(c.user_id, c.start.astimezone(UTC), c.end.astimezone(UTC), "custom_shift", c.id, member_id=c.user_id)
        for c in schedule.custom_shifts
    ]
    for override in schedule.overrides:
        found = [piece for assignment in found for piece in _overridden(assignment, override)]
    kept = [assignment for assignment in found if assignment.start <= until and assignment.end > since]
    return sorted(kept, key=lambda each: each.start)


def final_shifts_v3(schedule: ScheduleV3, since: datetime, until: datetime) -> list[Shift]:
    """Who is on call in the range, uncut, oldest first."""
    return [Shift(a.user_id, a.start, a.end) for a in assignments(schedule, since, until) if a.user_id is not None]
