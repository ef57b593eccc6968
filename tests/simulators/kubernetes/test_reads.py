"""What the official client reads."""

from typing import Any

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from simulators.kubernetes.testing import RunningCluster
from tests.simulators.kubernetes.http import PODS, ask

NAMESPACE = "chatops"


def go_on(page: Any) -> str:
    """The token of the next page."""
    return page.metadata._continue or ""  # noqa: SLF001 - `continue` is no name in Python


def test_version_and_discovery(api: Any) -> None:
    assert client.VersionApi(api).get_code().git_version.startswith("v1.")
    groups = {group.name for group in client.ApisApi(api).get_api_versions().groups}
    assert {"apps", "autoscaling", "policy", "metrics.k8s.io", "authorization.k8s.io"} == groups
    kinds = {kind.name: kind.verbs for kind in client.AppsV1Api(api).get_api_resources().resources}
    assert kinds["deployments/scale"] == ["get", "patch", "update"]
    assert "v1" in client.CoreApi(api).get_api_versions().versions


def test_pods_are_the_models_own(core: Any) -> None:
    pods = {pod.metadata.labels["app"]: pod for pod in core.list_namespaced_pod(NAMESPACE).items}
    assert {"chatops-gateway", "chatops-engine", "chatops-web", "chatops-worker", "chatops-db"} < set(pods)
    gateway = pods["chatops-gateway"]
    assert gateway.status.phase == "Running"
    assert gateway.status.container_statuses[0].ready
    assert gateway.metadata.owner_references[0].kind == "ReplicaSet"
    assert gateway.spec.containers[0].resources.limits["cpu"] == "500m"
    assert core.read_namespaced_pod(gateway.metadata.name, NAMESPACE).metadata.uid == gateway.metadata.uid
    assert pods["chatops-nightly"].status.phase == "Succeeded"
    assert pods["chatops-report"].status.conditions[0].reason == "Unschedulable"


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ("app=chatops-gateway", 3),
        ("app==chatops-gateway", 3),
        ("app in (chatops-gateway, chatops-engine),component!=engine", 3),
        ("component,app notin (chatops-gateway)", 10),
        ("!component", 2),
        ("app=nobody", 0),
    ],
)
def test_label_selectors(core: Any, selector: str, count: int) -> None:
    assert len(core.list_namespaced_pod(NAMESPACE, label_selector=selector).items) == count


def test_field_selectors(core: Any) -> None:
    pods = core.list_namespaced_pod(NAMESPACE, field_selector="status.phase!=Running").items
    assert {pod.status.phase for pod in pods} == {"Pending", "Succeeded"}
    node = core.list_namespaced_pod(NAMESPACE, field_selector="spec.nodeName=node-1,status.phase=Running").items
    assert {pod.spec.node_name for pod in node} == {"node-1"}
    [one] = core.list_namespaced_pod(NAMESPACE, field_selector=f"metadata.name={node[0].metadata.name}").items
    assert one.metadata.uid == node[0].metadata.uid


@pytest.mark.parametrize("selector", [{"label_selector": "app in (x"}, {"field_selector": "spec.image=x"}])
def test_malformed_selectors(core: Any, selector: dict[str, str]) -> None:
    with pytest.raises(ApiException) as refusal:
        core.list_namespaced_pod(NAMESPACE, **selector)
    assert refusal.value.status == 400


def test_pages_are_of_one_version(cluster: RunningCluster, core: Any) -> None:
    cluster.seed_pods(250)
    first = core.list_namespaced_pod(NAMESPACE, limit=100)
    assert first.metadata.remaining_item_count == 165
    cluster.scale("chatops-gateway", 0)
    cluster.advance(5)
    found, page = list(first.items), first
    while token := go_on(page):
        page = core.list_namespaced_pod(NAMESPACE, limit=100, _continue=token)
        found += page.items
        assert page.metadata.resource_version == first.metadata.resource_version
    assert len({pod.metadata.uid for pod in found}) == 265
    assert cluster.count("GET", PODS) == 3


