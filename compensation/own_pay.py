"""What the page of one's own pay is made of."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from accounts.models import Person, User
from compensation.enums import Missing
from compensation.leave_balance import Balance, balance_of
from compensation.models import LeaveRequest, LedgerLine, PayMonth, Statement
from compensation.reckoning import reckon
from compensation.rules_in_force import known_terms
from compensation.shown_lines import ShownLine, Sums, shown, sums_of, unstored
from compensation.terms import month_at
from incidents.models import Incident

MOST_MONTHS, MOST_REQUESTS = 36, 20
NO_BALANCE = Balance(Decimal(), Decimal(), Decimal())


@dataclass(frozen=True)
class Estimate:
    """The month that runs, until now. Rounded by itself, so that the ledger may say a smallest part more or less."""

    month: PayMonth
    lines: list[ShownLine]
    sums: Sums
    unrewarded: list[tuple[Incident, list[Missing]]]


@dataclass(frozen=True)
class OwnMonth:
    """One's statement of a month, and what it comes to."""

    statement: Statement
    sums: Sums


@dataclass(frozen=True)
class OwnPay:
    """`estimate` is None where no rule is in force yet."""

    balance: Balance
    estimate: Estimate | None
    months: list[OwnMonth]
    requests: list[LeaveRequest]


def person_of_user(user: User) -> Person | None:
    """The person that somebody is, where they were ever named. One query."""
    return Person.objects.filter(pagerduty_id=user.person_key).first()


def own_pay(person: Person | None, now: datetime, zone: tzinfo) -> OwnPay:
    """Everything of one person. Times are `zone`'s."""
    if person is None:
        return OwnPay(NO_BALANCE, None, [], [])
    return OwnPay(
        balance=balance_of(person),
        estimate=_estimate(person, now, zone),
        months=_months(person),
        requests=list(person.leave_requests.all()[:MOST_REQUESTS]),
    )


def _estimate(person: Person, now: datetime, zone: tzinfo) -> Estimate | None:
    terms = known_terms(now)
    if not terms or terms[0].since > now.astimezone(terms[0].zone).date():
        return None
    first = month_at(now, terms)
    reckoning = reckon(first, terms=terms, now=now, person=person.pk)
    month = PayMonth(first=first, currency=reckoning.currency)
    rows = unstored(reckoning, month)
    incidents = Incident.objects.in_bulk([each.incident for each in reckoning.unrewarded])
    return Estimate(
        month=month,
        lines=shown(rows, zone),
        sums=sums_of((row.kind, row.unit, row.amount) for row in rows),
        unrewarded=[(incidents[each.incident], each.missing) for each in reckoning.unrewarded],
    )


def _months(person: Person) -> list[OwnMonth]:
    statements = list(
        Statement.objects.filter(person=person).select_related("month").order_by("-month__first")[:MOST_MONTHS]
    )
    parts: dict[int, list[tuple[str, str, Decimal]]] = defaultdict(list)
    lines = LedgerLine.objects.filter(person=person, month__in=[each.month_id for each in statements])
    for month, kind, unit, amount in lines.values_list("month", "kind", "unit", "amount"):
        parts[month].append((kind, unit, amount))
    return [OwnMonth(each, sums_of(parts[each.month_id])) for each in statements]
