"""`python -m benchmarks._cluster_reader WHAT URL`: reads pods or a log, with the portal's client or barely, and prints JSON:
seconds, how much the process grew at its largest (MB), and how much was read.

A process of its own for each: memory that Python once had it keeps.
"""

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable

import requests

from integrations.kubernetes.client import Cluster

LIMIT = 1_048_576
KUBECONFIG = """
current-context: here
contexts: [{{name: here, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "{url}"}}}}]
users: [{{name: u, user: {{token: none}}}}]
"""


def portal(url: str) -> Cluster:
    """The portal's client of the server there."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(KUBECONFIG.format(url=url))
        file.flush()
        os.environ["KUBECONFIG"] = file.name
        return Cluster(timeout=30)


def bare_pods(url: str) -> int:
    """The same pages by `requests` and `json`, of which nothing is kept."""
    read, token = 0, ""
    with requests.Session() as session:
        while True:
            address = f"{url}/api/v1/namespaces/chatops/pods?limit=500&continue={token}"
            page = json.loads(session.get(address, timeout=30).content)
            read += len(page["items"])
            if not (token := page["metadata"]["continue"]):
                return read


def bare_log(url: str) -> int:
    """The first mebibyte of the log by `requests`."""
    with requests.get(f"{url}/api/v1/namespaces/chatops/pods/p/log?x", stream=True, timeout=30) as answer:
        return len(answer.raw.read(LIMIT))


def main(what: str, url: str) -> None:
    cluster = portal(url)
    ways: dict[str, Callable[[], int]] = {
        "pods": lambda: len(cluster.pods("chatops")),
        "log": lambda: len(cluster.log("chatops", "p", "gateway", limit_bytes=LIMIT).content),
        "bare-pods": lambda: bare_pods(url),
        "bare-log": lambda: bare_log(url),
    }
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    read = ways[what]()
    seconds = time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
    print(json.dumps({"seconds": seconds, "grown_mb": grown, "read": read}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
