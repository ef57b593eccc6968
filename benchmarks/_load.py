"""`python -m benchmarks._load FILE PORT CONNECTIONS`: sends the requests in FILE as fast as they are answered.

A process of its own with next to nothing to do for a request, so that what is measured is the server. Prints JSON:
seconds, statuses, latencies (ms) at the 50th and 95th percentile, and the share of one core that the client itself took.
"""

import asyncio
import json
import struct
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

LENGTH = struct.Struct("!I")


def write_requests(path: Path, requests: Sequence[bytes]) -> None:
    """The file's format: each request after its length."""
    path.write_bytes(b"".join(LENGTH.pack(len(each)) + each for each in requests))


def read_requests(path: Path) -> Iterator[bytes]:
    data = path.read_bytes()
    at = 0
    while at < len(data):
        (length,) = LENGTH.unpack_from(data, at)
        yield data[at + LENGTH.size : at + LENGTH.size + length]
        at += LENGTH.size + length


class Connection(asyncio.Protocol):
    """One keep-alive connection that takes the next request from the common feed after each answer."""

    def __init__(self, feed: Iterator[bytes], statuses: Counter[int], latencies: list[float]) -> None:
        self._feed, self._statuses, self._latencies = feed, statuses, latencies
        self._answer, self._sent_at = b"", 0.0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send_next(self) -> None:
        request = next(self._feed, None)
        if request is None:
            self.ended.set_result(None)
            self._transport.close()
        else:
            self._sent_at = time.perf_counter()
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, blank, body = self._answer.partition(b"\r\n\r\n")
        if not blank:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(body) < int(length):
            return
        self._statuses[int(head[9:12])] += 1
        self._latencies.append(time.perf_counter() - self._sent_at)
        self._answer = b""
        self.send_next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionError("the server hung up"))


async def send(path: Path, port: int, connections: int) -> dict[str, object]:
    """Sends everything over that many connections and says how it went."""
    feed = iter(list(read_requests(path)))
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Connection(feed, statuses, latencies), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    began, cpu = time.perf_counter(), time.process_time()
    for connection in opened:
        connection.send_next()
    await asyncio.gather(*(connection.ended for connection in opened))
    seconds = time.perf_counter() - began
    latencies.sort()
    return {
        "seconds": seconds,
        "statuses": {str(status): count for status, count in statuses.items()},
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p95_ms": latencies[len(latencies) * 95 // 100] * 1000,
        "client_core": (time.process_time() - cpu) / seconds,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(send(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))))
