"""Looking at who waits for whom in the database."""

from django.db import connection


def is_waiting() -> bool:
    """Whether some other connection to this database waits for a lock."""
    with connection.cursor() as cursor:
        # Within a transaction the first look would be every later one's.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return bool(cursor.fetchone()[0])
