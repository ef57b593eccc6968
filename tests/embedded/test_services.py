"""The embedded services as programs."""

import os
import shutil
from pathlib import Path

import psycopg
import pytest
import redis

from embedded.postgres import HIDDEN_HOME
from tests.embedded.conftest import SERVICES_READY, Start


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


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that PostgreSQL's own user cannot reach")
def test_a_folder_that_postgres_cannot_reach_keeps_its_cluster_elsewhere(start: Start, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    run = start("services", PORTAL_DATA=tmp_path)
    run.wait_for(SERVICES_READY)
    assert run.end() == 0

    cluster = (tmp_path / "postgres").resolve()
    assert cluster.is_relative_to(HIDDEN_HOME)
    assert (cluster / "PG_VERSION").exists()

    # The folder deleted means the data deleted: nothing of the old cluster comes back.
    (cluster / "old").touch()
    (tmp_path / "postgres").unlink()
    (tmp_path / "postgres_password").unlink()
    again = start("services", PORTAL_DATA=tmp_path)
    again.wait_for(SERVICES_READY)
    assert again.end() == 0
    assert not (cluster / "old").exists()
    shutil.rmtree(cluster.parent)
