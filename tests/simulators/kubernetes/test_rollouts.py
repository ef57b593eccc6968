"""What becomes of a patch: rollouts, rollbacks, pods that crash, images that do not exist, deadlines."""

from typing import Any

import pytest

from simulators.kubernetes.resources import Object
from simulators.kubernetes.shapes import condition
from simulators.kubernetes.testing import RunningCluster
from tests.simulators.kubernetes.http import GATEWAY, MERGE, STRATEGIC, ask

NAME, NAMESPACE = "chatops-gateway", "chatops"
GOOD, FAULTY, BAD, ABSENT = (f"chatops/gateway:{version}" for version in ("v1.2.3", "v1.2.4", "v1.2.5", "v9.9.9"))


def patch(cluster: RunningCluster, spec: dict[str, Any]) -> None:
    """A strategic patch of the gateway's spec."""
    assert ask(cluster, "PATCH", GATEWAY, {"spec": spec}, content_type=STRATEGIC).status == 200


def revisions(apps: Any) -> dict[int, Any]:
    """The gateway's ReplicaSets by revision."""
    sets = apps.list_namespaced_replica_set(NAMESPACE, label_selector=f"app={NAME}").items
    return {int(each.metadata.annotations["deployment.kubernetes.io/revision"]): each for each in sets}


def progress(deployment: Object) -> tuple[str, str]:
    """Status and reason of the condition Progressing."""
    found = condition(deployment, "Progressing")
    assert found is not None
    return found["status"], found["reason"]


def reasons(cluster: RunningCluster) -> set[str]:
    """Why the gateway's containers wait."""
    states = [each["state"] for pod in cluster.pods(NAME) for each in pod["status"].get("containerStatuses") or ()]
    return {state["waiting"]["reason"] for state in states if "waiting" in state}


def test_a_new_image_is_a_new_revision(cluster: RunningCluster, apps: Any) -> None:
    cluster.deploy(NAME, image=FAULTY)
    stale = cluster.deployment(NAME)
    assert stale["status"]["observedGeneration"] == stale["metadata"]["generation"] - 1
    cluster.advance(1)
    assert progress(cluster.deployment(NAME)) == ("True", "NewReplicaSetCreated")
    cluster.advance(2)
    assert progress(cluster.deployment(NAME)) == ("True", "ReplicaSetUpdated")
    cluster.advance(60)
    deployment = apps.read_namespaced_deployment(NAME, NAMESPACE)
    assert deployment.metadata.annotations["deployment.kubernetes.io/revision"] == "5"
    assert deployment.status.updated_replicas == deployment.status.available_replicas == 3
    assert progress(cluster.deployment(NAME)) == ("True", "NewReplicaSetAvailable")
    found = revisions(apps)
    assert [found[number].spec.replicas for number in (3, 4, 5)] == [0, 0, 3]
    assert {pod["spec"]["containers"][0]["image"] for pod in cluster.pods(NAME)} == {FAULTY}


def test_never_too_many_nor_too_few_pods(cluster: RunningCluster) -> None:
    patch(cluster, {"replicas": 8})
    cluster.advance(30)
    cluster.deploy(NAME, image=FAULTY)
    totals, availables = set(), set()
    for _ in range(90):
        cluster.advance(1)
        status = cluster.deployment(NAME)["status"]
        totals.add(status["replicas"])
        availables.add(status["availableReplicas"])
    assert (max(totals), min(availables)) == (10, 6)
    assert cluster.deployment(NAME)["status"]["updatedReplicas"] == 8


def test_a_rollback_uses_the_old_set_again_with_a_new_number(cluster: RunningCluster, apps: Any) -> None:
    before = revisions(apps)[4]
    cluster.deploy(NAME, image=FAULTY)
    cluster.advance(60)
    cluster.roll_back(NAME)
    cluster.advance(60)
    found = revisions(apps)
    assert sorted(found) == [1, 2, 3, 5, 6]
    assert found[6].metadata.uid == before.metadata.uid
    assert found[6].metadata.annotations["deployment.kubernetes.io/revision-history"] == "4"
    assert found[6].spec.replicas == 3
    assert found[6].metadata.annotations["kubernetes.io/change-cause"] == "Deploy chatops-gateway v1.2.3"


