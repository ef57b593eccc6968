"""After a success: has the alert cleared? And the tasks that find what is to be gone on with."""

import re
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from cluster.models import CatalogueEntry
from incidents import mitigation_tasks as tasks
from incidents.enums import EntryKind, EntrySource
from incidents.models import Incident, Mitigation, TimelineEntry
from incidents.services.read_target import Reach
from incidents.services.watch_mitigation import due_mitigations, judge_alerts
from simulators.kubernetes.testing import RunningCluster
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.incidents.mitigations.doing import GATEWAY, called, confirmed, propose, story, watched

pytestmark = pytest.mark.django_db


@pytest.fixture
def succeeded(cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry) -> Mitigation:
    incident = make_incident()
    return watched(reach, cluster, called(reach, cast.responder, incident, "scale", by=1))


def resolve(incident: Incident, *, after: timedelta) -> None:
    called_at = Mitigation.objects.get().called_at
    assert called_at is not None
    TimelineEntry.objects.create(
        incident=incident,
        kind=EntryKind.RESOLVED,
        source=EntrySource.PAGERDUTY,
        source_id="R1",
        occurred_at=called_at + after,
    )


def finished_before(**ago: float) -> None:
    Mitigation.objects.update(finished_at=database_now() - timedelta(**ago))


def test_the_alert_clears(cast: Cast, succeeded: Mitigation) -> None:
    assert succeeded.verdict["alert"] == "awaited"
    assert "Waiting whether the alert clears." in room(cast, succeeded)
    assert judge_alerts() == 0
    resolve(succeeded.incident, after=timedelta(minutes=2))
    assert (judge_alerts(), judge_alerts()) == (1, 0)
    assert story(succeeded.incident)[-1] == "Scale chatops-gateway up by 1 replica: the alert cleared after 2 min"
    html = room(cast, succeeded)
    assert "Pods healthy after" in html
    assert "The alert cleared after 2 min." in html


def test_the_alert_rings_on_and_clears_in_the_end(cast: Cast, succeeded: Mitigation) -> None:
    finished_before(minutes=2, seconds=50)
    assert judge_alerts() == 0
    finished_before(minutes=3)
    assert (judge_alerts(), judge_alerts()) == (1, 0)
    assert "the alert still rings" in story(succeeded.incident)[-1]
    assert "But the alert still rings." in room(cast, succeeded)
    resolve(succeeded.incident, after=timedelta(minutes=10))
    assert judge_alerts() == 1
    assert story(succeeded.incident)[-1].endswith("the alert cleared after 10 min")


def test_nobody_asks_for_ever(succeeded: Mitigation) -> None:
    finished_before(minutes=31)
    resolve(succeeded.incident, after=timedelta(minutes=31))
    assert judge_alerts() == 0


def test_a_resolution_before_the_call_is_none_of_its_doing(succeeded: Mitigation) -> None:
    resolve(succeeded.incident, after=timedelta(minutes=-1))
    assert judge_alerts() == 0


def room(cast: Cast, mitigation: Mitigation) -> str:
    page: str = browser_of(cast.viewer).get(f"/incidents/{mitigation.incident_id}/").content.decode()
    return page


def test_the_guides_step_is_done(cast: Cast, succeeded: Mitigation) -> None:
    incident = succeeded.incident
    Incident.objects.update(status="acknowledged")
    TimelineEntry.objects.create(
        incident=incident,
        kind=EntryKind.SEVERITY_JUDGED,
        source=EntrySource.PORTAL,
        occurred_at=database_now(),
        actor=cast.responder,
        data={"from": "P1", "to": "P1", "source": "judged"},
    )
    assert current_step(room(cast, succeeded)) == "Resolve or escalate"
    Mitigation.objects.update(state="failed")
    assert current_step(room(cast, succeeded)) == "Act"


def current_step(html: str) -> str:
    found = re.search(r'aria-current="step">.*?"step-label">([^<]+)<', html, re.DOTALL)
    assert found
    return found[1]


def test_the_tasks_do_it_all(cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry) -> None:
    incident = make_incident()
    mitigation = propose(cast.responder, incident, "scale", by=1)
    assert due_mitigations() == [(mitigation.pk, "checking")]
    assert tasks.check_mitigation(mitigation.pk) == f"mitigation {mitigation.pk}: ready"
    assert tasks.check_mitigation(mitigation.pk).endswith("nothing new")
    assert due_mitigations() == []
    Mitigation.objects.update(state="confirmed", confirmed_by=cast.responder, confirmed_at=database_now())
    assert due_mitigations() == [(mitigation.pk, "confirmed")]
    assert tasks.run_mitigation(mitigation.pk).startswith(f"mitigation {mitigation.pk}: watching")
    assert cluster.deployment(GATEWAY)["spec"]["replicas"] == 4
    assert tasks.reconcile_mitigation(mitigation.pk).endswith("nothing new")
    cluster.advance(60)
    Mitigation.objects.update(next_attempt_at=database_now())
    assert tasks.watch_mitigation(mitigation.pk).endswith("succeeded")
    assert set(tasks.TASKS) == {"checking", "confirmed", "calling", "unknown", "watching"}


def test_the_sweep_costs_two_queries_when_nothing_is_to_be_done(
    cast: Cast, gateway: CatalogueEntry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        assert tasks.watch_mitigations() == "0 due, 0 alerts judged"


def test_what_waits_for_a_worker_that_died_is_found(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "restart")
    assert tasks.watch_mitigations() == "1 due, 0 alerts judged"
    assert due_mitigations() == [(mitigation.pk, "confirmed")]
