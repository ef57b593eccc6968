"""What is left of an account that was closed, when it is opened again: nothing that worked before."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import AuditRecord, User
from shifts.services.make_feed import make_feed
from tests.accounts.test_profile_and_users import account
from tests.cast import Cast, browser_of

pytestmark = pytest.mark.django_db


def switch(cast: Cast, user: User, *, to: bool) -> None:
    user.refresh_from_db()
    sent = account(user)
    if not to:
        del sent["is_active"]
    assert browser_of(cast.admin).post(f"/accounts/users/{user.pk}/", sent).status_code == 302
    user.refresh_from_db()
    assert user.is_active is to


def test_it_is_signed_out_for_good(cast: Cast) -> None:
    phone, laptop, teammate = browser_of(cast.responder), browser_of(cast.responder), browser_of(cast.teammate)
    assert phone.get("/").status_code == 200
    switch(cast, cast.responder, to=False)
    assert [client.get("/").status_code for client in (phone, laptop, teammate)] == [302, 302, 200]
    switch(cast, cast.responder, to=True)
    assert [client.get("/").status_code for client in (phone, laptop, teammate)] == [302, 302, 200]
    assert browser_of(cast.responder).get("/").status_code == 200


def test_a_session_that_was_made_while_it_was_being_closed_ends_when_it_is_opened(cast: Cast) -> None:
    switch(cast, cast.responder, to=False)
    late = browser_of(cast.responder)
    switch(cast, cast.responder, to=True)
    assert late.get("/").status_code == 302


def test_its_calendars_are_revoked_and_nobody_elses(cast: Cast) -> None:
    theirs, another = (
        f"/calendar/{make_feed(user=u, schedule_id=None)[1]}.ics" for u in (cast.responder, cast.teammate)
    )
    assert Client().get(theirs).status_code == 200
    switch(cast, cast.responder, to=False)
    switch(cast, cast.responder, to=True)
    assert [Client().get(address).status_code for address in (theirs, another)] == [404, 200]
    record = AuditRecord.objects.get(verb="revoke_feeds")
    assert (record.actor, record.target, record.data) == (cast.admin, f"user:{cast.responder.pk}", {"count": 1})


def test_another_change_signs_nobody_out(cast: Cast) -> None:
    client = browser_of(cast.responder)
    client.get("/")
    sessions = Session.objects.count()
    sent = account(cast.responder, name="Lin")
    assert browser_of(cast.admin).post(f"/accounts/users/{cast.responder.pk}/", sent).status_code == 302
    assert client.get("/").status_code == 200
    assert Session.objects.count() == sessions + 1, "the admin's own"
