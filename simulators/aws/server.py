"""moto behind the gate, served by werkzeug as moto itself is. Importing this takes two seconds."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from simulators.aws.gate import Gate


class _Quiet(MotoRequestHandler):
    """Says nothing of requests and of clients that have gone."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  (werkzeug's signature)
        """Not a word."""

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:  # noqa: ARG002  (werkzeug's signature)
        """Nothing more is read from a connection that is broken."""
        self.close_connection = True


def make_gate() -> Gate:
    """A gate with moto behind it: one a process, since moto keeps its accounts in modules."""
    return Gate(DomainDispatcherApplication(create_backend_app))


def make_aws_server(gate: Gate, listening: socket.socket, context: ssl.SSLContext | None = None) -> BaseWSGIServer:
    """A server on a socket that listens already. It is not started yet."""
    host, port = listening.getsockname()[:2]
    return make_server(
        host,
        port,
        gate,
        threaded=True,
        request_handler=_Quiet,
        ssl_context=context,
        fd=listening.fileno(),
    )
