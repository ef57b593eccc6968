"""Grafana over real HTTP: a panel as a picture, and everything else that may come instead of it."""

import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.errors import IntegrationError, Refused, Unavailable
from integrations.grafana import LARGEST_PICTURE, Grafana
from simulators.certificates import unknown_authority
from simulators.grafana.testing import RunningGrafana, running_grafana

SINCE = datetime(2026, 11, 26, 12, tzinfo=UTC)
UNTIL = SINCE + timedelta(minutes=30)
PANEL, SERVICE = 1, "chatops-gateway"


@pytest.fixture(scope="module")
def _served() -> Iterator[RunningGrafana]:
    with running_grafana() as grafana:
        yield grafana


@pytest.fixture
def grafana(_served: RunningGrafana) -> RunningGrafana:
    _served.reset()
    return _served


@pytest.fixture
def client(grafana: RunningGrafana) -> Grafana:
    return Grafana(url=grafana.url, token=grafana.token, timeout=2)


def picture_of(client: Grafana) -> bytes:
    return client.panel_image(SERVICE, PANEL, since=SINCE, until=UNTIL, variables={"service": SERVICE})


def error_of(client: Grafana) -> IntegrationError:
    with pytest.raises(IntegrationError) as caught:
        picture_of(client)
    return caught.value


