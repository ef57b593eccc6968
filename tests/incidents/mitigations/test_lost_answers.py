"""Refusals, lost answers and dead workers: what was sent is found out, and nothing is sent twice."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from accounts.database_time import database_now
from cluster.models import CatalogueEntry
from embedded.configuration import ROOT
from embedded.processes import wait_until
from incidents.act_refusals import CannotAct
from incidents.models import Incident, Mitigation
from incidents.services.ask_pagerduty import Act
from incidents.services.propose_mitigation import propose_way_back
from incidents.services.read_target import Reach
from incidents.services.reconcile_mitigation import reconcile_mitigation
from incidents.services.run_mitigation import run_mitigation
from incidents.services.watch_mitigation import due_mitigations
from simulators.aws.testing import RunningAws
from simulators.kubernetes.resources import PODS
from simulators.kubernetes.testing import RunningCluster
from tests.cast import Cast
from tests.factories import make_incident
from tests.incidents.mitigations.doing import (
    GATEWAY,
    call,
    called,
    checked,
    codes,
    confirmed,
    due_now,
    look,
    story,
    watched,
    world_of,
    writes,
)

GATEWAY_PATH = "/apis/apps/v1/namespaces/chatops/deployments/chatops-gateway"
IN_TIME = pytest.mark.django_db
#: A fault of the API server, and the obstacle that it is told as.
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"hang_for": 30.0}, "timeout"),
    ({"reset": True}, "unreachable"),
    ({"status": 401}, "unauthorized"),
    ({"status": 404}, "not_found"),
    ({"status": 409}, "conflict"),
    ({"status": 429}, "limited"),
    ({"status": 500}, "broken"),
    ({"truncated": True}, "malformed"),
]


def reconciled(reach: Reach, mitigation: Mitigation) -> Mitigation:
    due_now(mitigation)
    reconcile_mitigation(mitigation_id=mitigation.pk, reach=reach)
    mitigation.refresh_from_db()
    return mitigation


def long_ago(mitigation: Mitigation) -> None:
    """Lets two minutes pass since its call."""
    at = database_now() - timedelta(minutes=2)
    Mitigation.objects.filter(pk=mitigation.pk).update(called_at=at)


@IN_TIME
@pytest.mark.parametrize(("fault", "obstacle"), FAULTS)
def test_a_dry_run_that_is_not_answered(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry, fault: dict[str, Any], obstacle: str
) -> None:
    before = world_of(cluster)
    cluster.fail(method="PATCH", times=None, **fault)
    mitigation = checked(reach, cast.responder, make_incident(), "scale", by=1)
    assert (mitigation.state, codes(mitigation)) == ("blocked", ["!unreadable"])
    assert mitigation.findings[0]["data"]["obstacle"] == obstacle
    assert "Nothing was tried" in story(mitigation.incident)[-1]
    assert world_of(cluster) == before


@IN_TIME
def test_a_dry_run_that_is_refused_is_told_in_the_servers_words(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    cluster.fail(
        method="PATCH", status=422, message='admission webhook "freeze" denied the request: no changes on Friday'
    )
    mitigation = checked(reach, cast.responder, make_incident(), "restart")
    assert codes(mitigation) == ["!refused"]
    assert "no changes on Friday" in story(mitigation.incident)[-1]


@IN_TIME
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 401}, "refused"),
        ({"status": 403}, "refused"),
        ({"status": 404}, "refused"),
        ({"status": 409}, "changed"),
        ({"status": 422}, "refused"),
        ({"status": 429}, "refused"),
    ],
)
def test_a_call_that_is_refused_has_failed(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry, fault: dict[str, Any], code: str
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "scale", by=1)
    before = world_of(cluster)
    cluster.fail(method="PATCH", times=None, **fault)
    call(reach, mitigation)
    assert (mitigation.state, mitigation.verdict["code"], mitigation.was_done) == ("failed", code, False)
    assert world_of(cluster) == before
    with pytest.raises(CannotAct):
        propose_way_back(act=Act(mitigation.incident_id, cast.responder), mitigation_id=mitigation.pk)


#: Faults after which nobody knows; with `is_applied` it arrived.
LOST: list[dict[str, Any]] = [
    {"hang_for": 30.0},
    {"reset": True},
    {"status": 500},
    {"status": 504},
    {"truncated": True},
]


@IN_TIME
@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize(("verb", "given"), [("scale", {"by": 1}), ("restart", {}), ("roll_back", {})])
def test_it_arrived_and_the_answer_was_lost(
    cast: Cast,
    cluster: RunningCluster,
    reach: Reach,
    gateway: CatalogueEntry,
    verb: str,
    given: dict[str, Any],
    fault: dict[str, Any],
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), verb, **given)
    cluster.fail(method="PATCH", is_applied=True, **fault)
    assert call(reach, mitigation).state == "unknown"
    assert reconciled(reach, mitigation).state == "watching"
    watched(reach, cluster, mitigation)
    assert (mitigation.state, mitigation.verdict["code"]) == ("succeeded", "healthy")
    assert len(writes(cluster)) == 1


@IN_TIME
@pytest.mark.parametrize("fault", [{"hang_for": 30.0}, {"reset": True}, {"status": 500}])
def test_it_did_not_arrive_and_is_not_sent_again(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry, fault: dict[str, Any]
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "scale", by=1)
    before = world_of(cluster)
    cluster.fail(method="PATCH", **fault)
    assert call(reach, mitigation).state == "unknown"
    # A server may still have it in hand.
    assert reconciled(reach, mitigation).state == "unknown"
    long_ago(mitigation)
    reconciled(reach, mitigation)
    assert (mitigation.state, mitigation.verdict["code"]) == ("failed", "not_arrived")
    assert run_mitigation(mitigation_id=mitigation.pk, reach=reach) is None
    assert len(writes(cluster)) == 1
    assert world_of(cluster) == before
    assert "it did not arrive, and nothing was changed" in story(mitigation.incident)[-1]


@IN_TIME
def test_a_call_that_can_never_be_accepted_any_more_is_not_waited_for(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "scale", by=1)
    cluster.fail(method="PATCH", reset=True)
    call(reach, mitigation)
    cluster.scale(GATEWAY, 6)
    reconciled(reach, mitigation)
    assert (mitigation.state, mitigation.verdict["code"]) == ("failed", "not_arrived")


@IN_TIME
def test_while_the_cluster_cannot_be_asked_it_stays_unknown(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "restart")
    cluster.fail(method="PATCH", is_applied=True, reset=True)
    call(reach, mitigation)
    cluster.fail(method="GET", path_prefix=GATEWAY_PATH, times=2, status=500)
    for _ in range(2):
        assert reconciled(reach, mitigation).state == "unknown"
        assert mitigation.last_error.startswith("broken")
        assert due_mitigations() == [], "it is asked again in a moment, not at once"
    assert reconciled(reach, mitigation).state == "watching"


@IN_TIME
@pytest.mark.parametrize("is_applied", [True, False])
def test_deleting_a_pod_whose_answer_was_lost(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry, is_applied: bool
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "delete_pod", choose="oldest")
    cluster.fail(method="DELETE", is_applied=is_applied, reset=True)
    assert call(reach, mitigation).state == "unknown"
    if is_applied:
        assert reconciled(reach, mitigation).state == "watching"
        assert watched(reach, cluster, mitigation).state == "succeeded"
    else:
        assert reconciled(reach, mitigation).state == "unknown"
        long_ago(mitigation)
        assert reconciled(reach, mitigation).state == "failed"
        assert (("chatops", mitigation.pod) in cluster.world.store.objects[PODS]) is True
    assert len(writes(cluster)) == 1


@IN_TIME
def test_a_reboot_whose_answer_was_lost(
    cast: Cast, aws: RunningAws, reach_aws: Reach, gateway: CatalogueEntry, settings: Any
) -> None:
    settings.RDS_REBOOT_ALLOWED = True
    CatalogueEntry.objects.update(allowed_verbs=["reboot_rds"])
    aws.reboots_take(60)
    mitigation = confirmed(reach_aws, cast.responder, make_incident(), "reboot_rds")
    aws.fail(action="RebootDBInstance", is_applied=True, reset=True)
    assert call(reach_aws, mitigation).state == "unknown"
    assert reconciled(reach_aws, mitigation).state == "watching"
    assert aws.count("RebootDBInstance") == 1


@IN_TIME
def test_what_somebody_changed_after_the_dry_run_is_left_alone(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "scale", by=2)
    cluster.scale(GATEWAY, 6)
    call(reach, mitigation)
    assert (mitigation.state, mitigation.verdict["code"]) == ("failed", "changed")
    assert writes(cluster) == []
    assert cluster.deployment(GATEWAY)["spec"]["replicas"] == 6


@IN_TIME
def test_a_status_that_moves_is_no_change(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    """Every pod that becomes ready, or stops being so, moves the deployment's version; in an incident they do so all the time."""
    mitigation = confirmed(reach, cast.responder, make_incident(), "scale", by=2)
    was = cluster.deployment(GATEWAY)["metadata"]["resourceVersion"]
    cluster.declare("chatops/gateway:v1.2.3", "bad")
    cluster.advance(30)
    assert cluster.deployment(GATEWAY)["metadata"]["resourceVersion"] != was
    cluster.fail(method="PATCH", status=409, times=2)
    assert call(reach, mitigation).state == "watching"
    assert [status for _method, status in writes(cluster)] == [409, 409, 200]


