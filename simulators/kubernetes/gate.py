"""What every request passes before it reaches a handler: the log of calls, faults, the token."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import asdict, dataclass, field
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.kubernetes.access import Access
from simulators.kubernetes.clock import Clock, iso_micro
from simulators.kubernetes.errors import unauthorized
from simulators.kubernetes.faults import Fault, Faults
from simulators.serving import reset_connection

CONTROL_PREFIX = "/_sim/"


@dataclass
class Call:
    """One request as it was answered; `status` is null while under way, or when the connection was broken."""

    at: str
    method: str
    path: str
    query: list[tuple[str, str]]
    content_type: str = ""
    user_agent: str = ""
    status: int | None = None
    user: str | None = field(default=None)

    @property
    def is_dry_run(self) -> bool:
        """Whether it was to change nothing."""
        return any(name == "dryRun" for name, _ in self.query)

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        return asdict(self)


class Gate:
    """ASGI middleware around the application; control calls pass it untouched."""

    def __init__(self, app: ASGIApp, clock: Clock, faults: Faults, access: Access) -> None:
        self._app = app
        self._clock = clock
        self._faults = faults
        self._access = access
        self.calls: deque[Call] = deque(maxlen=50_000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request. The Date header is the cluster's clock, not the machine's: clients go by it."""

        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["date"] = format_datetime(self._clock.now(), usegmt=True)
            await send(message)

        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX):
            await self._app(scope, receive, send_dated)
        else:
            await self._serve(scope, receive, send_dated)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        call = Call(
            at=iso_micro(self._clock.now()),
            method=scope["method"],
            path=scope["path"],
            query=parse_qsl(scope["query_string"].decode(), keep_blank_values=True),
            content_type=headers.get("content-type", ""),
            user_agent=headers.get("user-agent", ""),
        )
        self.calls.append(call)

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
            await send(message)

        fault = self._faults.take(call.method, call.path, QueryParams(call.query))
        if fault is None:
            await self._admit(call, scope, receive, send_and_note)
            return
        await asyncio.sleep(fault.delay_for)
        if fault.truncated:
            await self._cut(call, scope, receive, send_and_note)
        elif fault.replaces_answer:
            await self._fail(fault, call, scope, receive, send_and_note)
        else:
            await self._admit(call, scope, receive, send_and_note)

    async def _fail(self, fault: Fault, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.is_applied:
            await self._admit(call, scope, receive, _swallow)
        if fault.hang_for is not None:
            await asyncio.sleep(fault.hang_for)
        if fault.breaks_connection:
            await reset_connection(receive)
        else:
            await fault.answer()(scope, receive, send)

    async def _cut(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the first half, as if it were the whole."""
        head: Message = {}
        body = b""

        async def collect(message: Message) -> None:
            nonlocal head, body
            if message["type"] == "http.response.start":
                head = message
            else:
                body += message.get("body", b"")

        await self._admit(call, scope, receive, collect)
        half = body[: len(body) // 2]
        MutableHeaders(scope=head)["content-length"] = str(len(half))
        await send(head)
        await send({"type": "http.response.body", "body": half})

    async def _admit(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        """Checks the token, and hands on with the user that it belongs to."""
        kind, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        call.user = self._access.user(token.strip()) if kind.lower() == "bearer" else None
        if call.user is None:
            refusal = unauthorized()
            await JSONResponse(refusal.body(), status_code=refusal.status)(scope, receive, send)
        else:
            await self._app({**scope, "user": call.user}, receive, send)


async def _swallow(message: Message) -> None:
    """Takes an answer nobody is to see."""