def test_a_restart_is_a_new_revision_too(cluster: RunningCluster, apps: Any) -> None:
    names = {pod["metadata"]["name"] for pod in cluster.pods(NAME)}
    annotations = {"kubectl.kubernetes.io/restartedAt": "2026-01-15T14:30:00Z"}
    patch(cluster, {"template": {"metadata": {"annotations": annotations}}})
    cluster.advance(60)
    assert names.isdisjoint(pod["metadata"]["name"] for pod in cluster.pods(NAME))
    assert 5 in revisions(apps)
    assert cluster.pods(NAME)[0]["metadata"]["annotations"] == annotations


def test_scaling_up_and_down(cluster: RunningCluster, apps: Any) -> None:
    cluster.scale(NAME, 5)
    cluster.advance(10)
    assert cluster.deployment(NAME)["status"]["readyReplicas"] == 5
    assert progress(cluster.deployment(NAME)) == ("True", "NewReplicaSetAvailable")
    old = {pod["metadata"]["name"] for pod in cluster.pods(NAME)}
    cluster.scale(NAME, 1)
    cluster.advance(10)
    [left] = cluster.pods(NAME)
    assert left["metadata"]["name"] in old
    cluster.scale(NAME, 0)
    cluster.advance(10)
    assert cluster.pods(NAME) == []
    assert sorted(revisions(apps)) == [1, 2, 3, 4]


def test_a_bad_image_crashes_again_and_again_and_the_old_pods_stay(cluster: RunningCluster) -> None:
    cluster.deploy(NAME, image=BAD)
    cluster.advance(34)  # In the middle of the wait after the second crash in a row.
    bad = [pod for pod in cluster.pods(NAME) if pod["spec"]["containers"][0]["image"] == BAD]
    assert len(bad) == 1
    assert len(cluster.pods(NAME)) == 4
    assert reasons(cluster) == {"CrashLoopBackOff"}
    [container] = bad[0]["status"]["containerStatuses"]
    assert bad[0]["status"]["phase"] == "Running"
    assert (container["ready"], container["lastState"]["terminated"]["exitCode"]) == (False, 1)
    restarts = container["restartCount"]
    assert restarts >= 2
    cluster.advance(120)
    assert cluster.pod(bad[0]["metadata"]["name"])["status"]["containerStatuses"][0]["restartCount"] > restarts
    events = ask(cluster, "GET", "/api/v1/namespaces/chatops/events").json["items"]
    counts = {
        event["reason"]: event.get("count")
        for event in events
        if event["involvedObject"]["name"] == bad[0]["metadata"]["name"]
    }
    assert counts["BackOff"] > 1
    assert "Unhealthy" in counts
    assert cluster.deployment(NAME)["status"]["availableReplicas"] == 3


def test_a_rollout_that_takes_too_long_and_its_rollback(cluster: RunningCluster) -> None:
    patch(cluster, {"progressDeadlineSeconds": 60})
    cluster.deploy(NAME, image=BAD)
    cluster.advance(100)
    assert progress(cluster.deployment(NAME)) == ("False", "ProgressDeadlineExceeded")
    cluster.roll_back(NAME)
    cluster.advance(30)
    assert progress(cluster.deployment(NAME)) == ("True", "NewReplicaSetAvailable")
    assert reasons(cluster) == set()


def test_an_image_that_does_not_exist(cluster: RunningCluster) -> None:
    cluster.deploy(NAME, image=ABSENT)
    cluster.advance(30)
    assert reasons(cluster) == {"ImagePullBackOff"}
    [pod] = [pod for pod in cluster.pods(NAME) if pod["spec"]["containers"][0]["image"] == ABSENT]
    assert pod["status"]["phase"] == "Pending"
    cluster.declare(ABSENT, None)
    cluster.advance(60)
    assert reasons(cluster) == set()