@IN_TIME
def test_another_pod_of_that_name_is_not_deleted(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "delete_pod", choose="oldest")
    Mitigation.objects.update(expected="another-uid")
    call(reach, mitigation)
    assert (mitigation.state, mitigation.verdict["finding"]["code"]) == ("blocked", "pod_gone")
    assert ("chatops", mitigation.pod) in cluster.world.store.objects[PODS]


@IN_TIME
def test_a_cluster_that_is_away_before_the_call(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "restart")
    cluster.fail(path_prefix=GATEWAY_PATH, reset=True)
    call(reach, mitigation)
    assert (mitigation.state, mitigation.verdict["code"]) == ("failed", "not_sent")
    assert writes(cluster) == []


@IN_TIME
@pytest.mark.parametrize(("fault", "obstacle"), FAULTS)
def test_a_look_that_fails_is_looked_again(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry, fault: dict[str, Any], obstacle: str
) -> None:
    mitigation = called(reach, cast.responder, make_incident(), "scale", by=1)
    cluster.fail(method="GET", path_prefix=GATEWAY_PATH, **fault)
    look(reach, mitigation)
    if obstacle == "not_found":
        assert (mitigation.state, mitigation.verdict["code"]) == ("failed", "gone")
        return
    assert (mitigation.state, mitigation.last_error.partition(":")[0]) == ("watching", obstacle)
    assert watched(reach, cluster, mitigation).state == "succeeded"
    assert mitigation.last_error == ""


