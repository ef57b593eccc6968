"""What is to be done after an incident: added, changed, done, removed. Whoever gets one is told."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse

from accounts.database_time import database_now
from accounts.models import Person, User
from incidents.enums import EntryKind, FollowUpDeed
from incidents.models import FollowUp, Incident, Review
from incidents.policies import policy_in_force
from incidents.review.refusals import CannotReview
from incidents.services.write_review import begin_review, note_review
from integrations.text import clean_text, once_key
from shifts.enums import NoticeKind
from shifts.models import Notice
from shifts.services.tell_person import News, tell_people, tell_person

LONGEST_TEXT = 500
FURTHEST = timedelta(days=2 * 366)
#: What became overdue before is told of by the list of reviews.
LOOKS_BACK = timedelta(days=7)
#: An audit record's target and the timeline's data name a day as ISO text.
type Facts = dict[str, Any]


class StaleFollowUp(Exception):
    """Somebody else changed it meanwhile; `theirs` is how it stands. Nothing was stored."""

    def __init__(self, theirs: FollowUp) -> None:
        super().__init__(f"version {theirs.version}")
        self.theirs = theirs


@transaction.atomic
def add_follow_up(*, actor: User, number: int, key: str, text: str, owner_id: int | None, due_on: date) -> FollowUp:
    """Another one; the same `key` with the same content again gives the same one. Begins the review where nobody has.

    Raises CannotReview (empty_follow_up, unknown_owner, in_past, too_far, …), Incident.DoesNotExist.
    """
    review = begin_review(actor=actor, number=number)
    own_key = once_key(key, text, owner_id, due_on)
    known = review.follow_ups.select_related("owner").filter(key=own_key).first()
    if known is not None:
        return known
    said, owner = _said(text), _owner(owner_id)
    _raise_unless_possible(due_on)
    follow_up = FollowUp.objects.create(review=review, key=own_key, text=said, owner=owner, due_on=due_on)
    _note(follow_up, actor, FollowUpDeed.ADDED)
    _tell_owner(follow_up, actor)
    return follow_up


@transaction.atomic
def change_follow_up(
    *, actor: User, follow_up_id: int, expected_version: int, text: str, owner_id: int | None, due_on: date
) -> FollowUp:
    """Says it otherwise, or gives it to somebody else. What says the same already stays.

    Raises StaleFollowUp, CannotReview (empty_follow_up, unknown_owner, in_past, too_far, follow_up_gone).
    """
    follow_up = _locked(follow_up_id)
    said, owner = _said(text), _owner(owner_id)
    before = (follow_up.text, follow_up.owner_id, follow_up.due_on)
    if before == (said, owner.pk, due_on):
        return follow_up
    _raise_if_stale(follow_up, expected_version)
    if due_on != follow_up.due_on:
        _raise_unless_possible(due_on)
    follow_up.text, follow_up.owner, follow_up.due_on = said, owner, due_on
    _store(follow_up, "text", "owner", "due_on")
    _note(follow_up, actor, FollowUpDeed.CHANGED)
    if owner.pk != before[1]:
        _tell_owner(follow_up, actor)
    return follow_up


@transaction.atomic
def mark_follow_up(*, actor: User, follow_up_id: int, is_done: bool) -> FollowUp:
    """Done, or not done after all; what is so already stays. Raises CannotReview (follow_up_gone)."""
    follow_up = _locked(follow_up_id)
    if follow_up.is_done is is_done:
        return follow_up
    follow_up.done_at = database_now() if is_done else None
    _store(follow_up, "done_at")
    _note(follow_up, actor, FollowUpDeed.DONE if is_done else FollowUpDeed.UNDONE)
    return follow_up


@transaction.atomic
def remove_follow_up(*, actor: User, follow_up_id: int, expected_version: int) -> None:
    """Takes it away; the timeline keeps that it was there. Raises StaleFollowUp, CannotReview (follow_up_gone)."""
    follow_up = _locked(follow_up_id)
    _raise_if_stale(follow_up, expected_version)
    _note(follow_up, actor, FollowUpDeed.REMOVED)
    follow_up.delete()


@transaction.atomic
def tell_overdue(*, now: datetime) -> int:
    """Tells the owner of each open follow-up whose day is over by the team's calendar, once for that day. Returns how many
    were told."""
    day = today(now)
    overdue = FollowUp.objects.filter(done_at=None, due_on__lt=day, due_on__gte=day - LOOKS_BACK)
    news = [
        News(each.owner, f"follow-up:{each.pk}:{each.due_on}", _told(each))
        for each in overdue.select_related("owner", "review__incident").order_by("due_on", "pk")
    ]
    keys = [each.key for each in news]
    notices = Notice.objects.filter(kind=NoticeKind.FOLLOW_UP_LATE, key__in=keys)
    told = set(notices.values_list("person", "key"))
    new = [each for each in news if (each.person.pk, each.key) not in told]
    tell_people(kind=NoticeKind.FOLLOW_UP_LATE, news=new)
    return len(new)


def today(now: datetime) -> date:
    """The date in the team's zone. One query."""
    zone: ZoneInfo = policy_in_force(now).policy.calendar.zone
    return now.astimezone(zone).date()


