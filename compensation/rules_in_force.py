"""Which rules there are, and what they promise."""

from datetime import date, datetime

from compensation.models import RuleVersion
from compensation.terms import Terms
from incidents.policies import policy_in_force


def effective_rules() -> list[RuleVersion]:
    """Every version that governs a day, in order of `valid_from`: of several of one date the last entered. Two queries."""
    by_date: dict[date, RuleVersion] = {}
    for rule in RuleVersion.objects.order_by("valid_from", "pk").prefetch_related("rates"):
        by_date[rule.valid_from] = rule
    return list(by_date.values())


def known_terms(now: datetime) -> list[Terms]:
    """What they promise, with the team's own days of the SLA policy that is in force. Three queries."""
    rules = effective_rules()
    if not rules:
        return []
    calendar = policy_in_force(now).policy.calendar
    return [rule.terms(days_off=calendar.days_off, days_on=calendar.days_on) for rule in rules]


def rule_of(on: date) -> RuleVersion | None:
    """The version that governs a date, else the first there is; None without any. Two queries at most."""
    rules = RuleVersion.objects.filter(valid_from__lte=on).order_by("-valid_from", "-pk")
    return rules.first() or RuleVersion.objects.order_by("valid_from", "-pk").first()
