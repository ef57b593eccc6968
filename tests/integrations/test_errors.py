"""No error repeats a secret, whoever raises it: its words reach rows, pages and logs."""

import io
import json

import pytest
import requests

from integrations.errors import IntegrationError, MalformedPayload, Refused, Unavailable
from integrations.pagerduty.client import sorted_error


@pytest.mark.parametrize("kind", [IntegrationError, Unavailable, Refused, MalformedPayload])
def test_the_details_secrets_are_gone_and_the_code_stays(kind: type[IntegrationError]) -> None:
    error = kind("expired_token", "admission denied: password=hunter2 in postgres://app:hunter2@db/x")
    assert error.code == "expired_token"
    assert error.detail == "admission denied: password=••• in postgres://app:•••@db/x"
    assert str(error) == f"expired_token: {error.detail}"


def test_an_error_without_words_is_its_code() -> None:
    assert str(Refused("expired_token")) == "expired_token"


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"error": {"message": "x" * 478 + " postgres://app:hunter2@db/main"}}),
        "x" * 178 + " postgres://app:hunter2@db/main",
    ],
)
def test_a_secret_at_the_cut_of_pagerdutys_words_is_not_seen(body: str) -> None:
    answer = requests.Response()
    answer.status_code, answer.raw = 400, io.BytesIO(body.encode())
    assert "hunt" not in sorted_error(answer).detail
