"""What is left when a supervisor is killed, and that the next run neither minds nor loses data."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from embedded.instance import end_leftovers, record_children
from embedded.processes import identity, spawn, wait_until
from tests.embedded.conftest import SERVICES_READY, Start


def addresses(data: Path) -> tuple[str, str]:
    """DATABASE_URL and REDIS_URL of the run on this folder."""
    command = f'. "{data}/environment" && echo "$DATABASE_URL $REDIS_URL"'
    database, broker = subprocess.check_output(["/bin/sh", "-c", command], text=True, env={}).split()
    return database, broker


@pytest.mark.slow
def test_a_killed_supervisor_leaves_no_process_and_no_data_behind_it_is_lost(start: Start, data: Path) -> None:
    first = start("services", PORTAL_DATA=data)
    first.wait_for(SERVICES_READY)
    database, broker = addresses(data)
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('kept')")
    with redis.Redis.from_url(broker) as client:
        client.set("word", "kept")
        client.execute_command("WAITAOF", 1, 0, 5000)
    children = [int(pid) for pid in json.loads((data / "children.json").read_text())]

    first.end(signal.SIGKILL)

    assert len(children) == 2
    assert wait_until(lambda: all(identity(pid) is None for pid in children), within_s=10)

    second = start("services", PORTAL_DATA=data)
    second.wait_for(SERVICES_READY)
    assert addresses(data) == (database, broker)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("kept",)]
    with redis.Redis.from_url(broker) as client:
        assert client.get("word") == b"kept"
    assert second.end() == 0


@pytest.mark.slow
def test_a_stale_pid_file_that_names_a_living_process_does_not_keep_postgres_out(start: Start, data: Path) -> None:
    first = start("services", PORTAL_DATA=data)
    first.wait_for(SERVICES_READY)
    stale = (data / "postgres" / "postmaster.pid").read_text().splitlines()
    assert first.end() == 0
    with subprocess.Popen(["sleep", "60"], user="nobody" if os.geteuid() == 0 else None) as bystander:
        pid_file = data / "postgres" / "postmaster.pid"
        pid_file.write_text("\n".join([str(bystander.pid), *stale[1:], ""]))

        second = start("services", PORTAL_DATA=data)
        second.wait_for(SERVICES_READY)

        assert bystander.poll() is None
        bystander.kill()
    assert second.end() == 0


def test_a_child_that_outlived_its_supervisor_is_ended_by_the_next_run(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGINT, lambda *_: exit(0)); print(1, flush=True); time.sleep(60)"
    )
    with spawn([sys.executable, "-c", stubborn], output=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        record_children(tmp_path, [child.pid])

        assert end_leftovers(tmp_path) == [child.pid]
        assert child.wait(1) == 0


def test_a_later_process_with_the_same_pid_is_left_alone(tmp_path: Path) -> None:
    with spawn(["sleep", "60"]) as bystander:
        (tmp_path / "children.json").write_text(json.dumps({str(bystander.pid): "another start time"}))

        assert end_leftovers(tmp_path) == []
        assert bystander.poll() is None
        bystander.kill()
