"""Correcting what is published: a new line in the month that runs, with a reason and a sign."""

from decimal import Decimal

from django.db import transaction

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.record_act import record_act
from compensation.enums import LineKind, Unit
from compensation.models import LedgerLine
from compensation.money import HOUR_DIGITS, LARGEST, digits_of, has_digits, smallest
from compensation.refusals import CannotPay
from compensation.services.locking import lock_ledger
from compensation.services.months import add_line, is_own, running_month, terms_or_refuse
from integrations.text import clean_text, once_key

LONGEST_REASON = 500


@transaction.atomic
def correct_line(*, actor: User, line_id: int, amount: Decimal, reason: str, key: str) -> tuple[LedgerLine, bool]:
    """Adds `amount`, of the line's unit, to what its person gets; the same under the same `key` again gives the same line, and
    False.

    Raises CannotPay (own_correction, draft_line, no_reason, no_amount, …), LedgerLine.DoesNotExist.
    """
    lock_ledger()
    own_key = f"{actor.pk}:{once_key(key, line_id, amount, reason)}"
    known = LedgerLine.objects.filter(key=own_key).select_related("month").first()
    if known is not None:
        return known, False
    line = LedgerLine.objects.select_related("month", "person").get(pk=line_id)
    if is_own(line.person, actor):
        raise CannotPay("own_correction")
    if not line.month.is_published:
        raise CannotPay("draft_line")
    said = clean_text(reason, limit=LONGEST_REASON)
    if not said:
        raise CannotPay("no_reason")
    now = database_now()
    month = running_month(now, terms_or_refuse(now))
    _raise_unless_fits(line, amount, month.currency)
    correction = add_line(
        month=month,
        person=line.person,
        kind=LineKind.CORRECTION,
        unit=line.unit,
        amount=amount,
        corrects=line,
        detail={"reason": said},
        key=own_key,
        created_by=actor,
    )
    record_act(
        actor=actor,
        verb="correct_pay",
        target=f"pay-line:{line.pk}",
        data={"amount": str(amount), "reason": said, "person": line.person.pagerduty_id, "month": str(month)},
    )
    return correction, True


def _raise_unless_fits(line: LedgerLine, amount: Decimal, currency: str) -> None:
    if not amount.is_finite() or not amount:
        raise CannotPay("no_amount")
    if abs(amount) >= LARGEST:
        raise CannotPay("too_large")
    if line.unit == Unit.HOURS:
        if not has_digits(amount, HOUR_DIGITS):
            raise CannotPay("too_many_hundredths")
        return
    if line.month.currency != currency:
        raise CannotPay("other_currency", was=line.month.currency, now=currency)
    if not has_digits(amount, digits_of(currency)):
        raise CannotPay("too_many_digits", currency=currency, smallest=smallest(digits_of(currency)))
