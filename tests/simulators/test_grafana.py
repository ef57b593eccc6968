"""The simulated Grafana: whom it knows, what it renders, faults, and the control API."""

import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.grafana.picture import line_graph
from simulators.grafana.testing import RunningGrafana, running_grafana
from tests.simulators.client import Answer, Client

ROOT = Path(__file__).parents[2]
RENDERED = "/render/d-solo/chatops-gateway/_"
WINDOW = {"from": "1795694400000", "to": "1795696200000"}


@pytest.fixture(scope="module")
def _served() -> Iterator[RunningGrafana]:
    with running_grafana() as grafana:
        yield grafana


@pytest.fixture
def grafana(_served: RunningGrafana) -> RunningGrafana:
    _served.reset()
    return _served


@pytest.fixture
def client(grafana: RunningGrafana) -> Client:
    return Client(grafana.url, token=None, user=None)


def asked(grafana: RunningGrafana, client: Client, path: str, **query: Any) -> Answer:
    return client.request("GET", path, headers={"Authorization": f"Bearer {grafana.token}"}, **query)


def pixels(picture: bytes, width: int) -> list[bytes]:
    """The rows without their filters."""
    data = zlib.decompress(picture[picture.index(b"IDAT") + 4 : picture.index(b"IEND") - 8])
    return [data[begin + 1 : begin + 1 + width] for begin in range(0, len(data), width + 1)]


def test_every_chunk_of_a_picture_is_whole() -> None:
    picture = line_graph([1, 2, 3], width=60, height=40)
    place, kinds = 8, []
    while place < len(picture):
        length = int.from_bytes(picture[place : place + 4])
        chunk = picture[place + 4 : place + 8 + length]
        assert zlib.crc32(chunk) == int.from_bytes(picture[place + 8 + length : place + 12 + length])
        kinds.append(chunk[:4])
        place += 12 + length
    assert kinds == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]


def test_a_line_rises_with_its_values() -> None:
    rows = pixels(line_graph([0, 10], width=124, height=124), 124)
    first = [next(y for y in range(124) if rows[y][x] == 2) for x in range(12, 112)]
    assert first[0] > 100
    assert first[-1] == 12
    assert first == sorted(first, reverse=True)


@pytest.mark.parametrize(("values", "limit"), [([], None), ([5], None), ([0, 0], None), ([-1, 3], 2.0)])
def test_any_values_make_a_picture(values: list[float], limit: float | None) -> None:
    assert len(pixels(line_graph(values, width=50, height=50, limit=limit), 50)) == 50


def test_without_an_area_there_is_no_graph() -> None:
    with pytest.raises(ValueError, match="too small"):
        line_graph([1], width=24, height=100)


def test_a_panel_is_rendered_and_the_same_again(grafana: RunningGrafana, client: Client) -> None:
    answers = [asked(grafana, client, RENDERED, panelId=1, width=300, height=100, **WINDOW) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].headers["content-type"] == "image/png"
    assert answers[0].body == answers[1].body
    other = asked(grafana, client, RENDERED, panelId=2, width=300, height=100, **WINDOW)
    assert other.body != answers[0].body


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (RENDERED, {"panelId": 99}, 404),
        ("/render/d-solo/nobody/_", {"panelId": 1}, 404),
        (RENDERED, {}, 400),
        (RENDERED, {"panelId": "x"}, 400),
        (RENDERED, {"panelId": 1, "width": 100_000}, 400),
        (RENDERED, {"panelId": 1, "to": "0"}, 400),
    ],
)
def test_what_cannot_be_rendered_is_refused(
    grafana: RunningGrafana, client: Client, path: str, query: dict[str, object], status: int
) -> None:
    assert asked(grafana, client, path, **(WINDOW | query)).status == status


@pytest.mark.parametrize("path", [RENDERED, "/api/search"])
def test_without_the_token_nothing_is_shown(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.json["message"]) == (401, "Unauthorized")


def test_dashboards_are_found_by_name(grafana: RunningGrafana, client: Client) -> None:
    rows = asked(grafana, client, "/api/search", query="db").json
    assert [row["uid"] for row in rows] == ["chatops-db", "chatops-db-proxy"]


def test_health_and_pages_are_for_everybody(client: Client) -> None:
    assert client.get("/api/health").json["database"] == "ok"
    page = client.get("/d/chatops-gateway", **{**WINDOW, "var-service": "<script>"})
    assert (page.status, page.body.count(b"data:image/png;base64,")) == (200, 5)
    assert b"<script>" not in page.body
    assert client.get("/d/chatops-gateway", **{"from": "now-1h"}).status == 200
    assert client.get("/d/nobody").status == 404
    assert b"/d/chatops-gateway" in client.get("/dashboards", query="gateway").body


def test_faults_and_calls_from_outside(grafana: RunningGrafana, client: Client) -> None:
    assert client.post("/_sim/faults", {"no_such_field": 1}).status == 400
    assert client.post("/_sim/faults", {"path_prefix": "/api/", "status": 503, "times": 1}).status == 200
    assert [client.get(path).status for path in ("/d/chatops-db", "/api/health", "/api/health")] == [200, 503, 200]
    assert client.get("/_sim/calls").json == {"calls": ["/d/chatops-db", "/api/health", "/api/health"]}
    client.post("/_sim/faults", {"reset": True, "times": None})
    with pytest.raises(ConnectionResetError):
        client.get("/api/health")
    client.post("/_sim/reset", {})
    assert client.get("/api/health").status == 200
    assert client.get("/_sim/calls").json == {"calls": ["/api/health"]}


@pytest.mark.slow
def test_as_a_process_it_ends_at_once() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators.grafana", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        client = Client(process.stdout.readline().decode().split()[-1], token=None, user=None)
        assert client.get("/api/health").status == 200
        client.post("/_sim/faults", {"hang_for": 60})
        with pytest.raises(TimeoutError):
            client.request("GET", "/api/health", timeout=0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
