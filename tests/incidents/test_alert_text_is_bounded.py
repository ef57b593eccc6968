"""An alert's words are anybody's: no text of the longest kept length may hold a worker up."""

import time

import pytest

from incidents.alert_text import parse_measure, parse_title

LONGEST = 16_384


@pytest.mark.parametrize(
    "body",
    [
        "x\n" + " " * LONGEST + "y",
        "a" + " " * LONGEST + "b",
        "a:b" + " " * LONGEST + "c",
        "a: b (threshold: c" + " " * LONGEST + "d",
        ("a" + " " * 125 + "\n") * 130,
        "a:" * (LONGEST // 2),
    ],
)
def test_a_body_made_to_be_slow_is_read_at_once(body: str) -> None:
    began = time.process_time()
    assert parse_measure(body[:LONGEST]).name == ""
    assert time.process_time() - began < 1


def test_a_title_made_to_be_slow_is_read_at_once() -> None:
    began = time.process_time()
    parse_title("[" + " " * LONGEST + "P1" + " - " * (LONGEST // 3))
    assert time.process_time() - began < 1
