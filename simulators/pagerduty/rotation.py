"""Who is on call when, by a schedule's layers and overrides. Pure: no clock, no store.

A turn is a length of wall-clock time, so a handoff stays at its local hour where the clocks change. A turn that begins
in the hour that is skipped begins after it; in the hour that comes twice, the first time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulators.pagerduty.schedule import Layer, Restriction, Schedule

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Shift:
    """One person's time `[start, end)`, both in UTC."""

    user_id: str
    start: datetime
    end: datetime

    def overlaps(self, since: datetime, until: datetime) -> bool:
        """Whether some of it is in `[since, until]`, as PagerDuty's lists count it."""
        return self.start <= until and self.end > since

    def cut(self, since: datetime, until: datetime) -> Shift:
        """What of it is in the range."""
        return replace(self, start=max(self.start, since), end=min(self.end, until))


def local_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which a wall clock in `zone` shows the naive `wall`, in UTC."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def wall_clock(instant: datetime, zone: ZoneInfo) -> datetime:
    """What a wall clock in `zone` shows, naive."""
    return instant.astimezone(zone).replace(tzinfo=None)


def _turns(layer: Layer, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[Shift]:
    """The layer's turns that overlap the range, whole, without start, end and restrictions."""
    first, length = wall_clock(layer.rotation_virtual_start, zone), timedelta(seconds=layer.turn_seconds)
    # One earlier: the wall clock of `since` may be an hour off from the turns' own.
    number = (wall_clock(since, zone) - first) // length - 1
    while True:
        start = local_instant(first + number * length, zone)
        end = local_instant(first + (number + 1) * length, zone)
        if start > until:
            return
        if end > since and end > start:
            yield Shift(layer.user_ids[number % len(layer.user_ids)], start, end)
        number += 1


def window_at(restriction: Restriction, day: datetime, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """The restriction's window that begins on a local day (a naive midnight), if one does."""
    if restriction.type == "weekly_restriction" and day.isoweekday() != restriction.start_day_of_week:
        return None
    start = datetime.combine(day, time.fromisoformat(restriction.start_time_of_day))
    return local_instant(start, zone), local_instant(start + timedelta(seconds=restriction.duration_seconds), zone)


def _windows(layer: Layer, zone: ZoneInfo, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """When the layer may name somebody, in order, without overlaps."""
    longest = max(timedelta(seconds=restriction.duration_seconds) for restriction in layer.restrictions)
    day = datetime.combine(wall_clock(since - longest - _DAY, zone), time())
    found: list[tuple[datetime, datetime]] = []
    while day <= wall_clock(until, zone):
        found += [window for each in layer.restrictions if (window := window_at(each, day, zone)) is not None]
        day += _DAY
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _is_active(layer: Layer, at: datetime) -> bool:
    return layer.start <= at and (layer.end is None or at < layer.end)


def layer_shifts(layer: Layer, zone: ZoneInfo, since: datetime, until: datetime) -> list[Shift]:
    """A layer's shifts that overlap the range, uncut by it, oldest first: a turn in as many pieces as its windows."""
    bounds = (layer.start.astimezone(UTC), (layer.end or datetime.max.replace(tzinfo=UTC)).astimezone(UTC))
    turns = [turn.cut(*bounds) for turn in _turns(layer, zone, since, until)]
    turns = [turn for turn in turns if turn.start < turn.end]
    if layer.restrictions and turns:
        windows = _windows(layer, zone, turns[0].start, turns[-1].end)
        starts = [start for start, _end in windows]
        turns = [
            turn.cut(*window)
            for turn in turns
            for window in windows[max(0, bisect_right(starts, turn.start) - 1) : bisect_right(starts, turn.end)]
        ]
    return [turn for turn in turns if turn.start < turn.end and turn.overlaps(since, until)]


def override_shifts(schedule: Schedule, since: datetime, until: datetime) -> list[Shift]:
    """The overrides that overlap the range, uncut by it, oldest first; a later one cuts those that were made before."""
    painted: list[Shift] = []
    for override in schedule.overrides:
        shift = Shift(override.user_id, override.start.astimezone(UTC), override.end.astimezone(UTC))
        if shift.overlaps(since, until):
            painted = _painted(painted, [shift])
    return painted


def _painted(below: Sequence[Shift], above: Sequence[Shift]) -> list[Shift]:
    """`above` on top of `below`; each without overlaps and in order of time."""
    left: list[Shift] = []
    starts = [shift.start for shift in above]
    for shift in below:
        start = shift.start
        for cover in above[max(0, bisect_right(starts, start) - 1) :]:
            if cover.start >= shift.end:
                break
            if cover.end > start:
                if cover.start > start:
                    left.append(replace(shift, start=start, end=cover.start))
                start = cover.end
        if start < shift.end:
            left.append(replace(shift, start=start))
    return sorted([*left, *above], key=lambda shift: shift.start)


def final_shifts(schedule: Schedule, since: datetime, until: datetime) -> list[Shift]:
    """Who is on call in the range, uncut by it, oldest first.

    Adjacent times of one person are one shift, unless a layer hands over between them, if only to the same person.
    """
    lowest, highest = _reach(schedule, since, until)
    painted: list[Shift] = []
    handoffs: set[datetime] = set()
    for layer in schedule.layers:
        painted = _painted(painted, layer_shifts(layer, schedule.zone, lowest, highest))
        handoffs |= {
            turn.start for turn in _turns(layer, schedule.zone, lowest, highest) if _is_active(layer, turn.start)
        }
    painted = _painted(painted, override_shifts(schedule, lowest, highest))
    joined: list[Shift] = []
    for shift in painted:
        last = joined[-1] if joined else None
        if last and last.end == shift.start not in handoffs and last.user_id == shift.user_id:
            joined[-1] = replace(last, end=shift.end)
        else:
            joined.append(shift)
    return [shift for shift in joined if shift.overlaps(since, until)]


def _reach(schedule: Schedule, since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """A range wide enough that no shift of `[since, until]` reaches beyond it."""
    # Twice: a person's last turn of a layer that ends may run on into the turn of the next layer.
    turn = 2 * max((timedelta(seconds=layer.turn_seconds) for layer in schedule.layers), default=timedelta()) + _DAY
    lowest, highest = since - turn, until + turn
    while True:
        near = [o for o in schedule.overrides if o.start <= highest and o.end >= lowest]
        wider = min([lowest, *(o.start - turn for o in near)]), max([highest, *(o.end + turn for o in near)])
        if wider == (lowest, highest):
            return wider
        lowest, highest = wider


def covered_percentage(shifts: Iterable[Shift], since: datetime, until: datetime) -> float:
    """How much of the range the shifts cover, to a tenth; where they overlap, once."""
    covered, reached = timedelta(), since
    for shift in sorted(shifts, key=lambda each: each.start):
        start, end = max(shift.start, reached), min(shift.end, until)
        if end > start:
            covered += end - start
            reached = end
    return round(100 * (covered / (until - since)), 1) if until > since else 0.0
