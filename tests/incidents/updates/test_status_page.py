"""What stakeholders read, who is told, and the words that managers write."""

from datetime import timedelta
from typing import cast as cast_to

import pytest
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.database_time import database_now
from accounts.services.note_people import person_of
from incidents.enums import EntryKind
from incidents.models import Incident, Service, Subscription, TimelineEntry, UpdateTemplate
from incidents.services.ingest import ingest_facts
from incidents.services.record_facts import VendorFact
from incidents.services.tell_overdue_updates import tell_overdue_updates
from incidents.updates.kinds import UpdateChannel, UpdateOccasion
from shifts.models import Notice, ReminderChoice
from tests.cast import Cast, browser_of
from tests.factories import LIN, make_incident, make_resolved
from tests.incidents.updates.making import tell

pytestmark = pytest.mark.django_db
QUERIES = 11


def status(cast: Cast) -> str:
    return browser_of(cast.viewer).get("/status/").content.decode()


def now_part(cast: Cast) -> str:
    return status(cast).partition('id="status-past"')[0]


def test_open_incidents_that_matter_and_those_that_were_told_of(cast: Cast) -> None:
    make_incident(1, title="[P0] Down - chatops-gateway")
    minor = make_incident(2, title="[P3] Disk at 75% - chatops-db")
    make_resolved(3, minutes_old=100)
    page = now_part(cast)
    assert "Down" in page
    assert "No update yet" in page
    assert "Disk at 75%" not in page
    assert "Node failure" not in page
    tell(cast.responder, minor, text="Harmless.", next_in=None)
    page = now_part(cast)
    assert "Harmless." in page
    assert "No next update is promised." in page
    assert page.index("Down") < page.index("Disk at 75%")


def test_all_is_calm(cast: Cast) -> None:
    assert "No open incident that stakeholders have to know of." in status(cast)


def test_an_update_for_slack_alone_is_not_on_it_yet_it_stops_the_clock(cast: Cast, settings: Settings) -> None:
    incident = make_incident(1, minutes_old=61)
    assert "is-breached" in now_part(cast)
    settings.SLACK_WEBHOOK_URL = "https://slack.example.com/x"
    tell(cast.responder, incident, text="Only there.", channels=frozenset({UpdateChannel.SLACK}))
    page = status(cast)
    assert "Only there." not in page
    assert "is-running" in page


def test_what_was_published_in_pagerduty_counts(cast: Cast) -> None:
    incident = make_incident(1, minutes_old=61)
    fact = VendorFact(EntryKind.STATUS_UPDATE, database_now(), agent=LIN, data={"text": "From there."}, source_id="R1")
    ingest_facts(incident_pagerduty_id=incident.pagerduty_id, facts=[fact])
    page = now_part(cast)
    assert "From there." in page
    assert "is-running" in page


def test_seven_days_of_history(cast: Cast) -> None:
    incident = make_resolved(1, minutes_old=100, title="[P1] Slow - chatops-gateway")
    for text, age in (("Young.", 6.9), ("Old.", 7.1)):
        tell(cast.responder, incident, key=text, text=text)
        newest = TimelineEntry.objects.filter(kind=EntryKind.STATUS_UPDATE).latest("pk")
        TimelineEntry.objects.filter(pk=newest.pk).update(occurred_at=database_now() - timedelta(days=age))
    page = status(cast)
    assert "Young." in page
    assert "Old." not in page


def test_no_internals_and_no_markup(cast: Cast) -> None:
    incident = make_incident(1, title="[P0] <i>Down</i> - chatops-gateway")
    tell(cast.responder, incident, text="<script>alert(1)</script>")
    page = status(cast)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<i>Down" not in page
    assert f"/incidents/{incident.pk}/" not in page


