"""Bodies are read before a thread takes the request: WSGI knows only bodies whose length is told beforehand, and a body that
trickles in would hold one of the few threads for as long as its sender likes.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Any, Any, Any], Awaitable[None]]

#: A body of the largest size is here in a moment, over a bad line too (seconds).
LONGEST_WAIT = 15.0


class WholeBody:
    """ASGI middleware: passes a request on once its body is there, with its length.

    413 where the body is longer than `longest` bytes, 408 where it takes longer than `within` seconds.
    """

    def __init__(self, application: Application, *, longest: int, within: float = LONGEST_WAIT) -> None:
        self._application = application
        self._longest = longest
        self._within = within

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        # WSGI has one name for X_Forwarded_Proto and X-Forwarded-Proto; what a proxy sets has no underscore.
        scope = {**scope, "headers": [(name, value) for name, value in scope["headers"] if b"_" not in name]}
        told = {name: value for name, value in scope["headers"] if name in (b"content-length", b"transfer-encoding")}
        # The server takes digits alone, and no more than one length.
        length = int(told.get(b"content-length", b"0"))
        if length > self._longest:
            await _answer(send, 413, b"The request is too large.\n")
            return
        if not length and b"transfer-encoding" not in told:
            await self._application(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._within):
                body = await self._read(receive)
        except TimeoutError:
            await _answer(send, 408, b"The request took too long to arrive.\n")
            return
        if body is None:
            return
        if len(body) > self._longest:
            await _answer(send, 413, b"The request is too large.\n")
            return
        headers = [(name, value) for name, value in scope["headers"] if name not in told]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._application({**scope, "headers": headers}, _once(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """The body, or a little more of it than is allowed; None where the sender has gone."""
        body = bytearray()
        while len(body) <= self._longest:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        return bytes(body)


def _once(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the whole body first."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


async def _answer(send: Send, status: int, text: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
