"""Changes by the official client: the kinds of patch, the scale, deletions, dry runs."""

from typing import Any

import pytest
from kubernetes import client

from simulators.kubernetes.testing import RunningCluster
from tests.simulators.kubernetes.http import GATEWAY, JSON, MERGE, PODS, STRATEGIC, ask

NAME, NAMESPACE = "chatops-gateway", "chatops"


def test_a_strategic_patch_finds_containers_and_variables_by_name(cluster: RunningCluster, apps: Any) -> None:
    containers = [
        {"name": "gateway", "env": [{"name": "LOG_LEVEL", "value": "debug"}, {"name": "QUEUE_URL", "$patch": "delete"}]}
    ]
    changed = apps.patch_namespaced_deployment(
        NAME, NAMESPACE, {"spec": {"template": {"spec": {"containers": containers}}}}
    )
    [container] = changed.spec.template.spec.containers
    assert container.image == "chatops/gateway:v1.2.3"
    env = {each.name: each.value for each in container.env}
    assert env["LOG_LEVEL"] == "debug"
    assert "QUEUE_URL" not in env
    assert "DATABASE_URL" in env
    assert changed.metadata.generation == changed.status.observed_generation + 1
    assert cluster.calls[-1].content_type == STRATEGIC


def test_a_merge_patch_replaces_lists_and_removes_with_null(cluster: RunningCluster) -> None:
    container = {"name": "gateway", "image": "chatops/gateway:v1.2.3"}
    body = {
        "metadata": {"annotations": {"kubernetes.io/change-cause": None, "a": "b"}},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }
    changed = ask(cluster, "PATCH", GATEWAY, body, content_type=MERGE).json
    assert changed["spec"]["template"]["spec"]["containers"] == [container]
    assert "kubernetes.io/change-cause" not in changed["metadata"]["annotations"]
    assert changed["metadata"]["annotations"]["a"] == "b"


def test_a_json_patch(cluster: RunningCluster) -> None:
    version = cluster.deployment(NAME)["metadata"]["resourceVersion"]
    patch = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        {"op": "add", "path": "/metadata/annotations/example.com~1mark", "value": "7"},
        {"op": "replace", "path": "/spec/replicas", "value": 5},
        {"op": "copy", "from": "/spec/replicas", "path": "/spec/minReadySeconds"},
        {"op": "move", "from": "/spec/minReadySeconds", "path": "/spec/revisionHistoryLimit"},
        {"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": {"name": "NEW", "value": "1"}},
        {"op": "remove", "path": "/spec/template/spec/containers/0/ports"},
    ]
    changed = ask(cluster, "PATCH", GATEWAY, patch, content_type=JSON).json
    assert changed["metadata"]["annotations"]["example.com/mark"] == "7"
    assert changed["spec"]["replicas"] == changed["spec"]["revisionHistoryLimit"] == 5
    assert changed["spec"]["template"]["spec"]["containers"][0]["env"][-1]["name"] == "NEW"
    assert "ports" not in changed["spec"]["template"]["spec"]["containers"][0]


def test_a_whole_object_is_put(apps: Any) -> None:
    deployment = apps.read_namespaced_deployment(NAME, NAMESPACE)
    deployment.spec.replicas = 4
    assert apps.replace_namespaced_deployment(NAME, NAMESPACE, deployment).spec.replicas == 4
    with pytest.raises(client.ApiException) as refusal:
        apps.replace_namespaced_deployment(NAME, NAMESPACE, deployment)
    assert refusal.value.status == 409


def test_the_scale(cluster: RunningCluster, apps: Any) -> None:
    scale = apps.read_namespaced_deployment_scale(NAME, NAMESPACE)
    assert (scale.spec.replicas, scale.status.replicas, scale.status.selector) == (
        3,
        3,
        "app=chatops-gateway,component=gateway",
    )
    assert apps.patch_namespaced_deployment_scale(NAME, NAMESPACE, {"spec": {"replicas": 5}}).spec.replicas == 5
    cluster.advance(10)
    assert apps.read_namespaced_deployment_scale(NAME, NAMESPACE).status.replicas == 5
    with pytest.raises(client.ApiException) as refusal:
        apps.replace_namespaced_deployment_scale(NAME, NAMESPACE, scale)
    assert refusal.value.status == 409


