"""`manage.py sla_engine`: the loop that never misses a deadline. It needs Postgres and nothing else."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseError
from django.db import connection
from psycopg_pool import PoolTimeout

from incidents.services.advance_clocks import breach_due_clocks, note_clocks_at_risk, what_waits
from incidents.services.beat import BEAT_EVERY, beat
from incidents.services.escalate_unresolved import escalate_unresolved

logger = logging.getLogger("incidents.sla_engine")

BATCH = 5_000
#: An engine that dies at once, again and again, is not started more often than this (seconds).
SHORTEST_LIFE = 0.1


class Command(BaseCommand):
    help = (
        "Marks SLA clocks that are at risk or breached, as they become so, and escalates what is unresolved. "
        "One that dies is replaced at once; several such commands may run beside each other."
    )
    # A deadline does not wait for a look at the URLs and templates.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=0.2, help="seconds between two looks (default 0.2)")
        parser.add_argument("--engines", type=int, default=2, help="processes that look (default 2)")
        parser.add_argument("--once", action="store_true", help="work off what is due now, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            while look():
                pass
            return
        logger.info("%d SLA engines look every %s s", options["engines"], options["every"])
        keep_engines(count=options["engines"], every=options["every"])


def keep_engines(*, count: int, every: float) -> None:
    """Keeps `count` engines going until SIGTERM or SIGINT. This process has no database connection that they could inherit."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    forking = multiprocessing.get_context("fork")
    engines: list[ForkProcess] = []
    while not stop.is_set():
        for dead in [engine for engine in engines if not engine.is_alive()]:
            logger.warning("the SLA engine %s ended (%s), another takes its place", dead.pid, dead.exitcode)
            engines.remove(dead)
        while len(engines) < count:
            engine = forking.Process(target=run_engine, args=(every,), daemon=True)
            engine.start()
            engines.append(engine)
        wait([engine.sentinel for engine in engines], timeout=1.0)
        stop.wait(SHORTEST_LIFE)
    for engine in engines:
        engine.terminate()
    for engine in engines:
        engine.join(timeout=5)


def run_engine(every: float) -> None:
    """One engine's loop, until it is told to end or the process that keeps it is gone."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the keeper ends it.
    keeper = os.getppid()
    beats_at = 0.0
    while not stop.is_set() and os.getppid() == keeper:
        try:
            is_behind = look()
            if time.monotonic() >= beats_at:
                beat(name="sla-engine")
                beats_at = time.monotonic() + BEAT_EVERY
        except (DatabaseError, PoolTimeout) as error:
            logger.warning("the database cannot be asked, trying again: %s", type(error).__name__)
            connection.close()
            stop.wait(1)
            continue
        if not is_behind:
            stop.wait(every)


def look() -> bool:
    """One look at the clocks. Returns whether a full batch was found, so that more may wait."""
    waiting = what_waits()
    breached = breach_due_clocks(limit=BATCH) if waiting.breaches else 0
    at_risk = note_clocks_at_risk(limit=BATCH) if waiting.at_risk else 0
    # A breach that waits to be written comes before what follows from one.
    is_behind = breached >= BATCH or at_risk >= BATCH
    if waiting.escalations and not is_behind:
        escalate_unresolved()
    return is_behind
