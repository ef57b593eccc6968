"""What an outsider can do to the web process with nothing but a socket: send slowly, or without an end."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from oncall_portal import connections
from oncall_portal.bodies import Message, WholeBody
from tests.apart import run_apart
from tests.faults.test_webhook_on_the_wire import address_of
from tests.incidents.deliveries import URL
from tests.servers import PortalUnderTest

#: More than the threads that answer pages.
MANY = 12


@contextmanager
def connected(portal: PortalUnderTest, sent: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(address_of(portal), timeout=10) as connection:
        connection.sendall(sent)
        yield connection


def answer_of(portal: PortalUnderTest, request: bytes) -> bytes:
    with connected(portal, request) as connection:
        return connection.recv(4_000)


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("address", [URL, "/accounts/login/", "/accounts/theme/"])
def test_bodies_that_never_come_keep_nobody_waiting(address: str, portal: PortalUnderTest) -> None:
    head = f"POST {address} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\na=".encode()
    with ExitStack() as stack:
        for _ in range(MANY):
            stack.enter_context(connected(portal, head))
        answer = answer_of(portal, b"GET /accounts/login/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_a_body_that_takes_too_long_is_given_up() -> None:
    sent: list[Message] = []

    async def application(*_arguments: object) -> None:
        raise AssertionError("the request was passed on")

    async def receive() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"a", "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"headers": [(b"content-length", b"1000")]}
    run_apart(lambda: WholeBody(application, longest=2_000, within=0.1)(scope, receive, send))
    assert sent[0]["status"] == 408


def test_a_head_without_an_end_is_cut_off(portal: PortalUnderTest) -> None:
    with (
        connected(portal, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ") as connection,
        pytest.raises(ConnectionError),
    ):
        connection.sendall(b"a" * 64 * 1024 * 1024)


def test_a_head_that_trickles_in_is_given_up(portal: PortalUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN", 0.3)
    with connected(portal, b"") as silent, connected(portal, b"GET / HTTP/1.1\r\nHost: loc") as begun:
        assert is_closed(silent)
        assert is_closed(begun)


def test_a_connection_in_use_is_not_given_up(portal: PortalUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN", 0.3)
    request = b"GET /live/board/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connected(portal, request) as connection:
        assert connection.recv(1_000).startswith(b"HTTP/1.1 401 ")
        connection.settimeout(1)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.sendall(request)
        assert connection.recv(1_000).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("address", ["/accounts/login/", "/live/board/", URL])
def test_a_cookie_that_no_database_can_look_for_is_refused(address: str, portal: PortalUnderTest) -> None:
    cookie = 'Cookie: sessionid="aaaaaaaa\\000"'
    answer = answer_of(portal, f"GET {address} HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n\r\n".encode())
    assert answer.split()[1] in (b"400", b"401")


def test_a_query_that_is_no_text_is_refused(portal: PortalUnderTest) -> None:
    answer = answer_of(portal, b"GET /incidents/?q=\xff HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.split()[1] in (b"302", b"400")


def test_a_header_cannot_pose_as_another(portal: PortalUnderTest) -> None:
    """`X_Forwarded_Proto` and `X-Forwarded-Proto` have one name in WSGI; a proxy sets the second alone."""
    request = b"GET /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nAccept_Language: zh-hant\r\n\r\n"
    assert b"content-language: zh" not in answer_of(portal, request).lower()


def test_an_address_that_cannot_be_read_is_no_fault(portal: PortalUnderTest) -> None:
    headers = "HX-Request: true\r\nHX-Current-URL: http://[bad"
    answer = answer_of(portal, f"GET / HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 204 ")
