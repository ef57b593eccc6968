"""What a month comes to by the rules, from the shifts that were carried and the P0s that were handled. Nothing is stored.

Who carried the pager is what `Shift` rows say: overrides, cover and take-overs are in them already, and what is withdrawn
never was.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from compensation.accrual import Carried, Earned, Portion, leave, portions, stipends
from compensation.bonus import Handled, shares
from compensation.enums import LineKind, Missing, Unit
from compensation.models import LedgerLine, PayMonth
from compensation.money import plain
from compensation.p0s import p0s_of
from compensation.terms import Terms, governed, governing, month_at, month_span
from integrations.types import Reference
from shifts.models import Shift


@dataclass(frozen=True)
class Line:
    """A line of a ledger as it is worked out. `at` orders a person's lines."""

    person: int
    kind: LineKind
    unit: Unit
    amount: Decimal
    rule: int
    at: datetime
    detail: dict[str, Any]
    shift: int | None = None
    incident: int | None = None


@dataclass(frozen=True)
class Unrewarded:
    """A P0 that has no bonus, what it lacks, and who took part."""

    incident: int
    missing: list[Missing]
    people: list[int]


@dataclass(frozen=True)
class Reckoning:
    """`[start, end)` is the month, of which what is before `until` counts.

    `nameless` are those who took part in a P0 and are nobody's `Person` yet: whoever stores lines makes them first.
    """

    start: datetime
    end: datetime
    until: datetime
    currency: str
    lines: list[Line]
    unrewarded: list[Unrewarded]
    nameless: list[Reference]


def reckon(first: date, *, terms: Sequence[Terms], now: datetime, person: int | None = None) -> Reckoning:
    """The lines of a month until `now`, of everybody or one person (whose amounts are then rounded by themselves).

    `terms` are in order of `since` and not empty. Eight queries, however many shifts, people and incidents.
    """
    start, end = month_span(first, terms)
    until = max(start, min(end, now))
    carried = _carried(start, until, person)
    paid = portions(carried, list(governed(terms, start, until)))
    elsewhere = _elsewhere(carried, paid)
    lines = [_of_shift(LineKind.STIPEND, each, elsewhere) for each in stipends(paid)]
    lines += [_of_shift(LineKind.LEAVE_EARNED, each, {}) for each in leave(paid)]
    p0s = p0s_of(start, until)
    others = LedgerLine.objects.filter(incident__in=[each.incident for each in p0s]).exclude(month__first=first)
    elsewhere_lines = set(others.values_list("kind", "incident", "person"))
    settled = {incident for kind, incident, _person in elsewhere_lines if kind == LineKind.BONUS}
    published = set(PayMonth.objects.filter(published_at__isnull=False).values_list("first", flat=True))
    for handled in p0s:
        nights = _night_leave(handled, start, until, terms)
        lines += [each for each in nights if (each.kind, each.incident, each.person) not in elsewhere_lines]
        if handled.incident not in settled:
            lines += _bonuses(handled, start, until, terms, published)
    unrewarded = _unrewarded(p0s, start, terms, settled)
    kept = [each for each in lines if each.amount and person in (None, each.person)]
    kept.sort(key=lambda each: (each.person, each.at, each.kind, each.shift or 0, each.incident or 0, each.rule))
    return Reckoning(
        start=start,
        end=end,
        until=until,
        currency=currency_of(first, terms),
        lines=kept,
        unrewarded=[each for each in unrewarded if person is None or person in each.people],
        nameless=[
            Reference(id=each.key, name=each.name, type="user")
            for handled in p0s
            for each in handled.answers
            if each.person is None
        ],
    )


def unrewarded_in(first: date, *, terms: Sequence[Terms], now: datetime) -> list[Unrewarded]:
    """The P0s that were triggered in a month and have no bonus, until now. Five queries."""
    start, end = month_span(first, terms)
    p0s = p0s_of(start, max(start, min(end, now)))
    lines = LedgerLine.objects.filter(kind=LineKind.BONUS, incident__in=[each.incident for each in p0s])
    return _unrewarded(p0s, start, terms, set(lines.values_list("incident", flat=True)))


