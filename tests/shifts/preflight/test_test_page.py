"""A test page: rings its person alone, counts as no incident, is acknowledged in time or not, and is resolved."""

from datetime import timedelta

import pytest
import redis
from pytest_django import Settings

from accounts.database_time import database_now
from accounts.models import AuditRecord
from incidents.models import Incident
from incidents.services.drain_inbox import drain_inbox
from incidents.services.poll_pagerduty import poll_pagerduty
from integrations.pagerduty.client import PagerDuty
from integrations.pagerduty.paging import PagingClient
from shifts.enums import CheckVerdict, PreflightItem
from shifts.models import PagingTest, Preflight
from shifts.preflight.titles import key_in, title_of
from shifts.preflight_tasks import watch_test_pages
from shifts.services.look_at_paging import store_paging
from shifts.services.preparing import CannotPrepare
from shifts.services.read_paging import read_paging, service_of_test_pages
from shifts.services.send_test_page import open_tests, request_test_page
from shifts.test_pages import is_test_page
from simulators.pagerduty.model import Incident as PagerDutyIncident
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of
from tests.cluster.things import make_entry
from tests.incidents.deliveries import deliver, delivery, incident_data
from tests.shifts.preflight.things import make_preflight, make_shift

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(pagerduty: RunningSimulator) -> PagingClient:
    return PagingClient(token=pagerduty.token, base_url=pagerduty.url)


@pytest.fixture
def preflight(cast: Cast, client: PagingClient, valkey: redis.Redis, settings: Settings) -> Preflight:
    """Of somebody whose settings were just read."""
    settings.PREFLIGHT_TEST_SERVICE = "PGATEWY"
    preflight = make_preflight(make_shift(cast.responder))
    store_paging(person=preflight.person, paging=read_paging(client, "PRESP01"))
    return preflight


def ring(cast: Cast, preflight: Preflight) -> PagingTest:
    test = request_test_page(actor=cast.responder, preflight_id=preflight.pk)
    watch_test_pages()
    test.refresh_from_db()
    return test


def incident_of(pagerduty: RunningSimulator, test: PagingTest) -> PagerDutyIncident:
    found: PagerDutyIncident = pagerduty.world.incidents[test.incident_id]
    return found


def test_it_rings_its_person_with_high_urgency(pagerduty: RunningSimulator, cast: Cast, preflight: Preflight) -> None:
    test = ring(cast, preflight)
    incident = incident_of(pagerduty, test)
    assert incident.title == title_of(test.key)
    assert incident.urgency == "high"
    assert [assignment.user_id for assignment in incident.assignments] == ["PRESP01"]
    assert test.sent_at is not None
    assert test.due_at == test.sent_at + timedelta(minutes=5)
    assert AuditRecord.objects.filter(verb="send_test_page").count() == 1


def test_acknowledged_in_time_it_is_resolved_and_proves_it(
    pagerduty: RunningSimulator, cast: Cast, preflight: Preflight
) -> None:
    test = ring(cast, preflight)
    watch_test_pages()
    assert PagingTest.objects.get().finished_at is None
    pagerduty.acknowledge(incident_of(pagerduty, test))
    watch_test_pages()
    test.refresh_from_db()
    assert test.acknowledged_at is not None
    assert test.finished_at is not None
    assert incident_of(pagerduty, test).status == "resolved"
    check = preflight.checks.get(item=PreflightItem.PAGERDUTY)
    assert "test_acknowledged" in [each["code"] for each in check.seen]


def test_not_acknowledged_in_time_it_is_resolved_and_fails(
    pagerduty: RunningSimulator, cast: Cast, preflight: Preflight
) -> None:
    test = ring(cast, preflight)
    PagingTest.objects.update(due_at=database_now())
    watch_test_pages()
    check = preflight.checks.get(item=PreflightItem.PAGERDUTY)
    assert (check.verdict, check.seen[0]["code"]) == (CheckVerdict.FAILED, "test_missed")
    assert incident_of(pagerduty, test).status == "resolved"
    # Another one, acknowledged, makes it good.
    again = ring(cast, preflight)
    pagerduty.acknowledge(incident_of(pagerduty, again))
    watch_test_pages()
    check = preflight.checks.filter(item=PreflightItem.PAGERDUTY).latest("pk")
    assert "test_missed" not in [each["code"] for each in check.seen]


