"""The poll: what it stores, what it costs, what it says where it cannot read."""

from typing import Any

import pytest
import redis
from pytest_django import DjangoCaptureOnCommitCallbacks

from cluster.models import Change, ClusterState
from cluster.services.poll_cluster import PollReport, poll_cluster
from cluster.tasks import poll_cluster as task
from integrations.errors import IntegrationError
from integrations.kubernetes.client import Cluster
from simulators.kubernetes.resources import PODS
from simulators.kubernetes.testing import RunningCluster, running_cluster

pytestmark = pytest.mark.django_db

GATEWAY = "chatops-gateway"


def poll(**client: Any) -> PollReport:
    return poll_cluster(context="", namespace="chatops", cluster=Cluster(**client))


def lights() -> dict[str, tuple[int, int, str]]:
    """Ready, wanted and the rollout's state of each deployment."""
    state = ClusterState.objects.get()
    return {each["name"]: (each["ready"], each["replicas"], each["state"]) for each in state.workloads}


def test_a_namespace_that_is_well(cluster: RunningCluster) -> None:
    report = poll()
    assert report.rollouts > 0  # those of the last week
    state = ClusterState.objects.get()
    assert lights()[GATEWAY] == (3, 3, "complete")
    assert state.obstacle is None
    assert state.succeeded_at is not None
    assert [each["reason"] for each in state.unwell] == ["Pending"]
    assert state.permissions
    assert state.missing_permissions == []
    assert all(each["cpu_millicores"] for each in state.workloads)
    assert len(state.events) <= 10


def test_a_bad_rollout_is_seen_and_is_a_change(cluster: RunningCluster) -> None:
    poll()
    before = Change.objects.count()
    cluster.deploy(GATEWAY, image="chatops/gateway:v1.2.5")
    cluster.advance(40)
    poll()
    ready, wanted, state = lights()[GATEWAY]
    assert ready < wanted or state == "progressing"
    assert "CrashLoopBackOff" in ClusterState.objects.get().reasons
    change = Change.objects.latest("recorded_at", "pk")
    assert Change.objects.count() == before + 1
    assert change.title == "chatops-gateway: v1.2.3 → v1.2.5"
    cluster.roll_back(GATEWAY)
    cluster.advance(60)
    poll()
    assert lights()[GATEWAY] == (3, 3, "complete")
    assert Change.objects.latest("recorded_at", "pk").title == "chatops-gateway: v1.2.5 → v1.2.3"


def test_a_poll_that_finds_the_same_tells_nobody(
    cluster: RunningCluster,
    valkey: redis.Redis,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    poll()
    with django_capture_on_commit_callbacks() as told:
        poll()
    assert told == []
    cluster.scale(GATEWAY, 4)
    cluster.advance(20)
    with django_capture_on_commit_callbacks() as told:
        poll()
    assert len(told) == 1


def test_what_a_poll_asks(cluster: RunningCluster) -> None:
    poll()
    cluster.clear_calls()
    poll()
    # Permissions are known for ten minutes, revisions are read where they changed.
    assert [call.path.rpartition("/")[2] for call in cluster.calls] == ["pods", "deployments", "events", "pods"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 401}, "unauthorized"),
        ({"status": 403}, "forbidden"),
        ({"status": 429}, "limited"),
        ({"status": 500}, "broken"),
        ({"reset": True}, "unreachable"),
        ({"hang_for": 30}, "timeout"),
        ({"raw_body": '{"kind": "PodList", "items": [{'}, "malformed"),
    ],
)
def test_what_cannot_be_read_keeps_what_was_known(cluster: RunningCluster, fault: dict[str, Any], code: str) -> None:
    poll()
    known = lights()
    cluster.fail(path_prefix="/api/v1/namespaces/chatops/pods", times=None, **fault)
    with pytest.raises(IntegrationError):
        poll(timeout=0.3)
    state = ClusterState.objects.get()
    assert state.obstacle is not None
    assert state.obstacle.value == code
    since = state.failing_since
    assert since is not None
    assert lights() == known
    with pytest.raises(IntegrationError):
        poll(timeout=0.3)
    assert ClusterState.objects.get().failing_since == since
    cluster.simulator.faults.clear()
    poll()
    state = ClusterState.objects.get()
    assert (state.error, state.failing_since) == ("", None)


def test_secrets_in_events_and_refusals_are_not_kept(cluster: RunningCluster) -> None:
    secret = "postgres://chatops:hunter2@db/chatops"
    with cluster.world.transaction():
        pod = cluster.pods(GATEWAY)[0]
        cluster.world.record(PODS, pod, "Unhealthy", f"cannot reach {secret}", component="kubelet", is_warning=True)
    poll()
    assert any(event["reason"] == "Unhealthy" for event in ClusterState.objects.get().events)
    cluster.fail(status=500, message=f"etcd at {secret}", times=None)
    with pytest.raises(IntegrationError):
        poll()
    state = ClusterState.objects.get()
    assert "etcd at" in state.error
    assert "hunter2" not in f"{state.events} {state.error}"


def test_a_list_that_expires_is_read_anew(cluster: RunningCluster) -> None:
    cluster.seed_pods(1_200)
    # The first page is let through.
    cluster.fail(path_prefix="/api/v1/namespaces/chatops/pods")
    cluster.fail(path_prefix="/api/v1/namespaces/chatops/pods", status=410)
    assert poll().pods > 1_200


def test_without_a_metrics_server_the_rest_is_read(cluster: RunningCluster) -> None:
    cluster.set_metrics(False)
    poll()
    state = ClusterState.objects.get()
    assert state.metrics_obstacle is not None
    assert state.metrics_obstacle.value == "no_metrics"
    assert lights()[GATEWAY] == (3, 3, "complete")


def test_what_the_portal_may_not_do_is_known(cluster: RunningCluster) -> None:
    cluster.deny("patch", "deployments")
    poll()
    assert ClusterState.objects.get().missing_permissions == ["patch deployments.apps"]


def test_the_task_stores_why_there_is_no_cluster(
    cluster: RunningCluster, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")
    assert "chatops" in task()
    state = ClusterState.objects.get()
    assert state.obstacle is not None
    assert state.obstacle.value in ("not_configured", "bad_configuration")


def test_the_task_polls_every_namespace_of_the_catalogue(cluster: RunningCluster, valkey: redis.Redis) -> None:
    assert task().startswith("chatops: ")
    assert ClusterState.objects.get().succeeded_at is not None


def test_one_poll_at_a_time(cluster: RunningCluster, valkey: redis.Redis) -> None:
    valkey.set("portal:turn:poll-cluster", "1")
    assert task() == "under way"
    assert cluster.calls == []


def test_a_certificate_nobody_knows(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, valkey: redis.Redis) -> None:
    with running_cluster(tls=True) as stranger:
        path = tmp_path / "kubeconfig"
        path.write_text(stranger.kubeconfig())
        monkeypatch.setenv("KUBECONFIG", str(path))
        task()
    state = ClusterState.objects.get()
    assert state.obstacle is not None
    assert state.obstacle.value == "untrusted"
