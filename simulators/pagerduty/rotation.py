"""Who is on call when: the weekly rotations of the directory, from the day before the world was seeded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from simulators.pagerduty.directory import SCHEDULES, EscalationRule, Schedule


@dataclass(frozen=True)
class Shift:
    """One person's turn `[start, end)`, both in UTC."""

    user_id: str
    start: datetime
    end: datetime


def first_handoff(anchor: datetime, schedule: Schedule) -> datetime:
    """When the first user's turn began: at the handoff hour of the local day before `anchor`, the seeding instant.

    Not on a fixed weekday: whoever starts the demo on a Monday morning would see its first shift end minutes later.
    """
    local = anchor.astimezone(schedule.zone)
    return (local - timedelta(days=1)).replace(hour=schedule.handoff_hour, minute=0, second=0, microsecond=0)


def shifts(schedule: Schedule, anchor: datetime, since: datetime, until: datetime) -> Iterator[Shift]:
    """The turns that overlap `[since, until]`, uncut, oldest first. `anchor` is the seeding instant.

    A turn is a number of local days, so a handoff stays at its wall-clock hour in zones with summer time.
    """
    first = first_handoff(anchor, schedule)
    turn = (since - first).days // schedule.turn_days - 1
    while True:
        start = (first + timedelta(days=turn * schedule.turn_days)).astimezone(UTC)
        end = (first + timedelta(days=(turn + 1) * schedule.turn_days)).astimezone(UTC)
        if start > until:
            return
        if end > since:
            yield Shift(schedule.user_ids[turn % len(schedule.user_ids)], start, end)
        turn += 1


def on_call(rule: EscalationRule, anchor: datetime, at: datetime) -> list[str]:
    """The ids of the users a level assigns at an instant."""
    if rule.target_kind == "user":
        return [rule.target_id]
    return [next(shifts(SCHEDULES[rule.target_id], anchor, at, at)).user_id]