def _locked(follow_up_id: int) -> FollowUp:
    """With its review and incident locked in the order of every other writer."""
    number = FollowUp.objects.filter(pk=follow_up_id).values_list("review__incident", flat=True).first()
    if number is None:
        raise CannotReview("follow_up_gone")
    Incident.objects.select_for_update().get(pk=number)
    Review.objects.select_for_update().get(incident=number)
    found = FollowUp.objects.select_related("review__incident", "owner").filter(pk=follow_up_id).first()
    if found is None:
        raise CannotReview("follow_up_gone")
    return found


def _raise_if_stale(follow_up: FollowUp, expected_version: int) -> None:
    if follow_up.version != expected_version:
        raise StaleFollowUp(follow_up)


def _said(text: str) -> str:
    said = " ".join(clean_text(text, limit=LONGEST_TEXT).split())
    if not said:
        raise CannotReview("empty_follow_up")
    return said


def _owner(owner_id: int | None) -> Person:
    owner = Person.objects.filter(pk=owner_id).first() if owner_id else None
    if owner is None:
        raise CannotReview("unknown_owner")
    return owner


def _raise_unless_possible(due_on: date) -> None:
    day = today(database_now())
    if due_on < day:
        raise CannotReview("in_past")
    if due_on > day + FURTHEST:
        raise CannotReview("too_far")


def _store(follow_up: FollowUp, *fields: str) -> None:
    follow_up.version += 1
    follow_up.save(update_fields=[*fields, "version"])


def _note(follow_up: FollowUp, actor: User, deed: FollowUpDeed) -> None:
    data: Facts = {
        "deed": deed.value,
        "text": follow_up.text,
        "owner": follow_up.owner.name,
        "day": follow_up.due_on.isoformat(),
    }
    key = f"{follow_up.pk}:{follow_up.version}"
    note_review(follow_up.review, actor, EntryKind.FOLLOW_UP, verb=f"follow_up_{deed.value}", key=key, data=data)


def _tell_owner(follow_up: FollowUp, actor: User) -> None:
    """Whoever gives it to themselves knows."""
    if follow_up.owner.pagerduty_id != actor.person_key:
        tell_person(
            person=follow_up.owner,
            kind=NoticeKind.FOLLOW_UP,
            key=f"follow-up:{follow_up.pk}:{follow_up.version}",
            who=actor.display_name,
            **_told(follow_up),
        )


def _told(follow_up: FollowUp) -> Facts:
    incident = follow_up.review.incident
    return {
        "incident": f"#{incident.number} {incident.what}",
        "day": follow_up.due_on.isoformat(),
        "what": follow_up.text,
        "path": reverse("incidents:review", args=[incident.number]),
    }
