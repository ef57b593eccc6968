"""Changes are shown, maintenance is entered, called off and ended; nothing is entered twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import AuditRecord, User
from cluster.models import Change
from tests.cast import Cast, browser_of
from tests.cluster.things import make_entry

pytestmark = pytest.mark.django_db


def plan(user: User, *, begins_in: float = 1, lasts: float = 2, **other: Any) -> HttpResponse:
    """Sends the form with times in the zone of the cast, hours from now."""
    now = database_now()
    times = {
        "starts_at": now + timedelta(hours=begins_in),
        "ends_at": now + timedelta(hours=begins_in + lasts),
    }
    with timezone.override(user.time_zone):
        sent = {name: timezone.localtime(at).strftime("%Y-%m-%dT%H:%M") for name, at in times.items()}
    sent |= {"title": "New switches", "service": "", "key": "k1"}
    return browser_of(user).post("/changes/plan/", sent | other)  # type: ignore[return-value]


def test_maintenance_is_entered_in_the_authors_zone(cast: Cast) -> None:
    assert plan(cast.responder).status_code == 302
    change = Change.objects.get()
    wanted = database_now() + timedelta(hours=1)
    assert abs(change.occurred_at - wanted) < timedelta(minutes=2)
    assert (change.actor_name, AuditRecord.objects.get().verb) == ("Lin Yu-ting", "plan_maintenance")
    page = browser_of(cast.viewer).get("/changes/").content.decode()
    assert "New switches" in page
    assert "Call it off" not in page


def test_sending_the_form_twice_enters_one(cast: Cast) -> None:
    plan(cast.responder)
    plan(cast.responder)
    assert Change.objects.count() == 1
    assert AuditRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"lasts": -0.5}, "It ends before it begins."),
        ({"begins_in": -5}, "It is over already"),
        ({"lasts": 31 * 24}, "at most 30 days"),
        ({"title": ""}, "This field is required."),
        ({"title": "\u202e\u200b"}, "This field is required."),
        ({"begins_in": 370 * 24}, "more than a year from now"),
        ({"starts_at": "9999-12-31T23:00", "ends_at": "9999-12-31T23:30"}, "more than a year from now"),
        ({"service": "no such"}, "no such is not one of the available choices"),
        ({"starts_at": "tomorrow"}, "Enter a valid date/time."),
    ],
)
def test_what_cannot_be_is_refused_in_words(cast: Cast, sent: dict[str, Any], words: str) -> None:
    answer = plan(cast.responder, **sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Change.objects.exists()


def test_a_title_cannot_turn_what_stands_beside_it_around(cast: Cast) -> None:
    plan(cast.responder, title="New \u202eswitches")
    assert Change.objects.get().title == "New switches"


def test_what_is_far_ahead_can_be_called_off_too(cast: Cast) -> None:
    plan(cast.responder, begins_in=30 * 24)
    page = browser_of(cast.responder).get("/changes/").content.decode()
    assert f"/changes/{Change.objects.get().pk}/cancel/" in page


def test_a_viewer_enters_none(cast: Cast) -> None:
    assert plan(cast.viewer).status_code == 403


def test_what_has_not_begun_is_called_off(cast: Cast) -> None:
    plan(cast.responder)
    change = Change.objects.get()
    browser = browser_of(cast.teammate)
    assert browser.post(f"/changes/{change.pk}/cancel/").status_code == 302
    change.refresh_from_db()
    assert change.cancelled_at is not None
    browser.post(f"/changes/{change.pk}/cancel/")
    assert AuditRecord.objects.filter(verb="cancel_maintenance").count() == 1
    assert "New switches" not in browser.get("/changes/").content.decode()


def test_what_is_under_way_ends_now_and_stays_a_suspect(cast: Cast) -> None:
    plan(cast.responder, begins_in=-1, lasts=3)
    change = Change.objects.get()
    browser_of(cast.responder).post(f"/changes/{change.pk}/cancel/")
    change.refresh_from_db()
    assert change.cancelled_at is None
    assert change.ends_at is not None
    assert change.ends_at <= database_now()
    assert "New switches" in browser_of(cast.viewer).get("/changes/").content.decode()


def test_only_maintenance_is_called_off(cast: Cast) -> None:
    change = Change.objects.create(kind="rollout", source_id="x", title="x", occurred_at=database_now())
    browser = browser_of(cast.responder)
    assert browser.post(f"/changes/{change.pk}/cancel/").status_code == 404
    assert browser.get(f"/changes/{change.pk}/cancel/").status_code == 405


def test_filters_and_hostile_words(cast: Cast) -> None:
    make_entry(name="chatops-gateway")
    now = database_now()
    Change.objects.create(
        kind="rollout",
        source_id="1",
        service="chatops-gateway",
        title="<script>alert(1)</script>",
        occurred_at=now,
        detail={"images": {"<b>": ["a:1", "<i>"]}},
    )
    Change.objects.create(kind="event", source_id="2", service="other", title="Deploy of other", occurred_at=now)
    browser = browser_of(cast.viewer)
    page = browser.get("/changes/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page
    assert "<i>" not in page
    assert "Deploy of other" not in browser.get("/changes/?service=chatops-gateway").content.decode()
    assert "Deploy of other" in browser.get("/changes/?kind=event").content.decode()
    assert "Deploy of other" in browser.get("/changes/?kind=nonsense").content.decode()


@pytest.mark.parametrize("count", [1, 150])
def test_it_costs_the_same_at_one_and_at_many(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = database_now()
    Change.objects.bulk_create(
        Change(kind="event", source_id=str(number), title="x", occurred_at=now) for number in range(count)
    )
    browser = browser_of(cast.viewer)
    with django_assert_num_queries(8):
        assert browser.get("/changes/").status_code == 200
