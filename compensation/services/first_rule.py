"""The rule that the demo begins with."""

from datetime import date
from decimal import Decimal

from accounts.models import User
from compensation.models import RuleVersion
from compensation.services.store_rule import store_rule
from compensation.terms import Rate, Rule

#: So long ago that every month of the demo has it.
DEMO_SINCE = date(2024, 1, 1)


def make_demo_rule(*, manager: User, **_signal: object) -> None:
    """Stores it under the demo's manager where no rule is stored yet: all three of the guide's benefits."""
    if RuleVersion.objects.exists():
        return
    rule = Rule(
        valid_from=DEMO_SINCE,
        currency="TWD",
        time_zone="Asia/Taipei",
        country="TW",
        rates=[Rate(None, 1, Decimal(7000))],
        weekend_factor=Decimal("1.5"),
        holiday_factor=Decimal(2),
        p0_bonus=Decimal(3000),
        rest_day_hours=Decimal(4),
        night_hours=Decimal(2),
    )
    store_rule(actor=manager, key="demo", based_on=0, rule=rule)
