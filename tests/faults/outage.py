"""Taking the database away for a while, for real."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import psycopg
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper


@contextmanager
def database_gone(*, keeps_pool: bool = False) -> Iterator[None]:
    """While the block runs nobody can connect to the test database, and whoever was connected is thrown out."""
    name = str(connection.settings_dict["NAME"])
    connection.close()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            connection.close()
            # The pool pauses between its attempts; a new one need not.
            if not keeps_pool:
                wrapper().close_pool()


def cut_connections() -> None:
    """Postgres was restarted: everybody may connect, and whoever was connected is thrown out."""
    name = str(connection.settings_dict["NAME"])
    connection.close()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])


def give_up_connecting_after(seconds: float) -> None:
    """How long a request waits for a connection, in this process's pool (replaced when the outage ends)."""
    wrapper().pool.timeout = seconds


def wrapper() -> DatabaseWrapper:
    """The test thread's connection as what it is."""
    return cast(DatabaseWrapper, connections["default"])