@IN_TIME
def test_what_nobody_could_see_is_not_waited_for_for_ever(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = called(reach, cast.responder, make_incident(), "scale", by=1)
    cluster.fail(method="GET", path_prefix=GATEWAY_PATH, times=None, status=500)
    Mitigation.objects.update(deadline_at=database_now() - timedelta(minutes=9))
    assert look(reach, mitigation).state == "watching"
    Mitigation.objects.update(deadline_at=database_now() - timedelta(minutes=11))
    assert look(reach, mitigation).state == "failed"
    assert (mitigation.verdict["code"], mitigation.was_done) == ("unseen", True)


WORKER = """
import sys, django
django.setup()
from incidents.mitigation_tasks import reach
from incidents.services.run_mitigation import run_mitigation
run_mitigation(mitigation_id=int(sys.argv[1]), reach=reach())
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("method", "is_applied", "state"),
    [("GET", False, "failed"), ("PATCH", False, "failed"), ("PATCH", True, "watching")],
    ids=["between claim and call", "in the call", "after the call, before its answer"],
)
def test_a_worker_that_is_killed(
    cast: Cast,
    cluster: RunningCluster,
    reach: Reach,
    gateway: CatalogueEntry,
    method: str,
    is_applied: bool,
    state: str,
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "scale", by=1)
    cluster.clear_calls()
    cluster.fail(method=method, path_prefix=GATEWAY_PATH, is_applied=is_applied, hang_for=60.0)
    address = urlsplit(os.environ["DATABASE_URL"])
    variables = os.environ | {
        "DATABASE_URL": urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}")),
        "DJANGO_SETTINGS_MODULE": "oncall_portal.settings",
    }
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(mitigation.pk)], env=variables, cwd=ROOT)
    assert wait_until(lambda: cluster.count(method, GATEWAY_PATH) > 0, within_s=60)
    if is_applied:
        assert wait_until(lambda: cluster.deployment(GATEWAY)["spec"]["replicas"] == 4, within_s=10)
    worker.send_signal(signal.SIGKILL)
    worker.wait()

    mitigation.refresh_from_db()
    assert (mitigation.state, due_mitigations()) == ("calling", []), "it is still the dead worker's"
    Mitigation.objects.update(next_attempt_at=database_now())
    assert [pk for pk, _state in due_mitigations()] == [mitigation.pk]
    if not is_applied:
        assert reconciled(reach, mitigation).state == "unknown"
        long_ago(mitigation)
    assert reconciled(reach, mitigation).state == state
    assert len(writes(cluster)) == (1 if method == "PATCH" else 0)
    if is_applied:
        assert watched(reach, cluster, mitigation).state == "succeeded"
        assert len(writes(cluster)) == 1


@IN_TIME
def test_a_worker_that_was_thought_dead_sends_nothing_any_more(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    """Its row was reconciled while it looked at the deployment: it finds that the call is not its own any more."""
    mitigation = confirmed(reach, cast.responder, make_incident(), "scale", by=1)

    def slow(context: str) -> Any:
        Mitigation.objects.filter(pk=mitigation.pk).update(state="unknown")
        return reach.cluster_of(context)

    assert run_mitigation(mitigation_id=mitigation.pk, reach=Reach(slow, reach.aws)) is None
    assert writes(cluster) == []
    assert Incident.objects.get().mitigations.get().state == "unknown"