def test_one_is_under_way_at_a_time_and_nobody_rings_another(cast: Cast, preflight: Preflight) -> None:
    first = ring(cast, preflight)
    assert request_test_page(actor=cast.responder, preflight_id=preflight.pk) == first
    for actor in (cast.teammate, cast.manager):
        with pytest.raises(CannotPrepare, match="not_yours"):
            request_test_page(actor=actor, preflight_id=preflight.pk)


def test_who_is_no_pagerduty_user_is_told_so(cast: Cast, preflight: Preflight) -> None:
    preflight.person.pagerduty_id = cast.viewer.person_key
    preflight.person.save()
    with pytest.raises(CannotPrepare, match="no_pagerduty_user"):
        request_test_page(actor=cast.viewer, preflight_id=preflight.pk)


def test_an_answer_that_is_lost_rings_once(pagerduty: RunningSimulator, cast: Cast, preflight: Preflight) -> None:
    test = ring(cast, preflight)
    PagingTest.objects.update(incident_id="", sent_at=None)
    watch_test_pages()
    assert PagingTest.objects.get().incident_id == test.incident_id
    assert len(pagerduty.world.incidents) == 1


def test_trouble_with_pagerduty_is_shown_and_tried_again(
    pagerduty: RunningSimulator, cast: Cast, preflight: Preflight
) -> None:
    pagerduty.fail(path_prefix="/incidents", status=503)
    test = ring(cast, preflight)
    assert (test.incident_id, test.finished_at) == ("", None)
    assert test.last_error.startswith("broken")
    watch_test_pages()
    test.refresh_from_db()
    assert test.incident_id
    assert test.last_error == ""


def test_what_pagerduty_refuses_is_not_tried_again(cast: Cast, preflight: Preflight, settings: Settings) -> None:
    settings.PREFLIGHT_TEST_SERVICE = "PNOSUCH"
    test = ring(cast, preflight)
    assert test.finished_at is not None
    assert "Service not found" in test.last_error
    assert preflight.checks.count() == 0


def give_up(pagerduty: RunningSimulator, cast: Cast, preflight: Preflight) -> PagingTest:
    """A test page that rang, and which PagerDuty does not let the portal resolve."""
    test = ring(cast, preflight)
    PagingTest.objects.filter(pk=test.pk).update(due_at=database_now())
    pagerduty.fail(method="PUT", path_prefix="/incidents", status=403)
    watch_test_pages()
    test.refresh_from_db()
    return test


def test_one_that_is_left_open_says_so_and_is_resolved_later(
    pagerduty: RunningSimulator, cast: Cast, preflight: Preflight
) -> None:
    test = give_up(pagerduty, cast, preflight)
    assert test.finished_at is not None
    assert incident_of(pagerduty, test).status == "triggered"
    page = browser_of(cast.responder).get(f"/shifts/{preflight.shift_id}/preflight/").content.decode()
    assert "may still be open in PagerDuty" in page
    assert f'<a href="{test.html_url}" rel="noopener noreferrer">Resolve it in PagerDuty</a>' in page
    assert test.incident_id in test.html_url
    assert "did not take the test page" not in page
    assert request_test_page(actor=cast.responder, preflight_id=preflight.pk) != test, "another may be sent"
    PagingTest.objects.exclude(pk=test.pk).delete()

    watch_test_pages()
    assert incident_of(pagerduty, test).status == "triggered", "not at every look"
    for _ in range(2):
        pagerduty.fail(method="PUT", path_prefix="/incidents", status=503)
        PagingTest.objects.update(resolve_at=database_now())
        watch_test_pages()
    PagingTest.objects.update(resolve_at=database_now())
    watch_test_pages()
    assert incident_of(pagerduty, test).status == "resolved"
    assert open_tests() == []
    # Whether it was acknowledged in time nobody knows any more.
    assert "test_missed" not in str([check.seen for check in preflight.checks.all()])
    page = browser_of(cast.responder).get(f"/shifts/{preflight.shift_id}/preflight/").content.decode()
    assert "may still be open in PagerDuty" not in page


def test_one_that_was_acknowledged_while_nobody_could_look_is_a_proof(
    pagerduty: RunningSimulator, cast: Cast, preflight: Preflight
) -> None:
    test = ring(cast, preflight)
    pagerduty.acknowledge(incident_of(pagerduty, test))
    pagerduty.fail(method="GET", path_prefix=f"/incidents/{test.incident_id}", status=403)
    watch_test_pages()
    PagingTest.objects.update(resolve_at=database_now())
    watch_test_pages()
    test.refresh_from_db()
    assert (test.last_error, test.resolve_at) == ("", None)
    assert "test_acknowledged" in str(preflight.checks.latest("pk").seen)


