"""What the client changes: tried out without effect, bound to what was seen, marked, and as kubectl would do it."""

from datetime import UTC, datetime

import pytest

from integrations.errors import IntegrationError, Refused, Unavailable
from integrations.kubernetes.client import MITIGATION_ANNOTATION, Cluster
from integrations.kubernetes.writes import RESTARTED_AT
from simulators.kubernetes.testing import RunningCluster

NAMESPACE, GATEWAY = "chatops", "chatops-gateway"
AT = datetime(2026, 11, 26, 10, 5, tzinfo=UTC)


def version_of(cluster: Cluster) -> str:
    return cluster.deployment(NAMESPACE, GATEWAY).resource_version


def mark_of(cluster: Cluster) -> str:
    return cluster.deployment(NAMESPACE, GATEWAY).annotations.get(MITIGATION_ANNOTATION, "")


def refused(caught: pytest.ExceptionInfo[IntegrationError]) -> str:
    assert type(caught.value) is Refused
    return caught.value.code


def test_scaling(world: RunningCluster, cluster: Cluster) -> None:
    version = version_of(cluster)
    tried = cluster.scale(NAMESPACE, GATEWAY, replicas=5, mark="m1", expect=version, dry_run=True)
    assert (tried.kind, tried.name, tried.replicas) == ("Deployment", GATEWAY, 5)
    assert (version_of(cluster), mark_of(cluster)) == (version, "")
    done = cluster.scale(NAMESPACE, GATEWAY, replicas=5, mark="m1", expect=version, dry_run=False)
    assert (done.replicas, mark_of(cluster)) == (5, "m1")
    assert done.uid == tried.uid
    world.advance(30)
    assert len(cluster.pods(NAMESPACE, selector=f"app={GATEWAY}")) == 5


def test_what_has_changed_since_is_left_alone(cluster: Cluster) -> None:
    seen = version_of(cluster)
    cluster.scale(NAMESPACE, GATEWAY, replicas=4, mark="somebody", expect=seen, dry_run=False)
    for dry_run in (True, False):
        with pytest.raises(Refused) as caught:
            cluster.scale(NAMESPACE, GATEWAY, replicas=9, mark="late", expect=seen, dry_run=dry_run)
        assert refused(caught) == "conflict"
        with pytest.raises(Refused) as caught:
            cluster.restart(NAMESPACE, GATEWAY, at=AT, mark="late", expect=seen, dry_run=dry_run)
        assert refused(caught) == "conflict"
        with pytest.raises(Refused) as caught:
            cluster.roll_back(NAMESPACE, GATEWAY, revision=3, mark="late", expect=seen, dry_run=dry_run)
        assert refused(caught) == "conflict"
    assert (cluster.deployment(NAMESPACE, GATEWAY).replicas, mark_of(cluster)) == (4, "somebody")


def test_what_the_server_finds_invalid(cluster: Cluster) -> None:
    with pytest.raises(Refused) as caught:
        cluster.scale(NAMESPACE, GATEWAY, replicas=-1, mark="m", expect="", dry_run=True)
    assert refused(caught) == "invalid"
    assert "spec.replicas" in caught.value.detail


def test_restarting(world: RunningCluster, cluster: Cluster) -> None:
    version, before = version_of(cluster), {pod.uid for pod in cluster.pods(NAMESPACE, selector=f"app={GATEWAY}")}
    cluster.restart(NAMESPACE, GATEWAY, at=AT, mark="m2", expect=version, dry_run=True)
    assert version_of(cluster) == version
    cluster.restart(NAMESPACE, GATEWAY, at=AT, mark="m2", expect=version, dry_run=False)
    world.advance(120)
    assert mark_of(cluster) == "m2"
    assert not before & {pod.uid for pod in cluster.pods(NAMESPACE, selector=f"app={GATEWAY}")}
    restarted, previous = cluster.revisions(NAMESPACE, GATEWAY)[:2]
    assert (restarted.revision, restarted.images) == (5, previous.images)
    assert any(
        line == f"-    {RESTARTED_AT}: '2026-11-26T10:05:00Z'"
        for line in cluster.template_diff(NAMESPACE, GATEWAY, revision=4)
    )


