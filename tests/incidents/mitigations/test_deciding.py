"""Proposing, confirming and withdrawing: who may, what must be typed, what has expired, and who was faster."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.database_time import database_now
from accounts.models import AuditRecord, User
from cluster.enums import MitigationVerb
from cluster.models import CatalogueEntry, ClusterState
from incidents.act_refusals import CannotAct
from incidents.models import Incident, Mitigation
from incidents.services.ask_pagerduty import Act
from incidents.services.check_mitigation import check_mitigation
from incidents.services.confirm_mitigation import confirm_mitigation, withdraw_mitigation
from incidents.services.propose_mitigation import propose_mitigation, propose_way_back
from incidents.services.read_target import Reach
from incidents.services.run_mitigation import run_mitigation
from simulators.kubernetes.testing import RunningCluster
from tests.cast import Cast
from tests.factories import make_incident, make_resolved
from tests.incidents.mitigations.doing import (
    GATEWAY,
    call,
    called,
    checked,
    codes,
    confirm,
    confirmed,
    due_now,
    propose,
    story,
    watched,
    writes,
)

pytestmark = pytest.mark.django_db


def reason(caught: pytest.ExceptionInfo[CannotAct]) -> str:
    assert "%(" not in caught.value.text
    return caught.value.reason


def test_the_same_key_and_the_same_thing_are_one_proposal(cast: Cast, gateway: CatalogueEntry) -> None:
    incident = make_incident()
    first = propose(cast.responder, incident, "scale", key="page", by=2)
    assert propose(cast.responder, incident, "scale", key="page", by=2) == first
    assert propose(cast.responder, incident, "scale", key="another page", by=2) == first
    assert propose(cast.teammate, incident, "scale", by=2) == first
    assert propose(cast.responder, incident, "scale", by=3) != first
    assert Mitigation.objects.count() == 2
    assert len(story(incident)) == 2
    assert AuditRecord.objects.filter(verb="propose_mitigation").count() == 2


def test_what_has_ended_is_proposed_anew(cast: Cast, gateway: CatalogueEntry) -> None:
    incident = make_incident()
    first = propose(cast.responder, incident, "restart", key="page")
    withdraw_mitigation(act=Act(incident.pk, cast.responder), mitigation_id=first.pk)
    assert propose(cast.responder, incident, "restart", key="page") == first
    assert propose(cast.responder, incident, "restart", key="the page as it is now") != first


def test_who_may_not_and_what_cannot_be_proposed(cast: Cast) -> None:
    incident, over = make_incident(1), make_resolved(2, minutes_old=30)
    CatalogueEntry.objects.update(namespace="")
    cases: list[tuple[User, Incident, str, dict[str, Any], str]] = [
        (cast.responder, over, "restart", {}, "not_open"),
        (cast.viewer, incident, "restart", {}, "no_role"),
        (cast.responder, incident, "scale", {"by": 0}, "bad_parameters"),
        (cast.responder, incident, "restart", {}, "unmapped"),
    ]
    for user, about, verb, given, why in cases:
        with pytest.raises(CannotAct) as caught:
            propose(user, about, verb, **given)
        assert reason(caught) == why
    assert not Mitigation.objects.exists()


def test_p1_in_production_is_typed(cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry) -> None:
    mitigation = checked(reach, cast.responder, make_incident(), "scale", by=1)
    act = Act(mitigation.incident_id, cast.responder)
    for typed in ("", "chatops", "Chatops-Gateway", "chatops-engine"):
        with pytest.raises(CannotAct) as caught:
            confirm_mitigation(act=act, mitigation_id=mitigation.pk, typed=typed)
        assert reason(caught) == "not_typed"
    assert confirm_mitigation(act=act, mitigation_id=mitigation.pk, typed=f" {GATEWAY} ").state == "confirmed"


@pytest.mark.parametrize("title", ["[P2] High CPU - chatops-gateway", "[P0] Down - chatops-gateway"])
def test_elsewhere_a_tap_is_enough(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry, title: str
) -> None:
    gateway.is_production = "P0" not in title
    gateway.save()
    mitigation = checked(reach, cast.responder, make_incident(title=title), "scale", by=1)
    act = Act(mitigation.incident_id, cast.responder)
    assert confirm_mitigation(act=act, mitigation_id=mitigation.pk, typed="").state == "confirmed"


def test_only_what_is_ready_is_confirmed(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    incident = make_incident()
    act = Act(incident.pk, cast.responder)
    waiting = propose(cast.responder, incident, "restart")
    blocked = checked(reach, cast.responder, incident, "scale", to=3)
    assert codes(blocked) == ["!same_replicas"]
    for mitigation, why in ((waiting, "still_checking"), (blocked, "not_ready")):
        with pytest.raises(CannotAct) as caught:
            confirm_mitigation(act=act, mitigation_id=mitigation.pk, typed=GATEWAY)
        assert reason(caught) == why
    with pytest.raises(CannotAct) as caught:
        confirm_mitigation(act=Act(incident.pk, cast.viewer), mitigation_id=waiting.pk, typed=GATEWAY)
    assert reason(caught) == "no_role"
    other = make_incident(2)
    with pytest.raises(Mitigation.DoesNotExist):
        confirm_mitigation(act=Act(other.pk, cast.responder), mitigation_id=waiting.pk, typed=GATEWAY)


def test_confirming_twice_is_confirming_once(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "scale", by=1)
    again = confirm_mitigation(act=Act(mitigation.incident_id, cast.teammate), mitigation_id=mitigation.pk, typed="")
    assert again.confirmed_by == cast.responder
    for _ in range(2):
        run_mitigation(mitigation_id=mitigation.pk, reach=reach)
    assert writes(cluster) == [("PATCH", 200)]
    assert len([line for line in story(mitigation.incident) if "confirmed" in line]) == 1


def test_an_old_check_is_made_anew_and_confirmed_again(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = checked(reach, cast.responder, make_incident(), "scale", by=1)
    Mitigation.objects.update(checked_at=database_now() - timedelta(minutes=5, seconds=1))
    cluster.scale(GATEWAY, 4)
    cluster.advance(30)
    with pytest.raises(CannotAct) as caught:
        confirm(cast.responder, mitigation)
    assert reason(caught) == "check_expired"
    mitigation.refresh_from_db()
    assert mitigation.state == "checking"
    check_mitigation(mitigation_id=mitigation.pk, reach=reach)
    assert call(reach, confirm(cast.responder, mitigation)).state == "watching"
    assert (mitigation.after["replicas"], cluster.deployment(GATEWAY)["spec"]["replicas"]) == (5, 5)


def test_withdrawing(cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "scale", by=1)
    act = Act(mitigation.incident_id, cast.teammate)
    for _ in range(2):
        assert withdraw_mitigation(act=act, mitigation_id=mitigation.pk).state == "withdrawn"
    assert run_mitigation(mitigation_id=mitigation.pk, reach=reach) is None
    assert writes(cluster) == []
    assert story(mitigation.incident)[-1] == "Scale chatops-gateway up by 1 replica: withdrawn; nothing was sent"
    begun = called(reach, cast.responder, mitigation.incident, "scale", by=2)
    with pytest.raises(CannotAct) as caught:
        withdraw_mitigation(act=act, mitigation_id=begun.pk)
    assert reason(caught) == "too_late"


def test_another_incidents_mitigation_on_the_same_deployment(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    first, second = make_incident(1), make_incident(2)
    mine = checked(reach, cast.responder, first, "scale", by=1)
    theirs = confirmed(reach, cast.teammate, second, "restart")
    with pytest.raises(CannotAct) as caught:
        confirm(cast.responder, mine)
    assert reason(caught) == "other_active"
    late = checked(reach, cast.responder, first, "scale", by=2)
    assert codes(late) == ["!other_active"]
    assert late.findings[0]["data"] == {"who": "Kenji Sato", "incident": second.pk, "verb": "restart"}
    watched(reach, cluster, call(reach, theirs))
    theirs.refresh_from_db()
    assert theirs.state == "succeeded"
    assert Mitigation.objects.get(pk=mine.pk).state == "ready"


def test_guard_rails_that_the_cluster_itself_has(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    incident = make_incident()
    pod = cluster.pods(GATEWAY)[0]["metadata"]["name"]
    cluster.deploy(GATEWAY, image="chatops/gateway:v1.2.4")
    assert codes(checked(reach, cast.responder, incident, "restart")) == ["!rolling_out"]
    cluster.advance(120)
    cluster.scale(GATEWAY, 2)
    cluster.advance(60)
    # The disruption budget wants two that are ready.
    assert codes(checked(reach, cast.responder, incident, "delete_pod", choose="oldest")) == ["!budget"]
    assert codes(checked(reach, cast.responder, incident, "delete_pod", pod=pod)) == ["!pod_gone"]
    assert codes(checked(reach, cast.responder, incident, "delete_pod", choose="unready")) == ["!no_pod"]
    assert codes(checked(reach, cast.responder, incident, "roll_back", revision=9)) == ["!no_revision"]
    assert codes(checked(reach, cast.responder, incident, "roll_back", revision=5)) == ["!same_template"]
    cluster.set_metrics(False)
    assert codes(checked(reach, cast.responder, incident, "delete_pod", choose="most_cpu")) == ["!no_metrics"]
    assert [call for call in cluster.calls if call.is_dry_run] == []


def test_an_autoscaler(cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry) -> None:
    CatalogueEntry.objects.update(deployment="chatops-web", selector="app=chatops-web")
    incident = make_incident()
    assert codes(checked(reach, cast.responder, incident, "scale", to=4)) == ["autoscaled"]
    assert codes(checked(reach, cast.responder, incident, "scale", to=8)) == ["!autoscaler_undoes"]
    cluster.deny("list", "horizontalpodautoscalers")
    assert codes(checked(reach, cast.responder, incident, "scale", to=5)) == ["unchecked"]


def test_what_the_portal_may_not_do(cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry) -> None:
    incident = make_incident()
    cluster.deny("patch", "deployments")
    # Nobody has asked the cluster for the permissions yet: the dry run tells.
    assert codes(checked(reach, cast.responder, incident, "restart")) == ["!forbidden"]
    ClusterState.objects.create(context="demo", namespace="chatops", permissions={"patch deployments.apps": False})
    cluster.clear_calls()
    assert codes(checked(reach, cast.responder, incident, "scale", by=1)) == ["!forbidden"]
    assert [each for each in cluster.calls if each.method == "PATCH"] == []
    assert "may not “patch deployments.apps”" in story(incident)[-1]


def test_a_deployment_that_is_not_there(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    CatalogueEntry.objects.update(deployment="no-such")
    assert codes(checked(reach, cast.responder, make_incident(), "restart")) == ["!no_target"]


def test_warnings_of_the_api_server_are_shown(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    cluster.warn("spec.template.spec is old-fashioned")
    mitigation = checked(reach, cast.responder, make_incident(), "restart")
    assert (mitigation.state, codes(mitigation)) == ("ready", ["warned"])
    assert mitigation.findings[0]["data"] == {"detail": "spec.template.spec is old-fashioned"}


def test_there_is_a_way_back_once_and_only_from_what_was_done(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    incident = make_incident()
    act = Act(incident.pk, cast.responder)
    mitigation = confirmed(reach, cast.responder, incident, "scale", by=2)
    with pytest.raises(CannotAct) as caught:
        propose_way_back(act=act, mitigation_id=mitigation.pk)
    assert reason(caught) == "no_way_back"
    watched(reach, cluster, call(reach, mitigation))
    # The catalogue names another one by now; the way back is where the mitigation was.
    CatalogueEntry.objects.update(deployment="chatops-engine")
    back = propose_way_back(act=act, mitigation_id=mitigation.pk)
    assert (back.verb, back.parameters, back.target, back.way_back_of) == ("scale", {"to": 3}, GATEWAY, mitigation)
    assert propose_way_back(act=act, mitigation_id=mitigation.pk) == back
    check_mitigation(mitigation_id=back.pk, reach=reach)
    watched(reach, cluster, call(reach, confirm(cast.responder, back)))
    cluster.advance(60)
    assert len(cluster.pods(GATEWAY)) == 3


def test_the_way_back_from_a_rollback_leads_to_the_release_before_it(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    incident = make_incident()
    mitigation = called(reach, cast.responder, incident, "roll_back")
    watched(reach, cluster, mitigation)
    assert images(cluster) == "chatops/gateway:v1.2.2"
    back = propose_way_back(act=Act(incident.pk, cast.responder), mitigation_id=mitigation.pk)
    check_mitigation(mitigation_id=back.pk, reach=reach)
    watched(reach, cluster, call(reach, confirm(cast.responder, back)))
    assert images(cluster) == "chatops/gateway:v1.2.3"


def images(cluster: RunningCluster) -> str:
    image: str = cluster.deployment(GATEWAY)["spec"]["template"]["spec"]["containers"][0]["image"]
    return image


def test_a_check_whose_worker_died_is_made_by_another_and_given_up_in_the_end(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = propose(cast.responder, make_incident(), "restart")
    Mitigation.objects.update(attempts=1, next_attempt_at=database_now() + timedelta(seconds=60))
    assert check_mitigation(mitigation_id=mitigation.pk, reach=reach) is None
    Mitigation.objects.update(attempts=3)
    due_now(mitigation)
    check_mitigation(mitigation_id=mitigation.pk, reach=reach)
    mitigation.refresh_from_db()
    assert (mitigation.state, codes(mitigation)) == ("blocked", ["!unreadable"])
    assert cluster.calls == []


def test_an_incident_that_ended_meanwhile(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    incident = make_incident()
    mitigation = propose(cast.responder, incident, "restart")
    Incident.objects.update(status="resolved")
    check_mitigation(mitigation_id=mitigation.pk, reach=reach)
    mitigation.refresh_from_db()
    assert codes(mitigation) == ["!over"]


def test_any_verb_is_proposed_through_one_service(cast: Cast, gateway: CatalogueEntry) -> None:
    given: dict[MitigationVerb, dict[str, Any]] = {
        MitigationVerb.SCALE: {"by": 1},
        MitigationVerb.DELETE_POD: {"choose": "oldest"},
    }
    incident = make_incident()
    for verb in MitigationVerb:
        act = Act(incident.pk, cast.responder)
        assert propose_mitigation(act=act, verb=verb, parameters=given.get(verb, {})).state == "checking"
