"""Keeping a webhook delivery, at once and once."""

from django.db import connection

_INSERT = """
    INSERT INTO incidents_inboundevent (delivery_id, event_id, event_type, body, attempts, error)
    VALUES (%s, %s, %s, %s, 0, '')
    ON CONFLICT DO NOTHING
"""
_IS_KNOWN = "SELECT EXISTS (SELECT FROM incidents_inboundevent WHERE event_id = %s)"


def receive_webhook(*, delivery_id: str | None, event_id: str, event_type: str, body: bytes) -> bool:
    """Stores one verified delivery in one statement, which is its own transaction. Returns False for one already stored.

    The event's id is signed and decides; the delivery's id is a header that no signature covers, so that one which repeats
    under another event (a proxy's doing) is left out rather than the event.
    Raises django.db.Error where the database cannot take it; nothing is then acknowledged.
    """
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [delivery_id, event_id, event_type, body])
        if cursor.rowcount:
            return True
        cursor.execute(_IS_KNOWN, [event_id])
        if cursor.fetchone()[0]:
            return False
        cursor.execute(_INSERT, [None, event_id, event_type, body])
        return bool(cursor.rowcount)