def test_a_continue_token_that_has_expired(cluster: RunningCluster, core: Any) -> None:
    cluster.seed_pods(250)
    token = go_on(core.list_namespaced_pod(NAMESPACE, limit=100))
    cluster.expire()
    gone = ask(cluster, "GET", PODS, limit=100, continue_=token)
    assert gone.status == 410
    assert gone.json["reason"] == "Expired"
    rest = core.list_namespaced_pod(NAMESPACE, limit=500, _continue=gone.json["metadata"]["continue"])
    assert len(rest.items) == 165
    assert ask(cluster, "GET", PODS, limit=100, continue_="nonsense").status == 400


def test_deployments_and_their_revisions(apps: Any) -> None:
    deployment = apps.read_namespaced_deployment("chatops-gateway", NAMESPACE)
    assert deployment.status.ready_replicas == 3
    assert deployment.status.observed_generation == deployment.metadata.generation
    sets = apps.list_namespaced_replica_set(NAMESPACE, label_selector="app=chatops-gateway").items
    revisions = {int(each.metadata.annotations["deployment.kubernetes.io/revision"]): each for each in sets}
    assert sorted(revisions) == [1, 2, 3, 4]
    assert revisions[4].metadata.owner_references[0].uid == deployment.metadata.uid
    assert [revisions[number].spec.replicas for number in (1, 2, 3, 4)] == [0, 0, 0, 3]
    assert revisions[3].spec.template.metadata.labels["pod-template-hash"] in revisions[3].metadata.name
    assert len(apps.list_deployment_for_all_namespaces().items) == 5


def test_autoscalers_and_budgets(api: Any) -> None:
    [autoscaler] = client.AutoscalingV2Api(api).list_namespaced_horizontal_pod_autoscaler(NAMESPACE).items
    assert (autoscaler.spec.scale_target_ref.name, autoscaler.spec.max_replicas) == ("chatops-web", 6)
    [budget] = client.PolicyV1Api(api).list_namespaced_pod_disruption_budget(NAMESPACE).items
    assert budget.status
    assert (budget.status.current_healthy, budget.status.disruptions_allowed) == (3, 1)


def test_metrics(cluster: RunningCluster, api: Any) -> None:
    def usage() -> Any:
        return client.CustomObjectsApi(api).list_namespaced_custom_object(
            "metrics.k8s.io", "v1beta1", NAMESPACE, "pods", label_selector="app=chatops-gateway"
        )

    assert len(usage()["items"]) == 3
    assert usage()["items"][0]["containers"][0]["usage"]["cpu"].endswith("n")
    cluster.set_metrics(False)
    with pytest.raises(ApiException) as refusal:
        usage()
    assert (refusal.value.status, (refusal.value.body or "").strip()) == (404, "404 page not found")
    assert "metrics.k8s.io" not in {group.name for group in client.ApisApi(api).get_api_versions().groups}


def test_events_of_both_styles(cluster: RunningCluster, core: Any) -> None:
    cluster.deploy("chatops-gateway", image="chatops/gateway:v1.2.4")
    cluster.advance(40)
    events = {event.reason: event for event in core.list_namespaced_event(NAMESPACE).items}
    expected = {
        "Scheduled",
        "Pulling",
        "Pulled",
        "Started",
        "Killing",
        "ScalingReplicaSet",
        "SuccessfulCreate",
        "SuccessfulDelete",
    }
    assert expected < set(events)
    assert events["Started"].event_time is None
    assert events["Started"].count == 1
    assert events["Scheduled"].event_time is not None
    assert events["Scheduled"].last_timestamp is None
    pod = events["Started"].involved_object.name
    own = core.list_namespaced_event(NAMESPACE, field_selector=f"involvedObject.name={pod},type=Normal").items
    assert {event.involved_object.name for event in own} == {pod}


def test_tables_for_kubectl(cluster: RunningCluster) -> None:
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    for path in ("pods", "events", "nodes"):
        table = ask(cluster, "GET", f"/api/v1/{path}", accept=accept).json
        assert table["kind"] == "Table"
        assert all(len(row["cells"]) == len(table["columnDefinitions"]) for row in table["rows"])
    one = ask(cluster, "GET", "/apis/apps/v1/namespaces/chatops/deployments/chatops-web", accept=accept).json
    assert one["rows"][0]["cells"][:2] == ["chatops-web", "2/2"]


def test_inside_a_list_objects_do_not_say_their_kind(cluster: RunningCluster) -> None:
    listed = ask(cluster, "GET", PODS).json
    assert listed["kind"] == "PodList"
    assert all("kind" not in pod for pod in listed["items"])
