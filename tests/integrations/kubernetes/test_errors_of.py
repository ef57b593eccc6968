"""Each answer as one of our errors, in the API server's words and without a credential."""

import json
from datetime import timedelta

import pytest

from integrations.errors import IntegrationError, Refused, Unavailable
from integrations.kubernetes.errors_of import LONGEST_DETAIL, clean, of_answer

MODIFIED = (
    'Operation cannot be fulfilled on deployments.apps "app": the object has been modified; please apply your changes to '
    "the latest version and try again"
)
UID = 'Operation cannot be fulfilled on pods "p": Precondition failed: UID in precondition: 1, UID in object meta: 2'
FORBIDDEN = 'pods is forbidden: User "system:serviceaccount:a:b" cannot list resource "pods" in API group ""'
MODIFIED_CODE = "conflict"


def said(status: int, message: str, **details: object) -> IntegrationError:
    body = {"kind": "Status", "message": message, "code": status, "details": details}
    return of_answer(status, {}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "message", "kind", "code"),
    [
        (400, 'container name must be specified for pod p, choose one of: [a b]', Refused, "invalid"),
        (400, 'previous terminated container "a" in pod "p" not found', Refused, "not_found"),
        (400, 'container "a" in pod "p" is waiting to start: trying and failing to pull image', Refused, "not_found"),
        (400, "container x is not valid for pod p", Refused, "not_found"),
        (401, "Unauthorized", Refused, "unauthorized"),
        (403, FORBIDDEN, Refused, "forbidden"),
        (404, 'pods "p" not found', Refused, "not_found"),
        (405, "the server does not allow this method", Refused, "invalid"),
        (409, MODIFIED, Refused, "conflict"),
        (409, UID, Refused, "changed"),
        (410, "The provided continue parameter is too old", Unavailable, "gone"),
        (415, "the body of the request was in an unknown format", Refused, "invalid"),
        (422, 'Deployment.apps "app" is invalid: spec.replicas: Invalid value: -1', Refused, "invalid"),
        (429, "Too many requests", Unavailable, "limited"),
    ],
)  # fmt: skip
def test_the_servers_sentence_stays(status: int, message: str, kind: type[IntegrationError], code: str) -> None:
    error = said(status, message)
    assert (type(error), error.code, error.detail) == (kind, code, message)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_the_servers_own_trouble_may_pass(status: int) -> None:
    error = said(status, "etcdserver: request timed out")
    assert (type(error), str(error)) == (Unavailable, f"broken: HTTP {status} etcdserver: request timed out")


@pytest.mark.parametrize(
    ("headers", "details", "expected"),
    [
        ({"Retry-After": "7"}, {}, timedelta(seconds=7)),
        ({}, {"retryAfterSeconds": 3}, timedelta(seconds=3)),
        ({"Retry-After": "Thu, 26 Nov 2026 10:00:00 GMT"}, {}, None),
        ({}, {}, None),
        ({"Retry-After": "-1"}, {}, None),
    ],
)
def test_how_long_it_asks_to_be_left_alone(
    headers: dict[str, str], details: dict[str, int], expected: timedelta | None
) -> None:
    body = json.dumps({"kind": "Status", "message": "slow down", "details": details}).encode()
    error = of_answer(429, headers, body)
    assert isinstance(error, Unavailable)
    assert error.retry_after == expected


@pytest.mark.parametrize("body", [b"", b"<html>token=abc</html>", b'{"message": "not a Status"}', b"[]", b"\xff\xfe"])
@pytest.mark.parametrize(("status", "expected"), [(403, "forbidden: HTTP 403"), (502, "broken: HTTP 502")])
def test_the_words_of_what_stands_between_stay_out(status: int, expected: str, body: bytes) -> None:
    assert str(of_answer(status, {}, body)) == expected


def test_no_credential_is_repeated() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl"
    assert clean(f"refused Bearer abc.def for {token}!") == "refused ••• for eyJ•••!"


def test_what_was_sent_and_is_repeated_loses_its_secrets() -> None:
    value = f'env: Invalid value: {{"name":"DB_PASSWORD","value":"hunter2"}}: {"x" * LONGEST_DETAIL}'
    assert said(422, value).detail.startswith('env: Invalid value: {"name":"DB_PASSWORD","value":"•••"}')


def test_a_secret_at_the_cut_is_not_seen() -> None:
    assert "hunt" not in clean("x" * (LONGEST_DETAIL - 22) + " postgres://app:hunter2@db/main")


def test_a_detail_is_one_line_of_bounded_length() -> None:
    assert clean("a\nb\x00c\x1b[31m") == "a b c [31m"
    assert len(clean("x" * 10_000)) == LONGEST_DETAIL
