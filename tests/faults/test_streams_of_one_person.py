"""One person cannot hold all the streams, and closing one makes room for another."""

import socket
from contextlib import ExitStack

import pytest
from django.test import Client

from accounts.models import User
from embedded.processes import wait_until
from oncall_portal import live_app
from tests.cast import make_cast
from tests.faults.test_webhook_on_the_wire import address_of
from tests.servers import PortalUnderTest

MOST = 3


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_app, "MOST_STREAMS", MOST)


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def opened(portal: PortalUnderTest, session: str, path: str = "/live/board/") -> tuple[socket.socket, bytes]:
    connection = socket.create_connection(address_of(portal), timeout=10)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={session}\r\n\r\n".encode())
    return connection, connection.recv(12)[9:]


def status(portal: PortalUnderTest, session: str) -> bytes:
    connection, answer = opened(portal, session)
    connection.close()
    return answer


def test_a_person_has_so_many_streams_and_no_more(portal: PortalUnderTest) -> None:
    cast = make_cast()
    # Another session is no other person.
    first, second, other = session_of(cast.viewer), session_of(cast.viewer), session_of(cast.manager)
    with ExitStack() as stack:
        for session in (first, second, first):
            connection, answer = opened(portal, session)
            stack.enter_context(connection)
            assert answer == b"200"
        assert status(portal, first) == status(portal, second) == b"429"
        assert status(portal, other) == b"200"
    assert wait_until(lambda: status(portal, first) == b"200", within_s=10)
