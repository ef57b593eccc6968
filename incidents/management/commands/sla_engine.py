"""`manage.py sla_engine`: the loop that never misses a deadline. It needs Postgres and nothing else."""

import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseError
from django.db import connection
from psycopg_pool import PoolTimeout

from incidents.services.advance_clocks import breach_due_clocks, note_clocks_at_risk
from incidents.services.beat import BEAT_EVERY, beat
from incidents.services.escalate_unresolved import escalate_unresolved

logger = logging.getLogger("incidents.sla_engine")

BATCH = 2_000


class Command(BaseCommand):
    help = (
        "Marks SLA clocks that are at risk or breached, as they become so, and escalates what is unresolved. "
        "Several may run beside each other."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=0.2, help="seconds between two looks (default 0.2)")
        parser.add_argument("--once", action="store_true", help="work off what is due now, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        if not options["once"]:
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
            signal.signal(signal.SIGINT, lambda *_: stop.set())
            logger.info("the SLA engine looks every %s s", options["every"])
        self._beats_at = 0.0
        while not stop.is_set():
            is_behind = self._round()
            if options["once"] and not is_behind:
                return
            if not is_behind:
                stop.wait(options["every"])

    def _round(self) -> bool:
        """One look. Returns whether a full batch was found, so that more may wait. An outage is waited out."""
        try:
            breached = breach_due_clocks(limit=BATCH)
            at_risk = note_clocks_at_risk(limit=BATCH)
            # A breach that waits to be written comes before what follows from one.
            is_behind = breached >= BATCH or at_risk >= BATCH
            if not is_behind:
                escalate_unresolved()
            if time.monotonic() >= self._beats_at:
                beat(name="sla-engine")
                self._beats_at = time.monotonic() + BEAT_EVERY
        except (DatabaseError, PoolTimeout) as error:
            logger.warning("the database cannot be asked, trying again: %s", type(error).__name__)
            connection.close()
            threading.Event().wait(1)
            return False
        return is_behind
