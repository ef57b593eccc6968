"""What the client reads from the demo cluster: every method, over real HTTP."""

from datetime import UTC

import pytest

from integrations.errors import IntegrationError, Refused
from integrations.kubernetes.access import NEEDED
from integrations.kubernetes.client import Cluster
from integrations.kubernetes.types import Permission
from simulators.kubernetes.testing import RunningCluster

NAMESPACE, GATEWAY, PROXY = "chatops", "chatops-gateway", "chatops-db-proxy"


def refusal(caught: pytest.ExceptionInfo[IntegrationError]) -> tuple[type[IntegrationError], str]:
    return type(caught.value), caught.value.code


def test_its_version(cluster: Cluster) -> None:
    assert cluster.version().startswith("v1.")


def test_pods(cluster: Cluster) -> None:
    pods = cluster.pods(NAMESPACE)
    gateway = [pod for pod in pods if pod.labels["app"] == GATEWAY]
    assert len(gateway) == 3
    assert {(pod.phase, pod.reason, pod.is_ready) for pod in gateway} == {("Running", "Running", True)}
    assert {pod.owner.partition("/")[0] for pod in gateway} == {"ReplicaSet"}
    assert {pod.reason for pod in pods} == {"Running", "Completed", "Pending"}
    assert all(pod.created_at and pod.created_at.tzinfo is UTC for pod in pods)


def test_pods_by_label(cluster: Cluster) -> None:
    (first, *_others) = pods = cluster.pods(NAMESPACE, selector=f"app={GATEWAY}")
    assert {pod.labels["app"] for pod in pods} == {GATEWAY}
    assert [container.name for container in first.containers] == ["gateway"]
    assert cluster.pods(NAMESPACE, selector="app in (no,such)") == ()


def test_a_namespace_that_is_not_there_is_empty(cluster: Cluster) -> None:
    assert cluster.pods("nowhere") == ()


def test_a_selector_that_is_none_is_refused(cluster: Cluster) -> None:
    with pytest.raises(Refused) as caught:
        cluster.pods(NAMESPACE, selector="app in (")
    assert caught.value.code == "invalid"


def test_a_crash_loop(world: RunningCluster, cluster: Cluster) -> None:
    world.deploy(GATEWAY, image="chatops/gateway:v1.2.5")
    world.advance(60)
    crashing = [pod for pod in cluster.pods(NAMESPACE, selector=f"app={GATEWAY}") if not pod.is_ready]
    assert crashing
    assert {pod.reason for pod in crashing} <= {"CrashLoopBackOff", "Error", "ContainerCreating", "Running"}
    assert max(pod.restarts for pod in crashing) > 0
    (container, *_) = max(crashing, key=lambda pod: pod.restarts).containers
    assert container.last_exit_code not in (0, None)


def test_the_newest_events_come_first_whatever_kind_of_instant_they_tell(
    world: RunningCluster, cluster: Cluster
) -> None:
    world.deploy(GATEWAY, image="chatops/gateway:v1.2.5")
    world.advance(60)
    events = cluster.events(NAMESPACE, most=200)
    instants = [event.last_at for event in events if event.last_at]
    assert len(instants) == len(events) > 10
    assert instants == sorted(instants, reverse=True)
    assert {"Scheduled", "BackOff", "ScalingReplicaSet"} <= {event.reason for event in events}
    assert cluster.events(NAMESPACE) == events[:10]
    assert cluster.events(NAMESPACE, most=0) == ()


def test_events_of_one_object(world: RunningCluster, cluster: Cluster) -> None:
    world.deploy(GATEWAY, image="chatops/gateway:v1.2.4")
    world.advance(10)
    named = cluster.events(NAMESPACE, involving=GATEWAY)
    assert {event.object for event in named} == {f"Deployment/{GATEWAY}"}
    assert cluster.events(NAMESPACE, involving=f"Deployment/{GATEWAY}") == named
    assert cluster.events(NAMESPACE, involving=f"Pod/{GATEWAY}") == ()


def test_deployments(cluster: Cluster) -> None:
    found = {each.name: each for each in cluster.deployments(NAMESPACE)}
    gateway = found[GATEWAY]
    assert (gateway.state, gateway.replicas, gateway.ready, gateway.revision) == ("complete", 3, 3, 4)
    assert gateway.images == {"gateway": "chatops/gateway:v1.2.3"}
    assert cluster.deployment(NAMESPACE, GATEWAY) == gateway
    with pytest.raises(Refused) as caught:
        cluster.deployment(NAMESPACE, "absent")
    assert str(caught.value) == 'not_found: deployments.apps "absent" not found'


def test_a_rollout_goes_on_and_fails_after_its_deadline(world: RunningCluster, cluster: Cluster) -> None:
    world.deploy(GATEWAY, image="chatops/gateway:v1.2.5")
    assert cluster.deployment(NAMESPACE, GATEWAY).state == "progressing"
    world.advance(700)
    failed = cluster.deployment(NAMESPACE, GATEWAY)
    assert (failed.state, failed.state_reason) == ("failed", "ProgressDeadlineExceeded")