def test_after_a_day_the_portal_leaves_it(pagerduty: RunningSimulator, cast: Cast, preflight: Preflight) -> None:
    test = give_up(pagerduty, cast, preflight)
    PagingTest.objects.update(resolve_at=database_now())
    assert open_tests() == [test.pk]
    PagingTest.objects.update(finished_at=database_now() - timedelta(days=1))
    assert open_tests() == []


def test_it_is_no_incident_of_the_portals(pagerduty: RunningSimulator, cast: Cast, preflight: Preflight) -> None:
    test = ring(cast, preflight)
    pagerduty.trigger()
    poll_pagerduty(pagerduty=PagerDuty(token=pagerduty.token, base_url=pagerduty.url))
    assert list(Incident.objects.values_list("what", flat=True)) == ["High Error Rate"]
    pagerduty.acknowledge(incident_of(pagerduty, test))
    watch_test_pages()
    poll_pagerduty(pagerduty=PagerDuty(token=pagerduty.token, base_url=pagerduty.url))
    assert Incident.objects.count() == 1


def test_its_webhook_is_no_incident_of_the_portals_either(cast: Cast, preflight: Preflight) -> None:
    test = request_test_page(actor=cast.responder, preflight_id=preflight.pk)
    # PagerDuty's webhook may be here before its answer to the portal is.
    deliver(delivery(data=incident_data(title=title_of(test.key))))
    deliver(delivery(data=incident_data(id="QOTHER", title=title_of("0" * 32))))
    drain_inbox()
    assert list(Incident.objects.values_list("pagerduty_id", flat=True)) == ["QOTHER"]


def test_nobody_hides_an_incident_behind_the_words(preflight: Preflight) -> None:
    assert not is_test_page(title_of("0" * 32), incident_id="QOTHER")
    assert key_in("High CPU") is None


def test_the_title_of_a_page_that_rang_hides_no_other_incident(
    pagerduty: RunningSimulator, cast: Cast, preflight: Preflight
) -> None:
    test = ring(cast, preflight)
    pagerduty.trigger(title=title_of(test.key))
    deliver(delivery(data=incident_data(id="QOTHER", title=title_of(test.key))))
    deliver(delivery(data=incident_data(id=test.incident_id, title=title_of(test.key))))
    drain_inbox()
    poll_pagerduty(pagerduty=PagerDuty(token=pagerduty.token, base_url=pagerduty.url))
    assert Incident.objects.count() == 2
    assert Incident.objects.filter(pagerduty_id="QOTHER").exists()
    assert not Incident.objects.filter(pagerduty_id=test.incident_id).exists()


def test_nor_does_that_of_one_that_never_rang_and_is_over(cast: Cast, preflight: Preflight) -> None:
    test = request_test_page(actor=cast.responder, preflight_id=preflight.pk)
    PagingTest.objects.update(finished_at=database_now())
    deliver(delivery(data=incident_data(title=title_of(test.key))))
    drain_inbox()
    assert Incident.objects.count() == 1


def test_what_is_an_incident_already_is_heard_whatever_its_title_becomes(cast: Cast, preflight: Preflight) -> None:
    deliver(delivery(data=incident_data()))
    drain_inbox()
    test = request_test_page(actor=cast.responder, preflight_id=preflight.pk)
    data = incident_data(title=title_of(test.key), status="acknowledged")
    deliver(delivery(event_type="incident.acknowledged", occurred_at="2026-03-02T03:05:00Z", data=data))
    drain_inbox()
    assert Incident.objects.get().status == "acknowledged"


def test_the_first_service_of_the_catalogue_stands_in(db: None, settings: Settings) -> None:
    assert service_of_test_pages() == ""
    make_entry(2)
    make_entry(1)
    assert service_of_test_pages() == "PSVC0001"
    settings.PREFLIGHT_TEST_SERVICE = "PGATEWY"
    assert service_of_test_pages() == "PGATEWY"


def test_a_persons_settings_are_read_without_their_number(client: PagingClient, pagerduty: RunningSimulator) -> None:
    paging = read_paging(client, "PRESP01")
    assert {method.kind for method in paging.methods} >= {"phone", "email"}
    assert {rule.urgency for rule in paging.rules} == {"high", "low"}
    assert "+" not in str(paging)
    assert "@" not in str(paging)
