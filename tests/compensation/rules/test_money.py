"""Rounding loses nothing, and parts add up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compensation.money import currencies, digits_of, has_digits, rounded, rounded_in_turn, smallest, split
from tests.incidents.rules import thorough

fractions = st.fractions(-10_000, 10_000, max_denominator=10_000)


@thorough
@given(exact=fractions, digits=st.integers(0, 3))
def test_rounding_is_off_by_half_of_the_smallest_part_at_most(exact: Fraction, digits: int) -> None:
    amount = rounded(exact, digits)
    assert abs(Fraction(amount) - exact) <= Fraction(smallest(digits)) / 2
    assert rounded(-exact, digits) == -amount
    assert has_digits(amount, digits)


@pytest.mark.parametrize(("exact", "amount"), [("1/200", "0.01"), ("-1/200", "-0.01"), ("1/201", "0.00")])
def test_a_half_goes_away_from_zero(exact: str, amount: str) -> None:
    assert rounded(Fraction(exact), 2) == Decimal(amount)


@thorough
@given(exact=st.lists(fractions.map(abs)), digits=st.integers(0, 3))
def test_in_turn_every_beginning_adds_up(exact: list[Fraction], digits: int) -> None:
    amounts = rounded_in_turn(exact, digits)
    for count in range(len(exact) + 1):
        assert sum(amounts[:count], Decimal()) == rounded(sum(exact[:count], Fraction()), digits)
    assert all(amount >= 0 for amount in amounts)


@thorough
@given(parts=st.integers(0, 10**9), people=st.integers(1, 40), digits=st.integers(0, 3))
def test_equal_parts_add_up_and_differ_by_the_smallest_part_at_most(parts: int, people: int, digits: int) -> None:
    amount = Decimal(parts).scaleb(-digits)
    shares = split(amount, people, digits)
    assert len(shares) == people
    assert sum(shares, Decimal()) == amount
    assert shares == sorted(shares, reverse=True)
    assert shares[0] - shares[-1] in (0, smallest(digits))


def test_currencies_have_their_own_digits() -> None:
    assert [digits_of(code) for code in ("TWD", "JPY", "KWD")] == [2, 0, 3]
    assert {"TWD", "USD", "EUR", "JPY"} <= currencies()
    assert "DEM" not in currencies()
