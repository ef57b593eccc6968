"""`python -m benchmarks._listeners PORT PATH COUNT COOKIE…`: holds COUNT open streams and says when a change has reached the last.

The cookies are given to the streams in turn. Prints one JSON object a line: first `{"ready": COUNT}`, then for every
change that has arrived in all streams its incident's number and version, the instant of the last arrival (monotonic
seconds, one clock for all processes of a machine) and the text that this last stream got. A process of its own, so that
the receiving takes none of the server's time.
"""

import asyncio
import json
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence

ROW = re.compile(rb'data-incident="(\d+)" data-version="(\d+)"')
#: The end of a server-sent event at the end of a chunk (HTTP/1.1 chunked coding).
END = b"\n\n\r\n"
AT_ONCE = 25


class Listener(asyncio.Protocol):
    """One stream."""

    def __init__(self, request: bytes, arrivals: "Arrivals") -> None:
        self._request, self._arrivals, self._text = request, arrivals, b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._text += data
        if not self._text.endswith(END):
            return
        text, self._text = self._text, b""
        if not self.opened.done():
            self._open(text)
        for number, version in ROW.findall(text):
            self._arrivals.count(int(number), int(version), text)

    def _open(self, text: bytes) -> None:
        if text.startswith(b"HTTP/1.1 200"):
            self.opened.set_result(None)
        else:
            self.opened.set_exception(ConnectionError(text[:40].decode("latin-1")))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionError("closed before it began"))
        else:
            sys.exit("a stream was closed")


class Arrivals:
    """Counts in how many of `streams` each change has arrived."""

    def __init__(self, streams: int) -> None:
        self._streams = streams
        self._counts: Counter[tuple[int, int]] = Counter()

    def count(self, number: int, version: int, text: bytes) -> None:
        self._counts[number, version] += 1
        if self._counts[number, version] == self._streams:
            at = time.monotonic()
            say({"number": number, "version": version, "at": at, "text": text.decode("utf-8", "replace")})


def say(report: dict[str, object]) -> None:
    print(json.dumps(report), flush=True)


async def listen(port: int, path: str, count: int, cookies: Sequence[str]) -> None:
    """Opens the streams, a few at a time, and holds them until the process is ended."""
    arrivals = Arrivals(count)
    loop = asyncio.get_running_loop()
    for first in range(0, count, AT_ONCE):
        opened = []
        for number in range(first, min(first + AT_ONCE, count)):
            cookie = cookies[number % len(cookies)]
            head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
            _transport, listener = await loop.create_connection(
                lambda head=head: Listener(head, arrivals),  # type: ignore[misc]
                "127.0.0.1",
                port,
            )
            opened.append(listener.opened)
        await asyncio.wait_for(asyncio.gather(*opened), 60)
    say({"ready": count})
    await asyncio.Event().wait()


if __name__ == "__main__":
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(listen(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:]))
