"""The newest bytes of a log, from servers that keep to what they are asked for and from those that do not."""

import socket
import tracemalloc
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.errors import MalformedPayload, Unavailable
from integrations.kubernetes.client import Cluster
from integrations.kubernetes.types import LogExcerpt
from tests.integrations.kubernetes.conftest import Connect
from tests.integrations.kubernetes.servers import Speech, answer, kubeconfig, speaking

MEBIBYTE = 1_048_576


class Kubelet:
    """Keeps a log and cuts it as the real one: so many lines from its end, and of these so many bytes from their beginning."""

    def __init__(self, log: bytes) -> None:
        self.log = log
        self.asked: list[dict[str, str]] = []

    def __call__(self, connection: socket.socket, request: bytes) -> None:
        query = parse_qs(urlsplit(request.split(b" ")[1].decode()).query)
        asked = {name: values[0] for name, values in query.items()}
        self.asked.append(asked)
        lines = self.log.splitlines(keepends=True)
        told = b"".join(lines[-int(asked["tailLines"]) :])
        connection.sendall(answer(told[: int(asked["limitBytes"])], "Connection: close"))


def log_of(connect: Connect, speech: Speech, *, limit_bytes: int = 1_000, tail_lines: int = 100) -> LogExcerpt:
    with speaking(speech) as url:
        connect(kubeconfig(url))
        return Cluster(timeout=2.0).log("chatops", "p", "app", limit_bytes=limit_bytes, tail_lines=tail_lines)


def numbered(count: int) -> bytes:
    return b"".join(b"line %05d\n" % number for number in range(count))


def test_a_short_log_is_whole(connect: Connect) -> None:
    kubelet = Kubelet(numbered(50))
    assert log_of(connect, kubelet) == LogExcerpt("p", "app", numbered(50), is_cut=False)
    assert kubelet.asked == [{"container": "app", "tailLines": "101", "limitBytes": "1001"}]


@pytest.mark.parametrize(("lines", "is_cut"), [(99, False), (100, False), (101, True), (500, True)])
def test_the_newest_lines_and_whether_there_are_more(connect: Connect, lines: int, is_cut: bool) -> None:
    found = log_of(connect, Kubelet(numbered(lines)), limit_bytes=5_000)
    assert found.is_cut is is_cut
    assert found.content == numbered(lines)[-100 * 11 :]


def test_a_line_without_an_end_counts(connect: Connect) -> None:
    found = log_of(connect, Kubelet(b"a\nb\nc"), tail_lines=2)
    assert (found.content, found.is_cut) == (b"b\nc", True)


def test_what_is_too_long_loses_its_oldest_lines(connect: Connect) -> None:
    kubelet = Kubelet(numbered(1_000))
    found = log_of(connect, kubelet, limit_bytes=500)
    assert found.content.endswith(b"line 00999\n")
    assert found.is_cut
    assert 250 <= len(found.content) <= 500
    assert len(kubelet.asked) == 2


def test_one_line_that_is_too_long_is_cut(connect: Connect) -> None:
    found = log_of(connect, Kubelet(b"x" * 5_000), limit_bytes=500)
    assert (found.content, found.is_cut) == (b"x" * 500, True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.integers(min_value=0, max_value=200), max_size=60),
    limit=st.integers(min_value=1, max_value=2_000),
    tail=st.integers(min_value=1, max_value=80),
)
def test_a_log_is_never_longer_than_asked_and_says_when_it_is_cut(
    connect: Connect, lengths: list[int], limit: int, tail: int
) -> None:
    log = b"".join(b"%d:" % number + b"x" * length + b"\n" for number, length in enumerate(lengths))
    kubelet = Kubelet(log)
    found = log_of(connect, kubelet, limit_bytes=limit, tail_lines=tail)
    assert len(found.content) <= limit
    assert len(found.content.splitlines()) <= tail
    assert found.content in log
    assert found.is_cut is (found.content != log)
    assert len(kubelet.asked) <= 4


def test_bytes_that_are_no_text_stay_as_they_are(connect: Connect) -> None:
    log = bytes(range(256)) * 3 + b"\r\x00\xff\n"
    assert log_of(connect, Kubelet(log)).content == log


def test_an_endless_log_is_hung_up_on_and_not_kept(connect: Connect) -> None:
    sent = []

    def endless(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        sent.append(0)
        while sent[-1] < 100 * MEBIBYTE:
            connection.sendall(b"x" * 65_536)
            sent[-1] += 65_536

    tracemalloc.start()
    found = log_of(connect, endless, limit_bytes=MEBIBYTE)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.content) == MEBIBYTE
    assert found.is_cut
    assert peak < 16 * MEBIBYTE
    # The rest stays in the server: what the sockets' buffers took is little beside a hundred.
    assert all(each < 40 * MEBIBYTE for each in sent)


def test_a_log_that_breaks_off_is_no_log(connect: Connect) -> None:
    def broken(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(answer(numbered(50))[:-100])

    with pytest.raises(MalformedPayload):
        log_of(connect, broken)


def test_a_log_that_stops_coming_is_given_up(connect: Connect) -> None:
    def stuck(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(answer(numbered(50))[:-100])
        connection.recv(1)

    with speaking(stuck) as url:
        connect(kubeconfig(url))
        with pytest.raises(Unavailable) as caught:
            Cluster(timeout=0.2).log("chatops", "p", "")
    assert caught.value.code == "timeout"
