"""The webhook client: each answer and each broken connection as one of our errors, without the address."""

import gc
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPResponse

import pytest

from integrations.errors import IntegrationError, Refused, Unavailable
from integrations.slack import Slack
from simulators.slack.testing import RunningSlack, running_slack

BLOCKS = [{"type": "divider"}]


@pytest.fixture(scope="module")
def _served() -> Iterator[RunningSlack]:
    with running_slack() as slack:
        yield slack


@pytest.fixture
def slack(_served: RunningSlack) -> RunningSlack:
    _served.reset()
    return _served


def error_of(url: str, *, timeout: int = 1) -> IntegrationError:
    with pytest.raises(IntegrationError) as caught:
        Slack(url=url, timeout=timeout).post(text="hello", blocks=BLOCKS)
    return caught.value


@contextmanager
def speaking(answer: bytes, *, stays: bool = False) -> Iterator[str]:
    """A server that answers one connection with these bytes and closes it, or waits until the other side does.

    Gives an address there.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def speak() -> None:
            connection, _address = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)
                while stays and connection.recv(65_536):
                    pass

        thread = threading.Thread(target=speak)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/services/T/B/secret-token"
        thread.join()


def test_a_message_arrives_with_everything_that_makes_links_of_words_switched_off(slack: RunningSlack) -> None:
    Slack(url=slack.webhook_url).post(text="hello @here", blocks=BLOCKS)
    assert slack.messages == [
        {
            "text": "hello @here",
            "blocks": BLOCKS,
            "parse": "none",
            "link_names": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }
    ]


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (400, "invalid_payload", Refused, "invalid: HTTP 400 invalid_payload"),
        (400, "no_text", Refused, "invalid: HTTP 400 no_text"),
        (403, "invalid_token", Refused, "no_channel: HTTP 403 invalid_token"),
        (404, "no_service", Refused, "no_channel: HTTP 404 no_service"),
        (410, "channel_is_archived", Refused, "no_channel: HTTP 410 channel_is_archived"),
        (200, "", Refused, "unexpected: HTTP 200"),
        (204, "", Refused, "unexpected: HTTP 204"),
        (408, "", Unavailable, "broken: HTTP 408"),
        (429, "rate_limited", Unavailable, "limited: HTTP 429 rate_limited"),
        (500, "rollup_error", Unavailable, "broken: HTTP 500 rollup_error"),
        (503, "<html>down for repairs</html>", Unavailable, "broken: HTTP 503"),
        (302, "moved", Refused, "invalid: HTTP 302 moved"),
    ],
)
def test_each_answer_is_an_error_of_ours(
    slack: RunningSlack, status: int, body: str, kind: type[IntegrationError], said: str
) -> None:
    slack.fail(status=status, body=body)
    error = error_of(slack.webhook_url)
    assert (type(error), str(error)) == (kind, said)
    assert slack.messages == []


@pytest.mark.parametrize(
    ("header", "expected"), [(30, timedelta(seconds=30)), (0, timedelta()), (-1, None), (9_999_999, None), (None, None)]
)
def test_retry_after_is_read_where_it_is_a_number_of_seconds(
    slack: RunningSlack, header: int | None, expected: timedelta | None
) -> None:
    slack.fail(status=429, retry_after=header)
    error = error_of(slack.webhook_url)
    assert isinstance(error, Unavailable)
    assert error.retry_after == expected


def test_a_broken_connection_is_not_tried_again_by_itself(slack: RunningSlack) -> None:
    slack.fail(reset=True, is_applied=True)
    assert str(error_of(slack.webhook_url)) == "unreachable: ConnectionResetError"
    assert len(slack.messages) == 1


def test_nobody_waits_longer_than_the_timeout(slack: RunningSlack) -> None:
    slack.fail(hang_for=30)
    started = time.monotonic()
    assert str(error_of(slack.webhook_url, timeout=1)) == "unreachable: TimeoutError"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\n\xff\xfe",
        b"HTTP/1.1 500 Oh\r\nContent-Type: text/plain; charset=no-such\r\nContent-Length: 2\r\n\r\nno",
    ],
    ids=["closed", "no HTTP", "cut short", "no UTF-8", "unknown charset"],
)
def test_an_answer_that_is_none_may_pass(answer: bytes) -> None:
    with speaking(answer) as url:
        error = error_of(url)
    assert (type(error), error.code) == (Unavailable, "unreachable")


@pytest.mark.parametrize("status", [b"200 OK", b"500 Oh"])
def test_an_answer_that_stops_leaves_no_open_socket(status: bytes) -> None:
    """Neither the library nor an error of ours that is kept: only the collector would close it, and that warns."""
    with speaking(b"HTTP/1.1 " + status + b"\r\nContent-Length: 100\r\n\r\nok", stays=True) as url:
        assert str(error_of(url)) == "unreachable: TimeoutError"
        assert not [each for each in gc.get_objects() if isinstance(each, HTTPResponse) and not each.isclosed()]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/services/T/B/secret-token", "http://[secret-token/"])
def test_no_error_and_no_log_repeats_the_address(address: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    error = error_of(address)
    assert error.code == "unreachable"
    assert "secret-token" not in str(error) + caplog.text
    assert error.__context__ is None


def test_an_address_with_a_blank_is_not_repeated_either(slack: RunningSlack, caplog: pytest.LogCaptureFixture) -> None:
    """http.client's own error says «URL can't contain control characters» and the path."""
    caplog.set_level(logging.DEBUG)
    error = error_of(f"{slack.url}/services/T/B/secret token")
    assert str(error) == "unreachable: InvalidURL"
    assert "secret" not in caplog.text


def test_a_success_is_not_logged_with_the_address(slack: RunningSlack, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Slack(url=slack.webhook_url).post(text="hello", blocks=BLOCKS)
    assert slack.webhook_url.rpartition("/")[2] not in caplog.text
