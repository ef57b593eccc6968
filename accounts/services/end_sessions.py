"""Signing somebody out everywhere."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

from accounts.models import User


def end_sessions(*, user: User) -> int:
    """Deletes every session of a user. Returns how many.

    No column says whose a session is, so that all are read: some hundreds at the most, and accounts are closed rarely.
    """
    sessions = Session.objects.filter(expire_date__gt=Now())
    theirs = [each.pk for each in sessions.iterator() if each.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(pk__in=theirs).delete()
    return len(theirs)