def test_a_paused_deployment_rolls_nothing_out_but_scales(cluster: RunningCluster) -> None:
    patch(cluster, {"paused": True})
    cluster.deploy(NAME, image=FAULTY)
    cluster.scale(NAME, 4)
    cluster.advance(30)
    assert {pod["spec"]["containers"][0]["image"] for pod in cluster.pods(NAME)} == {GOOD}
    assert len(cluster.pods(NAME)) == 4
    assert progress(cluster.deployment(NAME)) == ("Unknown", "DeploymentPaused")
    patch(cluster, {"paused": False})
    cluster.advance(60)
    assert {pod["spec"]["containers"][0]["image"] for pod in cluster.pods(NAME)} == {FAULTY}


def test_recreate_ends_all_before_it_begins(cluster: RunningCluster) -> None:
    body = {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}}
    assert ask(cluster, "PATCH", GATEWAY, body, content_type=MERGE).status == 200
    cluster.deploy(NAME, image=FAULTY)
    seen = set()
    for _ in range(30):
        cluster.advance(1)
        seen.add(frozenset(pod["spec"]["containers"][0]["image"] for pod in cluster.pods(NAME)))
    assert seen == {frozenset({GOOD}), frozenset({FAULTY})} | ({frozenset()} & seen)
    assert cluster.deployment(NAME)["status"]["availableReplicas"] == 3


def test_old_revisions_are_forgotten(cluster: RunningCluster, apps: Any) -> None:
    patch(cluster, {"revisionHistoryLimit": 2})
    cluster.deploy(NAME, image=FAULTY)
    cluster.advance(60)
    assert sorted(revisions(apps)) == [3, 4, 5]


def test_an_autoscaler_keeps_its_bounds(cluster: RunningCluster) -> None:
    cluster.scale("chatops-web", 9)
    cluster.advance(60)
    assert cluster.deployment("chatops-web")["spec"]["replicas"] == 6
    cluster.scale("chatops-web", 1)
    cluster.advance(60)
    assert cluster.deployment("chatops-web")["spec"]["replicas"] == 2


def test_a_budget_counts_what_is_healthy(cluster: RunningCluster, api: Any) -> None:
    cluster.scale(NAME, 2)
    cluster.advance(5)
    path = "/apis/policy/v1/namespaces/chatops/poddisruptionbudgets/chatops-gateway"
    assert ask(cluster, "GET", path).json["status"]["disruptionsAllowed"] == 0


def test_a_pod_that_leaks_is_killed_and_begins_anew(cluster: RunningCluster) -> None:
    name = cluster.pods("chatops-worker")[0]["metadata"]["name"]
    cluster.leak(name, mib_a_minute=200)
    cluster.advance(110)
    [container] = cluster.pod(name)["status"]["containerStatuses"]
    assert container["lastState"]["terminated"]["reason"] == "OOMKilled"
    assert (container["restartCount"], container["ready"]) == (1, True)


def test_events_are_forgotten_after_an_hour(cluster: RunningCluster) -> None:
    cluster.deploy(NAME, image=FAULTY)
    cluster.advance(60)
    cluster.advance(3_700)
    events = ask(cluster, "GET", "/api/v1/namespaces/chatops/events").json["items"]
    assert {event["reason"] for event in events} == {"FailedScheduling"}


@pytest.mark.parametrize("strategy", [{"maxSurge": 0, "maxUnavailable": 1}, {"maxSurge": 1, "maxUnavailable": 0}])
def test_other_limits(cluster: RunningCluster, strategy: dict[str, int]) -> None:
    patch(cluster, {"strategy": {"rollingUpdate": strategy}})
    cluster.deploy(NAME, image=FAULTY)
    totals, availables = set(), set()
    for _ in range(60):
        cluster.advance(1)
        totals.add(cluster.deployment(NAME)["status"]["replicas"])
        availables.add(cluster.deployment(NAME)["status"]["availableReplicas"])
    assert (max(totals), min(availables)) == (3 + strategy["maxSurge"], 3 - strategy["maxUnavailable"])
    assert cluster.deployment(NAME)["status"]["updatedReplicas"] == 3