@contextmanager
def speaking(answer: bytes) -> Iterator[str]:
    """A server that answers one connection with these bytes and closes it. Gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def speak() -> None:
            connection, _address = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=speak)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def test_a_panel_is_a_picture_of_the_size_asked_for(grafana: RunningGrafana, client: Grafana) -> None:
    picture = client.panel_image(
        SERVICE, PANEL, since=SINCE, until=UNTIL, variables={"service": SERVICE}, width=640, height=240
    )
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (640, 240)
    pixels = zlib.decompress(picture[picture.index(b"IDAT") + 4 : picture.index(b"IEND") - 8])
    assert len(pixels) == 240 * 641
    assert set(pixels) == {0, 1, 2, 3, 4}


def test_it_asks_for_the_minutes_and_the_service(grafana: RunningGrafana, client: Grafana) -> None:
    picture_of(client)
    asked = urlsplit(grafana.calls[0])
    assert asked.path == f"/render/d-solo/{SERVICE}/_"
    assert {name: values[0] for name, values in parse_qs(asked.query).items()} == {
        "panelId": "1",
        "from": "1795694400000",
        "to": "1795696200000",
        "width": "1000",
        "height": "400",
        "tz": "UTC",
        "timeout": "2",
        "var-service": SERVICE,
    }


@pytest.mark.parametrize(
    ("uid", "name"), [("../../api/admin", "service"), ("", "service"), ("a b", "service"), ("a", "a&b")]
)
def test_what_is_no_uid_is_not_asked_for(grafana: RunningGrafana, client: Grafana, uid: str, name: str) -> None:
    with pytest.raises(Refused) as caught:
        client.panel_image(uid, PANEL, since=SINCE, until=UNTIL, variables={name: "x"})
    assert caught.value.code == "invalid"
    assert grafana.calls == []


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (400, Refused, "invalid: HTTP 400"),
        (401, Refused, "unauthorized: HTTP 401"),
        (403, Refused, "forbidden: HTTP 403"),
        (404, Refused, "not_found: HTTP 404"),
        (204, Refused, "invalid: HTTP 204"),
        (408, Unavailable, "broken: HTTP 408"),
        (429, Unavailable, "limited: HTTP 429"),
        (500, Unavailable, "broken: HTTP 500"),
        (503, Unavailable, "broken: HTTP 503"),
    ],
)
def test_each_answer_is_an_error_of_ours(
    grafana: RunningGrafana, client: Grafana, status: int, kind: type[IntegrationError], said: str
) -> None:
    grafana.fail(status=status)
    error = error_of(client)
    assert (type(error), str(error)) == (kind, said)
    assert len(grafana.calls) == 1


def test_an_unknown_panel_is_not_found(grafana: RunningGrafana, client: Grafana) -> None:
    with pytest.raises(Refused) as caught:
        client.panel_image(SERVICE, 99, since=SINCE, until=UNTIL)
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("token", ["", "another", "glsa_wrong"])
def test_another_token_is_refused(grafana: RunningGrafana, token: str) -> None:
    assert error_of(Grafana(url=grafana.url, token=token)).code == "unauthorized"


@pytest.mark.parametrize(
    ("header", "expected"), [(30, timedelta(seconds=30)), (0, timedelta()), (-1, None), (None, None)]
)
def test_retry_after_is_read_where_it_is_a_number(
    grafana: RunningGrafana, client: Grafana, header: int | None, expected: timedelta | None
) -> None:
    grafana.fail(status=429, retry_after=header)
    error = error_of(client)
    assert isinstance(error, Unavailable)
    assert error.retry_after == expected


def test_a_redirect_is_not_followed_and_shows_nobody_the_token(grafana: RunningGrafana, client: Grafana) -> None:
    with running_grafana() as elsewhere:
        grafana.fail(location=f"{elsewhere.url}/render/d-solo/{SERVICE}/_?secret-place")
        error = error_of(client)
        assert elsewhere.calls == []
    assert str(error) == "invalid: HTTP 302: GRAFANA_URL must be the address that it leads to"


def test_being_sent_to_the_sign_in_is_no_permission(grafana: RunningGrafana, client: Grafana) -> None:
    grafana.fail(location="/login?redirect=1")
    assert str(error_of(client)) == "unauthorized: HTTP 302: it asks to sign in"


def test_a_netrc_does_not_take_the_tokens_place(
    grafana: RunningGrafana, client: Grafana, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert picture_of(client)


@pytest.mark.parametrize("body", ["", "<html>sign in</html>", '{"message": "no renderer"}'])
def test_what_is_no_picture_is_none(grafana: RunningGrafana, client: Grafana, body: str) -> None:
    grafana.fail(status=200, body=body)
    assert str(error_of(client)) == "malformed: the answer is no PNG"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_half_a_picture_is_none(grafana: RunningGrafana, client: Grafana, share: float) -> None:
    grafana.fail(cut_to=share)
    assert str(error_of(client)) == "malformed: the picture was cut short"


def test_a_connection_that_ends_within_the_picture(grafana: RunningGrafana) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\n\x89PNG\r\n\x1a\nand so on"
    with speaking(answer) as url:
        error = error_of(Grafana(url=url, token="secret-token"))
    assert error.code in ("malformed", "unreachable")


def test_an_endless_picture_is_given_up(grafana: RunningGrafana, client: Grafana) -> None:
    grafana.fail(is_endless=True)
    assert str(error_of(client)) == f"malformed: the answer has more than {LARGEST_PICTURE:,} bytes"


def test_a_picture_that_trickles_is_given_up(grafana: RunningGrafana) -> None:
    grafana.fail(trickle_s=0.05)
    started = time.monotonic()
    error = error_of(Grafana(url=grafana.url, token=grafana.token, timeout=0.5))
    assert (type(error), error.code) == (Unavailable, "timeout")
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("delay", [{"hang_for": 30}, {"delay_for": 30}], ids=["breaks", "answers"])
def test_nobody_waits_longer_than_the_timeout(grafana: RunningGrafana, delay: dict[str, float]) -> None:
    grafana.fail(**delay)
    started = time.monotonic()
    error = error_of(Grafana(url=grafana.url, token=grafana.token, timeout=0.3))
    assert (type(error), str(error)) == (Unavailable, "timeout: no answer in time")
    assert time.monotonic() - started < 3


def test_a_broken_connection_is_unreachable(grafana: RunningGrafana, client: Grafana) -> None:
    grafana.fail(reset=True)
    error = error_of(client)
    assert (type(error), str(error)) == (Unavailable, "unreachable: ConnectionError")


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"]
)
def test_what_is_no_http_is_unreachable(answer: bytes) -> None:
    with speaking(answer) as url:
        error = error_of(Grafana(url=url, token="secret-token"))
    assert (type(error), error.code) == (Unavailable, "unreachable")


def test_a_certificate_that_nobody_signed_is_refused() -> None:
    with running_grafana(tls=unknown_authority()) as stranger:
        error = error_of(Grafana(url=stranger.url, token=stranger.token))
        assert stranger.calls == []
    assert (type(error), error.code) == (Refused, "untrusted")


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("http://127.0.0.1:9", "secret-token"),
        ("http://[secret-token/", "secret-token"),
        ("ftp://secret-token", "secret-token"),
        ("http://127.0.0.1:9", "secret-token\nX-Evil: 1"),
        ("http://127.0.0.1:9", "secret-token-密"),
    ],
)
def test_no_error_and_no_log_repeats_the_token(url: str, token: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    error = error_of(Grafana(url=url, token=token))
    assert error.code in ("unreachable", "bad_configuration")
    assert "secret-token" not in str(error) + caplog.text
    assert error.__suppress_context__
