"""`make run` without the make: two portals beside each other, Ctrl-C, and again."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from embedded.configuration import procfile_commands
from embedded.kept import free_port
from embedded.processes import identity
from tests.embedded.conftest import PORTAL_READY, Run, Start

CHILDREN = len(procfile_commands()) + 7  # valkey, postgres, pagerduty, slack, kubernetes, aws, grafana


def health(port: int) -> dict[str, object]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        body: dict[str, object] = json.load(answer)
    return body


def users(data: Path) -> str:
    command = f'. "{data}/environment" && exec "$0" manage.py shell -v 0 -c "$1"'
    script = "print(*User.objects.order_by('username').values_list('username', flat=True))"
    return subprocess.check_output(["/bin/sh", "-c", command, sys.executable, script], text=True).strip()


@pytest.mark.slow
def test_two_portals_run_beside_each_other_stop_and_go_on(start: Start, data: Path) -> None:
    folders = [data / "one", data / "two"]
    ports = [free_port(), free_port()]

    def run(number: int, **more: str) -> Run:
        return start("portal", PORTAL_DATA=folders[number], PORT=ports[number], **more)

    first, second = run(0), run(1, PORTAL_DEMO="0")
    for each, port in ((first, ports[0]), (second, ports[1])):
        each.wait_for(PORTAL_READY)
        assert health(port)["status"] == "ok"
        assert f"The portal runs at http://127.0.0.1:{port}/" in each.output
    assert "the password is demo" in first.output
    assert "password" not in second.output
    assert "pagerduty" not in second.output
    assert "Slack simulator on" in first.output
    assert "slack" not in second.output
    assert users(folders[0]) == "admin manager responder viewer"
    assert users(folders[1]) == ""

    kubeconfig = folders[0] / "kubeconfig"
    first.wait_for("Cluster simulator on https://127.0.0.1:")
    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    assert f"KUBECONFIG={kubeconfig}" in (folders[0] / "environment").read_text()
    assert not (folders[1] / "kubeconfig").exists()

    children = [int(pid) for pid in json.loads((folders[0] / "children.json").read_text())]
    assert len(children) == CHILDREN
    assert first.end() == 0
    assert all(identity(pid) is None for pid in children)
    assert health(ports[1])["status"] == "ok"

    again = run(0)
    again.wait_for(PORTAL_READY)
    assert "migrate" not in again.output
    assert users(folders[0]) == "admin manager responder viewer"
    assert [each.end() for each in (again, second)] == [0, 0]