@pytest.mark.parametrize("count", [1, 30])
def test_it_costs_the_same_at_one_and_at_many(
    count: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        tell(cast.responder, make_incident(number), text=f"Update {number}.")
        service = Service.objects.create(pagerduty_id=f"PS{number}", name=f"service {number}")
        Subscription.objects.create(user=cast.manager, service=service)
    client = browser_of(cast.viewer)
    client.get("/status/")
    with django_assert_num_queries(QUERIES):
        page = client.get("/status/")
    assert page.content.decode().count("Update ") == 2 * count


def test_the_open_page_looks_again(cast: Cast) -> None:
    make_incident(1)
    part = browser_of(cast.viewer).get("/status/live/").content.decode()
    assert "High Error Rate" in part
    assert "<html" not in part


def choose(cast: Cast, service: object, do: str = "subscribe") -> int:
    return browser_of(cast.viewer).post("/status/told/", {"service": service, "do": do}).status_code


def told(cast: Cast) -> list[Notice]:
    return list(Notice.objects.filter(person__pagerduty_id=cast.viewer.person_key).order_by("pk"))


def test_whoever_subscribes_is_told_here_once_and_by_nothing_else(cast: Cast) -> None:
    incident = make_incident(1)
    ReminderChoice.objects.create(user=cast.viewer, in_slack=True)
    tell(cast.responder, incident, key="before")
    for service in ("", incident.service_id):
        assert choose(cast, service) == choose(cast, service) == 302
    assert Subscription.objects.count() == 2
    tell(cast.responder, incident, key="after", text="Slow.")
    (notice,) = told(cast)
    assert notice.slack_due is False
    page = browser_of(cast.viewer).get("/shifts/notices/").content.decode()
    assert "P1, chatops-gateway: Slow." in page
    assert 'href="/status/"' in page


def test_only_of_what_they_chose_and_only_while_they_may_sign_in(cast: Cast) -> None:
    incident = make_incident(1)
    other = Service.objects.create(pagerduty_id="POTHER", name="chatops-db")
    choose(cast, other.pk)
    tell(cast.responder, incident, key="1")
    assert told(cast) == []
    choose(cast, "")
    tell(cast.responder, incident, key="2")
    choose(cast, "", do="leave")
    tell(cast.responder, incident, key="3")
    assert len(told(cast)) == 1
    choose(cast, "")
    cast.viewer.is_active = False
    cast.viewer.save()
    tell(cast.responder, incident, key="4")
    assert len(told(cast)) == 1
    page = browser_of(cast.manager).get("/status/").content.decode()
    assert "Vera Novak" not in page, "nobody says that they are told"


def test_not_of_what_they_tell_themselves_and_the_composer_counts_the_others(cast: Cast) -> None:
    incident = make_incident(1)
    for user in (cast.viewer, cast.responder, cast.manager):
        Subscription.objects.create(user=user, service=None)
    assert "2 people are told here" in browser_of(cast.responder).get(f"/incidents/{incident.pk}/").content.decode()
    tell(cast.responder, incident)
    assert Notice.objects.count() == 2


def test_a_service_that_is_not(cast: Cast) -> None:
    assert choose(cast, 404) == choose(cast, "9" * 30) == choose(cast, "x") == 404


def late(number: int, minutes: float, title: str = "[P1] High Error Rate - chatops-gateway") -> Incident:
    """An incident of which the first update is overdue by so many minutes."""
    return make_incident(number, minutes_old=60 + minutes, title=title)


def test_who_has_it_is_told_once_that_the_update_is_overdue(cast: Cast) -> None:
    incident = late(1, 1)
    late(2, 61)
    make_incident(3, minutes_old=59)
    for _ in range(2):
        assert tell_overdue_updates(now=database_now()) == 1
    (notice,) = Notice.objects.filter(kind="update_due")
    assert notice.person == person_of(cast.responder)
    assert notice.data["path"] == f"/incidents/{incident.pk}/#update"
    tell(cast.responder, incident, next_in=timedelta(minutes=5))
    assert tell_overdue_updates(now=database_now()) == 0
    assert tell_overdue_updates(now=database_now() + timedelta(minutes=6)) == 2, "and once for the next"
    assert Notice.objects.filter(kind="update_due", data__path=notice.data["path"]).count() == 2


def test_where_nobody_has_it_the_managers_are_told(cast: Cast) -> None:
    incident = late(1, 1)
    incident.people.clear()
    tell_overdue_updates(now=database_now())
    told = set(Notice.objects.filter(kind="update_due").values_list("person__pagerduty_id", flat=True))
    assert told == {cast.manager.person_key, cast.admin.person_key}


def store(cast: Cast, text: str, based_on: int = 0, occasion: str = "P1") -> HttpResponse:
    sent = {f"{occasion}-text": text, f"{occasion}-based_on": str(based_on)}
    return cast_to(HttpResponse, browser_of(cast.manager).post(f"/status/templates/{occasion}/", sent))


def test_a_template_is_stored_as_a_version(cast: Cast) -> None:
    assert store(cast, "We look at {what}.").status_code == 302
    assert store(cast, "We look at {what}.", 1).status_code == 302
    (row,) = UpdateTemplate.objects.all()
    assert (row.occasion, row.version, row.text) == (UpdateOccasion.P1, 1, "We look at {what}.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("At {when}, {what}, {WHO}.", "Nothing fills {when}, {WHO}"),
        ("\u200b", "begins with words"),
        ("x" * 1_001, "1000"),
    ],
)
def test_what_is_no_template_is_refused_and_kept(text: str, words: str, cast: Cast) -> None:
    answer = store(cast, text)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert text in page
    assert not UpdateTemplate.objects.exists()


@pytest.mark.parametrize("based_on", [0, 2])
def test_two_managers_overwrite_nothing(based_on: int, cast: Cast) -> None:
    store(cast, "Theirs.")
    answer = store(cast, "Mine.", based_on)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs." in page
    assert "Mine." in page
    assert 'name="P1-based_on" value="1"' in page
    store(cast, "Mine.", 1)
    assert UpdateTemplate.objects.latest("version").text == "Mine."


def test_an_occasion_that_is_not(cast: Cast) -> None:
    assert store(cast, "x", occasion="P9").status_code == 404
