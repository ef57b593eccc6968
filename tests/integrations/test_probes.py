"""Reaching an address, and every way not to: over real sockets."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from integrations.errors import IntegrationError, Refused, Unavailable
from integrations.probes import Endpoint, probe, read_endpoints
from simulators.certificates import unknown_authority

PATIENCE_S = 0.5

type Answer = Callable[[socket.socket], None]


@contextmanager
def listening(answer: Answer, *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that gives every connection to `answer`; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _peer = server.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

        def talk(connection: socket.socket) -> None:
            try:
                with tls.wrap_socket(connection, server_side=True) if tls else connection as spoken:
                    answer(spoken)
            except OSError:
                connection.close()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)


def says(text: str) -> Answer:
    def answer(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(text.encode())

    return answer


def hang(connection: socket.socket) -> None:
    connection.recv(4096)
    time.sleep(5)


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(200):
        time.sleep(0.05)
        connection.sendall(b"a")


def leave(_connection: socket.socket) -> None:
    return


def outcome(scheme: str, port: int, *, host: str = "127.0.0.1") -> str:
    """ok, or the error's words."""
    path = "/" if scheme.startswith("http") else ""
    began = time.monotonic()
    try:
        probe(Endpoint("it", scheme, host, port, path), timeout=PATIENCE_S)
    except IntegrationError as error:
        return str(error)
    finally:
        assert time.monotonic() - began < 2 * PATIENCE_S + 1
    return "ok"


def test_a_connection_is_enough_for_tcp() -> None:
    with listening(hang) as port:
        assert outcome("tcp", port) == "ok"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, "ok"),
        (204, "ok"),
        (302, "ok"),
        (401, "ok"),
        (403, "http_status: 403"),
        (404, "http_status: 404"),
        (500, "http_status: 500"),
        (503, "http_status: 503"),
    ],
)
def test_an_answer_says_whether_it_is_reached(status: int, expected: str) -> None:
    # The redirect leads to the discard port: following it would be refused.
    head = f"HTTP/1.1 {status} Word\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    with listening(says(head)) as port:
        assert outcome("http", port) == expected


def test_a_body_without_end_is_not_read() -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    with listening(endless) as port:
        assert outcome("http", port) == "ok"


@pytest.mark.parametrize("answer", [hang, drip])
def test_who_says_nothing_or_too_slowly_is_given_up(answer: Answer) -> None:
    with listening(answer) as port:
        assert outcome("http", port) == "timeout"


def test_a_handshake_that_hangs_is_given_up() -> None:
    with listening(hang) as port:
        assert outcome("tls", port) == "timeout"


@pytest.mark.parametrize("scheme", ["tls", "https"])
def test_an_authority_that_nobody_knows_is_refused(scheme: str) -> None:
    with listening(leave, tls=unknown_authority()) as port:
        assert outcome(scheme, port).startswith("untrusted")


def test_what_speaks_no_tls_is_told_apart_from_what_cannot_be_trusted() -> None:
    with listening(says("220 mail.example.com ESMTP\r\n")) as port:
        assert outcome("tls", port).startswith("tls")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert outcome("tcp", port) == "refused"


def test_a_name_that_nobody_knows() -> None:
    assert outcome("tcp", 443, host="no-such-host.invalid") == "unknown_host"


@pytest.mark.parametrize("answer", [leave, says("nonsense\r\n\r\n")])
def test_what_is_no_answer(answer: Answer) -> None:
    with listening(answer) as port:
        assert outcome("http", port).startswith("unreachable")


def test_what_is_temporary_may_be_tried_again() -> None:
    assert not Unavailable("timeout").is_permanent
    assert Refused("untrusted").is_permanent


def test_endpoints_are_read() -> None:
    text = " db=tcp://db.internal:5432 , vpn=tls://[fd00::1]:443,grafana=https://grafana.internal/api/health,"
    assert read_endpoints(text) == (
        Endpoint("db", "tcp", "db.internal", 5432),
        Endpoint("vpn", "tls", "fd00::1", 443),
        Endpoint("grafana", "https", "grafana.internal", 443, "/api/health"),
    )
    assert [each.address for each in read_endpoints(text)] == [
        "tcp://db.internal:5432",
        "tls://[fd00::1]:443",
        "https://grafana.internal:443/api/health",
    ]
    assert read_endpoints("") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tcp://db:5432", "name=scheme"),
        ("=tcp://db:5432", "name=scheme"),
        ("a b=tcp://db:5432", "name=scheme"),
        ("db=udp://db:5432", "scheme must be"),
        ("db=tcp://db", "needs a port"),
        ("db=tcp://db:99999", "port must be"),
        ("db=tcp://db:x", "port must be"),
        ("db=tcp://:5432", "host and a port"),
        ("db=https://user:secret@db/", "no user"),
        ("db=https://db/?q=1", "no user, query"),
        ("db=tcp://db:5432/path", "path"),
        ("db=https://db/$(reboot)", "path"),
        ("db=https://$(reboot)/", "host and a port"),
        ("db=tcp://a:1,db=tcp://b:2", "twice"),
    ],
)
def test_what_is_no_endpoint_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        read_endpoints(text)
