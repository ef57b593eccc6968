"""Serving a simulator with uvicorn: as a process, or from a thread of a test."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive


class Server(uvicorn.Server):
    """A server that a signal ends at once: nobody waits for a request that hangs on purpose."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Stops without waiting for requests under way, and without raising the signal again, as uvicorn would."""
        self.force_exit = self.should_exit = True

    @property
    def exit_code(self) -> int:
        """0 when a signal asked for the end, 1 when the server never came up."""
        return 0 if self.started else 1


def make_server(
    app: ASGIApp, host: str, port: int, *, log_level: str = "warning", tls: ssl.SSLContext | None = None
) -> Server:
    """A server that is not started yet."""
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level=log_level,
            access_log=False,
            lifespan="off",
            date_header=False,
            ssl_context_factory=(lambda _config, _default: tls) if tls else None,
        )
    )


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one."""
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=512)


@contextmanager
def served(app: ASGIApp, name: str, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serves the application from a thread on a free port of 127.0.0.1 while the block runs. Gives its URL, without a slash."""
    listening = bind("127.0.0.1", 0)
    server = make_server(app, "127.0.0.1", 0, tls=tls)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name=name, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the simulator's server did not start")
            time.sleep(0.005)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.force_exit = server.should_exit = True
        thread.join(timeout=5)
        listening.close()


async def reset_connection(receive: Receive) -> None:
    """Breaks the connection with a TCP reset.

    ASGI has no word for that. uvicorn's `receive` is a method of the request's cycle, which knows the transport.
    """
    transport: asyncio.Transport = receive.__self__.transport  # type: ignore[attr-defined]
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    # Until uvicorn has noticed: it complains of a request that ends without an answer on a living connection.
    while (await receive())["type"] != "http.disconnect":
        continue
