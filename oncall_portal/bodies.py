"""Bodies sent in chunks: WSGI knows only bodies whose length is told beforehand, so these are read first, up to a limit."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Any, Any, Any], Awaitable[None]]


class KnownLength:
    """ASGI middleware: gives a chunked request its Content-Length; 413 where it is longer than `longest` bytes."""

    def __init__(self, application: Application, *, longest: int) -> None:
        self._application = application
        self._longest = longest

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        names = {name for name, _value in scope["headers"]}
        if b"transfer-encoding" not in names or b"content-length" in names:
            await self._application(scope, receive, send)
            return
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if len(body) > self._longest:
                await _answer_too_large(send)
                return
            if not message.get("more_body", False):
                break
        headers = [(name, value) for name, value in scope["headers"] if name != b"transfer-encoding"]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._application({**scope, "headers": headers}, _once(body, receive), send)


def _once(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the whole body first."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


async def _answer_too_large(send: Send) -> None:
    text = b"The request is too large.\n"
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})
