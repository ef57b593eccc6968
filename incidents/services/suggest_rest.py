"""Suggesting rest after a bad night: to its person, and to the managers, once each.

What a bad night is says `shifts.rest`. They are told when it is over, at 06:00 by their own clock, since a message before that is
one more thing that wakes them; whoever is at work on an open P0 then is told when that is over, or at noon.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import Person, User
from accounts.services.note_people import managing_people
from incidents.enums import ACTS, OPEN_STATUSES, EntryKind, Severity
from incidents.interruptions import notified, rung
from incidents.models import TimelineEntry
from shifts.enums import NoticeKind
from shifts.load import Span
from shifts.models import Notice, Shift
from shifts.rest import Reckoning, newest_night, reckon
from shifts.services.tell_person import News, tell_people

#: A night that ended longer ago is told of no more: whoever needed rest has had the day.
TOLD_WITHIN = timedelta(hours=12)
#: How long after the night a P0 that is open is waited for.
WAITS_FOR_P0 = timedelta(hours=6)
#: A night, in which the clocks may be put back, and how long it is told of.
LOOKS_BACK = timedelta(hours=10) + TOLD_WITHIN
#: An incident may have rung on the day before, and be worked at in the night.
RANG_BEFORE = timedelta(hours=24)
#: A shift within so long is one that cover may be asked for.
NEXT_SHIFT = timedelta(hours=24)
#: What of somebody's shows that they were at work; more than stops a clock.
_WORK = (*ACTS, EntryKind.ESCALATED, EntryKind.DIAGNOSED, EntryKind.RUNBOOK_STEP, EntryKind.MITIGATION_PROPOSED)


@dataclass
class _Moments:
    """What is known of one person: when they were rung, their acts (`reckon` has the shape), their P0 that are open."""

    rung: list[datetime] = field(default_factory=list)
    acts: list[tuple[datetime, int, bool]] = field(default_factory=list)
    open_p0s: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class _BadNight:
    person_key: str
    night: Span
    zone: ZoneInfo
    reckoning: Reckoning
    shift: Shift | None
    now: datetime

    @property
    def key(self) -> str:
        """What it is known by: the evening on which it began."""
        return f"night:{self.night[0].astimezone(self.zone).date().isoformat()}"

    @property
    def coverable(self) -> Shift | None:
        """The shift that they have or that comes next, for which cover can be asked; None where they have had it."""
        return self.shift if self.shift and self.shift.end_at > self.now else None


@transaction.atomic
def suggest_rest(*, now: datetime) -> int:
    """Tells of every bad night that is over and was not told of. Returns how many.

    The number of queries depends on that of the managers alone.
    """
    nights = _bad_nights(now)
    told = Notice.objects.filter(
        kind=NoticeKind.REST_SUGGESTED,
        person__pagerduty_id__in=[each.person_key for each in nights],
        key__in={each.key for each in nights},
    )
    known = set(told.values_list("person__pagerduty_id", "key"))
    fresh = [each for each in nights if (each.person_key, each.key) not in known]
    if not fresh:
        return 0
    people = Person.objects.in_bulk([each.person_key for each in fresh], field_name="pagerduty_id")
    own, others = [], []
    managers = managing_people()
    for each in fresh:
        person = people.get(each.person_key)
        if person is None:
            continue
        data = _data(each)
        shift = each.coverable
        where = {"schedule": shift.schedule.name} if shift else {}
        own.append(News(person, each.key, data | where, shift))
        others += [
            News(manager, f"{each.key}:{person.pk}", data | {"who": person.name}, shift)
            for manager in managers
            if manager != person
        ]
    tell_people(kind=NoticeKind.REST_SUGGESTED, news=own)
    tell_people(kind=NoticeKind.REST_SUGGESTED_OTHER, news=others)
    return len(own)


def _data(bad: _BadNight) -> dict[str, object]:
    """What the sentence says: hours of work only where they are a reason."""
    minutes = bad.reckoning.worked_for // timedelta(minutes=1) if bad.reckoning.is_long else 0
    return {
        "start": bad.night[0].isoformat(),
        "end": bad.night[1].isoformat(),
        "interruptions": bad.reckoning.interruptions,
        "worked_minutes": minutes,
        "p0s": bad.reckoning.p0s,
    }


def _bad_nights(now: datetime) -> list[_BadNight]:
    users = list(User.objects.all())
    moments = _moments(now, {user.pk: user.person_key for user in users})
    zones, shifts = {user.person_key: user.time_zone for user in users}, _shifts(moments, now)
    found = []
    for person_key, each in moments.items():
        shift = shifts.get(person_key)
        name = zones.get(person_key) or (shift.schedule.time_zone if shift else "")
        if not name:
            # Nobody knows when their night is.
            continue
        zone = ZoneInfo(name)
        night = newest_night(now, zone)
        if now - night[1] >= TOLD_WITHIN or (each.open_p0s and now - night[1] < WAITS_FOR_P0):
            continue
        reckoning = reckon(night, zone, rung=each.rung, acts=each.acts)
        if reckoning.is_bad:
            found.append(_BadNight(person_key, night, zone, reckoning, shift, now))
    return found


def _moments(now: datetime, keys: Mapping[int, str]) -> dict[str, _Moments]:
    """What everybody went through of late, by the person's key; `keys` are those of accounts. Three queries."""
    since = now - LOOKS_BACK
    found: dict[str, _Moments] = defaultdict(_Moments)
    for person_key, instants in rung(since=since, until=now).items():
        found[person_key].rung = instants
    # By their numbers, so that however much rang an index leads to what was done about it.
    rang = set(notified(since=since - RANG_BEFORE, until=now).values_list("incident", flat=True))
    acts = TimelineEntry.objects.filter(incident__in=rang, kind__in=_WORK, occurred_at__gte=since, occurred_at__lt=now)
    columns = ("actor", "actor_pagerduty_id", "occurred_at", "incident", "incident__severity", "incident__status")
    for actor, pagerduty_id, at, number, severity, status in acts.order_by().values_list(*columns):
        person_key = pagerduty_id or keys.get(actor, "")
        if not person_key:
            continue
        is_p0 = severity == Severity.P0
        found[person_key].acts.append((at, number, is_p0))
        if is_p0 and status in OPEN_STATUSES:
            found[person_key].open_p0s.add(number)
    return found


def _shifts(person_keys: Iterable[str], now: datetime) -> dict[str, Shift]:
    """Each person's shift now, or the one that comes next; else the last one of theirs, which says where they live."""
    near = Shift.objects.filter(
        withdrawn_at=None,
        person__pagerduty_id__in=list(person_keys),
        start_at__lt=now + NEXT_SHIFT,
        end_at__gt=now - LOOKS_BACK,
    )
    found: dict[str, Shift] = {}
    for shift in near.select_related("schedule", "person").order_by("start_at", "pk"):
        known = found.get(shift.person.pagerduty_id)
        if known is None or known.end_at <= now:
            found[shift.person.pagerduty_id] = shift
    return found
