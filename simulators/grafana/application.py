"""The HTTP application: what Grafana answers behind a gate that counts calls and applies faults, and the control API.

`/_sim/…` (JSON, no token) is what a test or a demo does from outside:

- `GET|DELETE /_sim/calls`        the paths with their queries so far, oldest first; forget them
- `GET|POST|DELETE /_sim/faults`  list, arm one (fields of `faults.Fault`), disarm all
- `POST /_sim/reset`              no faults, no calls
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from simulators.grafana.api import refusal, routes
from simulators.grafana.faults import Fault, Faults
from simulators.serving import reset_connection


class Grafana:
    """The ASGI application, its faults and its calls."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.calls: deque[str] = deque(maxlen=10_000)
        control = [
            Route("/_sim/calls", self._calls, methods=["GET", "DELETE"]),
            Route("/_sim/faults", self._faults, methods=["GET", "POST", "DELETE"]),
            Route("/_sim/reset", self._reset, methods=["POST"]),
        ]
        self._app = Starlette(routes=[*routes(), *control])

    def reset(self) -> None:
        """As good as new."""
        self.faults.clear()
        self.calls.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request; control calls pass untouched."""
        if scope["type"] != "http" or scope["path"].startswith("/_sim/"):
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        self.calls.append(f"{scope['path']}?{query}" if query else scope["path"])
        fault = self.faults.take(scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await self._fail(fault, scope, receive, send)

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(fault.delay_for)
        if fault.hang_for is not None or fault.reset:
            await asyncio.sleep(fault.hang_for or 0)
            await reset_connection(receive)
            return
        response = _instead(fault)
        if response is None:
            response = await self._spoiled(fault, scope, receive)
        if fault.retry_after is not None:
            response.headers["Retry-After"] = str(fault.retry_after)
        await response(scope, receive, send)

    async def _spoiled(self, fault: Fault, scope: Scope, receive: Receive) -> Response:
        """Its own answer, but not as it should be."""
        parts: list[Message] = []

        async def keep(message: Message) -> None:
            parts.append(message)

        await self._app(scope, receive, keep)
        body = b"".join(part.get("body", b"") for part in parts)
        if fault.cut_to is not None:
            body = body[: int(len(body) * fault.cut_to)]
        kind = dict(parts[0]["headers"]).get(b"content-type", b"").decode()
        if fault.is_endless or fault.trickle_s is not None:
            return StreamingResponse(_dripping(body, fault), parts[0]["status"], media_type=kind)
        return Response(body, parts[0]["status"], media_type=kind)

    async def _calls(self, request: Request) -> JSONResponse:
        if request.method == "DELETE":
            self.calls.clear()
        return JSONResponse({"calls": list(self.calls)})

    async def _faults(self, request: Request) -> JSONResponse:
        if request.method == "DELETE":
            self.faults.clear()
        elif request.method == "POST":
            try:
                self.faults.add(Fault(**json.loads(await request.body())))
            except (TypeError, ValueError) as error:
                return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"faults": [fault.as_json() for fault in self.faults.armed]})

    async def _reset(self, _: Request) -> JSONResponse:
        self.reset()
        return JSONResponse({})


def _instead(fault: Fault) -> Response | None:
    """What is answered in place of its own answer; none: that."""
    if fault.location is not None:
        return RedirectResponse(fault.location, fault.status or 302)
    if fault.body is not None:
        return Response(fault.body, fault.status or 200, media_type="text/html")
    return refusal(fault.status) if fault.status is not None else None


async def _dripping(body: bytes, fault: Fault) -> AsyncIterator[bytes]:
    """The body byte by byte, or zeros after it without end."""
    if fault.trickle_s is None:
        yield body
        while True:
            yield bytes(65_536)
            # Sending to a client that has gone waits for nothing: without this nobody else would have a turn.
            await asyncio.sleep(0)
    for byte in body:
        yield bytes([byte])
        await asyncio.sleep(fault.trickle_s)
