"""What survives, the control API, and the process."""

import json
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from embedded.processes import wait_until
from simulators.kubernetes.testing import RunningCluster, running_cluster
from tests.simulators.kubernetes.http import GATEWAY, PODS, STRATEGIC, ask


def answers(url: str, authority: Path) -> bool:
    """Whether anything comes from there, over a connection that is trusted."""
    try:
        trust = ssl.create_default_context(cafile=authority)
        with urllib.request.urlopen(f"{url}/version", context=trust, timeout=2):  # noqa: S310 - it is our own
            return False
    except urllib.error.HTTPError as error:
        error.close()
        return error.code == 401
    except OSError:
        return False


def test_a_restart_goes_on_where_it_stopped(tmp_path: Path) -> None:
    state = tmp_path / "cluster.sqlite"
    with running_cluster(state=state) as cluster:
        ask(cluster, "PATCH", GATEWAY, {"spec": {"replicas": 5}}, content_type=STRATEGIC)
        cluster.declare("chatops/gateway:v3", "bad")
        cluster.advance(1)
        version = cluster.world.store.version
        names = [pod["metadata"]["name"] for pod in cluster.pods("chatops-gateway")]
    with running_cluster(state=state) as cluster:
        assert cluster.world.store.version == version
        assert [pod["metadata"]["name"] for pod in cluster.pods("chatops-gateway")] == names
        assert cluster.world.behaviour("chatops/gateway:v3") == "bad"
        cluster.advance(15)
        assert cluster.deployment("chatops-gateway")["status"]["readyReplicas"] == 5
        [event] = [
            json.loads(line)
            for line in ask(
                cluster, "GET", PODS, watch=1, timeoutSeconds=1, resourceVersion=version - 1
            ).body.splitlines()
        ]
        assert event["object"]["code"] == 410


def test_the_control_api(cluster: RunningCluster) -> None:
    def put(path: str, body: object) -> int:
        return ask(cluster, "PUT", f"/_sim/{path}", body, token=None).status

    def post(path: str, body: object) -> int:
        return ask(cluster, "POST", f"/_sim/{path}", body, token=None).status

    assert ask(cluster, "GET", "/_sim/health").json["objects"]["deployments"] == 5
    assert put("images", {"chatops/gateway:v7": "bad"}) == 200
    assert put("images", {"chatops/gateway:v7": "strange"}) == 400
    assert put("loads", {"chatops-engine": {"cpu": 900}}) == 200
    assert put("loads", {"chatops-engine": {"heat": 900}}) == 400
    assert put("metrics", {"is_served": False}) == 200
    assert post("deploy", {"name": "chatops-gateway", "image": "chatops/gateway:v7"}) == 201
    assert post("deploy", {"name": "nobody"}) == 404
    assert post("clock", {"advance": 20}) == 200
    assert post("clock", {}) == 400
    assert post("roll_back", {"name": "chatops-gateway"}) == 201
    pod = cluster.pods("chatops-worker")[0]["metadata"]["name"]
    assert post("leak", {"pod": pod, "mib_a_minute": 60}) == 200
    assert post("leak", {"pod": "nobody", "mib_a_minute": 60}) == 404
    assert post("deny", {"verb": "list", "resource": "pods"}) == 200
    assert post("deny", {"verb": "list", "resource": "unicorns"}) == 400
    assert ask(cluster, "GET", PODS).status == 403
    assert ask(cluster, "DELETE", "/_sim/deny").status == 200
    assert post("pods", {"count": 7}) == 201
    assert post("expire", {}) == 200
    assert len(ask(cluster, "GET", "/_sim/calls").json["calls"]) == 1
    assert ask(cluster, "DELETE", "/_sim/calls").status == 200
    assert post("reset", {}) == 200
    assert len(ask(cluster, "GET", PODS).json["items"]) == 15


def test_as_a_process_it_writes_a_kubeconfig_for_its_owner_alone_and_ends_at_once(tmp_path: Path) -> None:
    config, tls = tmp_path / "kubeconfig", tmp_path / "tls"
    config.write_text("an older one")
    config.chmod(0o644)
    argv = [
        sys.executable,
        "-m",
        "simulators.kubernetes",
        "--port",
        "0",
        "--kubeconfig",
        str(config),
        "--tls",
        str(tls),
    ]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        url = process.stdout.readline().split()[-1]
        assert wait_until(lambda: answers(url, tls / "authority.pem"), within_s=20)
        assert json.loads(config.read_text())["clusters"][0]["cluster"]["server"] == url
        assert config.stat().st_mode & 0o777 == 0o600
        assert (tls / "server.key").stat().st_mode & 0o777 == 0o600
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        process.stdout.close()


def test_it_says_why_it_cannot_start(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "simulators.kubernetes", "--port", "0", "--scenario", str(tmp_path / "none.json")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot start" in done.stderr
    assert "Traceback" not in done.stderr
