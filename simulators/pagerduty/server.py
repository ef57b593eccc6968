"""Serving a simulator with uvicorn: as a process, or from a thread of a test."""

from __future__ import annotations

import socket
from types import FrameType

import uvicorn

from simulators.pagerduty.simulator import Simulator


class Server(uvicorn.Server):
    """A server that a signal ends at once: nobody waits for a request that hangs on purpose."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Stops without waiting for requests under way, and without raising the signal again, as uvicorn would."""
        self.force_exit = self.should_exit = True

    @property
    def exit_code(self) -> int:
        """0 when a signal asked for the end, 1 when the server never came up."""
        return 0 if self.started else 1


def make_server(simulator: Simulator, host: str, port: int, *, log_level: str = "warning") -> Server:
    """A server that is not started yet."""
    return Server(
        uvicorn.Config(
            simulator.app,
            host=host,
            port=port,
            log_level=log_level,
            access_log=False,
            lifespan="off",
            date_header=False,
        )
    )


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one."""
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=512)
