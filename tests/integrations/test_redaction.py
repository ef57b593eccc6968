"""Secrets leave a text whatever form they come in; everything else stays; no line costs more than its length."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.redaction import MARK, redact
from tests.incidents.evidence.secrets import FORMS, ORDINARY

MEBIBYTE = 1 << 20

letters = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=16, max_size=40)
# What no key, marker or address is made of.
words = st.lists(
    st.sampled_from(["pod", "ready", "12ms", "GET", "/rooms", "500", "retry", "日誌", "ünï", "(x)"]), max_size=8
)


@given(st.sampled_from(FORMS), letters, words, words)
def test_no_planted_secret_survives(
    form: tuple[str, Callable[[str], str]], secret: str, before: list[str], after: list[str]
) -> None:
    recognisable, line_of = form
    line = " ".join([*before, line_of(f"Zq7{secret}"), *after])
    redacted = redact(line)
    assert f"Zq7{secret}" not in redacted
    assert MARK in redacted
    assert recognisable in redacted
    assert all(word in redacted for word in before)


@given(st.sampled_from(FORMS), letters)
def test_redacting_twice_changes_nothing(form: tuple[str, Callable[[str], str]], secret: str) -> None:
    once = redact(form[1](secret))
    assert redact(once) == once


@given(st.text(max_size=300))
def test_any_text_is_redacted_once_and_for_all(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize("line", ORDINARY)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redact(line) == line


@given(words)
def test_ordinary_words_stay(some: list[str]) -> None:
    assert redact(" ".join(some)) == " ".join(some)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("password=hunter2 user=bob", "password=••• user=bob"),
        ('{"password": "hun\\"ter2", "a": 1}', '{"password": "•••", "a": 1}'),
        ("GET /x?token=abc&user=bob HTTP/1.1", "GET /x?token=•••&user=bob HTTP/1.1"),
        ("postgres://u:p@ss/w0rd@db:5432/x", "postgres://u:•••@db:5432/x"),
        ("Set-Cookie: sid=abc; Path=/; HttpOnly", "Set-Cookie: sid=•••; Path=/; HttpOnly"),
        ("AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AKIA••• •••"),
        ("user{password=abc}", "user{password=•••}"),
    ],
)
def test_the_shape_stays(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "cut",
    [
        "log\n-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB",
        "MIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END PRIVATE KEY-----\nlog",
        "log\n-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0B\\nAQEFAASCBKcwggSjAgEAAoIB\\n-----END PRIVATE KEY-----",
    ],
)
def test_a_private_key_that_was_cut_leaves_nothing(cut: str) -> None:
    assert "MIIEvQIBADANBgkqhkiG9w0B" not in redact(cut)
    assert "AQEFAASCBKcwggSjAgEAAoIB" not in redact(cut)
    assert "log" in redact(cut) or "BEGIN" in redact(cut)


HOSTILE = [
    *(
        "eyJ-",
        "eyJaaaaaa.",
        "a://b:",
        "://",
        "password",
        "password=",
        "--password ",
        "AKIA",
        "authorization: ",
        "cookie: a=",
    ),
    *(
        "bearer ",
        "basic aaaa",
        "token.",
        "pass-",
        '"',
        "\\",
        "a",
        " ",
        "--",
        "a:",
        'secret=\\"',
        "-----BEGIN PRIVATE KEY-----",
    ),
    *(
        "-----END PRIVATE KEY-----\n",
        "ghp_",
        "key:=\\",
        "a+",
        "@",
        "xoxb-",
        "=",
        'session="',
        "identified by '",
        "A" * 64 + "\n",
    ),
]


@pytest.mark.parametrize("repeated", HOSTILE)
def test_a_hostile_line_costs_no_more_than_its_length(repeated: str) -> None:
    """Four times as long must not take sixteen times as long. Processor time of this thread: others may be busy."""

    def cost(length: int) -> float:
        text = (repeated * (length // len(repeated) + 1))[:length]
        began = time.thread_time()
        redact(text)
        return time.thread_time() - began

    short = max(cost(MEBIBYTE // 8), 0.02)
    assert cost(MEBIBYTE // 2) < short * 10
