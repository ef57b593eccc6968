"""The database's clock: the only one the portal trusts."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The instant at which this statement runs (not the one at which the transaction began)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
