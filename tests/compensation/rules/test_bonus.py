"""When a P0 was handled successfully, and whose the bonus is."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compensation.bonus import Answer, Handled, shares
from compensation.enums import Missing, Sharing
from incidents.enums import ClockKind, Verdict
from tests.compensation.rules.making import make_terms
from tests.incidents.rules import thorough

AT = datetime(2026, 11, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
MET = [(kind, Verdict.MET) for kind in ClockKind]


def answer(person: int) -> Answer:
    return Answer(f"P{person}", f"Person {person}", person, AT)


def handled(**fields: Any) -> Handled:
    usual: dict[str, Any] = {
        "incident": 1,
        "triggered_at": AT,
        "resolved_at": AT + HOUR,
        "has_review": True,
        "reviewed_at": AT + 9 * HOUR,
        "clocks": MET,
        "answers": [answer(1)],
    }
    return Handled(**usual | fields)


def test_one_that_has_everything() -> None:
    assert handled().missing == []
    assert handled().completed_at == AT + 9 * HOUR
    assert handled(resolved_at=AT + 10 * HOUR).completed_at == AT + 10 * HOUR


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"resolved_at": None}, Missing.UNRESOLVED),
        ({"reviewed_at": None}, Missing.OPEN_REVIEW),
        ({"reviewed_at": None, "has_review": False}, Missing.NO_REVIEW),
        ({"answers": []}, Missing.NOBODY),
        ({"clocks": [*MET, (ClockKind.RESPOND, Verdict.MISSED)]}, Missing.RESPOND),
        ({"clocks": [(ClockKind.ACKNOWLEDGE, Verdict.MISSED)]}, Missing.ACKNOWLEDGE),
        ({"clocks": [(ClockKind.ESCALATE, Verdict.MISSED)]}, Missing.ESCALATE),
    ],
)
def test_whatever_is_missing_is_named_and_nothing_is_paid(fields: dict[str, Any], missing: Missing) -> None:
    assert handled(**fields).missing == [missing]
    assert handled(**fields).completed_at is None
    assert missing.label


@thorough
@given(people=st.integers(1, 30), amount=st.decimals(0, 10_000, places=2))
def test_a_shared_bonus_adds_up_and_one_for_each_is_whole(people: int, amount: Decimal) -> None:
    p0 = handled(answers=[answer(person) for person in range(people)])
    shared = shares(p0, make_terms(bonus=amount))
    assert sum((each.amount for each in shared), Decimal()) == amount
    assert [each.person for each in shared] == list(range(people))
    assert {each.amount for each in shares(p0, make_terms(bonus=amount, sharing=Sharing.EACH))} == {amount}
