"""Currencies and exact rounding. Pure: amounts accrue as fractions and become `Decimal` once, at the end."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache

from babel.core import get_global
from babel.numbers import format_currency, get_currency_name, get_currency_precision, get_territory_currencies
from django.utils.translation import get_language, to_locale

#: Leave is counted in hours to the hundredth.
HOUR_DIGITS = 2
#: What a ledger's column holds.
LARGEST = Decimal(10) ** 10


@cache
def currencies() -> frozenset[str]:
    """The ISO 4217 codes that are legal tender somewhere today, by CLDR."""
    return frozenset(
        code for territory in get_global("territory_currencies") for code in get_territory_currencies(territory)
    )


def digits_of(currency: str) -> int:
    """How many digits the currency has after the point (ISO 4217's minor unit): 2 for TWD, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


def smallest(digits: int) -> Decimal:
    """The smallest part that an amount with so many digits can have: 0.01 for 2."""
    return Decimal(1).scaleb(-digits)


def rounded(exact: Fraction, digits: int) -> Decimal:
    """The nearest amount with so many digits; a half goes away from zero."""
    parts = abs(exact) * 10**digits
    whole = (2 * parts.numerator + parts.denominator) // (2 * parts.denominator)
    return Decimal(whole if exact >= 0 else -whole).scaleb(-digits)


def rounded_in_turn(exact: Iterable[Fraction], digits: int) -> list[Decimal]:
    """Each amount rounded so that any beginning of the list adds up to its exact sum, rounded.

    What one amount loses by rounding the next one has, so that nothing is lost over the whole, however finely it is split.
    Where no exact amount is negative, no rounded one is.
    """
    total, given, amounts = Fraction(), Decimal(), list[Decimal]()
    for each in exact:
        total += each
        until_here = rounded(total, digits)
        amounts.append(until_here - given)
        given = until_here
    return amounts


def split(amount: Decimal, people: int, digits: int) -> list[Decimal]:
    """The amount in equal parts; what is left over goes to the first ones, the smallest part each. They add up to it."""
    each, left = divmod(int(amount.scaleb(digits)), people)
    return [Decimal(each + (place < left)).scaleb(-digits) for place in range(people)]


def plain(amount: Decimal) -> str:
    """The amount with a point and without the zeros that a column adds: «4.5», «10»."""
    return f"{amount.normalize():f}"


def has_digits(amount: Decimal, digits: int) -> bool:
    """Whether the amount needs no more digits after the point than these."""
    return amount == round(amount, digits)


def money_words(amount: Decimal, currency: str) -> str:
    """«NT$1,234.50» as the active language writes it."""
    return format_currency(amount, currency, locale=to_locale(get_language() or "en"))


def currency_choices() -> Sequence[tuple[str, str]]:
    """Every currency by its code, with its name in the active language."""
    locale = to_locale(get_language() or "en")
    return [(code, f"{code} · {get_currency_name(code, locale=locale)}") for code in sorted(currencies())]
