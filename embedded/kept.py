"""What is decided once and kept beside the data: secrets and ports."""

import os
import secrets
import socket
from pathlib import Path


def kept_secret(path: Path) -> str:
    """The secret in this file; made (50 URL-safe characters, readable by the owner alone) when there is none."""
    try:
        # Exclusive, so that of two starters at once one makes it and the other reads it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        secret = secrets.token_urlsafe(37)
        file.write(secret)
    return secret


def kept_port(path: Path) -> int:
    """The loopback port in this file, so that addresses stay the same; another when it is taken or none is kept."""
    try:
        port = int(path.read_text())
    except (FileNotFoundError, ValueError):
        port = 0
    port = _bindable_port(port) or free_port()
    path.write_text(str(port))
    return port


def free_port() -> int:
    """A loopback TCP port nobody listens on now."""
    port = _bindable_port(0)
    if port is None:
        raise OSError("no loopback port is free")
    return port


def _bindable_port(port: int) -> int | None:
    """The port if it can be listened on; with 0, any; None where it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        bound: int = probe.getsockname()[1]
        return bound
