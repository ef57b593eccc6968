"""Calendars that other programs may read who know their token."""

import secrets
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from accounts.services.record_act import record_act
from shifts.models import CalendarFeed, Schedule

#: 256 bits: nobody guesses one.
TOKEN_BYTES = 32
READ_NOTED_EVERY = timedelta(minutes=1)


def digest_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


@transaction.atomic
def make_feed(*, user: User, schedule_id: int | None) -> tuple[CalendarFeed, str]:
    """A feed of the user's own shifts, or of a schedule. Returns it and its token, which is told this once and kept nowhere.

    Raises Schedule.DoesNotExist.
    """
    schedule = None if schedule_id is None else Schedule.objects.get(pk=schedule_id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed = CalendarFeed.objects.create(user=user, schedule=schedule, token_digest=digest_of(token))
    record_act(
        actor=user,
        verb="make_feed",
        target=f"feed:{feed.pk}",
        data={"schedule": schedule.name if schedule else ""},
    )
    return feed, token


@transaction.atomic
def revoke_feed(*, user: User, feed_id: int) -> bool:
    """Whoever knows the token reads nothing any more. False where that is so already. Raises CalendarFeed.DoesNotExist."""
    feed = CalendarFeed.objects.select_for_update().get(pk=feed_id, user=user)
    if feed.revoked_at is not None:
        return False
    CalendarFeed.objects.filter(pk=feed.pk).update(revoked_at=Now())
    record_act(actor=user, verb="revoke_feed", target=f"feed:{feed.pk}")
    return True


@transaction.atomic
def revoke_feeds_of(*, user: User, by: User, **_signal: object) -> int:
    """Whoever knows a token of theirs reads nothing any more, not even when the account is opened again. Returns how many."""
    revoked = CalendarFeed.objects.filter(user=user, revoked_at=None).update(revoked_at=Now())
    if revoked:
        record_act(actor=by, verb="revoke_feeds", target=f"user:{user.pk}", data={"count": revoked})
    return revoked


def note_read(*, feed_id: int) -> None:
    """Somebody's program read it. Told to the minute at the finest: a feed that is read all the time is no write all the time."""
    old = CalendarFeed.objects.filter(pk=feed_id).exclude(last_read_at__gt=Now() - READ_NOTED_EVERY)
    old.update(last_read_at=Now())
