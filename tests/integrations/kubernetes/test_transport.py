"""What the network and what stands in between can do to a call. Faults are made at the socket."""

import itertools
import json
import logging
import socket
import time

import pytest

from integrations.errors import IntegrationError, MalformedPayload, Refused, Unavailable
from integrations.kubernetes.client import Cluster
from tests.integrations.kubernetes.conftest import Connect
from tests.integrations.kubernetes.servers import Speech, answer, kubeconfig, saying, speaking

HALF_A_CHUNK = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"g'
VERSION = json.dumps({"gitVersion": "v1.34.2"}).encode()


def error_of(connect: Connect, speech: Speech, *, timeout: float = 2.0) -> IntegrationError:
    with speaking(speech) as url:
        connect(kubeconfig(url))
        with pytest.raises(IntegrationError) as caught:
            Cluster(timeout=timeout).version()
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def test_a_good_answer(connect: Connect) -> None:
    with speaking(saying(answer(VERSION))) as url:
        connect(kubeconfig(url))
        assert Cluster().version() == "v1.34.2"


@pytest.mark.parametrize(
    ("spoken", "kind", "said"),
    [
        (b"", Unavailable, "unreachable: RemoteDisconnected"),
        (b"nonsense\r\n\r\n", Unavailable, "unreachable: BadStatusLine"),
        (answer(VERSION)[:-5], MalformedPayload, "malformed: the answer was cut short"),
        (HALF_A_CHUNK, MalformedPayload, "malformed: the answer was cut short"),
        (answer(VERSION[:-5]), MalformedPayload, "malformed: Version: Invalid JSON"),
        (answer(b"<html>log in</html>"), MalformedPayload, "malformed: Version: Invalid JSON"),
        (answer(b"", "Location: https://login.example.com/?token=s3cret", status="302 Found"), Refused, "invalid: HTTP 302"),
        (answer(b"<h1>s3cret</h1>", status="502 Bad Gateway"), Unavailable, "broken: HTTP 502"),
        (answer(b'{"gitVersion": 3}'), MalformedPayload, "malformed: Version: gitVersion: Input should be a valid string"),
    ],
    ids=["closed", "no HTTP", "cut short", "a chunk cut short", "half JSON", "a page", "a redirect", "a proxy", "a shape"],
)  # fmt: skip
def test_an_answer_that_is_none(connect: Connect, spoken: bytes, kind: type[IntegrationError], said: str) -> None:
    error = error_of(connect, saying(spoken))
    assert type(error) is kind
    assert str(error).startswith(said)


def test_nobody_listens(connect: Connect) -> None:
    connect(kubeconfig("http://127.0.0.1:9"))
    with pytest.raises(Unavailable) as caught:
        Cluster().version()
    assert str(caught.value) == "unreachable: NewConnectionError"


def test_a_server_that_says_nothing_is_given_up(connect: Connect) -> None:
    error = error_of(connect, lambda _connection, _request: time.sleep(3), timeout=0.2)
    assert (type(error), error.code) == (Unavailable, "timeout")


def test_a_server_that_drips_is_given_up_although_it_is_never_silent(connect: Connect) -> None:
    def drip(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        for _ in itertools.repeat(None, 1000):
            connection.sendall(b"{")
            time.sleep(0.02)

    error = error_of(connect, drip, timeout=0.1)
    assert str(error) == "timeout: the answer took too long altogether"


def test_an_answer_without_end_is_not_kept(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.kubernetes.transport.LARGEST_ANSWER", 1_000_000)

    def endless(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            connection.sendall(b" " * 65_536)

    error = error_of(connect, endless)
    assert str(error) == "malformed: an answer of more than 1,000,000 bytes"


def test_a_refusal_without_end_is_read_as_far_as_a_refusal_goes(connect: Connect) -> None:
    def endless(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\n")
        while True:
            connection.sendall(b" " * 65_536)

    assert str(error_of(connect, endless)) == "broken: HTTP 500"


def test_a_certificate_that_is_none_is_the_kubeconfigs_fault(connect: Connect) -> None:
    with speaking(saying(b"")) as url:
        connect(kubeconfig(url.replace("http:", "https:"), ", certificate-authority-data: aGVsbG8="))
        with pytest.raises(Refused) as caught:
            Cluster().version()
    assert caught.value.code == "bad_configuration"


def test_plain_http_where_tls_is_expected(connect: Connect) -> None:
    with speaking(saying(answer(VERSION))) as url:
        connect(kubeconfig(url.replace("http:", "https:")))
        with pytest.raises(Unavailable) as caught:
            Cluster().version()
    assert str(caught.value) == "unreachable: SSLError"


@pytest.mark.parametrize("token", ["s3cret\\n", "s3cret-\N{SNOWMAN}"])
def test_a_token_that_no_header_takes_is_not_repeated(connect: Connect, token: str) -> None:
    with speaking(saying(answer(VERSION))) as url:
        connect(kubeconfig(url).replace("s3cret-token", f'"{token}"'))
        with pytest.raises(Refused) as caught:
            Cluster().version()
    assert str(caught.value) == "bad_configuration: the address or the token cannot be sent"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("name", ["..", "../../secrets", "", "a/b", "a?b", "A", "-a", "a" * 254, "a\n"])
def test_what_no_object_can_be_called_is_not_asked_for(connect: Connect, name: str) -> None:
    connect(kubeconfig("http://127.0.0.1:9"))
    for ask in (lambda: Cluster().pods(name), lambda: Cluster().deployment("chatops", name)):
        with pytest.raises(Refused) as caught:
            ask()
        assert caught.value.code == "invalid"


def test_connections_are_used_again_and_nothing_is_logged(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    connections = []

    def keep_answering(connection: socket.socket, _request: bytes) -> None:
        connections.append(connection)
        while True:
            connection.sendall(answer(VERSION))
            if not connection.recv(65_536):
                return

    caplog.set_level(logging.DEBUG)
    with speaking(keep_answering) as url:
        connect(kubeconfig(url))
        cluster = Cluster()
        for _ in range(5):
            cluster.version()
    assert len(connections) == 1
    assert "s3cret" not in caplog.text


def test_a_proxy_of_the_environment_is_used(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []

    def proxy(connection: socket.socket, _request: bytes) -> None:
        heard.append(connection)
        connection.sendall(answer(VERSION))

    with speaking(proxy) as url:
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        connect(kubeconfig("http://cluster.invalid:6443"))
        assert Cluster().version() == "v1.34.2"
    assert len(heard) == 1
