"""A rule as a value, and which rule governs which instant. Pure.

A month begins when the first of it begins in the time zone of the rule that governs that date, and ends where the next one
begins: no instant is in two months or in none, whatever the zones.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from compensation.enums import DayKind, Sharing
from compensation.money import digits_of
from incidents.calendars import holidays_of
from shifts.days import start_of
from shifts.load import NIGHT_FROM, NIGHT_TO

#: The schedule (None: every other one) and level that a weekly amount is for.
type Rates = Mapping[tuple[int | None, int], Decimal]
DECEMBER = 12


@dataclass(frozen=True)
class Terms:
    """What one rule promises. It governs from the local date `since` on, until the next one's.

    `rule` is its key, 0 for one that is only tried out. `country` names public holidays (ISO 3166), "" for none; `days_off`
    and `days_on` are the team's own, as in `incidents.calendars`: a day off is a holiday, a day on is neither weekend nor
    holiday. `rates` are amounts a week. `rest_day_hours`: leave for a whole weekend day or holiday on call; `night_hours`:
    leave for a P0 answered at night.
    """

    rule: int
    since: date
    currency: str
    zone: ZoneInfo
    rates: Rates
    country: str = ""
    weekend: frozenset[int] = frozenset({5, 6})
    weekend_factor: Decimal = Decimal(1)
    holiday_factor: Decimal = Decimal(1)
    bonus: Decimal = Decimal()
    sharing: Sharing = Sharing.SHARED
    rest_day_hours: Decimal = Decimal()
    night_hours: Decimal = Decimal()
    days_off: frozenset[date] = field(default_factory=frozenset)
    days_on: frozenset[date] = field(default_factory=frozenset)

    @property
    def digits(self) -> int:
        return digits_of(self.currency)

    def rate(self, schedule: int, level: int) -> Decimal | None:
        """The amount a week; None where the rule names neither the schedule nor «every other one» for that level."""
        own = self.rates.get((schedule, level))
        return self.rates.get((None, level)) if own is None else own

    def kind_of(self, day: date) -> DayKind:
        """What a local date is."""
        if day in self.days_on:
            return DayKind.PLAIN
        is_weekend = day.weekday() in self.weekend
        is_holiday = day in self.days_off or day in holidays_of(self.country, day.year)
        if is_holiday and not (is_weekend and self.weekend_factor > self.holiday_factor):
            return DayKind.HOLIDAY
        return DayKind.WEEKEND if is_weekend else DayKind.PLAIN

    def factor(self, kind: DayKind) -> Decimal:
        """By how much a day of that kind is multiplied."""
        factors = {DayKind.WEEKEND: self.weekend_factor, DayKind.HOLIDAY: self.holiday_factor}
        return factors.get(kind, Decimal(1))

    def is_night(self, at: datetime) -> bool:
        """Whether the clocks of the rule's zone show a time of the night."""
        local = at.astimezone(self.zone).time()
        return local >= NIGHT_FROM or local < NIGHT_TO


@dataclass(frozen=True)
class Rate:
    """An amount a week for a level of a schedule, or of every other schedule (None)."""

    schedule: int | None
    level: int
    amount: Decimal


@dataclass(frozen=True)
class Rule:
    """What a version shall say, as it was typed; see `models.RuleVersion`."""

    valid_from: date
    currency: str
    time_zone: str
    rates: Sequence[Rate]
    country: str = ""
    weekend: Sequence[int] = (5, 6)
    weekend_factor: Decimal = Decimal(1)
    holiday_factor: Decimal = Decimal(1)
    p0_bonus: Decimal = Decimal()
    sharing: Sharing = Sharing.SHARED
    rest_day_hours: Decimal = Decimal()
    night_hours: Decimal = Decimal()
    hours_a_day: Decimal = Decimal(8)
    note: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        """The version's own columns."""
        return {name: value for name, value in vars(self).items() if name != "rates"}

    def terms(self, *, since: date, like: Terms | None) -> Terms:
        """What it would promise from a date on; the team's own days are those of `like`."""
        return Terms(
            rule=0,
            since=since,
            currency=self.currency,
            zone=ZoneInfo(self.time_zone),
            rates={(each.schedule, each.level): each.amount for each in self.rates},
            country=self.country,
            weekend=frozenset(self.weekend),
            weekend_factor=self.weekend_factor,
            holiday_factor=self.holiday_factor,
            bonus=self.p0_bonus,
            sharing=self.sharing,
            rest_day_hours=self.rest_day_hours,
            night_hours=self.night_hours,
            days_off=like.days_off if like else frozenset(),
            days_on=like.days_on if like else frozenset(),
        )


@dataclass(frozen=True)
class Governed:
    """`[start, end)`, all of it under the same terms."""

    terms: Terms
    start: datetime
    end: datetime


def next_month(first: date) -> date:
    """The first of the month after the one that begins on `first`."""
    return date(first.year + 1, 1, 1) if first.month == DECEMBER else first.replace(month=first.month + 1)


def previous_month(first: date) -> date:
    """The first of the month before the one that begins on `first`."""
    return date(first.year - 1, DECEMBER, 1) if first.month == 1 else first.replace(month=first.month - 1)


def governing(day: date, terms: Sequence[Terms]) -> Terms:
    """The terms of a date, of those in order of `since`; before the first of them its zone is the one that counts."""
    return next((each for each in reversed(terms) if each.since <= day), terms[0])


def begins(day: date, terms: Sequence[Terms]) -> datetime:
    """The first instant of a date."""
    return start_of(day, governing(day, terms).zone)


def month_span(first: date, terms: Sequence[Terms]) -> tuple[datetime, datetime]:
    """`[start, end)` of a month."""
    return begins(first, terms), begins(next_month(first), terms)


def month_at(at: datetime, terms: Sequence[Terms]) -> date:
    """The first of the month that an instant is in."""
    first = at.date().replace(day=1)
    # At most a day away from UTC's.
    for candidate in (previous_month(first), first, next_month(first)):
        start, end = month_span(candidate, terms)
        if start <= at < end:
            return candidate
    raise ValueError(f"no month has {at}")


def governed(terms: Sequence[Terms], start: datetime, end: datetime) -> Iterator[Governed]:
    """The stretches of `[start, end)`, each under one of the terms. Where two would govern an instant, the later does."""
    until = end
    found: list[Governed] = []
    for each in reversed(terms):
        since = start_of(each.since, each.zone)
        if max(since, start) < until:
            found.append(Governed(each, max(since, start), until))
        until = min(until, since)
    yield from reversed(found)
