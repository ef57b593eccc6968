"""Reads about shifts that more than one place uses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from shifts.models import OnCall


@dataclass(frozen=True)
class Level:
    """One level of an escalation policy and the people it names now."""

    level: int
    names: tuple[str, ...]
    person_ids: tuple[str, ...]


def _current(now: datetime) -> QuerySet[OnCall]:
    begun = Q(start_at__isnull=True) | Q(start_at__lte=now)
    lasting = Q(end_at__isnull=True) | Q(end_at__gt=now)
    return OnCall.objects.filter(begun & lasting).select_related("person")


def levels_of(policy_id: str, now: datetime) -> list[Level]:
    """The levels of an escalation policy with the people they name at `now`, lowest first. One query."""
    return levels_of_policies([policy_id], now).get(policy_id, [])


def levels_of_policies(policy_ids: Iterable[str], now: datetime) -> dict[str, list[Level]]:
    """The levels of several escalation policies by the policy's id. One query."""
    grouped: dict[tuple[str, int], list[OnCall]] = {}
    current = _current(now).filter(policy_id__in=list(policy_ids))
    for row in current.order_by("policy_id", "level", "person__name"):
        grouped.setdefault((row.policy_id, row.level), []).append(row)
    levels: dict[str, list[Level]] = {}
    for (policy_id, level), rows in grouped.items():
        levels.setdefault(policy_id, []).append(
            Level(
                level=level,
                names=tuple(dict.fromkeys(row.person.name for row in rows)),
                person_ids=tuple(dict.fromkeys(row.person.pagerduty_id for row in rows)),
            )
        )
    return levels


def level_of(people: Iterable[str], levels: Iterable[Level]) -> int:
    """The highest level that names one of these people, or 1 where none does."""
    ids = set(people)
    return max((level.level for level in levels if ids.intersection(level.person_ids)), default=1)
