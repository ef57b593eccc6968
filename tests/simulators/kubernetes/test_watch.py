"""Watches, by the official client and in plain lines."""

import json
import threading
from typing import Any

import pytest
from kubernetes import watch
from kubernetes.client.exceptions import ApiException

from simulators.kubernetes.testing import RunningCluster
from tests.simulators.kubernetes.http import PODS, ask

NAMESPACE = "chatops"


def lines(cluster: RunningCluster, path: str = PODS, **query: Any) -> list[dict[str, Any]]:
    """Everything that a watch of a second tells."""
    answer = ask(cluster, "GET", path, watch=1, timeoutSeconds=1, **query)
    return [json.loads(line) for line in answer.body.splitlines()]


def test_what_happens_after_a_list(cluster: RunningCluster, core: Any) -> None:
    version = core.list_namespaced_pod(NAMESPACE).metadata.resource_version

    def grow() -> None:
        cluster.scale("chatops-gateway", 4)
        cluster.advance(12)

    happened = threading.Timer(0.2, grow)
    happened.start()
    seen = [
        (event["type"], event["object"].status.phase)
        for event in watch.Watch().stream(
            core.list_namespaced_pod,
            NAMESPACE,
            label_selector="app=chatops-gateway",
            resource_version=version,
            timeout_seconds=1,
        )
    ]
    happened.join()
    assert seen[0] == ("ADDED", "Pending")
    assert seen[-1] == ("MODIFIED", "Running")


def test_without_a_version_what_there_is_comes_first(cluster: RunningCluster) -> None:
    seen = lines(cluster, labelSelector="app=chatops-gateway")
    assert [event["type"] for event in seen] == ["ADDED"] * 3
    assert seen[0]["object"]["kind"] == "Pod"


def test_a_version_that_is_too_old(cluster: RunningCluster, core: Any) -> None:
    version = core.list_namespaced_pod(NAMESPACE).metadata.resource_version
    cluster.scale("chatops-gateway", 4)
    cluster.advance(5)
    cluster.expire()
    [event] = lines(cluster, resourceVersion=version)
    assert event["type"] == "ERROR"
    assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")
    with pytest.raises(ApiException) as refusal:
        list(watch.Watch().stream(core.list_namespaced_pod, NAMESPACE, resource_version=version, timeout_seconds=1))
    assert refusal.value.status == 410


def test_bookmarks_tell_how_far_one_is(cluster: RunningCluster) -> None:
    cluster.scale("chatops-gateway", 4)
    cluster.advance(1)
    version = cluster.world.store.version
    seen = lines(cluster, resourceVersion=version, allowWatchBookmarks="true")
    assert {event["type"] for event in seen} == {"BOOKMARK"}
    assert seen[-1]["object"]["metadata"]["resourceVersion"] == str(version)
    first = lines(cluster, sendInitialEvents="true", allowWatchBookmarks="true", labelSelector="app=nobody")[0]
    assert first["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_what_leaves_the_selection_is_told_as_deleted(cluster: RunningCluster) -> None:
    version = cluster.world.store.version
    cluster.deploy("chatops-gateway", image="chatops/gateway:v1.2.4")
    cluster.advance(10)
    seen = lines(cluster, resourceVersion=version, fieldSelector="status.phase=Pending")
    first = seen[0]["object"]["metadata"]["name"]
    told = [
        (each["type"], each["object"]["status"]["phase"])
        for each in seen
        if each["object"]["metadata"]["name"] == first
    ]
    assert told == [("ADDED", "Pending"), ("MODIFIED", "Pending"), ("DELETED", "Running")]


def test_another_kind_is_not_told(cluster: RunningCluster) -> None:
    version = cluster.world.store.version
    cluster.scale("chatops-gateway", 4)
    seen = lines(cluster, "/apis/apps/v1/namespaces/chatops/deployments", resourceVersion=version)
    assert [event["object"]["metadata"]["name"] for event in seen] == ["chatops-gateway"]
