"""Reminding people of their shifts, each time once, in the way that they chose."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from accounts.database_time import database_now
from accounts.models import User
from shifts.enums import NoticeKind
from shifts.models import Notice, ReminderChoice, Shift
from shifts.services.tell_person import tell_person

#: What may be chosen (hours before), and what counts for whoever has chosen nothing.
HOURS_BEFORE = (168, 24, 1)
DEFAULT_HOURS = (24, 1)
#: A reminder is late for so long at most, as a part of its hours: a shift that moves past it, or a portal that was away for
#: longer, leaves that one out, and the next one stands.
LATE_BY = 0.25


class _Wish(NamedTuple):
    in_browser: bool = True
    in_slack: bool = False
    hours_before: tuple[int, ...] = DEFAULT_HOURS


def remind() -> int:
    """Tells whoever's shift begins in as many hours as they chose. Several may run: a notice is told once. Returns how many."""
    now, told = database_now(), 0
    shifts = _beginning(now)
    wishes = _wishes({shift.person.pagerduty_id for shift in shifts})
    for shift in shifts:
        wish = wishes.get(shift.person.pagerduty_id)
        if wish is None or not (wish.in_browser or wish.in_slack):
            continue
        told += sum(_tell(shift, hours, wish) for hours in _due(shift.start_at - now, wish.hours_before))
    return told


def _beginning(now: datetime) -> list[Shift]:
    """The shifts that begin within a week, without those that only go on with what the person has already."""
    before = Shift.objects.filter(
        schedule=OuterRef("schedule"), person=OuterRef("person"), withdrawn_at=None, end_at=OuterRef("start_at")
    )
    ahead = Shift.objects.filter(
        withdrawn_at=None, start_at__gt=now, start_at__lte=now + timedelta(hours=max(HOURS_BEFORE))
    )
    return list(ahead.filter(~Exists(before)).select_related("person", "schedule").order_by("start_at"))


def _wishes(person_keys: set[str]) -> dict[str, _Wish]:
    """What each of these people wants, by person key. Who cannot sign in reads no notices."""
    users = {user.person_key: user for user in User.objects.filter(is_active=True)}
    wanted = {key: users[key].pk for key in person_keys if key in users}
    chosen = {choice.user_id: choice for choice in ReminderChoice.objects.filter(user__in=wanted.values())}
    return {key: _wish(chosen.get(user_id)) for key, user_id in wanted.items()}


def _wish(choice: ReminderChoice | None) -> _Wish:
    if choice is None:
        return _Wish()
    return _Wish(choice.in_browser, choice.in_slack, tuple(choice.hours_before))


def _due(begins_in: timedelta, hours_before: Iterable[int]) -> list[int]:
    return [
        hours for hours in hours_before if timedelta(hours=hours * (1 - LATE_BY)) < begins_in <= timedelta(hours=hours)
    ]


@transaction.atomic
def _tell(shift: Shift, hours: int, wish: _Wish) -> bool:
    notice = tell_person(
        person=shift.person,
        kind=NoticeKind.REMINDER,
        key=f"{shift.schedule_id}:{shift.start_at.isoformat()}:{hours}",
        shift=shift,
        schedule=shift.schedule.name,
        start=shift.start_at.isoformat(),
        end=shift.end_at.isoformat(),
    )
    if notice is not None and not wish.in_browser:
        # It stands in their list all the same, but no page calls for it.
        Notice.objects.filter(pk=notice.pk).update(seen_at=Now())
    return notice is not None
