"""Secrets leave a text whatever form they come in; everything else stays; no pattern may look back without end."""

import importlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations import private_keys, redaction, secret_pairs
from integrations.redaction import MARK, hide_across_lines, redact
from tests.incidents.evidence.secrets import FORMS, ORDINARY

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


#: What looks like a name with a value, or holds one that is no secret: it must not take what follows into its shade.
harmless = st.sampled_from(
    [
        "token_type=bearer",
        "secretName: x",
        "password=null",
        "tokens=512",
        "key=value",
        "passwordChangedAt=1",
        "/x?user=a",
    ]
)


@given(st.sampled_from(FORMS), letters, harmless, st.sampled_from([" ", "&", "\n", ", "]))
def test_nothing_stands_in_the_shade_of_what_is_harmless(
    form: tuple[str, Callable[[str], str]], secret: str, before: str, between: str
) -> None:
    assert f"Zq7{secret}" not in redact(f"{before}{between}{form[1](f'Zq7{secret}')}")


#: Passwords as people and generators make them.
rich = st.text("abcXYZ0189 !#$%&()*+,-./:;<=>?@[]^_{|}~\"'\\`", min_size=8, max_size=30).map(
    lambda some: f"Zq7{some}Zq7"
)


@given(rich)
def test_no_password_survives_where_it_is_quoted_or_encoded(secret: str) -> None:
    whole = json.dumps({"name": "DB_PASSWORD", "value": secret, "n": 1})
    for text in (
        json.dumps({"password": secret, "n": 1}),
        json.dumps({"msg": json.dumps({"password": secret}), "n": 1}),
        json.dumps({"msg": json.dumps({"msg": json.dumps({"password": secret})})}),
        whole,
        json.dumps({"msg": whole}),
        json.dumps({"value": secret, "name": "DB_PASSWORD"}),
        "password=" + json.dumps(secret),
        f"/x?user=a&password={quote(secret, safe='')}&b=1",
        f"postgres://app:{quote(secret, safe='')}@db:5432/main",
    ):
        encoded = {secret, json.dumps(secret)[1:-1], quote(secret, safe="")}
        redacted = redact(text)
        assert not [each for each in encoded if each in redacted], redacted
        assert "Zq7" not in redacted


@given(st.sampled_from(FORMS), letters)
def test_redacting_twice_changes_nothing(form: tuple[str, Callable[[str], str]], secret: str) -> None:
    once = redact(form[1](secret))
    assert redact(once) == once


@given(
    st.lists(
        st.one_of(
            st.builds(lambda form, secret: form[1](secret), st.sampled_from(FORMS), letters),
            st.sampled_from(ORDINARY),
            st.sampled_from(
                [*"\"'\\`{}[]()<>=:;,&?@#|•", "AKIAIOSFODNN7EXAMPLE", "authorization: ", "cookie: ", "-p "]
            ),
        ),
        max_size=6,
    ),
    st.sampled_from(["", " ", "&", ";", "\n"]),
)
def test_whatever_stands_together_is_redacted_once_and_for_all(parts: list[str], between: str) -> None:
    once = redact(between.join(parts))
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
        ("/x?user=a&token=abc&x=1#y", "/x?user=a&token=•••&x=1#y"),
        ("map[Authorization:[Bearer abc] Cookie:[sid=abc]]", "map[Authorization:[•••] Cookie:[sid=•••]]"),
        ('{"name":"DB_PASSWORD","value":"abc"}', '{"name":"DB_PASSWORD","value":"•••"}'),
        ("otp=123456 pin: 1234 mfa_code='123456'", "otp=••• pin: ••• mfa_code='•••'"),
        ("routing_key=0123456789abcdef0123456789abcdef", "routing_key=•••"),
        ("token=123456 tokens=123456", "token=••• tokens=123456"),
        ('"auths":{"x":{"auth":"Ym9iOmh1bnRlcjI="}}', '"auths":{"x":{"auth":"•••"}}'),
        ('"credentials": {"user": "bob"}', '"credentials": {"user": "bob"}'),
        ("twilio SK0123456789abcdef0123456789abcdef", "twilio SK•••"),
        ("Access denied for user 'bob' (using password: YES)", "Access denied for user 'bob' (using password: YES)"),
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


def test_a_mebibyte_on_one_line() -> None:
    line = "GET /rooms 200 12ms " * 52_429
    assert redact(f"{line}password=abc {line}") == f"{line}password=••• {line}"


def test_what_stands_in_another_line_than_its_name_is_found_before_lines_are_looked_at() -> None:
    text = "- name: DB_PASSWORD\n  value: hunter2\n-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n"
    assert hide_across_lines(text) == "- name: DB_PASSWORD\n  value: •••\n-----BEGIN PRIVATE KEY-----•••"


PATTERNS = {
    f"{module.__name__}.{name}": value.pattern
    for module in (private_keys, redaction, secret_pairs)
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_what_repeats_without_end_gives_nothing_back(pattern: str) -> None:
    """A possessive repetition is not tried again shorter. All others have an end: what a character costs is bounded."""
    repetitions = list(_repetitions(_parser.parse(pattern)))
    assert not [kind for kind, most in repetitions if kind != "POSSESSIVE_REPEAT" and most > 4_096]


#: How the standard library reads a pattern; it has no public name.
_parser: Any = importlib.import_module("re._parser")


def _repetitions(parsed: Any) -> Iterator[tuple[str, int]]:
    """The kind of each repetition in a pattern, and how often it may repeat."""
    for operation, argument in parsed:
        if str(operation).endswith("REPEAT"):
            yield str(operation), int(argument[1])
        for each in argument if isinstance(argument, tuple | list) else ():
            for inner in each if isinstance(each, list) else [each]:
                if isinstance(inner, _parser.SubPattern):
                    yield from _repetitions(inner)
