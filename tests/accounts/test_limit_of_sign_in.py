"""Guessing a password is made slow, without shutting its owner out."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from accounts.services import limit_sign_in
from accounts.services.limit_sign_in import MOST_ATTEMPTS, WINDOW, count_attempt
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db

WRONG = "wrong"
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture(autouse=True)
def empty(valkey: redis.Redis) -> None:
    """Nobody has tried yet."""


@pytest.fixture
def no_valkey(settings: Settings) -> Iterator[None]:
    limit_sign_in.valkey.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    yield
    limit_sign_in.valkey.cache_clear()


def sign_in(username: str, password: str = WRONG, address: str = HERE) -> HttpResponse:
    form = {"username": username, "password": password}
    return Client(REMOTE_ADDR=address).post("/accounts/login/", form)  # type: ignore[return-value]


def guess(username: str, times: int = MOST_ATTEMPTS, address: str = HERE) -> list[int]:
    return [sign_in(username, address=address).status_code for _ in range(times)]


def test_after_ten_guesses_even_the_right_one_has_to_wait(cast: Cast) -> None:
    assert guess("responder") == [200] * MOST_ATTEMPTS
    answer = sign_in("responder", PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= WINDOW.total_seconds()
    content = answer.content.decode()
    assert "Try again in 5 minutes." in content
    assert 'value="responder"' in content
    assert "sessionid" not in answer.cookies


def test_the_owner_elsewhere_and_others_here_are_not_shut_out(cast: Cast) -> None:
    guess("responder", MOST_ATTEMPTS + 3)
    assert sign_in("responder", PASSWORD, ELSEWHERE).status_code == 302
    assert sign_in("manager", PASSWORD).status_code == 302


def test_signing_in_begins_anew(cast: Cast) -> None:
    guess("responder", MOST_ATTEMPTS - 1)
    assert sign_in("responder", PASSWORD).status_code == 302
    assert guess("responder") == [200] * MOST_ATTEMPTS


@pytest.mark.parametrize("spelling", [" responder ", "ｒｅｓｐｏｎｄｅｒ"])
def test_another_spelling_is_no_other_account(cast: Cast, spelling: str) -> None:
    guess(spelling)
    assert sign_in("responder").status_code == 429


def test_an_account_that_does_not_exist_answers_alike(cast: Cast) -> None:
    known, unknown = guess("responder", MOST_ATTEMPTS + 1), guess("nobody", MOST_ATTEMPTS + 1)
    assert known == unknown


def test_refused_attempts_do_not_make_the_wait_longer(valkey: redis.Redis) -> None:
    for _ in range(MOST_ATTEMPTS):
        assert count_attempt(username="responder", address=HERE) is None
    (key,) = valkey.keys("portal:sign-in:*")
    assert "responder" not in str(key)
    valkey.pexpire(key, 1_500)
    wait = count_attempt(username="responder", address=HERE)
    assert wait is not None
    assert wait <= timedelta(seconds=1.5)


def test_another_address_of_the_same_network_is_no_other_address() -> None:
    for number in range(MOST_ATTEMPTS):
        assert count_attempt(username="responder", address=f"2001:db8::{number:x}") is None
    assert count_attempt(username="responder", address="2001:db8::ffff:1") is not None
    assert count_attempt(username="responder", address="2001:db8:0:1::1") is None


def test_without_valkey_people_sign_in(cast: Cast, no_valkey: None) -> None:
    assert guess("responder", MOST_ATTEMPTS + 1) == [200] * (MOST_ATTEMPTS + 1)
    assert sign_in("responder", PASSWORD).status_code == 302
