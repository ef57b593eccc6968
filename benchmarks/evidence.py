"""From a page to its evidence, with 20 services paged at once; and what a cluster that hangs costs the board and a room."""

import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg

from benchmarks._deliveries import delivery, headers, incident_id
from benchmarks._portal import Place, Services, ask, migrate, place, post, running, services, wait_for, web
from benchmarks.board import Page
from benchmarks.measure import Measure, at_most, info, ratio_at_most
from embedded.configuration import procfile_commands
from embedded.kept import free_port
from simulators.aws.databases import REGION
from simulators.aws.gate import ACCESS_KEY
from simulators.grafana.api import TOKEN

SERVICES = 20
ROUNDS = 3
EVIDENCE_S = 10.0
#: Rounds of each in turn: the API server answers, the API server hangs.
PAGE_ROUNDS, FETCHES = 4, 40
PAGED_MEANWHILE = 5
MOST_TIMES = 1.2
PARTS = ("pods", "events", "logs", "rollouts", "top", "rds", "grafana")

WAITING = """
    SELECT incident.pagerduty_id, incident.number FROM incidents_capture capture
    JOIN incidents_incident incident ON incident.number = capture.incident_id
    WHERE capture.state = 'done' AND incident.pagerduty_id = ANY(%s)
"""
FAILED = "SELECT kind, error, count(*) FROM incidents_evidencepart WHERE state = 'failed' GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 5"

_numbers = count(1)


def run() -> list[Measure]:
    """One portal with all its processes, and the three simulators as processes of their own."""
    with services() as given, _world(given) as (environment, cluster_url):
        portal = place(given, database_url=given.postgres_url, valkey_database=1, **environment)
        migrate(portal)
        ids: list[str] = ask(portal, "_evidence_side", str(SERVICES))
        cookie = ask(portal, "_django_side", "sessions")[0]
        commands = procfile_commands()
        others = [commands[name] for name in ("worker", "cluster-worker", "beat", "sla-engine")]
        with web(portal), running(portal, *others), psycopg.connect(portal.database_url, autocommit=True) as connection:
            # The first capture waits for processes that are still starting.
            _capture(portal, connection, ids[:1], cookie)
            took = sorted(each for _ in range(ROUNDS) for each in _capture(portal, connection, ids, cookie))
            failed = connection.execute(FAILED).fetchall()
            if failed:
                raise RuntimeError(f"parts could not be read: {failed}")
            return [
                at_most(f"{SERVICES} services paged at once: evidence on the page, p95", _p95(took), "s", EVIDENCE_S),
                info("the same, worst", took[-1], "s"),
                info("the same, median", took[len(took) // 2], "s"),
                *_pages(portal, connection, ids, cookie, cluster_url),
            ]


@contextmanager
def _world(given: Services) -> Iterator[tuple[dict[str, str], str]]:
    """The simulators; the variables that lead the portal to them, and the cluster's address."""
    cluster_port, aws_port, grafana_port = free_port(), free_port(), free_port()
    kubeconfig = given.folder / "kubeconfig"
    where = place(given, database_url="")
    commands = [
        f"{sys.executable} -m simulators.kubernetes --port {cluster_port} --kubeconfig {kubeconfig}",
        f"{sys.executable} -m simulators.aws --port {aws_port}",
        f"{sys.executable} -m simulators.grafana --port {grafana_port}",
    ]
    url = f"http://127.0.0.1:{cluster_port}"
    with running(where, *commands):
        wait_for(lambda: kubeconfig.exists() and _answers(f"{url}/_sim/health"), what="the cluster", log=where.log)
        yield (
            {
                "KUBECONFIG": str(kubeconfig),
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws_port}",
                "AWS_ACCESS_KEY_ID": ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY": "only-for-benchmarks",
                "AWS_DEFAULT_REGION": REGION,
                "AWS_EC2_METADATA_DISABLED": "true",
                "GRAFANA_URL": f"http://127.0.0.1:{grafana_port}",
                "GRAFANA_TOKEN": TOKEN,
            },
            url,
        )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310  (our own address)
            return True
    except OSError:
        return False


def _page(portal: Place, service_id: str) -> str:
    """PagerDuty's webhook of a new incident of a service; the incident's id."""
    number = next(_numbers)
    body = json.loads(delivery(number))
    body["event"]["data"]["service"] |= {"id": service_id, "summary": f"service of {service_id}"}
    raw = json.dumps(body).encode()
    post(portal, "/hooks/pagerduty/", raw, headers(raw))
    return incident_id(number)


def _capture(portal: Place, connection: psycopg.Connection[Any], ids: list[str], cookie: str) -> list[float]:
    """Pages all services at once; the seconds until each one's room shows its evidence."""

    def page(service_id: str) -> tuple[str, float]:
        began = time.monotonic()
        return _page(portal, service_id), began

    with ThreadPoolExecutor(len(ids)) as pool:
        began = dict(pool.map(page, ids))
    took = []
    deadline = time.monotonic() + 120
    while began:
        if time.monotonic() > deadline:
            raise RuntimeError(
                f"{len(began)} incidents had no evidence after two minutes\n{portal.log.read_text()[-3000:]}"
            )
        for key, number in connection.execute(WAITING, [list(began)]).fetchall():
            room = Page(portal, f"/incidents/{number}/", cookie)
            room.fetch(holding=[f'id="part-{kind}"'.encode() for kind in PARTS])
            took.append(time.monotonic() - began.pop(key))
        time.sleep(0.05)
    return took


def _pages(
    portal: Place, connection: psycopg.Connection[Any], ids: list[str], cookie: str, cluster_url: str
) -> list[Measure]:
    """The board and a room with evidence, while captures are asked for; the API server answers and hangs in turn."""
    (number,) = connection.execute("SELECT min(number) FROM incidents_incident").fetchone() or (0,)
    pages = {"board": Page(portal, "/", cookie), "room": Page(portal, f"/incidents/{number}/", cookie)}
    took: dict[tuple[str, bool], list[float]] = {(name, hangs): [] for name in pages for hangs in (False, True)}
    for turn in range(2 * PAGE_ROUNDS):
        hangs = bool(turn % 2)
        _faults(cluster_url, "DELETE")
        if hangs:
            _faults(cluster_url, "POST", {"path_prefix": "/api", "times": None, "hang_for": 600})
        for service_id in ids[:PAGED_MEANWHILE]:
            _page(portal, service_id)
        for _ in range(FETCHES):
            for name, page in pages.items():
                took[name, hangs].append(page.fetch())
    _faults(cluster_url, "DELETE")
    return [
        ratio_at_most(
            f"{name} while the API server hangs, p95, beside the same while it answers",
            _p95(took[name, True]),
            "ms",
            _p95(took[name, False]),
            MOST_TIMES,
        )
        for name in pages
    ]


def _faults(cluster_url: str, method: str, fault: dict[str, Any] | None = None) -> None:
    body = json.dumps(fault).encode() if fault else None
    request = urllib.request.Request(  # noqa: S310  (our own address)
        f"{cluster_url}/_sim/faults", data=body, method=method, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) * 95 // 100, len(values) - 1)]
