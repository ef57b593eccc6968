"""A webhook receiver for these tests: records what arrives and answers what it is told."""

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """One delivery as it came in; header names in lower case."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        """The event object."""
        return json.loads(self.body)["event"]


class Receiver(ThreadingHTTPServer):
    """Answers `answers` in turn, then 202 for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.answers: deque[int] = deque()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where to deliver."""
        return f"http://127.0.0.1:{self.server_port}/hooks/pagerduty/"

    def types(self) -> list[str]:
        """The event types so far, in order of arrival."""
        return [delivery.event["event_type"] for delivery in self.received]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """Records and answers."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.lock:
            self.server.received.append(Received(headers, body))
            status = self.server.answers.popleft() if self.server.answers else 202
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """Serves while the block runs."""
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        thread.join()
        receiver.server_close()
