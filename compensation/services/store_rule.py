"""A new version of the rules. Versions are only added; none begins within what is published."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from zoneinfo import available_timezones

from django.db import transaction

from accounts.models import User
from accounts.services.record_act import record_act
from compensation.enums import LineKind, Unit
from compensation.models import LedgerLine, PayMonth, RuleVersion, StipendRate
from compensation.money import currencies, digits_of, has_digits, smallest
from compensation.refusals import CannotPay
from compensation.rules_in_force import effective_rules, rule_of
from compensation.services.locking import lock_ledger
from compensation.terms import Rule, next_month
from integrations.text import clean_text, once_key
from shifts.services.store_schedule import FIRST_DAY, LAST_DAY

LONGEST_NOTE, MOST_RATES, MOST_LEVELS = 500, 200, 99
NONE, LEAST_DAY = Decimal(), Decimal("0.25")
MOST_AMOUNT, MOST_HOURS, MOST_FACTOR = Decimal(10_000_000), Decimal(24), Decimal(10)
HUNDREDTHS, THOUSANDTHS = 2, 3


@transaction.atomic
def store_rule(*, actor: User, key: str, based_on: int, rule: Rule) -> tuple[RuleVersion, bool]:
    """Stores a version; the same `key` with the same content again gives the same one, and False.

    `based_on` is the key of the version entered last that the author saw, 0 for none. Raises CannotPay (stored_meanwhile, what
    `problems_of` finds, inside_published, mid_month, corrected_currency).
    """
    lock_ledger()
    rates = [(each.schedule, each.level, each.amount) for each in rule.rates]
    own_key = f"{actor.pk}:{once_key(key, based_on, rule.columns, rates)}"
    known = RuleVersion.objects.filter(key=own_key).first()
    if known is not None:
        return known, False
    if newest_key() != based_on:
        raise CannotPay("stored_meanwhile")
    for _field, refusal in problems_of(rule):
        raise refusal
    _raise_if_published(rule)
    _raise_if_mid_month(rule)
    corrections = LedgerLine.objects.filter(kind=LineKind.CORRECTION, unit=Unit.MONEY, month__published_at=None)
    if corrections.filter(month__first__gte=rule.valid_from).exclude(month__currency=rule.currency).exists():
        raise CannotPay("corrected_currency")
    columns = rule.columns | {"note": clean_text(rule.note, limit=LONGEST_NOTE), "weekend": sorted(rule.weekend)}
    version = RuleVersion.objects.create(key=own_key, created_by=actor, **columns)
    StipendRate.objects.bulk_create(
        StipendRate(rule=version, schedule_id=each.schedule, level=each.level, amount=each.amount)
        for each in rule.rates
    )
    told = {"valid_from": rule.valid_from.isoformat(), "currency": rule.currency, "note": version.note}
    record_act(actor=actor, verb="store_pay_rule", target=f"pay-rule:{version.pk}", data=dict(told))
    return version, True


def newest_key() -> int:
    """The key of the version that was entered last; 0 where there is none."""
    newest = RuleVersion.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def problems_of(rule: Rule) -> Iterator[tuple[str, CannotPay]]:
    """Why a version makes no sense by itself: beside which of its fields, and the refusal."""
    if not FIRST_DAY <= rule.valid_from <= LAST_DAY:
        yield "valid_from", CannotPay("bad_day")
    if rule.time_zone not in available_timezones():
        yield "time_zone", CannotPay("bad_zone")
    for name in ("weekend_factor", "holiday_factor"):
        if not 1 <= getattr(rule, name) <= MOST_FACTOR or not has_digits(getattr(rule, name), THOUSANDTHS):
            yield name, CannotPay("bad_factor")
    for name, least in (("rest_day_hours", NONE), ("night_hours", NONE), ("hours_a_day", LEAST_DAY)):
        if not least <= getattr(rule, name) <= MOST_HOURS or not has_digits(getattr(rule, name), HUNDREDTHS):
            yield name, CannotPay("bad_hours")
    if rule.currency not in currencies():
        yield "currency", CannotPay("bad_currency")
    else:
        yield from _problems_of_amounts(rule)


def _problems_of_amounts(rule: Rule) -> Iterator[tuple[str, CannotPay]]:
    if not 1 <= len(rule.rates) <= MOST_RATES:
        yield "", CannotPay("no_rates")
    if len({(each.schedule, each.level) for each in rule.rates}) < len(rule.rates):
        yield "", CannotPay("rate_twice")
    if any(not 1 <= each.level <= MOST_LEVELS for each in rule.rates):
        yield "", CannotPay("bad_level")
    for name, amount in (("p0_bonus", rule.p0_bonus), *(("", each.amount) for each in rule.rates)):
        for refusal in _problems_of_amount(amount, rule.currency):
            yield name, refusal


def _problems_of_amount(amount: Decimal, currency: str) -> Iterator[CannotPay]:
    if not 0 <= amount < MOST_AMOUNT:
        yield CannotPay("bad_amount")
    elif not has_digits(amount, digits_of(currency)):
        yield CannotPay("too_many_digits", currency=currency, smallest=smallest(digits_of(currency)))


def _raise_if_published(rule: Rule) -> None:
    """A published month keeps its days, and its end, which is the beginning of the next one in the zone of that day."""
    last = PayMonth.objects.filter(published_at__isnull=False).order_by("-first").first()
    if last is None:
        return
    following = next_month(last.first)
    if rule.valid_from < following:
        raise CannotPay("inside_published", day=str(following - date.resolution))
    governs = rule_of(following)
    if rule.valid_from == following and governs is not None and governs.time_zone != rule.time_zone:
        raise CannotPay("published_zone", zone=governs.time_zone)


def _raise_if_mid_month(rule: Rule) -> None:
    """Each month has one currency and one zone: neither this version nor the one after it may change them within one."""
    wanted = {each.valid_from: (each.currency, each.time_zone) for each in effective_rules()}
    wanted[rule.valid_from] = (rule.currency, rule.time_zone)
    for (_day, before), (day, after) in pairwise(sorted(wanted.items())):
        if before != after and day.day != 1:
            raise CannotPay("mid_month")
