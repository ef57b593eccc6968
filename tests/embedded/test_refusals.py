"""What cannot work is said in one sentence before anything is started."""

import fcntl
import os
import socket
from pathlib import Path

from tests.embedded.conftest import Start


def test_a_port_in_use_is_named_with_its_holder(start: Start, data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = start("portal", PORTAL_DATA=data, PORT=port)
        assert run.wait() == 1
    assert f"Port {port} is already in use by" in run.output
    assert f"(pid {os.getpid()})" in run.output
    assert f"PORT={port + 1} make run" in run.output
    assert not (data / "postgres").exists()


def test_a_folder_in_use_is_named_with_its_holder(start: Start, data: Path) -> None:
    with (data / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("pid 123, http://127.0.0.1:8000/")
        lock.flush()
        run = start("services", PORTAL_DATA=data)
        assert run.wait() == 1
    assert f"{data} is in use by another portal (pid 123, http://127.0.0.1:8000/)" in run.output
    assert "Traceback" not in run.output


def test_a_malformed_port_is_refused(start: Start, data: Path) -> None:
    run = start("portal", PORTAL_DATA=data, PORT="eighty")
    assert run.wait() == 1
    assert "PORT must be a number from 1 to 65535, not 'eighty'." in run.output


def test_a_folder_that_cannot_be_made_is_refused(start: Start, data: Path) -> None:
    (data / "file").touch()
    run = start("services", PORTAL_DATA=data / "file" / "below")
    assert run.wait() == 1
    assert "PORTAL_DATA" in run.output
    assert "Traceback" not in run.output
