"""Who takes which turn of a schedule that is kept here. Pure: layers and overrides in, turns out.

A turn lasts local days, so that a handoff stays at its wall-clock time when the clocks change. Where it falls into the hour that
a change skips, it is as much later as the clocks went forward; where it comes twice, the first counts.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from shifts.enums import TurnUnit
from shifts.matching import Wanted

DAYS = {TurnUnit.DAY: 1, TurnUnit.WEEK: 7}
#: Every weekday comes twice in it: of two parts of a day, a change of the clocks may skip one.
FORTNIGHT = timedelta(days=15)


@dataclass(frozen=True, kw_only=True)
class Hours:
    """When a layer is to have somebody. `only_on` lists weekdays (0 Monday), empty for all.

    `only_from`–`only_to` is the part of each local day that it covers, over midnight where `only_to` is not later.
    """

    only_from: time | None = None
    only_to: time | None = None
    only_on: Sequence[int] = ()


@dataclass(frozen=True)
class Rotation(Hours):
    """One layer. `people` take turns in this order; a bound is null where there is none."""

    people: Sequence[int]
    handoff_at: time
    first_on: date
    turn_unit: TurnUnit = TurnUnit.WEEK
    turn_length: int = 1
    until_on: date | None = None


@dataclass(frozen=True)
class StandIn:
    """An override: a person for `[start, end)`, whoever's turn it is."""

    person: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class _Piece:
    """A part of one turn. Parts of the same `turn` that follow each other are one."""

    turn: tuple[str, int, int]
    person: int
    start: datetime
    end: datetime


def turns_of(
    rotations: Sequence[Rotation], stand_ins: Sequence[StandIn], zone: ZoneInfo, since: datetime, until: datetime
) -> list[Wanted]:
    """Who is on call in `[since, until)`, oldest first. Later rotations count before earlier ones, overrides before all,
    a later one before an earlier one.

    The first and the last turn reach beyond the window where they do.
    """
    wide = (since - _longest(rotations), until + _longest(rotations))
    pieces: list[_Piece] = []
    for position, rotation in enumerate(rotations):
        pieces = _laid_over(pieces, list(_pieces(position, rotation, zone, *wide)))
    for number, each in enumerate(stand_ins):
        pieces = _laid_over(pieces, [_Piece(("override", number, 0), each.person, each.start, each.end)])
    return [
        Wanted(piece.person, piece.start, piece.end, piece.turn[0] == "override")
        for piece in _joined(pieces)
        if piece.end > since and piece.start < until
    ]


def _longest(rotations: Sequence[Rotation]) -> timedelta:
    days = max((DAYS[each.turn_unit] * each.turn_length for each in rotations), default=0)
    return timedelta(days=days + 2)


def _instant(on: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, at, tzinfo=zone).astimezone(UTC)


def _pieces(position: int, rotation: Rotation, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[_Piece]:
    if not rotation.people:
        return
    days = DAYS[rotation.turn_unit] * rotation.turn_length
    number = max((since.astimezone(zone).date() - rotation.first_on).days // days - 1, 0)
    ends = _instant(rotation.until_on, rotation.handoff_at, zone) if rotation.until_on else None
    while True:
        first = rotation.first_on + timedelta(days=number * days)
        start = _instant(first, rotation.handoff_at, zone)
        end = _instant(first + timedelta(days=days), rotation.handoff_at, zone)
        end = min(end, ends) if ends else end
        if start >= until or start >= end:
            return
        person = rotation.people[number % len(rotation.people)]
        for part_start, part_end in _parts(rotation, zone, start, end):
            yield _Piece(("layer", position, number), person, part_start, part_end)
        number += 1


def within_hours(
    layers: Iterable[Hours], zone: ZoneInfo, start: datetime, end: datetime
) -> tuple[datetime, datetime] | None:
    """`[start, end)` from the first to the last instant that is within the hours of a layer; None where none is.

    It does not matter how long the stretch is.
    """
    parts: list[tuple[datetime, datetime]] = []
    for hours in layers:
        parts += islice(_parts(hours, zone, start, end), 1)
        parts += _parts(hours, zone, max(start, end - FORTNIGHT), end)
    return (min(first for first, _last in parts), max(last for _first, last in parts)) if parts else None


def _parts(hours: Hours, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """What of a stretch the hours cover, in order."""
    if hours.only_from is None and hours.only_to is None and not hours.only_on:
        yield start, end
        return
    opens, closes = hours.only_from or time(), hours.only_to or time()
    is_over_midnight = closes <= opens
    on = start.astimezone(zone).date() - timedelta(days=1)
    last = end.astimezone(zone).date()
    while on <= last:
        if not hours.only_on or on.weekday() in hours.only_on:
            part_start = max(start, _instant(on, opens, zone))
            part_end = min(end, _instant(on + timedelta(days=1) if is_over_midnight else on, closes, zone))
            if part_start < part_end:
                yield part_start, part_end
        on += timedelta(days=1)


def _laid_over(under: list[_Piece], over: list[_Piece]) -> list[_Piece]:
    """What is left of the lower pieces, and the upper ones, which are in order and do not overlap each other."""
    left: list[_Piece] = []
    for piece in under:
        rest = [piece]
        # Years of daily parts are thousands of pieces: only those that touch it are looked at.
        at = bisect_right(over, piece.start, key=lambda each: each.end)
        while at < len(over) and over[at].start < piece.end:
            rest = [part for one in rest for part in _without(one, over[at])]
            at += 1
        left += rest
    return sorted([*left, *over], key=lambda piece: piece.start)


def _without(piece: _Piece, other: _Piece) -> Iterator[_Piece]:
    if other.end <= piece.start or other.start >= piece.end:
        yield piece
        return
    if piece.start < other.start:
        yield replace(piece, end=other.start)
    if other.end < piece.end:
        yield replace(piece, start=other.end)


def _joined(pieces: Iterable[_Piece]) -> list[_Piece]:
    found: list[_Piece] = []
    for piece in sorted(pieces, key=lambda each: each.start):
        last = found[-1] if found else None
        if last and (last.turn, last.person, last.end) == (piece.turn, piece.person, piece.start):
            found[-1] = replace(last, end=piece.end)
        else:
            found.append(piece)
    return found
