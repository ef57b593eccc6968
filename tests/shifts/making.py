"""Schedules and shifts as tests need them."""

from datetime import datetime, timedelta

from accounts.database_time import database_now
from accounts.models import Person, User
from accounts.services.note_people import person_of
from shifts.enums import ScheduleSource
from shifts.models import Override, Schedule, Shift

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def make_schedule(
    name: str = "chatops primary", *, pagerduty_id: str | None = "PSCHPRI", zone: str = "Asia/Taipei"
) -> Schedule:
    """A schedule that was read 90 days ahead; without a `pagerduty_id` one that is kept here."""
    return Schedule.objects.create(
        pagerduty_id=pagerduty_id,
        source=ScheduleSource.PAGERDUTY if pagerduty_id else ScheduleSource.PORTAL,
        name=name,
        time_zone=zone,
        mirrored_at=database_now(),
        mirrored_until=database_now() + 90 * DAY,
    )


def make_person(pagerduty_id: str, name: str) -> Person:
    return Person.objects.get_or_create(pagerduty_id=pagerduty_id, defaults={"name": name})[0]


def make_shift(
    schedule: Schedule,
    who: User | Person,
    *,
    begins_in: timedelta | None = None,
    lasts: timedelta = 8 * HOUR,
    start: datetime | None = None,
) -> Shift:
    """A shift that begins so long from now (or at `start`), to the second."""
    if start is None:
        start = (database_now() + (begins_in or timedelta())).replace(microsecond=0)
    person = person_of(who) if isinstance(who, User) else who
    return Shift.objects.create(schedule=schedule, person=person, start_at=start, end_at=start + lasts)


def make_override(
    schedule: Schedule, who: User, *, begins_in: timedelta, lasts: timedelta, state: str = "standing"
) -> Override:
    start = (database_now() + begins_in).replace(microsecond=0)
    return Override.objects.create(
        idempotency_key=f"test:{Override.objects.count()}",
        schedule=schedule,
        person=person_of(who),
        requested_by=who,
        start_at=start,
        end_at=start + lasts,
        state=state,
        pagerduty_id=f"POVER{Override.objects.count()}" if schedule.pagerduty_id else "",
    )
