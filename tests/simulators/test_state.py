"""State outlives the process: a clean end, a kill, owed webhooks, the scenario's place."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulators.pagerduty.testing import running_simulator
from simulators.serving import bind
from tests.simulators.client import Client
from tests.simulators.receiver import Receiver, running_receiver

ROOT = Path(__file__).parents[2]


def _free_port() -> int:
    with bind("127.0.0.1", 0) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def _process(port: int, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The simulator as a process, ready to answer."""
    command = [sys.executable, "-m", "simulators.pagerduty", "--port", str(port), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert b"PagerDuty simulator on" in process.stdout.readline()
        client = Client(f"http://127.0.0.1:{port}")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                client.get("/_sim/health")
                break
            except OSError:
                time.sleep(0.01)
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "pagerduty.db"
    with running_simulator(state) as first:
        client = Client(first.url)
        incident = first.trigger(priority="P1")
        other = first.trigger()
        client.update(incident.id, status="acknowledged")
        client.post(f"/incidents/{incident.id}/notes", {"note": {"content": "Looking."}})
        client.put(
            f"/incidents/{incident.id}/merge", {"source_incidents": [{"id": other.id, "type": "incident_reference"}]}
        )
        before = [client.incident(incident.id), client.incident(other.id), client.get("/log_entries", limit=100).json]
        notes = client.get(f"/incidents/{incident.id}/notes").json
        alerts = client.get(f"/incidents/{incident.id}/alerts").json

    with running_simulator(state) as second:
        client = Client(second.url)
        after = [client.incident(incident.id), client.incident(other.id), client.get("/log_entries", limit=100).json]

        assert after == before
        assert client.get(f"/incidents/{incident.id}/notes").json == notes
        assert {a["id"] for a in client.get(f"/incidents/{incident.id}/alerts").json["alerts"]} == {
            a["id"] for a in alerts["alerts"]
        }
        assert second.trigger().number == 1003


def test_timers_that_were_due_while_it_was_down_run_at_the_start(tmp_path: Path) -> None:
    state = tmp_path / "pagerduty.db"
    with running_simulator(state) as first:
        incident = first.trigger(age_seconds=29 * 60 + 59)

    time.sleep(1)
    with running_simulator(state) as second:
        second.advance(0)

        assert Client(second.url).incident(incident.id)["assignments"][0]["assignee"]["id"] == "PKENJI1"


@pytest.mark.slow
def test_a_killed_process_loses_nothing_it_answered(tmp_path: Path) -> None:
    arguments = ("--state", str(tmp_path / "pagerduty.db"))
    port = _free_port()
    client = Client(f"http://127.0.0.1:{port}")
    with _process(port, *arguments) as process:
        incident = client.post("/_sim/incidents", {"title": "[P1] High Error Rate - chatops-gateway"}).json["incident"]
        client.update(incident["id"], status="acknowledged")
        process.send_signal(signal.SIGKILL)
        process.wait()

    with _process(port, *arguments):
        assert client.incident(incident["id"])["status"] == "acknowledged"


@pytest.mark.slow
def test_sigterm_ends_it_at_once_and_cleanly_even_while_a_request_hangs(tmp_path: Path) -> None:
    port = _free_port()
    client = Client(f"http://127.0.0.1:{port}")
    with _process(port, "--state", str(tmp_path / "pagerduty.db")) as process:
        client.post("/_sim/faults", {"path_prefix": "/incidents", "hang_for": 60})
        with pytest.raises(TimeoutError):
            client.request("GET", "/incidents", timeout=0.2)
        started = time.monotonic()
        process.terminate()

        assert process.wait(timeout=5) == 0
        assert time.monotonic() - started < 2


@pytest.mark.slow
def test_a_port_in_use_is_said_in_a_sentence() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        run = subprocess.run(
            [sys.executable, "-m", "simulators.pagerduty", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    assert run.returncode == 1
    assert f"cannot start on 127.0.0.1:{port}" in run.stderr
    assert "Traceback" not in run.stderr


def test_webhooks_that_were_owed_are_delivered_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "pagerduty.db"
    with running_simulator(state) as first:
        first.set_webhook("http://127.0.0.1:9/", "secret")
        first.configure_webhooks(retry_delays=(60.0,))
        first.trigger()
        while not first.deliveries:
            time.sleep(0.005)

    with running_receiver() as receiver, running_simulator(state) as second:
        second.set_webhook(receiver.url, "secret")
        _wait_for(receiver)

        assert receiver.types() == ["incident.triggered"]


def _wait_for(receiver: Receiver) -> None:
    deadline = time.monotonic() + 5
    while not receiver.received and time.monotonic() < deadline:
        time.sleep(0.01)
