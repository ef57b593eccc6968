"""Faults on demand, the log of calls, and TLS."""

import http.client
import json
import socket
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from simulators.kubernetes.testing import RunningCluster, running_cluster
from tests.simulators.kubernetes.conftest import api_client
from tests.simulators.kubernetes.http import GATEWAY, PODS, STRATEGIC, ask

SCALE = {"spec": {"replicas": 4}}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 429, 500, 503])
def test_a_status_as_often_as_asked(cluster: RunningCluster, core: Any, status: int) -> None:
    cluster.fail(path_prefix=PODS, status=status, times=2)
    for _ in range(2):
        with pytest.raises(ApiException) as refusal:
            core.list_namespaced_pod("chatops")
        body = json.loads(refusal.value.body or "")
        assert (refusal.value.status, body["code"], body["kind"]) == (status, status, "Status")
    assert core.list_namespaced_pod("chatops").items


def test_429_says_when(cluster: RunningCluster) -> None:
    cluster.fail(status=429, retry_after=7, message="too many")
    answer = ask(cluster, "GET", PODS)
    assert answer.header("Retry-After") == ["7"]
    assert (answer.json["message"], answer.json["details"]["retryAfterSeconds"]) == ("too many", 7)


def test_only_what_matches(cluster: RunningCluster) -> None:
    cluster.fail(method="PATCH", path_part="/deployments/", is_dry_run=False, status=409)
    assert ask(cluster, "GET", GATEWAY).status == 200
    assert ask(cluster, "PATCH", GATEWAY, SCALE, content_type=STRATEGIC, dryRun="All").status == 200
    assert ask(cluster, "PATCH", GATEWAY, SCALE, content_type=STRATEGIC).status == 409


def test_a_hang_and_slowness(cluster: RunningCluster) -> None:
    cluster.fail(hang_for=30)
    with pytest.raises(TimeoutError):
        ask(cluster, "GET", PODS, timeout=0.2)
    cluster.fail(delay_for=0.2)
    with pytest.raises(TimeoutError):
        ask(cluster, "GET", PODS, timeout=0.1)
    assert ask(cluster, "GET", PODS).status == 200


def test_half_an_answer(cluster: RunningCluster) -> None:
    whole = len(ask(cluster, "GET", PODS).body)
    cluster.fail(truncated=True)
    half = ask(cluster, "GET", PODS)
    assert (half.status, len(half.body)) == (200, whole // 2)
    with pytest.raises(ValueError, match=r"line \d+ column"):
        half.json  # noqa: B018 - reading it is what fails
    cluster.fail(raw_body="<html>")
    assert ask(cluster, "GET", PODS).body == b"<html>"


def test_a_reset_and_a_write_whose_answer_is_lost(cluster: RunningCluster) -> None:
    cluster.fail(reset=True)
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        ask(cluster, "GET", PODS)
    cluster.fail(method="PATCH", is_applied=True, reset=True)
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        ask(cluster, "PATCH", GATEWAY, SCALE, content_type=STRATEGIC)
    assert cluster.deployment("chatops-gateway")["spec"]["replicas"] == 4


def test_calls_are_counted(cluster: RunningCluster, core: Any) -> None:
    core.list_namespaced_pod("chatops")
    ask(cluster, "GET", "/_sim/health")
    ask(cluster, "GET", GATEWAY, token=None)
    assert (cluster.count(), cluster.count("GET", PODS), cluster.count("PATCH")) == (2, 1, 0)
    assert [call.status for call in cluster.calls] == [200, 401]
    assert cluster.calls[0].user == "system:serviceaccount:chatops:oncall-portal"
    cluster.clear_calls()
    assert cluster.calls == []


def test_an_unknown_authority_and_a_known_one() -> None:
    with running_cluster(tls=True) as cluster:
        assert cluster.url.startswith("https://")
        with api_client(cluster) as api, pytest.raises(ApiException, match="CERTIFICATE_VERIFY_FAILED"):
            client.CoreV1Api(api).list_namespaced_pod("chatops")
        with api_client(cluster, trusted=True) as api:
            assert client.CoreV1Api(api).list_namespaced_pod("chatops").items


def test_faults_by_the_control_api(cluster: RunningCluster) -> None:
    armed = ask(cluster, "POST", "/_sim/faults", {"status": 500, "path_prefix": PODS}, token=None)
    assert armed.status == 201
    assert ask(cluster, "POST", "/_sim/faults", {"what": 1}).status == 400
    assert len(ask(cluster, "GET", "/_sim/faults").json["faults"]) == 1
    assert ask(cluster, "GET", PODS).status == 500
    cluster.fail(times=None, status=500)
    assert ask(cluster, "DELETE", "/_sim/faults").status == 200
    assert ask(cluster, "GET", PODS).status == 200


def test_a_reset_forgets_faults_and_denials(cluster: RunningCluster) -> None:
    cluster.fail(status=500, times=None)
    cluster.deny("list", "pods")
    cluster.set_metrics(False)
    cluster.seed_pods(10)
    cluster.reset()
    assert len(ask(cluster, "GET", PODS).json["items"]) == 15
    assert cluster.world.has_metrics
    with socket.create_connection(("127.0.0.1", int(cluster.url.rpartition(":")[2]))):
        assert cluster.count() == 1
