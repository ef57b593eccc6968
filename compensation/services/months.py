"""Finding a month to write into."""

from datetime import date, datetime
from typing import Any

from accounts.models import Person, User
from accounts.services.note_people import keys_ever
from compensation.models import LedgerLine, PayMonth, Statement
from compensation.reckoning import currency_of
from compensation.refusals import CannotPay
from compensation.rules_in_force import known_terms
from compensation.terms import Terms, month_at


def terms_or_refuse(now: datetime, *, first: date | None = None) -> list[Terms]:
    """All terms; raises CannotPay (no_rule) where there is none, or none that governs a day of the month."""
    terms = known_terms(now)
    if not terms or (first is not None and terms[0].since.replace(day=1) > first):
        raise CannotPay("no_rule")
    return terms


def drafted(first: date) -> PayMonth:
    """A month that is still a draft, locked. Raises CannotPay (not_drafted, published)."""
    month = PayMonth.objects.select_for_update().filter(first=first).first()
    if month is None:
        raise CannotPay("not_drafted")
    if month.is_published:
        raise CannotPay("published")
    return month


def open_month(first: date, terms: list[Terms]) -> PayMonth:
    """The month, locked, made where there is none. Raises CannotPay (published)."""
    month, _is_new = PayMonth.objects.select_for_update().get_or_create(
        first=first, defaults={"currency": currency_of(first, terms)}
    )
    if month.is_published:
        raise CannotPay("published")
    return month


def add_line(*, month: PayMonth, person: Person, **fields: Any) -> LedgerLine:
    """A line behind the person's others; their statement is to be approved anew."""
    last = LedgerLine.objects.filter(month=month, person=person).order_by("-position").first()
    line = LedgerLine.objects.create(month=month, person=person, position=last.position + 1 if last else 0, **fields)
    Statement.objects.update_or_create(month=month, person=person, defaults={"approved_by": None, "approved_at": None})
    month.version += 1
    month.save(update_fields=["version"])
    return line


def running_month(now: datetime, terms: list[Terms]) -> PayMonth:
    """The month of `now`, locked: the draft that new lines of other months go into. Raises CannotPay (published)."""
    return open_month(month_at(now, terms), terms)


def is_own(person: Person, actor: User) -> bool:
    """Whether the person is the actor, or was: an id that was changed for a moment makes nobody somebody else."""
    return person.pagerduty_id in keys_ever(actor)
