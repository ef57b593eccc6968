"""Whether the port is free, and who has it if not."""

import contextlib
import shutil
import socket
import subprocess
from pathlib import Path

from embedded.processes import EmbeddedError, command_line

LISTENING = "0A"  # State column of /proc/net/tcp (linux/tcp_states.h)


def require_free_port(host: str, port: int) -> None:
    """EmbeddedError naming the holder, where it can be known, if nothing can listen on host and port."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise EmbeddedError(f"HOST={host} is no address of this machine: {error.strerror}.") from None
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError:
            raise EmbeddedError(f"This user may not listen on port {port}: choose one above 1023.") from None
        except OSError:
            raise EmbeddedError(
                f"Port {port} is already in use{_holder(port)}. Stop it, or choose another: PORT={port + 1} make run"
            ) from None


def _holder(port: int) -> str:
    """The words " by python3 (pid 123)", or nothing where that cannot be known."""
    pid = _holder_from_proc(port) or _holder_from_lsof(port)
    if pid is None:
        return ""
    program = Path((command_line(pid).split() or ["a process"])[0]).name
    return f" by {program} (pid {pid})"


def _holder_from_proc(port: int) -> int | None:
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if table.exists():
            for line in table.read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{columns[9]}]")
    for descriptors in Path("/proc").glob("[0-9]*/fd"):
        with contextlib.suppress(OSError):  # Another user's process, or one that has just ended.
            if any(str(entry.readlink()) in inodes for entry in descriptors.iterdir()):
                return int(descriptors.parent.name)
    return None


def _holder_from_lsof(port: int) -> int | None:
    if shutil.which("lsof") is None:
        return None
    shown = subprocess.run(
        ["lsof", "-ti", f"tcp:{port}", "-s", "tcp:listen"], capture_output=True, text=True, check=False
    )
    pids = shown.stdout.split()
    return int(pids[0]) if pids else None
