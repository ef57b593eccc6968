"""Logs of containers."""

import re
from typing import Any

import pytest

from simulators.kubernetes.testing import RunningCluster
from tests.simulators.kubernetes.http import PODS, Answer, ask

NAMESPACE = "chatops"


def log(cluster: RunningCluster, pod: str, **query: Any) -> Answer:
    """The log as it is sent."""
    return ask(cluster, "GET", f"{PODS}/{pod}/log", **query)


def first(cluster: RunningCluster, app: str) -> str:
    """A service's first pod."""
    return str(cluster.pods(app)[0]["metadata"]["name"])


def test_the_official_client_reads_lines(cluster: RunningCluster, core: Any) -> None:
    text = core.read_namespaced_pod_log(first(cluster, "chatops-gateway"), NAMESPACE, tail_lines=20)
    assert len(text.splitlines()) == 20
    assert "INFO" in text


def test_the_same_lines_each_time(cluster: RunningCluster) -> None:
    pod = first(cluster, "chatops-gateway")
    whole, tail = log(cluster, pod).body, log(cluster, pod, tailLines=3).body
    assert whole.splitlines()[-3:] == tail.splitlines() or whole.splitlines()[-2:] == tail.splitlines()[:2]
    assert log(cluster, pod, tailLines=0).body == b""


def test_what_must_not_be_shown_is_in_it(cluster: RunningCluster) -> None:
    text = log(cluster, first(cluster, "chatops-gateway")).body.decode()
    assert re.search(r"Authorization: Bearer eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+", text)
    assert "password=" in text
    assert re.search(r"postgres://chatops:\w", text)
    assert "\x1b[31mERROR" in text


def test_a_faulty_image_logs_more_errors(cluster: RunningCluster) -> None:
    def errors() -> int:
        return log(cluster, first(cluster, "chatops-gateway"), tailLines=50).body.count(b"ERROR")

    before = errors()
    cluster.deploy("chatops-gateway", image="chatops/gateway:v1.2.4")
    cluster.advance(160)
    assert errors() > before + 5


def test_limits_count_from_the_beginning(cluster: RunningCluster) -> None:
    pod = first(cluster, "chatops-gateway")
    assert log(cluster, pod, tailLines=50, limitBytes=100).body == log(cluster, pod, tailLines=50).body[:100]
    assert log(cluster, pod, limitBytes=0).status == 422
    assert log(cluster, pod, tailLines=-1).status == 422
    assert log(cluster, pod, tailLines="many").status == 400


def test_timestamps_and_since(cluster: RunningCluster) -> None:
    pod = first(cluster, "chatops-gateway")
    stamped = log(cluster, pod, timestamps="true", tailLines=5).body.decode().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z ", line) for line in stamped)
    assert 14 <= len(log(cluster, pod, sinceSeconds=30).body.splitlines()) <= 16
    assert log(cluster, pod, sinceTime="2099-01-01T00:00:00Z").body == b""
    assert log(cluster, pod, sinceTime="soon").status == 400


def test_several_containers_need_a_name(cluster: RunningCluster) -> None:
    pod = first(cluster, "chatops-db")
    refusal = log(cluster, pod)
    assert refusal.status == 400
    sentence = f"a container name must be specified for pod {pod}, choose one of: [db-proxy exporter]"
    assert refusal.json["message"] == sentence
    assert log(cluster, pod, container="exporter").status == 200
    assert log(cluster, pod, container="x").json["message"] == f"container x is not valid for pod {pod}"


def test_an_unscheduled_pod_has_logged_nothing(cluster: RunningCluster) -> None:
    answer = log(cluster, "chatops-report-0")
    assert (answer.status, answer.body) == (200, b"")


def test_a_pod_that_is_done_keeps_its_log(cluster: RunningCluster) -> None:
    answer = log(cluster, first(cluster, "chatops-nightly"))
    assert answer.status == 200
    assert answer.body.count(b"\n") > 10


def test_the_run_before(cluster: RunningCluster) -> None:
    pod = first(cluster, "chatops-gateway")
    assert (
        log(cluster, pod, previous="true").json["message"]
        == f'previous terminated container "gateway" in pod "{pod}" not found'
    )
    cluster.deploy("chatops-gateway", image="chatops/gateway:v1.2.5")
    cluster.advance(15)
    [crashed] = [p for p in cluster.pods("chatops-gateway") if p["status"]["containerStatuses"][0]["restartCount"]]
    last_words = log(cluster, crashed["metadata"]["name"], previous="true").body.decode()
    assert "Traceback" in last_words
    assert last_words.endswith("fatal: exiting with code 1\n")


def test_containers_that_never_ran(cluster: RunningCluster) -> None:
    cluster.deploy("chatops-gateway", image="chatops/gateway:v9.9.9")
    cluster.advance(1)

    def refusal() -> str:
        [pod] = [p for p in cluster.pods("chatops-gateway") if p["status"]["phase"] == "Pending"]
        return str(log(cluster, pod["metadata"]["name"]).json["message"])

    cluster.advance(1)
    assert refusal().endswith("is waiting to start: ContainerCreating")
    cluster.advance(20)
    assert refusal().endswith("is waiting to start: trying and failing to pull image")


def test_raw_bytes(cluster: RunningCluster) -> None:
    pod = first(cluster, "chatops-gateway")
    cluster.set_log(pod, b"\xff\x00one\ntwo\nthree\n")
    assert log(cluster, pod).body == b"\xff\x00one\ntwo\nthree\n"
    assert log(cluster, pod, tailLines=2).body == b"two\nthree\n"
    assert log(cluster, pod, limitBytes=3).body == b"\xff\x00o"


def test_a_long_log_is_made_while_it_is_sent(cluster: RunningCluster, core: Any) -> None:
    pod = first(cluster, "chatops-gateway")
    cluster.set_long_log(pod, 100 * 2**20)
    answer = core.read_namespaced_pod_log(pod, NAMESPACE, _preload_content=False)
    assert len(answer.read(1_000)) == 1_000
    answer.close()
    assert len(log(cluster, pod, limitBytes=2**20).body) == 2**20


@pytest.mark.parametrize("name", ["nobody", "chatops-gateway"])
def test_no_such_pod(cluster: RunningCluster, name: str) -> None:
    assert log(cluster, name).status == 404
