"""What the pool does before it lends a connection to a thread. The settings import this, so that it reads none of them."""

from typing import TYPE_CHECKING, Any, cast

import psycopg
from django.db import connections
from psycopg_pool import ConnectionPool

if TYPE_CHECKING:
    from django.db.backends.postgresql.base import DatabaseWrapper


def check_before_lending(connection: psycopg.Connection[Any]) -> None:
    """Tries it with an empty query, which takes some 30 µs; the pool takes another where this raises.

    After Postgres was restarted all that lie in the pool are dead. They are replaced at once, when the first is found: one by one
    the pool would wait longer after each, and past its timeout, so that somebody was told 503 though Postgres answers.
    """
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.Error:
        cast("DatabaseWrapper", connections["default"]).pool.check()
        raise
