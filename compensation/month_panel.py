"""What a manager's page of a month is made of."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from accounts.models import Person, User
from accounts.services.note_people import keys_ever
from compensation.enums import Missing
from compensation.models import PayMonth, Statement
from compensation.reckoning import unrewarded_in
from compensation.rules_in_force import known_terms
from compensation.shown_lines import Sums, sums_of
from compensation.terms import Terms, month_at, month_span, previous_month
from incidents.models import Incident

MOST_MONTHS = 60


@dataclass(frozen=True)
class PersonRow:
    """One person's statement; `is_own` says that it is the reader's."""

    statement: Statement
    sums: Sums
    is_own: bool


@dataclass(frozen=True)
class UnrewardedRow:
    """A P0 without a bonus: what it lacks, who took part."""

    incident: Incident
    missing: list[Missing]
    names: list[str]


@dataclass(frozen=True)
class MonthPanel:
    """A month as it is stored, None where nobody has drafted it. `is_over`: its last shift has been carried."""

    month: PayMonth | None
    rows: list[PersonRow]
    total: Sums
    unrewarded: list[UnrewardedRow]
    is_over: bool
    has_rule: bool

    @property
    def left(self) -> int:
        """How many statements nobody has approved."""
        return sum(each.statement.approved_at is None for each in self.rows)

    @property
    def left_to_me(self) -> int:
        """How many of them are not the reader's own."""
        return sum(each.statement.approved_at is None and not each.is_own for each in self.rows)


def month_panel(first: date, reader: User, now: datetime) -> MonthPanel:
    """The month as it is stored, and its P0s as they are. As many queries however many people there are."""
    month = PayMonth.objects.select_related("published_by").filter(first=first).first()
    terms = known_terms(now)
    statements = (
        month.statements.select_related("person", "approved_by").order_by("person__name", "pk") if month else []
    )
    sums = person_sums(month) if month else {}
    own = keys_ever(reader)
    rows = [PersonRow(each, sums.get(each.person_id, Sums()), each.person.pagerduty_id in own) for each in statements]
    _start, end = month_span(first, terms) if terms else (now, now)
    return MonthPanel(
        month=month,
        rows=rows,
        total=sum((each.sums for each in rows), Sums()),
        unrewarded=_unrewarded(first, terms, now) if terms else [],
        is_over=bool(terms) and end <= now,
        has_rule=bool(terms),
    )


def person_sums(month: PayMonth) -> dict[int, Sums]:
    """What each person gets in a month. One query."""
    parts: dict[int, list[tuple[str, str, Decimal]]] = defaultdict(list)
    grouped = month.lines.order_by().values_list("person", "kind", "unit").annotate(Sum("amount"))
    for person, kind, unit, amount in grouped:
        parts[person].append((kind, unit, amount))
    return {person: sums_of(own) for person, own in parts.items()}


def _unrewarded(first: date, terms: Sequence[Terms], now: datetime) -> list[UnrewardedRow]:
    found = unrewarded_in(first, terms=terms, now=now)
    incidents = Incident.objects.in_bulk([each.incident for each in found])
    names = dict(
        Person.objects.filter(pk__in={person for each in found for person in each.people}).values_list("pk", "name")
    )
    return [
        UnrewardedRow(incidents[each.incident], each.missing, [names[person] for person in each.people])
        for each in found
    ]


@dataclass(frozen=True)
class MonthRow:
    """A month of the list. `month` is None for one that was never drafted; `left` is how many people nobody has approved."""

    first: date
    month: PayMonth | None
    people: int
    left: int


def month_rows(now: datetime) -> list[MonthRow]:
    """The running month, the one before, and every month that has lines; the newest first. Two queries and those of the rules."""
    terms = known_terms(now)
    counted = PayMonth.objects.annotate(
        people=Count("statements"), left=Count("statements", filter=Q(statements__approved_at=None))
    )
    known = {month.first: month for month in counted[:MOST_MONTHS]}
    firsts = set(known)
    if terms:
        running = month_at(now, terms)
        earliest = terms[0].since.replace(day=1)
        firsts |= {each for each in (running, previous_month(running)) if each >= earliest}
    return [_month_row(first, known.get(first)) for first in sorted(firsts, reverse=True)]


def _month_row(first: date, month: Any) -> MonthRow:
    return MonthRow(first, month, month.people, month.left) if month else MonthRow(first, None, 0, 0)
