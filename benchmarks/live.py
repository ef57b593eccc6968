"""A change until the last of 1,000 streams has it, beside a bare push of the same bytes; a webhook until a browser shows it."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from statistics import median, quantiles

import psutil
import redis

from benchmarks._bare_push import CHANNEL as BARE_CHANNEL
from benchmarks._browser import BoardInBrowser, board_in_browser
from benchmarks._deliveries import delivery, headers
from benchmarks._portal import Place, ask, migrate, place, post, running, services, wait_for, web
from benchmarks._seed import seed
from benchmarks._streams import Changes, changes, open_streams, pause, time_to_last
from benchmarks.measure import Measure, at_most, info
from embedded.configuration import procfile_commands

STREAMS = 1_000
CHANGES = 50
WEBHOOKS = 30
WARM_UP = 3
LAST_STREAM_MS = 100.0
#: Other streams, and the milliseconds within which a webhook must be visible.
VISIBLE_MS = {100: 500.0, 1_000: 1_000.0}
OPEN_INCIDENTS = 50


def run() -> list[Measure]:
    """One portal of four audiences, everything of it running; 50 incidents open among 10,000."""
    with services() as given:
        portal = place(given, database_url=given.postgres_url, valkey_database=1)
        bare = place(given, database_url=given.postgres_url)
        migrate(portal)
        seed(portal.database_url, total=10_000, still_open=OPEN_INCIDENTS)
        cookies: list[str] = ask(portal, "_django_side", "sessions")
        with web(portal) as pid, changes(portal) as made:
            pushed, text = _push(portal, pid, cookies, made)
            with web(bare, command="python -m benchmarks._bare_push", path="/"):
                limit = _bare_push(bare, text)
            measures = _last_stream(pushed, limit)
            with _everything_else(portal), board_in_browser(portal.url, cookies[0]) as browser:
                numbers = count(1)
                for streams, most in VISIBLE_MS.items():
                    with open_streams(portal, "/live/board/", streams, cookies):
                        measures += _visible(portal, browser, made, numbers, streams=streams, most=most)
        return [*measures, info("a stream's memory in the web process", pushed.kilobytes, "KB")]


class Pushed:
    """What the 1,000 streams saw, and what they cost."""

    def __init__(self, took: Sequence[float], kilobytes: float) -> None:
        self.took, self.kilobytes = took, kilobytes


def _push(portal: Place, pid: int, cookies: list[str], made: Changes) -> tuple[Pushed, str]:
    process = psutil.Process(pid)
    with open_streams(portal, "/live/board/", 10, cookies) as few:
        time_to_last(few, made.make, WARM_UP)
        before = process.memory_info().rss
    with open_streams(portal, "/live/board/", STREAMS, cookies) as streams:
        time_to_last(streams, made.make, WARM_UP)
        kilobytes = (process.memory_info().rss - before) / 1024 / STREAMS
        took, text = time_to_last(streams, made.make, CHANGES)
    return Pushed(took, kilobytes), text


def _bare_push(bare: Place, text: str) -> list[float]:
    """The bytes of the portal's last push, to as many streams, by the least application that can."""
    versions = count(1)
    # Without the frame of the chunked coding, which the bare application's server puts around it again.
    data = re.sub(r"(?m)^[0-9a-f]+\r\n|\r\n$", "", text)
    found = re.search(r'data-incident="(\d+)"', data)
    number = int(found[1]) if found else 0
    with redis.Redis.from_url(bare.valkey_url) as valkey, open_streams(bare, "/stream", STREAMS, ["none"]) as streams:

        def publish() -> tuple[int, int, float]:
            version = next(versions)
            message = re.sub(r'data-version="\d+"', f'data-version="{version}"', data)
            at = time.monotonic()
            valkey.publish(BARE_CHANNEL, message)
            return number, version, at

        time_to_last(streams, publish, WARM_UP)
        return time_to_last(streams, publish, CHANGES)[0]


def _last_stream(pushed: Pushed, limit: Sequence[float]) -> list[Measure]:
    words = f"change → the last of {STREAMS:,} streams, beside a bare push of the same bytes"
    return [
        info(f"{words}, median", median(pushed.took), "ms", median(limit)),
        at_most(f"{words}, p95", p95(pushed.took), "ms", LAST_STREAM_MS, p95(limit)),
    ]


@contextmanager
def _everything_else(portal: Place) -> Iterator[None]:
    """The worker, beat and the engine, the worker known to work."""
    commands = procfile_commands()
    with running(portal, *(command for name, command in commands.items() if name != "web")):
        with redis.Redis.from_url(portal.valkey_url) as broker:
            wait_for(lambda: bool(broker.keys("_kombu.binding.default")), what="the worker", log=portal.log)
        yield


def _visible(
    portal: Place, browser: BoardInBrowser, made: Changes, numbers: Iterator[int], *, streams: int, most: float
) -> list[Measure]:
    """The webhook's way (HTTP, inbox, worker, announcement, row, browser), beside the last part of it alone."""
    took = []
    for turn in range(WARM_UP + WEBHOOKS):
        number = next(numbers)
        body = delivery(number)
        sent_at = time.time()
        post(portal, "/hooks/pagerduty/", body, headers(body))
        shown = browser.wait_for(f"title {number}")
        if turn >= WARM_UP:
            took.append(shown - sent_at * 1000)
        pause(1.0)
    announced = []
    for _ in range(WEBHOOKS):
        sent_at = time.time()
        incident, version, _at = made.make()
        announced.append(browser.wait_for(f"row {incident} {version}") - sent_at * 1000)
        pause(0.5)
    words = f"webhook → visible in a browser, {streams:,} other streams, beside an announced change"
    return [
        info(f"{words}, median", median(took), "ms", median(announced)),
        at_most(f"{words}, p95", p95(took), "ms", most, p95(announced)),
    ]


def p95(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return quantiles(values, n=20, method="inclusive")[-1]
