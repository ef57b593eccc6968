"""How much being on call is worth, exactly. Pure.

A local day of the rule's zone is worth a seventh of the week's stipend, and a stretch of it that part of the day which it
lasts, of 23, 24 or 25 hours: a whole local week is one stipend whatever the clocks do, and however a stretch is cut, its
parts add up to it. At each instant a person is paid for one thing they carry: what pays most. Source: the guide, «Benefits»,
an amount a week.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise

from compensation.enums import DayKind
from compensation.money import HOUR_DIGITS, rounded_in_turn
from compensation.terms import Governed, Terms
from shifts.days import WEEK, Day, day_of

type Key = Callable[[Portion], tuple[int, int]]
_MICROSECOND, _ONE_DAY = timedelta(microseconds=1), timedelta(days=1)


@dataclass(frozen=True)
class Carried:
    """Somebody was on call, `[start, end)`: who, and by which shift on which schedule and level."""

    shift: int
    schedule: int
    level: int
    person: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Portion:
    """A stretch within one local day for which a person is paid by one shift, at one amount a week."""

    carried: Carried
    terms: Terms
    day: Day
    kind: DayKind
    rate: Decimal
    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def share(self) -> Fraction:
        """Which part of its day it is."""
        return Fraction(self.length // _MICROSECOND, (self.day.end - self.day.start) // _MICROSECOND)

    @property
    def exact(self) -> Fraction:
        """What it is worth."""
        return Fraction(self.rate) * Fraction(self.terms.factor(self.kind)) * self.share / WEEK

    @property
    def exact_leave(self) -> Fraction:
        """The hours of leave that it earns."""
        return Fraction() if self.kind is DayKind.PLAIN else Fraction(self.terms.rest_day_hours) * self.share


@dataclass(frozen=True)
class Earned:
    """What one shift comes to under one rule: money, or hours of leave. `lengths` says how long at which kind of day."""

    carried: Carried
    terms: Terms
    rate: Decimal
    amount: Decimal
    start: datetime
    lengths: dict[DayKind, timedelta] = field(default_factory=dict)

    @property
    def length(self) -> timedelta:
        return sum(self.lengths.values(), timedelta())


def portions(carried: Iterable[Carried], stretches: Sequence[Governed]) -> list[Portion]:
    """What is paid for, cut at every midnight, change of rule and change of what somebody carries; in order of time.

    Of what a person carries at once the highest rate counts; of equals the schedule with the lowest key, then the lowest level.
    """
    days = [piece for each in stretches for piece in _days(each)]
    by_person: dict[int, list[Carried]] = defaultdict(list)
    for each in carried:
        by_person[each.person].append(each)
    found = [portion for own in by_person.values() for portion in _of_person(own, days)]
    return sorted(found, key=lambda each: (each.start, each.carried.schedule, each.carried.level))


def stipends(paid: Sequence[Portion]) -> list[Earned]:
    """The money of each shift and rule. Rounded in order of time for each schedule and level, so that it adds up there."""
    return [
        earned
        for _place, own in _grouped(paid, lambda each: (each.carried.schedule, each.carried.level))
        for earned in _rounded(own, [each.exact for each in own], own[0].terms.digits)
    ]


def leave(paid: Sequence[Portion]) -> list[Earned]:
    """The hours of leave of each shift and rule, rounded in order of time for each person."""
    resting = [each for each in paid if each.exact_leave]
    return [
        earned
        for _person, own in _grouped(resting, lambda each: (each.carried.person, 0))
        for earned in _rounded(own, [each.exact_leave for each in own], HOUR_DIGITS)
    ]


@dataclass(frozen=True)
class _Piece:
    """A part of a local day under one of the terms."""

    terms: Terms
    day: Day
    start: datetime
    end: datetime


def _days(stretch: Governed) -> Iterator[_Piece]:
    on = stretch.start.astimezone(stretch.terms.zone).date()
    while True:
        day = day_of(on, stretch.terms.zone)
        start, end = max(day.start, stretch.start), min(day.end, stretch.end)
        if start < end:
            yield _Piece(stretch.terms, day, start, end)
        if day.end >= stretch.end:
            return
        on += _ONE_DAY


def _of_person(carried: Sequence[Carried], days: Sequence[_Piece]) -> Iterator[Portion]:
    for piece in days:
        there = [each for each in carried if each.start < piece.end and each.end > piece.start]
        edges = {piece.start, piece.end, *(at for each in there for at in (each.start, each.end))}
        for start, end in pairwise(sorted(at for at in edges if piece.start <= at <= piece.end)):
            best = _best([each for each in there if each.start <= start and each.end >= end], piece.terms)
            if best is not None:
                rate, chosen = best
                kind = piece.terms.kind_of(piece.day.on)
                yield Portion(chosen, piece.terms, piece.day, kind, rate, start, end)


def _best(carried: Iterable[Carried], terms: Terms) -> tuple[Decimal, Carried] | None:
    rated = [(terms.rate(each.schedule, each.level), each) for each in carried]
    known = [(rate, each) for rate, each in rated if rate is not None]
    return min(known, key=lambda pair: (-pair[0], pair[1].schedule, pair[1].level, pair[1].start), default=None)


def _grouped(paid: Iterable[Portion], key: Key) -> Iterator[tuple[tuple[int, int], list[Portion]]]:
    """By place, in order of time within each."""
    for place, own in groupby(sorted(paid, key=lambda each: (key(each), each.start)), key):
        yield place, list(own)


def _rounded(own: Sequence[Portion], exact: Sequence[Fraction], digits: int) -> Iterator[Earned]:
    """Of portions in order of time, a line for each shift and rule."""
    lines: dict[tuple[int, int], list[tuple[Portion, Decimal]]] = defaultdict(list)
    for portion, amount in zip(own, rounded_in_turn(exact, digits), strict=True):
        lines[portion.carried.shift, portion.terms.rule].append((portion, amount))
    for parts in lines.values():
        first = parts[0][0]
        lengths: dict[DayKind, timedelta] = defaultdict(timedelta)
        for portion, _amount in parts:
            lengths[portion.kind] += portion.length
        amount = sum((each for _portion, each in parts), Decimal())
        yield Earned(first.carried, first.terms, first.rate, amount, first.start, dict(lengths))
