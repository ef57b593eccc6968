"""Everybody's load: what was, what is coming, and how it stands to the mean."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Min

from accounts.models import Person, User
from shifts.load import Deviation, Interruptions, Load, Span, deviation_of, interruptions_of, load_of
from shifts.models import Shift

#: How far back and ahead the load looks.
LOAD_FOR = timedelta(days=90)


@dataclass(frozen=True)
class PersonsLoad:
    """One person's load. `zone` is whose nights they are.

    A deviation is from the mean of those who were, or are going to be, on call; None for whoever is not one of them.
    """

    person: Person
    zone: str
    past: Load
    interruptions: Interruptions
    ahead: Load
    past_deviation: Deviation | None = None
    interruptions_deviation: Deviation | None = None
    ahead_deviation: Deviation | None = None


def loads(now: datetime, *, rung: Mapping[str, Sequence[datetime]]) -> list[PersonsLoad]:
    """Everybody's load of the last and the next 90 days, who has most first. Three queries.

    `rung` says when something rang each person in the last 90 days, by the person's key: incidents know that.
    Whoever was rung is in it, on call or not.
    """
    since, until = now - LOAD_FOR, now + LOAD_FOR
    shifts: dict[Person, list[Shift]] = defaultdict(list)
    standing = Shift.objects.filter(withdrawn_at=None, start_at__lt=until, end_at__gt=since)
    for shift in standing.select_related("person", "schedule").order_by("start_at"):
        shifts[shift.person].append(shift)
    people = {*shifts, *Person.objects.filter(pagerduty_id__in=rung)}
    zones = {user.person_key: user.time_zone for user in User.objects.all()}
    found = []
    for person in people:
        own = shifts.get(person, [])
        # Who has no account here lives, as far as anybody knows, where the schedule is written for.
        zone = zones.get(person.pagerduty_id) or (own[-1].schedule.time_zone if own else settings.TIME_ZONE)
        found.append(
            PersonsLoad(
                person,
                zone,
                past=load_of(_cut(own, since, now), ZoneInfo(zone)),
                interruptions=interruptions_of(rung.get(person.pagerduty_id, ()), ZoneInfo(zone)),
                ahead=load_of(_cut(own, now, until), ZoneInfo(zone)),
            )
        )
    told = _with_deviations(found)
    return sorted(told, key=lambda each: (-(each.past.on_call_for + each.ahead.on_call_for), each.person.name))


def shifts_known_since() -> datetime | None:
    """The beginning of the oldest shift that is known. One query."""
    oldest: datetime | None = Shift.objects.filter(withdrawn_at=None).aggregate(at=Min("start_at"))["at"]
    return oldest


def _with_deviations(found: list[PersonsLoad]) -> list[PersonsLoad]:
    was = [each for each in found if each.past.on_call_for]
    hours_past = [each.past.on_call_for.total_seconds() for each in was]
    counts = [each.interruptions.count for each in was]
    hours_ahead = [each.ahead.on_call_for.total_seconds() for each in found if each.ahead.on_call_for]
    return [
        replace(
            each,
            past_deviation=_deviation(each.past, each.past.on_call_for.total_seconds(), hours_past),
            interruptions_deviation=_deviation(each.past, each.interruptions.count, counts),
            ahead_deviation=_deviation(each.ahead, each.ahead.on_call_for.total_seconds(), hours_ahead),
        )
        for each in found
    ]


def _deviation(load: Load, mine: float, everybody: Sequence[float]) -> Deviation | None:
    return deviation_of(mine, everybody) if load.on_call_for else None


def _cut(shifts: list[Shift], start: datetime, end: datetime) -> list[Span]:
    """The shifts as stretches within `[start, end)`."""
    return [
        (max(each.start_at, start), min(each.end_at, end))
        for each in shifts
        if each.start_at < end and each.end_at > start
    ]