def _unrewarded(
    p0s: Iterable[Handled], start: datetime, terms: Sequence[Terms], settled: Container[int | None]
) -> list[Unrewarded]:
    found = []
    for handled in p0s:
        own = _of(handled.triggered_at, terms)
        has_bonus = own is not None and bool(own.bonus)
        if has_bonus and handled.missing and handled.triggered_at >= start and handled.incident not in settled:
            people = [each.person for each in handled.answers if each.person is not None]
            found.append(Unrewarded(handled.incident, handled.missing, people))
    return found


def currency_of(first: date, terms: Sequence[Terms]) -> str:
    """The month's one currency: that of the rule which governs its first day, or of the first rule there is."""
    return governing(first, terms).currency


def _of(at: datetime, terms: Sequence[Terms]) -> Terms | None:
    """The terms that govern an instant; None before the first of them."""
    return next((each.terms for each in governed(terms, at, at + timedelta(microseconds=1))), None)


def _carried(start: datetime, until: datetime, person: int | None) -> list[Carried]:
    """The shifts of a stretch, cut to it. One query."""
    shifts = Shift.objects.filter(withdrawn_at=None, start_at__lt=until, end_at__gt=start)
    if person is not None:
        shifts = shifts.filter(person=person)
    return [
        Carried(pk, schedule, level, who, max(begins, start), min(ends, until))
        for pk, schedule, level, who, begins, ends in shifts.order_by("pk").values_list(
            "pk", "schedule", "level", "person", "start_at", "end_at"
        )
    ]


def _elsewhere(carried: Iterable[Carried], paid: Iterable[Portion]) -> dict[int, timedelta]:
    """By shift, for how much of it its person was paid by another one."""
    by_person: dict[int, list[Portion]] = defaultdict(list)
    for portion in paid:
        by_person[portion.carried.person].append(portion)
    return {
        each.shift: sum(
            (
                max(min(each.end, portion.end) - max(each.start, portion.start), timedelta())
                for portion in by_person[each.person]
                if portion.carried.shift != each.shift
            ),
            timedelta(),
        )
        for each in carried
    }


def _of_shift(kind: LineKind, earned: Earned, elsewhere: dict[int, timedelta]) -> Line:
    terms = earned.terms
    is_money = kind is LineKind.STIPEND
    detail: dict[str, Any] = {
        "rate": plain(earned.rate if is_money else terms.rest_day_hours),
        "lengths": {day.value: length.total_seconds() for day, length in earned.lengths.items()},
        "factors": {day.value: plain(terms.factor(day)) for day in earned.lengths} if is_money else {},
    }
    not_here = elsewhere.get(earned.carried.shift)
    if not_here:
        detail["elsewhere"] = not_here.total_seconds()
    return Line(
        person=earned.carried.person,
        kind=kind,
        unit=Unit.MONEY if is_money else Unit.HOURS,
        amount=earned.amount,
        rule=terms.rule,
        at=earned.start,
        detail=detail,
        shift=earned.carried.shift,
    )


def _night_leave(handled: Handled, start: datetime, until: datetime, terms: Sequence[Terms]) -> Iterator[Line]:
    """Leave for whoever answered at night, in the month in which they did."""
    for answer in handled.answers:
        own = _of(answer.at, terms)
        is_due = own is not None and start <= answer.at < until and own.is_night(answer.at)
        if is_due and own is not None and answer.person is not None:
            yield Line(
                person=answer.person,
                kind=LineKind.LEAVE_EARNED,
                unit=Unit.HOURS,
                amount=own.night_hours,
                rule=own.rule,
                at=answer.at,
                detail={"at": answer.at.isoformat()},
                incident=handled.incident,
            )


def _bonuses(
    handled: Handled, start: datetime, until: datetime, terms: Sequence[Terms], published: set[date]
) -> Iterator[Line]:
    """The bonus in the month in which its last condition came about; where that one is published without it, in this one."""
    at = handled.completed_at
    if at is None or at >= until or (at < start and month_at(at, terms) not in published):
        return
    own = _of(max(at, start), terms)
    if own is None:
        return
    for share in shares(handled, own):
        if share.person is None:
            continue
        yield Line(
            person=share.person,
            kind=LineKind.BONUS,
            unit=Unit.MONEY,
            amount=share.amount,
            rule=own.rule,
            at=at,
            detail={
                "whole": plain(own.bonus),
                "sharing": own.sharing.value,
                "place": share.place,
                "people": share.people,
            }
            | ({"judged_by": handled.judged_by} if handled.judged_by else {}),
            incident=handled.incident,
        )
