"""Other people's open streams during a benchmark, and how long a change takes to reach the last of them."""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import redis

from benchmarks._portal import Place
from embedded.configuration import ROOT
from embedded.processes import spawn, stop

CHANNEL = "portal:live"


@dataclass(frozen=True)
class Streams:
    """Open streams, held by a process of their own."""

    process: subprocess.Popen[bytes]

    def report(self) -> dict[str, Any]:
        """The next report; RuntimeError where the process has ended."""
        line = self.process.stdout.readline() if self.process.stdout else b""
        if not line:
            raise RuntimeError("the process that holds the streams has ended")
        report: dict[str, Any] = json.loads(line)
        return report


@contextmanager
def open_streams(where: Place, path: str, count: int, cookies: Sequence[str]) -> Iterator[Streams]:
    """`count` streams, all open when the block begins."""
    argv = [sys.executable, "-m", "benchmarks._listeners", str(where.port), path, str(count), *cookies]
    process = spawn(argv, cwd=ROOT, output=subprocess.PIPE)
    try:
        streams = Streams(process)
        if streams.report() != {"ready": count}:
            raise RuntimeError("the streams did not open")
        yield streams
    finally:
        stop(process, signal.SIGTERM)


@dataclass(frozen=True)
class Changes:
    """Changes of incidents, as the product makes and announces them."""

    connection: psycopg.Connection[Any]
    valkey: redis.Redis
    numbers: Sequence[int]

    def make(self) -> tuple[int, int, float]:
        """One incident gets another version and is announced: its number and version, and the instant before the announcement."""
        number = random.choice(self.numbers)  # noqa: S311
        row = self.connection.execute(
            "UPDATE incidents_incident SET version = version + 1, changed_at = now() WHERE number = %s RETURNING version",
            [number],
        ).fetchone()
        version = int(row[0]) if row else 0
        at = time.monotonic()
        self.valkey.publish(CHANNEL, json.dumps({"incidents": {number: version}}))
        return number, version, at


@contextmanager
def changes(where: Place) -> Iterator[Changes]:
    """Changes of the place's open incidents."""
    with (
        psycopg.connect(where.database_url, autocommit=True) as connection,
        redis.Redis.from_url(where.valkey_url) as valkey,
    ):
        rows = connection.execute("SELECT number FROM incidents_incident WHERE status <> 'resolved'").fetchall()
        yield Changes(connection, valkey, [row[0] for row in rows])


def pause(longest_s: float) -> None:
    """Waits somewhat longer than the live streams gather changes, so that none waits for the one before."""
    time.sleep(random.uniform(0.3, longest_s))  # noqa: S311


def time_to_last(
    streams: Streams, publish: Callable[[], tuple[int, int, float]], times: int
) -> tuple[list[float], str]:
    """Milliseconds from each of `times` announcements to the last stream, and the text that the last one brought."""
    took, text = [], ""
    for _ in range(times):
        number, version, began = publish()
        report = streams.report()
        if (report["number"], report["version"]) != (number, version):
            raise RuntimeError(f"incident {number} in version {version} was announced, {report} came")
        took.append((report["at"] - began) * 1000)
        text = report["text"]
        pause(0.5)
    return took, text
