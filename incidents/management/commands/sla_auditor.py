"""`manage.py sla_auditor`: the loop that doubts every clock. It shares no code with what keeps them, and needs Postgres alone."""

import logging
import signal
import threading
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseError
from django.db import connection
from psycopg_pool import PoolTimeout

from incidents.models import SlaAudit
from incidents.services.audit_clocks import audit_clocks
from incidents.services.beat import BEAT_EVERY, beat
from incidents.services.ping_dead_man import ping_dead_man

logger = logging.getLogger("incidents.sla_auditor")

#: Seconds until the next try while the database is away: the first, and the longest they grow to.
FIRST_WAIT, LONGEST_WAIT = 1.0, 10.0


class Command(BaseCommand):
    help = (
        "Recomputes every SLA deadline from the facts, again and again, and says which clock is wrong, late or stuck."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=10.0, help="seconds between two rounds (default 10)")
        parser.add_argument("--once", action="store_true", help="one round; fails where something is wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            audit = audit_clocks()
            self.stdout.write(f"{audit.checked} clocks checked, {audit.found} findings")
            for each in audit.findings:
                self.stdout.write(f"{each['kind']} incident {each['incident']} {each['clock']} {each['detail']}")
            raise SystemExit(1 if audit.found else 0)
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        signal.signal(signal.SIGINT, lambda *_: stop.set())
        run_auditor(stop, every=options["every"])


def run_auditor(stop: threading.Event, *, every: float) -> None:
    """Rounds until told to stop; through outages of the database."""
    told = 0
    outage_wait = 0.0
    attempted_at: datetime | None = None
    # An engine that was started together with this process has not shown a sign of life yet.
    stop.wait(min(every, BEAT_EVERY))
    while not stop.is_set():
        try:
            audit = audit_clocks()
            beat(name="sla-auditor")
            attempted_at = ping_dead_man(audit=audit, attempted_at=attempted_at)
        except (DatabaseError, PoolTimeout) as error:
            if not outage_wait:
                logger.warning("the database cannot be asked, trying until it can: %s", type(error).__name__)
            outage_wait = min(outage_wait * 2 or FIRST_WAIT, LONGEST_WAIT)
            connection.close()
            stop.wait(outage_wait)
            continue
        if outage_wait:
            logger.warning("the database can be asked again")
            outage_wait = 0.0
        told = tell(audit, told)
        stop.wait(every)


def tell(audit: SlaAudit, told: int) -> int:
    """Logs what changed since the last round that was told of: a finding that stays is one line, not six a minute."""
    if audit.found and audit.found != told:
        logger.error("%d findings, the first: %s", audit.found, audit.findings[0])
    elif told and not audit.found:
        logger.warning("every SLA clock is right again")
    return audit.found
