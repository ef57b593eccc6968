"""A name that leads to many addresses: the first few are tried, all together within the time of one."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from integrations.errors import Refused
from integrations.probes import MOST_ADDRESSES, Endpoint, probe

NAME = "many.example"
ADDRESSES = [f"127.0.0.{number}" for number in range(2, 9)]

pytestmark = pytest.mark.allow_hosts(ADDRESSES)


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that knows the name, and leaves all others to the system's."""
    usual = socket.getaddrinfo

    def look_up(host: str, port: int, *arguments: int, **named: int) -> list[tuple[object, ...]]:
        if host != NAME:
            return list(usual(host, port, *arguments, **named))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ADDRESSES]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture
def port() -> Iterator[int]:
    """A port at which the first two addresses never answer a connection; nobody else listens."""
    with ExitStack() as sockets:
        number = 0
        for address in ADDRESSES[:2]:
            server = sockets.enter_context(socket.socket())
            server.bind((address, number))
            server.listen(0)
            number = server.getsockname()[1]
            for _ in range(4):  # fill what may wait
                waiting = sockets.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex((address, number))
        yield number


def ask(port: int, *, timeout: float, avoids: bool) -> float:
    began = time.monotonic()
    probe(Endpoint("it", "tcp", NAME, port), timeout=timeout, avoids_link_local=avoids)
    return time.monotonic() - began


@pytest.mark.parametrize("avoids", [True, False])
def test_those_that_are_silent_leave_time_for_the_next(avoids: bool, port: int) -> None:
    with socket.create_server((ADDRESSES[2], port)):
        # Each with all of the time would be two seconds at the least.
        assert ask(port, timeout=1, avoids=avoids) < 2


@pytest.mark.parametrize("avoids", [True, False])
def test_no_more_than_the_first_few_are_tried(avoids: bool) -> None:
    with socket.create_server((ADDRESSES[MOST_ADDRESSES], 0)) as server, pytest.raises(Refused) as refusal:
        ask(server.getsockname()[1], timeout=1, avoids=avoids)
    assert refusal.value.code == "refused"