def test_status_and_identity_are_not_the_writers(cluster: RunningCluster) -> None:
    before = cluster.deployment(NAME)
    body = {"status": {"replicas": 99}, "metadata": {"generation": 99, "creationTimestamp": "2001-01-01T00:00:00Z"}}
    changed = ask(cluster, "PATCH", GATEWAY, body, content_type=MERGE).json
    assert changed == before
    wrong = ask(cluster, "PATCH", GATEWAY, {"metadata": {"name": "other"}}, content_type=MERGE)
    assert wrong.status == 400
    assert "does not match the name on the URL" in wrong.json["message"]


def test_a_patch_that_changes_nothing_is_no_new_version(cluster: RunningCluster) -> None:
    before = cluster.deployment(NAME)["metadata"]
    changed = ask(cluster, "PATCH", GATEWAY, {"spec": {"replicas": 3}}, content_type=STRATEGIC).json["metadata"]
    assert changed == before
    annotated = ask(cluster, "PATCH", GATEWAY, {"metadata": {"annotations": {"a": "b"}}}, content_type=STRATEGIC).json
    assert annotated["metadata"]["generation"] == before["generation"]
    assert int(annotated["metadata"]["resourceVersion"]) > int(before["resourceVersion"])


@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        ("PATCH", GATEWAY, {"spec": {"replicas": 7}}, STRATEGIC),
        ("PATCH", GATEWAY, {"spec": {"replicas": 7}}, MERGE),
        ("PATCH", GATEWAY, [{"op": "replace", "path": "/spec/replicas", "value": 7}], JSON),
        ("PATCH", f"{GATEWAY}/scale", {"spec": {"replicas": 7}}, MERGE),
    ],
)
def test_a_dry_run_answers_what_would_be_and_changes_nothing(
    cluster: RunningCluster, method: str, path: str, body: Any, kind: str
) -> None:
    version, before = cluster.world.store.version, cluster.deployment(NAME)
    answer = ask(cluster, method, path, body, content_type=kind, dryRun="All", fieldManager="oncall-portal")
    assert answer.status == 200
    assert answer.json["spec"]["replicas"] == 7
    assert cluster.world.store.version == version
    assert cluster.deployment(NAME) is before
    assert cluster.calls[-1].is_dry_run


def test_a_pod_is_deleted_and_another_takes_its_place(cluster: RunningCluster, core: Any) -> None:
    pod = cluster.pods(NAME)[0]["metadata"]
    dry = core.delete_namespaced_pod(pod["name"], NAMESPACE, dry_run="All")
    assert dry.metadata.deletion_timestamp is None
    assert cluster.pod(pod["name"])["metadata"] == pod
    ending = core.delete_namespaced_pod(pod["name"], NAMESPACE)
    assert ending.metadata.deletion_grace_period_seconds == 30
    cluster.advance(1)
    assert [each["metadata"].get("deletionTimestamp") is not None for each in cluster.pods(NAME)].count(True) == 1
    assert len(cluster.pods(NAME)) == 4
    cluster.advance(15)
    names = {each["metadata"]["name"] for each in cluster.pods(NAME)}
    assert len(names) == 3
    assert pod["name"] not in names


def test_a_pod_is_deleted_at_once(cluster: RunningCluster, core: Any) -> None:
    core.delete_namespaced_pod("chatops-report-0", NAMESPACE)
    pod = cluster.pods(NAME)[0]["metadata"]["name"]
    core.delete_namespaced_pod(pod, NAMESPACE, grace_period_seconds=0)
    for name in ("chatops-report-0", pod):
        assert ask(cluster, "GET", f"{PODS}/{name}").status == 404


def test_warnings(cluster: RunningCluster) -> None:
    cluster.warn('would violate "restricted"')
    body = {"spec": {"replicaz": 5}}
    answer = ask(cluster, "PATCH", GATEWAY, body, content_type=STRATEGIC, dryRun="All")
    assert answer.header("Warning") == [
        '299 - "unknown field \\"spec.replicaz\\""',
        '299 - "would violate \\"restricted\\""',
    ]
    assert "replicaz" not in answer.json["spec"]
    strict = ask(cluster, "PATCH", GATEWAY, body, content_type=STRATEGIC, fieldValidation="Strict")
    assert (strict.status, strict.json["message"]) == (400, 'strict decoding error: unknown field "spec.replicaz"')
