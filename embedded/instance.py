"""One supervisor to a data folder, and what a killed one left behind."""

import contextlib
import fcntl
import json
import os
import signal
from collections.abc import Generator
from pathlib import Path

from embedded.processes import EmbeddedError, identity, signal_group, wait_until


@contextlib.contextmanager
def owned(folder: Path, address: str) -> Generator[None]:
    """Hold the folder's lock, which the kernel gives back however this process ends.

    EmbeddedError names the holder where there is one. `address` is what a later loser of the race is told.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"PORTAL_DATA={folder} cannot be made: {error.strerror}.") from None
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read() or "it is just starting"
            raise EmbeddedError(
                f"{folder} is in use by another portal ({holder}). Stop that one, or start this one beside it: "
                "PORT=8001 PORTAL_DATA=.portal-2 make run"
            ) from None
        lock.truncate(0)
        lock.write(f"pid {os.getpid()}, {address}")
        lock.flush()
        yield


def record_children(folder: Path, pids: list[int]) -> None:
    """Write down who our children are, each with what tells it from a later process of the same pid."""
    fresh = folder / "children.json.new"
    fresh.write_text(json.dumps({str(pid): identity(pid) for pid in pids}))
    fresh.replace(folder / "children.json")


def end_leftovers(folder: Path) -> list[int]:
    """End the children of a supervisor that was killed; their pids. The kernel has told most of them already."""
    try:
        recorded: dict[str, str | None] = json.loads((folder / "children.json").read_text())
    except (FileNotFoundError, ValueError):
        return []
    left = {int(pid): start for pid, start in recorded.items() if start and identity(int(pid)) == start}

    def all_gone() -> bool:
        return all(identity(pid) != start for pid, start in left.items())

    # SIGINT is the fast shutdown of PostgreSQL and an orderly end for every other child.
    for number, within_s in ((signal.SIGINT, 5.0), (signal.SIGKILL, 5.0)):
        for pid, start in left.items():
            if identity(pid) == start:
                signal_group(pid, number)
        if wait_until(all_gone, within_s=within_s):
            break
    return list(left)
