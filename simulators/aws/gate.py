"""What every call passes before it reaches moto: who signed it, the log of calls, faults, what moto does not answer as AWS.

Its own API, `/_sim/…` (JSON, unsigned), is for a test or a demo outside the process:

- `GET  /_sim/health`             `{"status": "ok"}` once the world is there, 503 before
- `GET|DELETE /_sim/calls`        the calls so far, oldest first; forget them
- `GET|POST|DELETE /_sim/faults`  list, arm one (fields of `faults.Fault`), disarm all
- `POST /_sim/reset`              as good as new: no faults, no calls, every instance available
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request, Response

from simulators.aws import wire
from simulators.aws.databases import Databases
from simulators.aws.faults import KNOWN, Fault, Faults
from simulators.aws.wire import Call, Environ

#: The only key that is let in, known to everybody, and the one under which the world is made.
ACCESS_KEY, WORLD_KEY = "AKIADEMOCHATOPS00000", "AKIAWORLDCHATOPS0000"
LONGEST_WAIT_S = 60.0

type Application = Callable[..., Iterable[bytes]]


class Gate:
    """WSGI application around moto's. Nobody but the world's maker gets in before `open`."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._is_open, self._is_closing = threading.Event(), threading.Event()
        self.databases = Databases()
        self.faults = Faults()
        self.calls: deque[Call] = deque(maxlen=10_000)

    def open(self) -> None:
        """The world is there."""
        self._is_open.set()

    def close(self) -> None:
        """Ends whatever hangs on purpose."""
        self._is_closing.set()

    def reset(self) -> None:
        """As good as new; what was measured stays."""
        self.faults.clear()
        self.calls.clear()
        self.databases.reset()

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Serves one request."""
        if environ["PATH_INFO"].startswith("/_sim/"):
            return self._control(Request(environ))(environ, start_response)
        call = wire.read_call(environ)
        if call.access_key == WORLD_KEY:
            return self._app(environ, start_response)
        self._is_open.wait(LONGEST_WAIT_S)
        self.calls.append(call)
        fault = self.faults.take(call.action)
        response = self._answer(call, environ) if fault is None else self._fail(fault, call, environ)
        if response is None:
            raise _broken(environ["werkzeug.socket"], is_reset=bool(fault and fault.reset))
        call.status = response.status_code
        return response(environ, start_response)

    def _answer(self, call: Call, environ: Environ) -> Response:
        if not call.access_key:
            return wire.error(call, *KNOWN["no_token"])
        if call.access_key != ACCESS_KEY:
            return wire.error(call, *KNOWN["invalid_token"])
        own = self.databases.answer(call)
        if own is not None:
            return own
        body, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        return Response(b"".join(body), status, headers)

    def _fail(self, fault: Fault, call: Call, environ: Environ) -> Response | None:
        """The answer of a fault; none: the connection is broken."""
        self._is_closing.wait(fault.delay_for)
        if fault.is_applied:
            self._answer(call, environ)
        if fault.hang_for is not None:
            self._is_closing.wait(fault.hang_for)
            return None
        if fault.reset:
            return None
        said = fault.error(call.action)
        if said is not None:
            response = wire.error(call, *said)
        elif fault.body is not None:
            response = Response(fault.body, fault.status or 200, content_type="text/html")
        else:
            response = self._answer(call, environ)
        if fault.retry_after is not None:
            response.headers["Retry-After"] = str(fault.retry_after)
        if fault.cut_to is not None:
            whole = response.get_data()
            response.set_data(whole[: int(len(whole) * fault.cut_to)])
            response.headers["Content-Length"] = str(len(whole))
        return response

    def _control(self, request: Request) -> Response:
        match request.method, request.path.removeprefix("/_sim/"):
            case "GET", "health":
                is_open = self._is_open.is_set()
                return _json({"status": "ok" if is_open else "starting"}, 200 if is_open else 503)
            case "GET", "calls":
                return _json({"calls": [call.as_json() for call in list(self.calls)]})
            case "DELETE", "calls":
                self.calls.clear()
            case "GET", "faults":
                return _json({"faults": [fault.as_json() for fault in self.faults.armed]})
            case "POST", "faults":
                return self._arm(request)
            case "DELETE", "faults":
                self.faults.clear()
            case "POST", "reset":
                self.reset()
            case _:
                return _json({"error": "no such thing"}, 404)
        return _json({})

    def _arm(self, request: Request) -> Response:
        try:
            fault = Fault(**json.loads(request.get_data()))
        except (TypeError, ValueError) as error:
            return _json({"error": str(error)}, 400)
        self.faults.add(fault)
        return _json({"fault": fault.as_json()}, 201)


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")


def _broken(connection: socket.socket, *, is_reset: bool) -> ConnectionError:
    """Closes the connection without an answer: with a TCP reset, or as a server that ends. werkzeug expects the error."""
    with contextlib.suppress(OSError):  # The client may have gone first.
        if is_reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(connection.detach())  # Its own `close` waits for the streams that werkzeug made of it.
        else:
            connection.shutdown(socket.SHUT_RDWR)
    return ConnectionAbortedError()
