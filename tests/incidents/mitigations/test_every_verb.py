"""Each verb from the proposal to the verdict and the way back, against the demo cluster."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from pytest_django import Settings

from accounts.models import AuditRecord
from cluster.models import CatalogueEntry
from embedded.processes import wait_until
from incidents.act_refusals import CannotAct
from incidents.models import Capture, Mitigation, SlaClock
from incidents.services.ask_pagerduty import Act
from incidents.services.check_mitigation import check_mitigation
from incidents.services.propose_mitigation import propose_way_back
from incidents.services.read_target import Reach
from simulators.aws.testing import RunningAws
from simulators.kubernetes.testing import RunningCluster
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.incidents.mitigations.doing import (
    GATEWAY,
    call,
    checked,
    codes,
    confirm,
    look,
    story,
    watched,
    world_of,
    writes,
)

pytestmark = pytest.mark.django_db


def test_scaling(cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry) -> None:
    incident = make_incident()
    before = world_of(cluster)
    mitigation = checked(reach, cast.responder, incident, "scale", by=2)
    assert world_of(cluster) == before
    assert (mitigation.state, codes(mitigation)) == ("ready", [])
    assert (mitigation.before["replicas"], mitigation.after["replicas"]) == (3, 5)
    assert mitigation.command == "kubectl --context demo -n chatops scale deployment/chatops-gateway --replicas=5"
    running = SlaClock.objects.filter(incident=incident, kind="respond", stopped_at=None)
    assert running.exists()
    confirm(cast.responder, mitigation)
    assert not running.exists()
    mitigation = call(reach, mitigation)
    assert (mitigation.state, writes(cluster)) == ("watching", [("PATCH", 200)])
    watched(reach, cluster, mitigation)
    assert (mitigation.state, mitigation.verdict["code"]) == ("succeeded", "healthy")
    assert mitigation.progress == {"ready": 5, "updated": 5, "total": 5}
    assert len(cluster.pods(GATEWAY)) == 5
    assert story(incident)[:2] == [
        "Lin Yu-ting proposed: Scale chatops-gateway up by 2 replicas",
        "Lin Yu-ting confirmed: Scale chatops-gateway up by 2 replicas "
        "(kubectl --context demo -n chatops scale deployment/chatops-gateway --replicas=5)",
    ]
    assert story(incident)[2].startswith("Scale chatops-gateway up by 2 replicas: pods healthy after ")
    verbs = AuditRecord.objects.order_by("sequence").values_list("verb", flat=True)
    assert list(verbs) == ["propose_mitigation", "confirm_mitigation"]


def test_restarting(cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry) -> None:
    names = {pod["metadata"]["name"] for pod in cluster.pods(GATEWAY)}
    before = world_of(cluster)
    mitigation = checked(reach, cast.responder, make_incident(), "restart")
    assert world_of(cluster) == before
    mitigation = call(reach, confirm(cast.responder, mitigation))
    watched(reach, cluster, mitigation)
    assert (mitigation.state, mitigation.verdict["code"]) == ("succeeded", "healthy")
    # A rollout is complete while its last old pod still goes down.
    left = {pod["metadata"]["name"] for pod in cluster.pods(GATEWAY) if "deletionTimestamp" not in pod["metadata"]}
    assert left
    assert not names & left


def test_rolling_back(cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry) -> None:
    cluster.deploy(GATEWAY, image="chatops/gateway:v1.2.4")
    cluster.advance(120)
    incident = make_incident()
    before = world_of(cluster)
    mitigation = checked(reach, cast.responder, incident, "roll_back", to="previous")
    assert world_of(cluster) == before
    assert mitigation.state == "ready", mitigation.findings
    assert (
        mitigation.command
        == "kubectl --context demo -n chatops rollout undo deployment/chatops-gateway --to-revision=4"
    )
    assert (mitigation.before["revision"], mitigation.after["to_revision"]) == (5, 4)
    assert any(line.startswith("-") and "v1.2.4" in line for line in mitigation.diff)
    mitigation = call(reach, confirm(cast.responder, mitigation))
    watched(reach, cluster, mitigation)
    assert (mitigation.state, mitigation.verdict["code"]) == ("succeeded", "healthy")
    back = propose_way_back(act=Act(number=incident.pk, actor=cast.responder), mitigation_id=mitigation.pk)
    check_mitigation(mitigation_id=back.pk, reach=reach)
    back.refresh_from_db()
    assert (back.state, back.after["to_revision"], back.way_back_of_id) == ("ready", 5, mitigation.pk)


@pytest.mark.parametrize("choice", ["most_memory", "most_cpu", "oldest"])
def test_deleting_a_pod(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry, choice: str
) -> None:
    hungry = cluster.pods(GATEWAY)[1]["metadata"]["name"]
    if choice == "most_memory":
        cluster.leak(hungry)
        cluster.advance(120)
    before = world_of(cluster)
    mitigation = checked(reach, cast.responder, make_incident(), "delete_pod", choose=choice)
    assert world_of(cluster) == before
    assert mitigation.state == "ready", mitigation.findings
    if choice == "most_memory":
        assert mitigation.pod == hungry
    assert mitigation.command == f"kubectl --context demo -n chatops delete pod {mitigation.pod}"
    mitigation = call(reach, confirm(cast.responder, mitigation))
    assert (mitigation.state, writes(cluster)) == ("watching", [("DELETE", 200)])
    watched(reach, cluster, mitigation)
    assert (mitigation.state, mitigation.verdict["code"]) == ("succeeded", "healthy")
    assert mitigation.pod not in {pod["metadata"]["name"] for pod in cluster.pods(GATEWAY)}
    with pytest.raises(CannotAct) as caught:
        propose_way_back(act=Act(number=mitigation.incident_id, actor=cast.responder), mitigation_id=mitigation.pk)
    assert caught.value.reason == "no_way_back"


def test_rebooting_a_database(
    cast: Cast,
    cluster: RunningCluster,
    aws: RunningAws,
    reach_aws: Reach,
    gateway: CatalogueEntry,
    settings: Settings,
) -> None:
    settings.RDS_REBOOT_ALLOWED = True
    gateway.allowed_verbs = ["reboot_rds"]
    gateway.save()
    aws.reboots_take(0.2)
    mitigation = checked(reach_aws, cast.responder, make_incident(), "reboot_rds")
    assert (mitigation.state, codes(mitigation)) == ("ready", ["connections_break"])
    assert (mitigation.target, aws.count("RebootDBInstance")) == ("chatops-prod", 0)
    assert mitigation.command.endswith("rds reboot-db-instance --db-instance-identifier chatops-prod")
    mitigation = call(reach_aws, confirm(cast.responder, mitigation))
    assert (mitigation.state, aws.count("RebootDBInstance")) == ("watching", 1)
    assert wait_until(lambda: look(reach_aws, mitigation).is_over, within_s=90)
    assert (mitigation.state, mitigation.verdict["code"]) == ("succeeded", "database_back")
    assert writes(cluster) == []


def test_rebooting_is_off_unless_somebody_switches_it_on(
    cast: Cast, aws: RunningAws, reach_aws: Reach, gateway: CatalogueEntry
) -> None:
    gateway.allowed_verbs = ["reboot_rds"]
    gateway.save()
    mitigation = checked(reach_aws, cast.responder, make_incident(), "reboot_rds")
    assert (mitigation.state, codes(mitigation)) == ("blocked", ["!reboot_off"])
    assert aws.count("DescribeDBInstances") == 0, "what nobody may touch is not asked about"


def test_after_it_evidence_is_captured_again(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry, django_capture_on_commit_callbacks: Any
) -> None:
    incident = make_incident()
    mitigation = call(reach, confirm(cast.responder, checked(reach, cast.responder, incident, "scale", to=4)))
    with django_capture_on_commit_callbacks(execute=True):
        watched(reach, cluster, mitigation)
    assert Capture.objects.filter(incident=incident, cause="mitigation").count() == 1
    room = browser_of(cast.responder).get(f"/incidents/{incident.pk}/").content.decode()
    assert "pods healthy after" in room


def test_a_bad_release_that_hangs_is_rolled_back_in_the_middle(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    cluster.deploy(GATEWAY, image="chatops/gateway:v1.2.5")
    cluster.advance(40)
    incident = make_incident()
    assert codes(checked(reach, cast.responder, incident, "scale", by=1)) == ["!rollout_fails"]
    assert codes(checked(reach, cast.responder, incident, "restart")) == ["!rollout_fails"]
    mitigation = checked(reach, cast.responder, incident, "roll_back")
    assert codes(mitigation) == ["ends_rollout"]
    watched(reach, cluster, call(reach, confirm(cast.responder, mitigation)))
    mitigation.refresh_from_db()
    assert (mitigation.state, mitigation.verdict["code"]) == ("succeeded", "healthy")


def test_a_release_that_does_not_start_fails_at_its_deadline(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    cluster.declare("chatops/gateway:v1.2.2", "bad")
    incident = make_incident()
    mitigation = call(reach, confirm(cast.responder, checked(reach, cast.responder, incident, "roll_back", revision=3)))
    cluster.advance(700)
    # A deadline that has passed is believed once the rollout is the one that was begun.
    assert look(reach, mitigation).state == "watching"
    Mitigation.objects.filter(pk=mitigation.pk).update(called_at=F("called_at") - timedelta(minutes=1))
    assert look(reach, mitigation).state == "failed"
    assert (mitigation.verdict["code"], mitigation.was_done) == ("rollout_failed", True)
    assert (
        "The way back: roll chatops-gateway back to revision 4"
        in browser_of(cast.responder).get(f"/incidents/{incident.pk}/").content.decode()
    )


def test_pods_that_no_node_takes_are_waited_for_so_long_and_no_longer(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    cluster.declare("chatops/gateway:v1.2.3", "bad")
    mitigation = call(reach, confirm(cast.responder, checked(reach, cast.responder, make_incident(), "scale", by=1)))
    cluster.advance(60)
    assert look(reach, mitigation).state == "watching"
    assert mitigation.progress["ready"] < mitigation.progress["total"]
    Mitigation.objects.filter(pk=mitigation.pk).update(deadline_at=mitigation.called_at)
    look(reach, mitigation)
    assert (mitigation.state, mitigation.verdict["code"]) == ("failed", "too_late")
    assert "not healthy in time (0 of 4 pods ready)" in story(mitigation.incident)[-1]
