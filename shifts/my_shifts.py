"""One person's shifts, what is asked of them, and everybody's load."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import Person, User
from accounts.roles import Role
from shifts.enums import CoverState, OverrideState
from shifts.load import Load, Share, load_of, share_of
from shifts.models import CoverRequest, Notice, Override, Shift

#: How far back and ahead the load looks.
LOAD_FOR = timedelta(days=90)


def shifts_of(person_key: str, *, since: datetime) -> QuerySet[Shift]:
    """A person's shifts that end after `since`, the next first."""
    shifts = Shift.objects.filter(person__pagerduty_id=person_key, withdrawn_at=None, end_at__gt=since)
    return shifts.select_related("schedule", "person").order_by("start_at", "pk")


def open_covers(now: datetime) -> QuerySet[CoverRequest]:
    """Requests that somebody may still accept, the most urgent first."""
    is_over = Q(end_at__lte=now) | Q(start_at__lte=now, requested_at__lt=F("start_at"))
    requests = CoverRequest.objects.filter(state=CoverState.OPEN).exclude(is_over)
    return requests.select_related("shift__schedule", "shift__person", "asked").order_by("start_at", "pk")


def covers_for(user: User, now: datetime) -> list[CoverRequest]:
    """What is asked of this user: of them alone, or of everybody who may act."""
    if not user.has_role(Role.RESPONDER):
        return []
    mine = Q(asked=None) | Q(asked__pagerduty_id=user.person_key)
    return list(open_covers(now).filter(mine).exclude(shift__person__pagerduty_id=user.person_key))


def covers_of(user: User, now: datetime) -> list[CoverRequest]:
    """What this user asks of others, or others ask for them."""
    mine = Q(requested_by=user) | Q(shift__person__pagerduty_id=user.person_key)
    return list(open_covers(now).filter(mine))


def covers_of_shift(shift: Shift) -> QuerySet[CoverRequest]:
    """Every request for cover of a shift, the newest first."""
    return shift.cover_requests.select_related("asked", "taken_by", "requested_by", "override").order_by("-pk")


def overrides_near(shift: Shift) -> list[Override]:
    """Every override that ever touched the time of a shift, or cut it, the newest first."""
    within = Q(start_at__lt=shift.end_at, end_at__gt=shift.start_at)
    cutting = Q(start_at=shift.end_at) | Q(end_at=shift.start_at)
    overrides = Override.objects.filter(within | cutting & Q(instead_of=shift.person_id), schedule=shift.schedule_id)
    return list(overrides.select_related("person", "instead_of", "requested_by").order_by("-pk"))


def covered_for(user: User, overrides: list[Override]) -> set[int]:
    """Those of the overrides by which somebody covers a shift of this user's, as they asked: they may have it back."""
    asked = CoverRequest.objects.filter(override__in=overrides, shift__person__pagerduty_id=user.person_key)
    return set(asked.values_list("override_id", flat=True))


def made_in_pagerduty() -> QuerySet[Shift]:
    """Shifts in which somebody stands in by an override that nobody made here: of that one only its shift is known."""
    made_here = Override.objects.exclude(state=OverrideState.REFUSED).filter(
        schedule=OuterRef("schedule"),
        person=OuterRef("person"),
        start_at__lt=OuterRef("end_at"),
        end_at__gt=OuterRef("start_at"),
    )
    there = Shift.objects.filter(is_override=True, schedule__pagerduty_id__isnull=False)
    return there.exclude(Exists(made_here))


def notices_of(person_key: str) -> QuerySet[Notice]:
    """What a person was told, the newest first."""
    return Notice.objects.filter(person__pagerduty_id=person_key).select_related("shift").order_by("-pk")


@dataclass(frozen=True)
class PersonsLoad:
    """One person's load and how it stands to the mean of all. `zone` is whose nights they are."""

    person: Person
    zone: str
    past: Load
    past_share: Share
    ahead: Load
    ahead_share: Share


def loads(now: datetime) -> list[PersonsLoad]:
    """Everybody's load of the last and the next 90 days, who has most first. Two queries."""
    since, until = now - LOAD_FOR, now + LOAD_FOR
    rows: dict[Person, list[Shift]] = defaultdict(list)
    shifts = Shift.objects.filter(withdrawn_at=None, start_at__lt=until, end_at__gt=since)
    for shift in shifts.select_related("person", "schedule").order_by("start_at"):
        rows[shift.person].append(shift)
    zones = {user.person_key: user.time_zone for user in User.objects.all()}
    found = []
    for person, own in rows.items():
        # Who has no account here lives, as far as anybody knows, where the schedule is written for.
        zone = zones.get(person.pagerduty_id, own[-1].schedule.time_zone)
        past = load_of(_cut(own, since, now), ZoneInfo(zone))
        ahead = load_of(_cut(own, now, until), ZoneInfo(zone))
        found.append((person, zone, past, ahead))
    all_past, all_ahead = [each[2].on_call_for for each in found], [each[3].on_call_for for each in found]
    told = [
        PersonsLoad(
            person,
            zone,
            past,
            share_of(past.on_call_for, all_past),
            ahead,
            share_of(ahead.on_call_for, all_ahead),
        )
        for person, zone, past, ahead in found
    ]
    return sorted(told, key=lambda each: (-(each.past.on_call_for + each.ahead.on_call_for), each.person.name))


def _cut(shifts: list[Shift], start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The shifts as stretches within `[start, end)`."""
    return [
        (max(each.start_at, start), min(each.end_at, end))
        for each in shifts
        if each.start_at < end and each.end_at > start
    ]
