"""One ledger, one writer at a time: a rule that is stored while a month is published must not slip into it."""

from django.db import connection

#: Any number that nothing else in this database takes; the audit record has one of its own.
LEDGER_LOCK = 0x1ED6E2


def lock_ledger() -> None:
    """Waits for whoever writes rules or lines now; held until the caller's transaction ends. Take it before any row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LEDGER_LOCK])
