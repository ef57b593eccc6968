"""The dead man's switch is pinged over real HTTP; what goes wrong there is told without its address."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_server

import pytest

from integrations import dead_man
from integrations.dead_man import ping
from integrations.errors import IntegrationError, Refused, Unavailable


class Check(ThreadingHTTPServer):
    """A check that answers every GET with `status`."""

    daemon_threads = True
    status = 200
    pings: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/ping/secret-of-the-check"


class _Answer(BaseHTTPRequestHandler):
    server: Check

    def do_GET(self) -> None:  # the library's name
        self.server.pings += 1
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


@pytest.fixture
def check() -> Iterator[Check]:
    server = Check(("127.0.0.1", 0), _Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("status", [200, 202, 204])
def test_it_is_pinged(check: Check, status: int) -> None:
    check.status = status
    ping(check.url)
    assert check.pings == 1


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (500, Unavailable, "http_500"),
        (429, Unavailable, "http_429"),
        (404, Refused, "http_404"),
        (302, Refused, "http_302"),
    ],
)
def test_anything_but_success_is_no_ping(check: Check, status: int, error: type[IntegrationError], code: str) -> None:
    check.status = status
    with pytest.raises(error) as caught:
        ping(check.url)
    assert caught.value.code == code
    assert check.pings == 1


def test_what_cannot_be_reached_is_told_without_the_address() -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unavailable) as caught:
        ping(f"http://127.0.0.1:{port}/ping/secret-of-the-check")
    assert "secret" not in f"{caught.value} {caught.value.__cause__!r}"
    assert caught.value.code == "ConnectionError"


def test_a_connection_that_is_cut_is_told(check: Check) -> None:
    with create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def hang_up() -> None:
            connection, _peer = server.accept()
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(Unavailable):
            ping(f"http://127.0.0.1:{port}/")
        thread.join()


def test_one_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_man, "TIMEOUT", (0.2, 0.2))
    with create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unavailable) as caught:
        ping(f"http://127.0.0.1:{silent.getsockname()[1]}/ping/secret-of-the-check")
    assert caught.value.code == "ReadTimeout"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/secret-of-the-check", "http://[secret-of-the-check"]
)
def test_what_is_no_web_address_is_told_without_it(url: str) -> None:
    with pytest.raises(IntegrationError) as caught:
        ping(url)
    assert "secret" not in str(caught.value)
