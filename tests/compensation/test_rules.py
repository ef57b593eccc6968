"""Versions of the rules: only added, never into what is published, one currency and zone a month."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from accounts.models import AuditRecord
from accounts.services.seed_demo import seed_demo
from compensation.enums import Sharing
from compensation.models import RuleVersion
from compensation.refusals import CannotPay
from compensation.services.store_rule import newest_key, store_rule
from compensation.terms import Rate, Rule, next_month
from tests.cast import Cast
from tests.compensation.making import last_month, make_rule, published
from tests.shifts.making import DAY

pytestmark = pytest.mark.django_db


def refused(cast: Cast, **fields: Any) -> str:
    with pytest.raises(CannotPay) as caught, transaction.atomic():
        make_rule(cast.manager, key="refused", **fields)
    assert caught.value.text
    return caught.value.reason


def test_a_version_is_stored_once_for_its_key_with_its_amounts(cast: Cast) -> None:
    rule = Rule(
        valid_from=date(2026, 1, 1),
        currency="TWD",
        time_zone="Asia/Taipei",
        rates=[Rate(None, 1, Decimal(7000)), Rate(None, 2, Decimal("3500.50"))],
        weekend=(6, 5),
        sharing=Sharing.EACH,
        note="the first",
    )
    version, is_new = store_rule(actor=cast.manager, key="k", based_on=0, rule=rule)
    assert is_new
    assert store_rule(actor=cast.manager, key="k", based_on=0, rule=rule) == (version, False)
    version.refresh_from_db()
    terms = version.terms()
    assert terms.rates == {(None, 1): Decimal(7000), (None, 2): Decimal("3500.5")}
    assert (terms.sharing, version.weekend) == (Sharing.EACH, [5, 6])
    assert AuditRecord.objects.get(verb="store_pay_rule").data["note"] == "the first"


def test_two_who_store_at_once_do_not_overwrite_each_other(cast: Cast) -> None:
    make_rule(cast.manager)
    with pytest.raises(CannotPay) as caught:
        store_rule(
            actor=cast.admin,
            key="x",
            based_on=0,
            rule=Rule(date(2026, 1, 1), "TWD", "UTC", [Rate(None, 1, Decimal(1))]),
        )
    assert caught.value.reason == "stored_meanwhile"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"valid_from": date(1999, 12, 31)}, "bad_day"),
        ({"currency": "DEM"}, "bad_currency"),
        ({"time_zone": "Asia/Nowhere"}, "bad_zone"),
        ({"weekend_factor": Decimal("0.9")}, "bad_factor"),
        ({"holiday_factor": Decimal(11)}, "bad_factor"),
        ({"rest_day_hours": Decimal(25)}, "bad_hours"),
        ({"night_hours": Decimal("0.001")}, "bad_hours"),
        ({"hours_a_day": Decimal(0)}, "bad_hours"),
        ({"p0_bonus": Decimal(-1)}, "bad_amount"),
        ({"p0_bonus": Decimal("0.001")}, "too_many_digits"),
        ({"rates": []}, "no_rates"),
        ({"rates": [Rate(None, 1, Decimal(1))] * 2}, "rate_twice"),
        ({"rates": [Rate(None, 0, Decimal(1))]}, "bad_level"),
        ({"rates": [Rate(None, 1, Decimal(10_000_000))]}, "bad_amount"),
        ({"currency": "JPY", "rates": [Rate(None, 1, Decimal("0.5"))]}, "too_many_digits"),
    ],
)
def test_rules_that_make_no_sense(fields: dict[str, Any], reason: str, cast: Cast) -> None:
    assert refused(cast, **fields) == reason
    assert not RuleVersion.objects.exists()


def test_none_begins_within_what_is_published(cast: Cast) -> None:
    make_rule(cast.manager)
    published(cast, last_month())
    for day in (last_month() - 40 * DAY, last_month(), last_month() + 27 * DAY):
        assert refused(cast, valid_from=day) == "inside_published"
    make_rule(cast.manager, valid_from=next_month(last_month()))


def test_the_end_of_a_published_month_stays_where_it_is(cast: Cast) -> None:
    make_rule(cast.manager)
    published(cast, last_month())
    following = next_month(last_month())
    # In another zone the month would begin at another instant than the published one ended.
    assert refused(cast, valid_from=following, time_zone="America/New_York") == "published_zone"
    make_rule(cast.manager, valid_from=next_month(following), time_zone="America/New_York")


def test_currency_and_zone_change_on_the_first_of_a_month_alone(cast: Cast) -> None:
    make_rule(cast.manager)
    middle = date(2026, 3, 15)
    assert refused(cast, valid_from=middle, currency="USD") == "mid_month"
    assert refused(cast, valid_from=middle, time_zone="UTC") == "mid_month"
    make_rule(cast.manager, valid_from=middle, weekend_factor=Decimal(2))
    # The one in the middle of March would then be of another currency than the beginning of its month.
    assert refused(cast, valid_from=date(2026, 3, 1), currency="USD") == "mid_month"
    make_rule(cast.manager, valid_from=date(2026, 4, 1), currency="USD")


def test_the_demo_begins_with_a_rule_and_keeps_what_is_stored() -> None:
    seed_demo()
    first = RuleVersion.objects.get()
    assert first.created_by.username == "manager"
    assert first.rates.count() == 1
    seed_demo()
    assert newest_key() == first.pk
