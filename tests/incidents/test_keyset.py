"""The cursor in a history link."""

from datetime import UTC, datetime

import pytest

from incidents.keyset import Cursor, parse_cursor


@pytest.mark.parametrize("is_backwards", [True, False])
def test_a_cursor_survives_its_url(is_backwards: bool) -> None:
    cursor = Cursor(is_backwards, datetime(2026, 3, 1, 3, 0, 0, 123_456, tzinfo=UTC), 42)
    assert parse_cursor(str(cursor)) == cursor


def test_no_cursor_is_the_first_page() -> None:
    assert parse_cursor("") is None


@pytest.mark.parametrize(
    "text", ["x", "a_b_c", "c_1_2", "a_1e400_2", "a_nan_2", "_1_2", "ab_1_2", "a_1_2_3", "a_1_" + "9" * 30]
)
def test_what_no_page_wrote_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # any of Python's own words will do
        parse_cursor(text)
