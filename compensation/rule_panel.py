"""What the pages of the rules are made of: the versions in words, and what last month would have come to."""

import zoneinfo
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.dates import WEEKDAYS

from accounts.models import Person
from compensation.models import RuleVersion
from compensation.reckoning import Reckoning, reckon
from compensation.rules_in_force import effective_rules, known_terms
from compensation.shown_lines import Sums, sums_of
from compensation.terms import Rule, month_at, previous_month
from incidents.policy_forms import country_name

VERSIONS_SHOWN = 50


@dataclass(frozen=True)
class Described:
    """A version as a page says it. `is_superseded`: one that was entered later begins on the same day."""

    row: RuleVersion
    weekend: str
    country: str
    is_in_force: bool
    is_superseded: bool


def described(now: datetime) -> list[Described]:
    """The newest versions."""
    governing = {each.pk: each for each in effective_rules()}
    begun = [each for each in governing.values() if each.valid_from <= now.astimezone(_zone_of(each)).date()]
    rows = RuleVersion.objects.select_related("created_by").prefetch_related("rates__schedule")[:VERSIONS_SHOWN]
    return [
        Described(
            row=row,
            weekend=", ".join(str(WEEKDAYS[day]) for day in row.weekend),
            country=country_name(row.country) if row.country else "",
            is_in_force=bool(begun) and row.pk == begun[-1].pk,
            is_superseded=row.pk not in governing,
        )
        for row in rows
    ]


def _zone_of(rule: RuleVersion) -> zoneinfo.ZoneInfo:
    """The zone of a rule."""
    return zoneinfo.ZoneInfo(rule.time_zone)


@dataclass(frozen=True)
class Preview:
    """What last month comes to for each person by the rules that are stored, and what it would by the one that was typed."""

    month: str
    was: str
    currency: str
    rows: list[tuple[str, Sums, Sums]]
    total_before: Sums
    total: Sums


def preview_of(rule: Rule, now: datetime) -> Preview:
    """What the month before `now` comes to. As many queries however many people there are."""
    known = known_terms(now)
    tried = rule.terms(since=now.date().replace(year=now.year - 1, day=1), like=known[-1] if known else None)
    first = previous_month(month_at(now, [tried]))
    would = reckon(first, terms=[tried], now=now)
    is_governed = bool(known) and known[0].since <= first
    does = reckon(first, terms=known, now=now) if is_governed else None
    before, after = _sums(does), _sums(would)
    names = dict(Person.objects.filter(pk__in=before.keys() | after.keys()).values_list("pk", "name"))
    rows = [(name, before.get(pk, Sums()), after.get(pk, Sums())) for pk, name in names.items()]
    return Preview(
        month=f"{first:%Y-%m}",
        was=does.currency if does else rule.currency,
        currency=rule.currency,
        rows=sorted(rows, key=lambda row: row[0]),
        total_before=sum((each for _name, each, _after in rows), Sums()),
        total=sum((each for _name, _before, each in rows), Sums()),
    )


def _sums(reckoning: Reckoning | None) -> dict[int, Sums]:
    parts: dict[int, list[tuple[str, str, Decimal]]] = {}
    for line in reckoning.lines if reckoning else []:
        parts.setdefault(line.person, []).append((line.kind, line.unit, line.amount))
    return {person: sums_of(own) for person, own in parts.items()}
