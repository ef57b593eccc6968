"""What one connection may cost before anybody knows who it is: uvicorn's HTTP with a limit and a deadline for a request's head.

Without them a head that never ends fills the memory, and one that trickles in stays open for ever.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD = 64 * 1024
#: Head, body and the frames of a body in chunks; what a body itself may have is for the application to say.
LONGEST_REQUEST = 4 * 1024 * 1024
#: How long a head may take, from the connection's beginning or from the request's first byte (seconds).
HEAD_WITHIN = 20.0


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection whose request's head is too long or too late; a longer request than any, too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_in_head = True
        self._received = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        if self._received > (LONGEST_HEAD if self._is_in_head else LONGEST_REQUEST):
            self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._received = 0
        self._begin_head()

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._forget_deadline()
        super().on_headers_complete()

    def _begin_head(self) -> None:
        self._is_in_head = True
        self._forget_deadline()
        self._deadline = self.loop.call_later(HEAD_WITHIN, self.transport.abort)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
