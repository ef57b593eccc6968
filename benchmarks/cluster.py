"""Reading a cluster: a namespace of 5,000 pods as the poll does it, beside the bare transfer and parsing of the same pages; and the
newest mebibyte of a log of 100 MB whose server does not keep to the limit.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks._cluster_server import PODS
from benchmarks.measure import Measure, at_most, info, ratio_at_most
from embedded.configuration import ROOT

ROUNDS = 5
PODS_S, PODS_MB, LOG_MB = 2.0, 150.0, 50.0
#: How much longer than fetching and parsing JSON the portal's reading may take.
MOST_TIMES = 1.5


def run() -> list[Measure]:
    """Rounds of each in turn, each in a process of its own, so that all meet the same machine; medians."""
    with _server() as url:
        rounds = [{what: _read(what, url) for what in ("bare-pods", "pods", "bare-log", "log")} for _ in range(ROUNDS)]
    if any(each["pods"]["read"] != PODS or each["bare-pods"]["read"] != PODS for each in rounds):
        raise RuntimeError(f"not all of {PODS} pods were read")

    def middle(what: str, figure: str) -> float:
        return float(median(each[what][figure] for each in rounds))

    seconds, bare = middle("pods", "seconds"), middle("bare-pods", "seconds")
    return [
        at_most(f"{PODS:,} pods polled", seconds, "s", PODS_S, bare),
        ratio_at_most(f"{PODS:,} pods polled, beside requests and json alone", seconds, "s", bare, MOST_TIMES),
        at_most(
            "the same: how much the process grew",
            middle("pods", "grown_mb"),
            "MB",
            PODS_MB,
            middle("bare-pods", "grown_mb"),
        ),
        info("a log of 100 MB: its newest mebibyte", middle("log", "seconds"), "s", middle("bare-log", "seconds")),
        at_most(
            "the same: how much the process grew",
            middle("log", "grown_mb"),
            "MB",
            LOG_MB,
            middle("bare-log", "grown_mb"),
        ),
    ]


@contextmanager
def _server() -> Iterator[str]:
    argv = [sys.executable, "-m", "benchmarks._cluster_server"]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or not (port := process.stdout.readline().strip()):
                raise RuntimeError("the server did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _read(what: str, url: str) -> dict[str, Any]:
    argv = [sys.executable, "-m", "benchmarks._cluster_reader", what, url]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    report: dict[str, Any] = json.loads(done.stdout)
    return report
