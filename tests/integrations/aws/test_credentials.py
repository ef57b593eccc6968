"""Credentials and configuration: what is missing or unusable says so, and no error repeats a secret."""

from datetime import timedelta
from pathlib import Path

import pytest

from integrations.aws import Aws
from integrations.aws_errors import of_answer
from integrations.errors import Refused, Unavailable
from simulators.aws.testing import SECRET_KEY, RunningAws
from tests.integrations.aws.asking import CALLS, PRIMARY, error_of


@pytest.fixture
def without_credentials(aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> RunningAws:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return aws


@pytest.mark.parametrize("action", CALLS)
def test_without_credentials_nothing_is_asked(without_credentials: RunningAws, action: str) -> None:
    error = error_of(Aws(), action)
    assert (type(error), str(error)) == (Refused, "no_credentials: NoCredentialsError")
    assert without_credentials.calls == []


def test_half_of_a_pair_is_no_credential(without_credentials: RunningAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIADEMOCHATOPS00000")
    assert str(error_of(Aws(), "DescribeDBInstances")) == "no_credentials: PartialCredentialsError"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[profile other]\nregion = eu-west-1\n", "bad_configuration: ProfileNotFound"),
        ("[profile portal]\ncredential_process = echo not-json-but-secret\n", "malformed"),
        ("[profile portal]\ncredential_process = false\n", "no_credentials: CredentialRetrievalError"),
        ("no brackets at all\n", "bad_configuration: ConfigParseError"),
    ],
)
def test_a_configuration_that_cannot_be_used_says_so(
    without_credentials: RunningAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "config").write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "portal")
    error = error_of(Aws(), "DescribeDBInstances")
    assert str(error).startswith(said)
    assert "secret" not in str(error)


def test_without_a_region_nobody_is_asked(aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)
    client = Aws()
    assert client.region == ""
    assert error_of(client, "DescribeDBInstances").code == "no_region"


def test_the_region_of_a_pod_counts(aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_REGION", aws.region)
    client = Aws()
    assert client.region == aws.region
    assert client.database(PRIMARY).id == PRIMARY


def test_empty_variables_are_no_variables(aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, "")
    assert Aws(endpoint_url=aws.url).database(PRIMARY).id == PRIMARY


def test_no_error_repeats_a_credential() -> None:
    token = "IQoJb3JpZ2luX2VjEJr//////////wEaDmFwLW5vcnRoZWFzdC0xIkcwRQIhAO" * 3
    for code in ("SignatureDoesNotMatch", "InvalidParameterValue", "AccessDenied", "InternalFailure", "Throttling"):
        message = f"The key AKIADEMOCHATOPS00000 with {SECRET_KEY.replace('-', '/')}\nX-Amz-Security-Token:{token}"
        said = str(of_answer(code, message, 400, {}))
        assert not any(secret in said for secret in ("AKIADEMO", "demo/secret", token[:41]))
        assert "\n" not in said


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"retry-after": "30"}, timedelta(seconds=30)),
        ({"x-amz-retry-after": "1500"}, timedelta(seconds=1.5)),
        ({"retry-after": "Thu, 26 Nov 2026 12:00:00 GMT"}, None),
        ({"retry-after": "-1"}, None),
        ({}, None),
    ],
)
def test_what_throttling_says_is_read_where_it_is_a_number(header: dict[str, str], expected: timedelta | None) -> None:
    error = of_answer("Throttling", "", 400, header)
    assert isinstance(error, Unavailable)
    assert error.retry_after == expected
