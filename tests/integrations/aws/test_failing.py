"""Every way in which AWS can fail is an error of ours."""

import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest

from integrations.aws import Aws
from integrations.errors import IntegrationError, MalformedPayload, Refused, Unavailable
from simulators.aws.testing import RunningAws, running_aws
from simulators.certificates import unknown_authority, unknown_authority_pem
from tests.integrations.aws.asking import CALLS, PRIMARY, error_of


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize(
    ("known", "kind", "code", "calls"),
    [
        ("expired_token", Refused, "expired_token", 1),
        ("invalid_token", Refused, "unauthorized", 1),
        ("no_token", Refused, "unauthorized", 1),
        ("access_denied", Refused, "forbidden", 1),
        ("throttled", Unavailable, "limited", 2),
        ("unavailable", Unavailable, "broken", 2),
        ("internal", Unavailable, "broken", 2),
    ],
)
def test_each_refusal_is_an_error_of_ours(
    aws: RunningAws, client: Aws, action: str, known: str, kind: type[IntegrationError], code: str, calls: int
) -> None:
    aws.fail(action=action, known=known, times=None)
    error = error_of(client, action)
    assert (type(error), error.code, error.__suppress_context__) == (kind, code, True)
    assert aws.count(action) == calls


def test_a_forbidden_act_is_named(aws: RunningAws, client: Aws) -> None:
    aws.fail(known="access_denied")
    assert "is not authorized to perform: DescribeDBInstances" in error_of(client, "DescribeDBInstances").detail


@pytest.mark.parametrize("action", CALLS)
def test_a_fault_that_passes_is_not_noticed(aws: RunningAws, client: Aws, action: str) -> None:
    aws.fail(action=action, known="unavailable")
    CALLS[action](client)
    assert aws.count(action) == 2


def test_throttling_says_how_long_to_wait(aws: RunningAws, client: Aws) -> None:
    aws.fail(known="throttled", retry_after=7, times=None)
    error = error_of(client, "DescribeDBInstances")
    assert isinstance(error, Unavailable)
    assert error.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_an_answer_that_is_cut_short_cannot_be_read(aws: RunningAws, client: Aws, action: str, share: float) -> None:
    aws.fail(action=action, cut_to=share, times=None)
    error = error_of(client, action)
    assert (type(error), error.code) == (MalformedPayload, "malformed")


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize("body", ["", "<html>sign in</html>", "{}", "[]", "<a/>", "null", "\x00"])
def test_an_answer_of_somebody_else_cannot_be_read(aws: RunningAws, client: Aws, action: str, body: str) -> None:
    aws.fail(action=action, status=200, body=body, times=None)
    error = error_of(client, action)
    assert (type(error), error.code) == (MalformedPayload, "malformed")


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_page_of_a_proxy_is_no_answer(aws: RunningAws, client: Aws, action: str, status: int) -> None:
    aws.fail(action=action, status=status, body="<html>secret-of-the-proxy</html>", times=None)
    error = error_of(client, action)
    assert (type(error), str(error)) == (Unavailable, f"broken: HTTP {status}")


@pytest.mark.parametrize("action", CALLS)
def test_a_broken_connection_is_tried_once_more(aws: RunningAws, client: Aws, action: str) -> None:
    aws.fail(action=action, reset=True, times=2)
    assert error_of(client, action).code == "unreachable"
    assert aws.count(action) == 2
    CALLS[action](client)


def test_nobody_waits_longer_than_the_timeout(aws: RunningAws) -> None:
    client = Aws(timeout=0.4)
    client.database(PRIMARY)  # Loading what speaks to RDS takes its time, once.
    aws.fail(hang_for=30, times=None)
    started = time.monotonic()
    error = error_of(client, "DescribeDBInstances")
    assert (type(error), str(error)) == (Unavailable, "timeout: no answer in time")
    assert time.monotonic() - started < 2
    assert aws.count("DescribeDBInstances") == 3


def test_nobody_listening_is_unreachable() -> None:
    error = error_of(Aws(endpoint_url="http://127.0.0.1:9"), "DescribeDBInstances")
    assert (type(error), str(error)) == (Unavailable, "unreachable: EndpointConnectionError")


def test_a_server_that_never_takes_a_connection_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        error = error_of(Aws(endpoint_url=f"http://127.0.0.1:{address[1]}", timeout=0.4), "GetCallerIdentity")
        for each in waiting:
            each.close()
    assert (type(error), error.code) == (Unavailable, "unreachable")


@pytest.mark.parametrize("bundle", [None, "", "another"])
def test_a_certificate_that_nobody_signed_is_refused(
    bundle: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An empty AWS_CA_BUNDLE is none, and no leave to trust everybody."""
    if bundle == "another":
        bundle = str(tmp_path / "authorities.pem")
        Path(bundle).write_bytes(unknown_authority_pem()[0])
    if bundle is None:
        monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    else:
        monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    with running_aws(tls=unknown_authority()) as stranger:
        error = error_of(Aws(endpoint_url=stranger.url), "DescribeDBInstances")
        assert stranger.count() == 0
    assert (type(error), error.code) == (Refused, "untrusted")
