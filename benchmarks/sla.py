"""The SLA engine at 100,000 running clocks: late by how much, how fast when all are due at once, killed, alone, and idle."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count

import psutil

from benchmarks._clocks import Breaches, Clocks
from benchmarks._portal import Place, Services, migrate, place, running, services
from benchmarks.measure import Measure, at_most, info
from embedded.configuration import procfile_commands

RUNNING = 100_000
CLOSED = 1_000_000
#: The stream of breaches: so many a second, for so long.
RATE, RATE_FOR_S = 100, 20
ENGINES = 4
KILL_EVERY_S = 0.3
IDLE_FOR_S = 30.0
#: An engine has begun to look, and the deadlines have been written, before the first one passes.
LEAD_S = 10.0


def run() -> list[Measure]:
    """One database, wound back between the parts; the idle part has one of its own."""
    with services() as given:
        portal = place(given, database_url=given.database("running"))
        migrate(portal)
        clocks = Clocks(portal.database_url)
        clocks.make(running=RUNNING)
        bare_s = clocks.bare_update_s()
        measures = [
            *_stream(portal, clocks),
            *_at_once("all due at once, one engine", clocks, lambda: running(portal, engine()), bare_s),
            *_at_once("four engines, one killed every 300 ms", clocks, lambda: killed_engines(portal), bare_s),
            *_at_once(
                "all due at once, Valkey gone", clocks, lambda: running(_lonely(given, portal), engine()), bare_s
            ),
            *_after_a_day(portal, clocks, bare_s),
        ]
        clocks.close()
        idle = place(given, database_url=given.database("idle"))
        migrate(idle)
        return [*measures, *_idle(idle)]


def engine() -> str:
    """The command of the product's engine."""
    return procfile_commands()["sla-engine"]


def _stream(portal: Place, clocks: Clocks) -> list[Measure]:
    """Breaches one after the other while all others run."""
    expected = RATE * RATE_FOR_S
    clocks.spread(count=expected, a_second=RATE, after_s=LEAD_S)
    clocks.rest()
    with running(portal, engine()):
        time.sleep(LEAD_S + RATE_FOR_S + 2)
    found = clocks.breaches(expected=expected, since_s=clocks.now_s())
    clocks.wind_back()
    name = f"{RUNNING:,} running, {RATE} breaches/s: "
    return [
        at_most(name + "lateness p99", found.lateness_p99 * 1000, "ms", 500),
        info(name + "lateness, worst", found.lateness_worst * 1000, "ms"),
        *_exact(name, found),
    ]


def _at_once(
    name: str, clocks: Clocks, engines: Callable[[], AbstractContextManager[object]], bare_s: float
) -> list[Measure]:
    """All clocks due at the same instant."""
    with engines():
        time.sleep(3)
        clocks.due_at_once(in_s=LEAD_S)
        due_s = clocks.now_s() + LEAD_S
        _wait_until_written(clocks, due_s)
    found = clocks.breaches(expected=RUNNING, since_s=0)
    clocks.wind_back()
    return [at_most(f"{name}: all written after", found.lateness_worst, "s", 5, bare_s), *_exact(f"{name}: ", found)]


def _after_a_day(portal: Place, clocks: Clocks, bare_s: float) -> list[Measure]:
    """Everything was off for 24 hours: from the start of the process."""
    clocks.overdue_for_a_day()
    clocks.rest()
    begun = clocks.now_s()
    with running(portal, engine()):
        _wait_until_written(clocks, begun)
    found = clocks.breaches(expected=RUNNING, since_s=begun)
    name = "after 24 h off: "
    return [
        at_most(name + "all written after the start", found.last_detected_after, "s", 30, bare_s),
        *_exact(name, found),
    ]


def _exact(name: str, found: Breaches) -> list[Measure]:
    return [
        at_most(name + "missed, or not at the deadline", found.missed, "clocks", 0),
        at_most(name + "told twice", found.doubled, "clocks", 0),
    ]


def _wait_until_written(clocks: Clocks, from_s: float) -> None:
    deadline = time.monotonic() + 120
    while clocks.now_s() < from_s + 0.5 or clocks.left() > 0:
        if time.monotonic() > deadline:
            return
        time.sleep(0.5)


def _lonely(given: Services, portal: Place) -> Place:
    """The same portal with a Valkey that nobody answers for."""
    return place(given, database_url=portal.database_url, REDIS_URL="redis://127.0.0.1:9/0")


@contextmanager
def killed_engines(portal: Place) -> Iterator[None]:
    """Four engines of which one after the other is killed; the command that keeps them puts another in its place."""
    over = threading.Event()

    def kill(keeper: psutil.Process) -> None:
        for turn in count():
            if over.wait(KILL_EVERY_S):
                return
            engines = keeper.children()
            engines[turn % len(engines)].kill()

    with running(portal, f"{engine()} --engines {ENGINES}") as (process,):
        time.sleep(3)
        killer = threading.Thread(target=kill, args=[psutil.Process(process.pid)])
        killer.start()
        try:
            yield
        finally:
            over.set()
            killer.join()


def _idle(portal: Place) -> list[Measure]:
    """An engine with nothing to do beside a million closed clocks."""
    clocks = Clocks(portal.database_url)
    clocks.make(running=200, closed=CLOSED)
    with running(portal, engine()) as (process,):
        time.sleep(5)
        engines = psutil.Process(process.pid).children()
        scans, used = clocks.scans(), _cpu_s(engines)
        time.sleep(IDLE_FOR_S)
        scans, used = clocks.scans() - scans, _cpu_s(engines) - used
    clocks.close()
    name = f"idle beside {CLOSED:,} closed clocks: "
    return [
        at_most(name + "all engines' share of a core", used / IDLE_FOR_S * 100, "%", 1),
        at_most(name + "tables read from end to end", scans, "scans", 0),
    ]


def _cpu_s(engines: list[psutil.Process]) -> float:
    return sum(float(times.user + times.system) for times in (engine.cpu_times() for engine in engines))