def test_revisions(world: RunningCluster, cluster: Cluster) -> None:
    before = cluster.revisions(NAMESPACE, GATEWAY)
    assert [each.revision for each in before] == [4, 3, 2, 1]
    assert [each.is_current for each in before] == [True, False, False, False]
    assert before[1].images == {"gateway": "chatops/gateway:v1.2.2"}
    assert before[0].env["gateway"] == ("LOG_LEVEL", "DATABASE_URL", "API_TOKEN", "QUEUE_URL")
    assert before[0].resources["gateway"].startswith("requests cpu=100m memory=128Mi · limits ")
    assert "hunter2" not in repr(before)
    world.deploy(GATEWAY, image="chatops/gateway:v1.2.4")
    world.advance(60)
    newest = cluster.revisions(NAMESPACE, GATEWAY)[0]
    assert (newest.revision, newest.is_current, newest.images) == (5, True, {"gateway": "chatops/gateway:v1.2.4"})
    assert newest.template_digest not in {each.template_digest for each in before}
    with pytest.raises(Refused) as caught:
        cluster.revisions(NAMESPACE, "absent")
    assert caught.value.code == "not_found"


def test_a_log(world: RunningCluster, cluster: Cluster) -> None:
    pod = cluster.pods(NAMESPACE, selector=f"app={GATEWAY}")[0]
    found = cluster.log(NAMESPACE, pod.name, "gateway", tail_lines=50)
    assert len(found.content.splitlines()) == 50
    assert found.is_cut
    assert cluster.log(NAMESPACE, pod.name, "").content.endswith(found.content)


def test_a_log_that_is_no_text(world: RunningCluster, cluster: Cluster) -> None:
    pod = cluster.pods(NAMESPACE, selector=f"app={GATEWAY}")[0]
    world.set_log(pod.name, bytes(range(256)))
    assert cluster.log(NAMESPACE, pod.name, "gateway").content == bytes(range(256))


def test_of_several_containers_one_must_be_named(cluster: Cluster) -> None:
    pod = cluster.pods(NAMESPACE, selector="component=db-proxy")[0]
    assert len(pod.containers) == 2
    with pytest.raises(Refused) as caught:
        cluster.log(NAMESPACE, pod.name, "")
    assert caught.value.code == "invalid"
    assert all(container.name in caught.value.detail for container in pod.containers)
    for container in pod.containers:
        assert cluster.log(NAMESPACE, pod.name, container.name).container == container.name


def test_the_log_of_a_pod_that_no_node_has_taken_is_empty(cluster: Cluster) -> None:
    (pod,) = (pod for pod in cluster.pods(NAMESPACE) if pod.phase == "Pending")
    assert pod.node == ""
    found = cluster.log(NAMESPACE, pod.name, "")
    assert (found.content, found.is_cut) == (b"", False)


def test_the_run_before(world: RunningCluster, cluster: Cluster) -> None:
    steady = cluster.pods(NAMESPACE, selector=f"app={GATEWAY}")[0]
    with pytest.raises(Refused) as caught:
        cluster.log(NAMESPACE, steady.name, "gateway", previous=True)
    assert caught.value.code == "not_found"
    world.deploy(GATEWAY, image="chatops/gateway:v1.2.5")
    world.advance(60)
    crashed = next(pod for pod in cluster.pods(NAMESPACE, selector=f"app={GATEWAY}") if pod.restarts)
    found = cluster.log(NAMESPACE, crashed.name, "gateway", previous=True)
    assert found.is_previous
    assert found.content


def test_a_pod_that_is_gone_has_no_log(cluster: Cluster) -> None:
    with pytest.raises(Refused) as caught:
        cluster.log(NAMESPACE, "gone", "gateway")
    assert refusal(caught) == (Refused, "not_found")


def test_usage(cluster: Cluster) -> None:
    usage = {each.name: each for each in cluster.usage(NAMESPACE, selector=f"app={GATEWAY}")}
    assert set(usage) == {pod.name for pod in cluster.pods(NAMESPACE, selector=f"app={GATEWAY}")}
    for each in usage.values():
        assert 10 < each.cpu_millicores < 1_000
        assert 50 * 2**20 < each.memory_bytes < 600 * 2**20


def test_usage_without_a_metrics_server(world: RunningCluster, cluster: Cluster) -> None:
    world.set_metrics(False)
    with pytest.raises(Refused) as caught:
        cluster.usage(NAMESPACE)
    assert caught.value.code == "no_metrics"


def test_what_guards_the_deployments(cluster: Cluster) -> None:
    (autoscaler,) = cluster.autoscalers(NAMESPACE)
    assert (autoscaler.deployment, autoscaler.min_replicas, autoscaler.max_replicas) == ("chatops-web", 2, 6)
    (budget,) = cluster.disruption_budgets(NAMESPACE)
    assert (budget.selector, budget.disruptions_allowed, budget.is_complex) == ({"app": GATEWAY}, 1, False)


def test_what_it_may(world: RunningCluster, cluster: Cluster) -> None:
    assert cluster.may(NAMESPACE) == dict.fromkeys(NEEDED, True)
    world.deny("patch", "deployments")
    world.deny("get", "pods/log")
    assert [permission for permission, is_allowed in cluster.may(NAMESPACE).items() if not is_allowed] == [
        Permission("get", "", "pods", "log"),
        Permission("patch", "apps", "deployments"),
    ]
    with pytest.raises(Refused) as caught:
        cluster.scale(NAMESPACE, GATEWAY, replicas=2, mark="m", expect="", dry_run=True)
    assert caught.value.code == "forbidden"
    assert 'cannot patch resource "deployments"' in caught.value.detail
