"""The embedded services as programs."""

import os

import psycopg
import redis


def test_postgres_has_the_extensions_the_portal_may_use() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        found = connection.execute(
            "SELECT name FROM pg_available_extensions WHERE name = ANY(%s) ORDER BY name",
            [["btree_gist", "pg_stat_statements", "pg_trgm"]],
        ).fetchall()
    assert [name for (name,) in found] == ["btree_gist", "pg_stat_statements", "pg_trgm"]


def test_valkey_refuses_whoever_has_no_password() -> None:
    address = os.environ["REDIS_URL"].rpartition("@")[2]
    with redis.Redis.from_url(f"redis://{address}") as client:
        try:
            client.ping()
        except redis.AuthenticationError:
            return
    raise AssertionError("it let us in")
