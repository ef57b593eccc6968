"""Schedules by declaration: what a test or a demo puts into an account. Call within a transaction of the world."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from simulators.pagerduty import ids
from simulators.pagerduty.schedule import Layer, Override, Restriction, Schedule
from simulators.pagerduty.world import World

DAY_SECONDS = 86_400
_TURNS = (DAY_SECONDS // 2, DAY_SECONDS, 2 * DAY_SECONDS, 7 * DAY_SECONDS, 14 * DAY_SECONDS)


def daily(start: str, hours: float) -> Restriction:
    """Each day from `start` (HH:MM) for so many hours."""
    return Restriction(start_time_of_day=f"{start}:00", duration_seconds=int(hours * 3600))


def weekly(day: int, start: str, hours: float) -> Restriction:
    """Each week from a day (1 is Monday) at `start` (HH:MM) for so many hours."""
    return Restriction(
        type="weekly_restriction",
        start_day_of_week=day,
        start_time_of_day=f"{start}:00",
        duration_seconds=int(hours * 3600),
    )


def layer(
    user_ids: Sequence[str],
    start: datetime,
    *,
    turn_days: float = 7,
    end: datetime | None = None,
    virtual_start: datetime | None = None,
    restrictions: Sequence[Restriction] = (),
    name: str = "Layer 1",
) -> Layer:
    """A layer whose first turn begins at `virtual_start` (default: `start`) with the first user."""
    return Layer(
        id=ids.short_id(),
        name=name,
        user_ids=list(user_ids),
        start=start,
        end=end,
        rotation_virtual_start=virtual_start or start,
        turn_seconds=int(turn_days * DAY_SECONDS),
        restrictions=list(restrictions),
    )


def declare_schedule(
    world: World, layers: Sequence[Layer], *, name: str = "", zone: str = "Asia/Taipei", id_: str | None = None
) -> Schedule:
    """Files a schedule, layers from the lowest to the one that wins."""
    schedule = Schedule(id=id_ or ids.short_id(), name=name, time_zone=zone, layers=list(layers))
    schedule.name = name or f"schedule {schedule.id}"
    world.keep(schedule)
    return schedule


def declare_override(world: World, schedule: Schedule, user_id: str, start: datetime, end: datetime) -> Override:
    """Files an override, in the past as well."""
    override = Override(id=ids.override_id(), user_id=user_id, start=start, end=end)
    schedule.overrides.append(override)
    world.keep(schedule)
    return override


def declare_schedules(
    world: World, count: int, *, user_ids: Sequence[str], zones: Sequence[str], overrides: int = 0, seed: int = 0
) -> list[Schedule]:
    """Files many, the same for the same seed: one to three layers, restrictions, gaps, around the account's now.

    `overrides` each, within four weeks of now, on top of one another where they fall so.
    """
    chance = random.Random(seed)  # noqa: S311 - the same schedules for the same seed
    now = world.clock.now().replace(minute=0, second=0, microsecond=0)
    made = []
    for number in range(count):
        zone = zones[number % len(zones)]
        layers = [_random_layer(chance, now, user_ids, ZoneInfo(zone), n) for n in range(chance.randint(1, 3))]
        schedule = declare_schedule(world, layers, name=f"schedule {number + 1}", zone=zone)
        for _ in range(overrides):
            start = now + timedelta(hours=chance.randint(-28 * 24, 28 * 24))
            declare_override(
                world, schedule, chance.choice(user_ids), start, start + timedelta(hours=chance.randint(1, 96))
            )
        made.append(schedule)
    return made


def _random_layer(chance: random.Random, now: datetime, user_ids: Sequence[str], zone: ZoneInfo, number: int) -> Layer:
    hour = chance.randint(0, 23)
    start = (now.astimezone(zone) - timedelta(days=chance.randint(30, 90))).replace(hour=hour)
    restrictions: list[Restriction] = []
    if number and chance.random() < 0.7:
        restrictions = [daily(f"{chance.randint(0, 23):02d}:00", chance.randint(4, 14))]
    elif chance.random() < 0.3:
        restrictions = [weekly(chance.randint(1, 7), f"{chance.randint(0, 23):02d}:30", chance.randint(12, 120))]
    return layer(
        chance.sample(list(user_ids), k=chance.randint(1, min(len(user_ids), 6))),
        start,
        turn_days=chance.choice(_TURNS) / DAY_SECONDS,
        end=start + timedelta(days=chance.randint(60, 140)) if chance.random() < 0.2 else None,
        restrictions=restrictions,
        name=f"Layer {number + 1}",
    )
