"""Working a month out: every computed line anew, each in the place of what it was. Drafting twice changes nothing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.note_people import note_people
from accounts.services.record_act import record_act
from compensation.enums import COMPUTED
from compensation.models import LedgerLine, PayMonth, Statement
from compensation.reckoning import Line, Reckoning, reckon
from compensation.refusals import CannotPay
from compensation.services.locking import lock_ledger
from compensation.services.months import open_month, terms_or_refuse
from compensation.terms import Terms

_AT_ONCE = 1_000


@dataclass(frozen=True)
class Drafted:
    """`changed` is how many people's lines are other ones than before."""

    month: PayMonth
    changed: int


@transaction.atomic
def draft_month(*, actor: User, first: date) -> Drafted:
    """Stores what a month comes to until now. Whoever's lines stay the same keeps their approval; corrections and leave stay.

    Raises CannotPay (no_rule, not_begun, published).
    """
    lock_ledger()
    now = database_now()
    terms = terms_or_refuse(now, first=first)
    reckoning = worked_out(first, terms, now)
    month = open_month(first, terms)
    stored = computed_lines(month)
    new = _by_person(reckoning.lines)
    changed = [person for person in stored.keys() | new.keys() if _differs(stored[person], new[person])]
    _replace(month, changed, new)
    if changed or month.currency != reckoning.currency:
        month.version += 1
    month.currency, month.drafted_at = reckoning.currency, now
    month.save(update_fields=["currency", "version", "drafted_at"])
    record_act(actor=actor, verb="draft_pay", target=f"pay:{month}", data={"people": len(new), "changed": len(changed)})
    return Drafted(month, len(changed))


def worked_out(first: date, terms: Sequence[Terms], now: datetime) -> Reckoning:
    """The month's lines, after everybody who took part in a P0 is a person. Raises CannotPay (not_begun)."""
    reckoning = reckon(first, terms=terms, now=now)
    if reckoning.start > now:
        raise CannotPay("not_begun")
    if reckoning.nameless:
        note_people(reckoning.nameless)
        reckoning = reckon(first, terms=terms, now=now)
    return reckoning


def is_outdated(month: PayMonth, reckoning: Reckoning) -> bool:
    """Whether the stored lines are not what the month comes to."""
    stored, new = computed_lines(month), _by_person(reckoning.lines)
    is_other = any(_differs(stored[person], new[person]) for person in stored.keys() | new.keys())
    return is_other or month.currency != reckoning.currency


def computed_lines(month: PayMonth) -> dict[int, list[LedgerLine]]:
    """By person, in order, what was worked out when it was drafted. One query."""
    return _by_person(month.lines.filter(kind__in=COMPUTED).order_by("person", "position", "pk"), key="person_id")


def _by_person(lines: Iterable[Any], key: str = "person") -> dict[int, list[Any]]:
    own: dict[int, list[Any]] = defaultdict(list)
    for line in lines:
        own[getattr(line, key)].append(line)
    return own


type _Said = tuple[str, Decimal, int | None, int | None, int | None, dict[str, Any]]


def _differs(stored: Sequence[LedgerLine], new: Sequence[Line]) -> bool:
    was: list[_Said] = [
        (each.kind, each.amount, each.rule_id, each.shift_id, each.incident_id, each.detail) for each in stored
    ]
    now: list[_Said] = [
        (each.kind.value, each.amount, each.rule, each.shift, each.incident, each.detail) for each in new
    ]
    return was != now


def _replace(month: PayMonth, people: Sequence[int], new: dict[int, list[Line]]) -> None:
    """The computed lines of these people, in order of time; what else they have follows. Their approvals are taken back."""
    if not people:
        return
    month.lines.filter(person__in=people, kind__in=COMPUTED).delete()
    LedgerLine.objects.bulk_create(
        (
            LedgerLine(
                month=month,
                person_id=person,
                position=position,
                kind=line.kind,
                unit=line.unit,
                amount=line.amount,
                shift_id=line.shift,
                incident_id=line.incident,
                rule_id=line.rule,
                detail=line.detail,
            )
            for person in people
            for position, line in enumerate(new[person])
        ),
        batch_size=_AT_ONCE,
    )
    Statement.objects.bulk_create(
        (Statement(month=month, person_id=person) for person in people),
        update_conflicts=True,
        unique_fields=["month", "person"],
        update_fields=["approved_by", "approved_at"],
    )
    # Whose lines are all gone has nothing to approve.
    month.statements.exclude(person__in=month.lines.values("person")).delete()
