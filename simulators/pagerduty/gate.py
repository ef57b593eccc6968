"""What every request passes before it reaches a handler: the log of calls, faults, the token, the rate limit."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import asdict, dataclass
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.pagerduty import errors
from simulators.pagerduty.clock import Clock, iso_milliseconds
from simulators.pagerduty.directory import is_valid_token
from simulators.pagerduty.faults import Fault, Faults
from simulators.pagerduty.ratelimit import RateLimit
from simulators.pagerduty.request import token_of
from simulators.serving import reset_connection

CONTROL_PREFIX = "/_sim/"
EVENTS_PREFIX = "/v2/"


@dataclass
class Call:
    """One request as it was answered; `status` is null while under way, or when the connection was broken."""

    at: str
    method: str
    path: str
    query: list[tuple[str, str]]
    requester: str | None
    status: int | None = None

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        return asdict(self)


class Gate:
    """ASGI middleware around the application; control calls pass it untouched."""

    def __init__(self, app: ASGIApp, clock: Clock, faults: Faults, rate_limit: RateLimit) -> None:
        self._app = app
        self._clock = clock
        self._faults = faults
        self._rate_limit = rate_limit
        self.calls: deque[Call] = deque(maxlen=50_000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request. The Date header is the account's clock, not the machine's: clients go by it."""

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
            at=iso_milliseconds(self._clock.now()),
            method=scope["method"],
            path=scope["path"],
            query=parse_qsl(scope["query_string"].decode(), keep_blank_values=True),
            requester=headers.get("from"),
        )
        self.calls.append(call)

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
            await send(message)

        fault = self._faults.take(call.method, call.path)
        if fault is not None:
            await asyncio.sleep(fault.delay_for)
            if fault.replaces_answer:
                await self._fail(fault, scope, receive, send_and_note)
                return
        await self._admit(scope, receive, send_and_note)

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.is_applied:
            await self._admit(scope, receive, _swallow)
        if fault.hang_for is not None:
            await asyncio.sleep(fault.hang_for)
        if fault.reset or (fault.hang_for is not None and fault.status is None and fault.raw_body is None):
            await reset_connection(receive)
            return
        response = fault.answer()
        if response.status_code == 429 and fault.headers:
            token = token_of(Headers(scope=scope).get("authorization", ""))
            response.headers.update(
                {**self._rate_limit.headers(token), "ratelimit-remaining": "0", "ratelimit-reset": "1"}
            )
        await response(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Checks token and rate limit, and hands on; Events v2 needs neither (its routing key is in the body)."""
        if scope["path"].startswith(EVENTS_PREFIX):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        token = token_of(headers.get("authorization", ""))
        refusal: errors.ApiError | None = None
        limits: dict[str, str] = {}
        if not is_valid_token(token):
            refusal = errors.unauthorized()
        else:
            is_within, limits = self._rate_limit.spend(token)
            if not is_within:
                refusal = errors.rate_limited()
            elif not _accepts_version_2(headers.get("accept", "")):
                refusal = errors.invalid("The Accept header must ask for application/vnd.pagerduty+json;version=2.")

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(limits)
            await send(message)

        if refusal is not None:
            await JSONResponse(refusal.body(), status_code=refusal.status)(scope, receive, send_with_limits)
        else:
            await self._app(scope, receive, send_with_limits)


def _accepts_version_2(accept: str) -> bool:
    """PagerDuty takes no version for version 2; any other number is refused."""
    return "version=" not in accept or "version=2" in accept


async def _swallow(message: Message) -> None:
    """Takes an answer nobody is to see."""
