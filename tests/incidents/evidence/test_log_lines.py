"""A container's log as lines: what steers terminals, what is binary, what mentions an error and what belongs to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.log_lines import LONGEST_LINE, MOST_ERRORS, error_lines, mentions_error, read_log, shown


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-26T13:00:00Z ERROR upstream closed",
        "level=error msg=x",
        "level=err msg=x",
        "request failed with 500",
        "FATAL: too many connections",
        "panic: runtime error",
        "ValueError: no such room",
        "java.lang.NullPointerException",
        "E1126 13:00:00.000000 1 main.go:12] lost",
        "connection timed out",
        "context deadline: timeout",
        "connect: connection refused",
        "OOMKilled",
        "no errors before, but this one failed",
    ],
)
def test_lines_that_mention_an_error(line: str) -> None:
    assert mentions_error(line)


@pytest.mark.parametrize(
    "line",
    [
        "INFO served 200 in 12ms",
        "errors=0 warnings=0",
        'level=info err=nil "error": null',
        "finished without errors",
        "0 failures",
        "mirror terrors of the deep",  # «error» as a part of a word
        "",
    ],
)
def test_lines_that_do_not(line: str) -> None:
    assert not mentions_error(line)


def test_a_traceback_comes_with_its_frames() -> None:
    lines = [
        "INFO before",
        "Traceback (most recent call last):",
        '  File "app.py", line 1, in <module>',
        "    run()",
        "NoSuchRoom: 12",
        "INFO after",
        "ERROR java.io.IOException: gone",
        "\tat com.chatops.Gateway.read(Gateway.java:12)",
        "Caused by: closed",
        "\t... 12 more",
        "INFO last",
    ]
    assert error_lines(lines) == [*lines[1:5], *lines[6:10]]


def test_the_last_fifty_are_kept() -> None:
    lines = [f"ERROR {number}" for number in range(200)]
    assert error_lines(lines) == lines[-MOST_ERRORS:]


def test_what_steers_a_terminal_is_no_text() -> None:
    content = (
        b"\x1b[31mERROR\x1b[0m lost \x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x1b[2K\rnext\x00\x08"
        b" \xe2\x80\xaeesrever\r\nlast"
    )
    assert read_log(content, is_cut=False).lines == ("ERROR lost link ", "next esrever", "last")


def test_a_secret_in_colours_is_a_secret() -> None:
    (line,) = read_log(b"pass\x1b[31mword\x1b[0m=hunter2x9", is_cut=False).lines
    assert shown([line]) == ["password=•••"]


def test_binary_is_told_and_not_kept() -> None:
    log = read_log(bytes(range(256)) * 100, is_cut=False)
    assert log.is_binary
    assert log.lines == ()
    assert log.size == 25_600


def test_bytes_that_are_no_utf8_here_and_there_are_still_text() -> None:
    log = read_log(b"caf\xe9 ERROR\n" + b"plain\n" * 50, is_cut=False)
    assert not log.is_binary
    assert log.lines[0] == "caf� ERROR"


def test_what_was_cut_begins_with_a_whole_line() -> None:
    """Whatever said that it is a secret stood before the cut."""
    assert read_log(b"hunter2 rest\nwhole\n", is_cut=True).lines == ("whole",)
    assert read_log(b"hunter2 rest", is_cut=True).lines == ("rest",)
    assert read_log(b"hunter2", is_cut=True).lines == ()


def test_a_long_line_is_cut_and_a_secret_at_the_cut_is_not_seen() -> None:
    line = "x" * (LONGEST_LINE - 20) + " password=" + "s3cr3t" * 2000
    (cut,) = shown([line])
    assert len(cut) <= LONGEST_LINE
    assert "s3cr3t" not in cut
    (very_long,) = shown(["y" * 1_000_000])
    assert len(very_long) == LONGEST_LINE


@given(st.binary(max_size=2000), st.booleans())
def test_any_bytes_give_lines_that_a_database_and_a_page_can_hold(content: bytes, is_cut: bool) -> None:
    for line in shown(read_log(content, is_cut=is_cut).lines):
        assert "\x00" not in line
        assert "\x1b" not in line
        assert "\n" not in line
        line.encode()
