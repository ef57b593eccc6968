"""The database's clock: the only one the portal trusts."""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func


def database_now() -> datetime:
    """The instant at which this statement runs (not the one at which the transaction began)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


class DatabaseNow(Func):
    """The same instant as an expression, to be read along with rows."""

    function = "CLOCK_TIMESTAMP"
    output_field = DateTimeField()