def test_rolling_back(world: RunningCluster, cluster: Cluster) -> None:
    world.deploy(GATEWAY, image="chatops/gateway:v1.2.4")
    world.advance(60)
    version = version_of(cluster)
    tried = cluster.roll_back(NAMESPACE, GATEWAY, revision=4, mark="m3", expect=version, dry_run=True)
    assert tried.images == {"gateway": "chatops/gateway:v1.2.3"}
    assert version_of(cluster) == version
    done = cluster.roll_back(NAMESPACE, GATEWAY, revision=4, mark="m3", expect=version, dry_run=False)
    assert done.images == tried.images
    assert mark_of(cluster) == "m3"
    world.advance(60)
    after = cluster.deployment(NAMESPACE, GATEWAY)
    assert (after.revision, after.state, after.images) == (6, "complete", tried.images)
    # The old ReplicaSet is used again under a new number, as with kubectl.
    assert [each.revision for each in cluster.revisions(NAMESPACE, GATEWAY)] == [6, 5, 3, 2, 1]
    assert after.annotations["kubernetes.io/change-cause"] == "Deploy chatops-gateway v1.2.3"


def test_rolling_back_to_what_is_already_there_or_was_never(cluster: Cluster) -> None:
    with pytest.raises(Refused) as caught:
        cluster.roll_back(NAMESPACE, GATEWAY, revision=4, mark="m", expect="", dry_run=True)
    assert refused(caught) == "invalid"
    for revision in (0, 99):
        with pytest.raises(Refused) as caught:
            cluster.roll_back(NAMESPACE, GATEWAY, revision=revision, mark="m", expect="", dry_run=True)
        assert refused(caught) == "not_found"


def test_what_a_rollback_would_change_without_a_value_of_a_variable(world: RunningCluster, cluster: Cluster) -> None:
    world.deploy(GATEWAY, image="chatops/gateway:v1.2.4", env={"API_TOKEN": "another-secret", "NEW": "thing"})
    lines = cluster.template_diff(NAMESPACE, GATEWAY, revision=4)
    assert "-    image: chatops/gateway:v1.2.4" in lines
    assert "+    image: chatops/gateway:v1.2.3" in lines
    assert "-      value: ••• (1)" in lines
    text = "\n".join(lines)
    for secret in ("another-secret", "thing", "demo-secret-value", "hunter2", "amqp"):
        assert secret not in text
    assert "pod-template-hash" not in text


def test_deleting_a_pod(world: RunningCluster, cluster: Cluster) -> None:
    pod = cluster.pods(NAMESPACE, selector=f"app={GATEWAY}")[0]
    tried = cluster.delete_pod(NAMESPACE, pod.name, uid=pod.uid, dry_run=True)
    assert (tried.kind, tried.name, tried.uid) == ("Pod", pod.name, pod.uid)
    assert pod.name in {each.name for each in cluster.pods(NAMESPACE) if not each.is_terminating}
    done = cluster.delete_pod(NAMESPACE, pod.name, uid=pod.uid, dry_run=False)
    assert done.name == pod.name
    world.advance(60)
    pods = cluster.pods(NAMESPACE, selector=f"app={GATEWAY}")
    assert pod.uid not in {each.uid for each in pods}
    assert len(pods) == 3


def test_another_pod_of_the_same_name_is_not_deleted(cluster: Cluster) -> None:
    pod = cluster.pods(NAMESPACE, selector=f"app={GATEWAY}")[0]
    for dry_run in (True, False):
        with pytest.raises(Refused) as caught:
            cluster.delete_pod(NAMESPACE, pod.name, uid="another-one", dry_run=dry_run)
        assert refused(caught) == "changed"
    with pytest.raises(Refused) as caught:
        cluster.delete_pod(NAMESPACE, "absent", uid="x", dry_run=False)
    assert refused(caught) == "not_found"
    assert pod in cluster.pods(NAMESPACE)


def test_a_lost_answer_is_found_again_by_its_mark(world: RunningCluster, cluster: Cluster) -> None:
    world.fail(method="PATCH", is_applied=True, reset=True)
    with pytest.raises(Unavailable):
        cluster.scale(NAMESPACE, GATEWAY, replicas=4, mark="lost", expect=version_of(cluster), dry_run=False)
    assert (mark_of(cluster), cluster.deployment(NAMESPACE, GATEWAY).replicas) == ("lost", 4)
    # Nothing was sent twice.
    assert world.count("PATCH") == 1


def test_the_servers_warnings_are_passed_on(world: RunningCluster, cluster: Cluster) -> None:
    world.warn('unknown field "spec.replica"')
    done = cluster.scale(NAMESPACE, GATEWAY, replicas=4, mark="m", expect="", dry_run=True)
    assert done.warnings == ('unknown field "spec.replica"',)
