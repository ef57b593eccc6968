"""Keeping a webhook delivery, at once and once."""

from django.db import connection

INSERT = """
    INSERT INTO incidents_inboundevent (delivery_id, event_id, event_type, body, attempts, error)
    VALUES (%s, %s, %s, %s, 0, '')
    ON CONFLICT DO NOTHING
"""


def receive_webhook(*, delivery_id: str | None, event_id: str, event_type: str, body: bytes) -> bool:
    """Stores one verified delivery in one statement, which is its own transaction. Returns False for one already stored.

    Raises django.db.Error where the database cannot take it; nothing is then acknowledged.
    """
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [delivery_id, event_id, event_type, body])
        return bool(cursor.rowcount)
