"""Approving what people get in a month. Nobody approves their own lines."""

from datetime import date

from django.db import transaction

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.note_people import keys_ever
from accounts.services.record_act import record_act
from compensation.enums import LineKind
from compensation.models import PayMonth
from compensation.refusals import CannotPay
from compensation.services.locking import lock_ledger
from compensation.services.months import drafted, is_own


@transaction.atomic
def approve_statements(*, actor: User, first: date, expected_version: int, person_id: int | None = None) -> int:
    """Approves one person's lines, or (None) everybody's but the actor's own and those the actor corrected. Returns how many
    people that is news for.

    `expected_version` is the month's as the actor saw it. Raises CannotPay (not_drafted, published, changed_meanwhile,
    own_lines, corrected_yourself, no_lines).
    """
    lock_ledger()
    month = drafted(first)
    if month.version != expected_version:
        raise CannotPay("changed_meanwhile")
    statements = month.statements.select_related("person").order_by("pk")
    wanted = [each for each in statements if person_id in (None, each.person_id)]
    if person_id is not None:
        if not wanted:
            raise CannotPay("no_lines")
        if is_own(wanted[0].person, actor):
            raise CannotPay("own_lines")
    own, corrected = keys_ever(actor), _corrected_by(actor, month)
    if person_id in corrected:
        raise CannotPay("corrected_yourself")
    others = [
        each
        for each in wanted
        if each.approved_at is None and each.person.pagerduty_id not in own and each.person_id not in corrected
    ]
    if others:
        ids = [each.pk for each in others]
        month.statements.filter(pk__in=ids).update(approved_by=actor, approved_at=database_now())
        people = [each.person.pagerduty_id for each in others]
        record_act(actor=actor, verb="approve_pay", target=f"pay:{month}", data={"people": people})
    return len(others)


def _corrected_by(actor: User, month: PayMonth) -> set[int]:
    """Whose lines of the month the actor corrected: two people stand behind each correction."""
    corrections = month.lines.filter(kind=LineKind.CORRECTION, created_by=actor)
    return set(corrections.values_list("person", flat=True))
