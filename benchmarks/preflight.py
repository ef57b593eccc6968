"""One person's preflight with every probe side by side, and an address among them that answers nobody."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks._portal import Services, ask, migrate, place, running, services, wait_for
from benchmarks.measure import Measure, at_most, info
from embedded.kept import free_port
from simulators.aws.databases import REGION
from simulators.aws.gate import ACCESS_KEY
from simulators.pagerduty.directory import ACCOUNT_TOKEN

ROUNDS = 5
MOST_S = 10.0
#: What must be passed although one address hangs.
WELL = ("pagerduty", "kubectl", "aws")


def run() -> list[Measure]:
    """The product's own looks, against the demo world as processes of their own."""
    with services() as given, _silent() as silent, _world(given) as world:
        hanging = f"hanging=http://127.0.0.1:{silent}/,silent=tls://127.0.0.1:{silent}"
        well = f"grafana={world.pop('GRAFANA')}/api/health"
        with_hanging = _rounds(given, "hanging", {**world, "PREFLIGHT_ENDPOINTS": f"{hanging},{well}"})
        without = _rounds(given, "well", {**world, "PREFLIGHT_ENDPOINTS": well})
    return [
        at_most("preflight of one person, one address hanging, worst", max(with_hanging), "s", MOST_S),
        info("the same with nothing hanging, worst", max(without), "s"),
        info("the same with nothing hanging, median", sorted(without)[len(without) // 2], "s"),
    ]


def _rounds(given: Services, name: str, environment: dict[str, str]) -> list[float]:
    portal = place(given, database_url=given.database(name), valkey_database=1, **environment)
    migrate(portal)
    rounds: list[dict[str, Any]] = ask(portal, "_preflight_side", str(ROUNDS))
    for each in rounds:
        wrong = {item: each["verdicts"].get(item) for item in WELL if each["verdicts"].get(item) == "unknown"}
        if wrong or ("hanging" in environment["PREFLIGHT_ENDPOINTS"]) != (each["verdicts"]["vpn"] == "failed"):
            raise RuntimeError(f"this is not the world that was meant: {each['verdicts']}")
    return [each["seconds"] for each in rounds]


@contextmanager
def _silent() -> Iterator[int]:
    """A port that takes every connection and never says a word."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    for connection in taken:
        connection.close()


@contextmanager
def _world(given: Services) -> Iterator[dict[str, str]]:
    """PagerDuty, a cluster, AWS and Grafana; the variables that lead there."""
    pagerduty, cluster, aws, grafana = (free_port() for _ in range(4))
    kubeconfig = given.folder / "kubeconfig"
    where = place(given, database_url="")
    commands = [
        f"{sys.executable} -m simulators.pagerduty --port {pagerduty}",
        f"{sys.executable} -m simulators.kubernetes --port {cluster} --kubeconfig {kubeconfig}",
        f"{sys.executable} -m simulators.aws --port {aws}",
        f"{sys.executable} -m simulators.grafana --port {grafana}",
    ]
    with running(where, *commands):
        for port in (pagerduty, cluster, aws, grafana):
            wait_for(lambda port=port: _listens(port), what=f"a simulator on port {port}", log=where.log)  # type: ignore[misc]
        wait_for(kubeconfig.exists, what="the kubeconfig", log=where.log)
        yield {
            "PAGERDUTY_BASE_URL": f"http://127.0.0.1:{pagerduty}",
            "PAGERDUTY_API_TOKEN": ACCOUNT_TOKEN,
            "KUBECONFIG": str(kubeconfig),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws}",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": "only-for-benchmarks",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "GRAFANA": f"http://127.0.0.1:{grafana}",
        }


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
