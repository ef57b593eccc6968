"""When an item counts as ready: proof, word, age. No database."""

from datetime import UTC, datetime, timedelta

import pytest

from shifts.enums import CheckSide, CheckVerdict, ItemState, PreflightItem
from shifts.preflight.paging import Limits, Method, Paging, Rule, judge
from shifts.preflight.rules import (
    Finding,
    Look,
    state_of,
    state_of_all,
    state_of_changes,
    state_of_contacts,
    verdict_of,
)

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
PASSED, FAILED, UNKNOWN = CheckVerdict.PASSED, CheckVerdict.FAILED, CheckVerdict.UNKNOWN
SERVER, LAPTOP, PERSON = CheckSide.SERVER, CheckSide.LAPTOP, CheckSide.PERSON
READY, NOT_READY = ItemState.READY, ItemState.NOT_READY
UNCHECKED, STALE = ItemState.UNCHECKED, ItemState.STALE

PHONE = Method("M1", "phone", "Work phone")
EMAIL = Method("M2", "email", "Work address")
HIGH, LOW = Rule("high", 0, "M1"), Rule("low", 0, "M2")


def look(side: CheckSide, verdict: CheckVerdict, *, ago: int = 1, fresh: bool = True) -> Look:
    at = NOON - timedelta(minutes=ago)
    return Look(side, verdict, at, NOON + timedelta(hours=1) if fresh else NOON)


@pytest.mark.parametrize(
    ("looks", "state"),
    [
        ([], UNCHECKED),
        ([look(LAPTOP, PASSED)], READY),
        ([look(LAPTOP, FAILED)], NOT_READY),
        # The portal's server proves nothing for the laptop, in either direction once the laptop has spoken.
        ([look(SERVER, PASSED)], UNCHECKED),
        ([look(SERVER, FAILED)], NOT_READY),
        ([look(SERVER, FAILED, fresh=False)], UNCHECKED),
        ([look(SERVER, FAILED), look(LAPTOP, PASSED)], READY),
        # A word stands in for proof, never against it.
        ([look(PERSON, PASSED)], READY),
        ([look(SERVER, FAILED), look(PERSON, PASSED)], READY),
        ([look(LAPTOP, UNKNOWN), look(PERSON, PASSED)], READY),
        ([look(LAPTOP, FAILED, ago=2), look(PERSON, PASSED, ago=1)], NOT_READY),
        # Only the newest of a side counts.
        ([look(LAPTOP, FAILED, ago=2), look(LAPTOP, PASSED, ago=1)], READY),
        ([look(LAPTOP, PASSED, ago=2), look(LAPTOP, FAILED, ago=1)], NOT_READY),
        # Age.
        ([look(LAPTOP, PASSED, fresh=False)], STALE),
        ([look(PERSON, PASSED, fresh=False)], STALE),
        ([look(LAPTOP, PASSED, fresh=False), look(PERSON, PASSED)], READY),
    ],
)
def test_what_is_proven_on_the_laptop(looks: list[Look], state: ItemState) -> None:
    assert state_of(PreflightItem.VPN, looks, NOON) == state


@pytest.mark.parametrize(
    ("looks", "state"),
    [
        ([look(SERVER, PASSED)], READY),
        ([look(SERVER, FAILED), look(PERSON, PASSED)], NOT_READY),
        ([look(SERVER, UNKNOWN), look(PERSON, PASSED)], READY),
        ([look(SERVER, UNKNOWN)], UNCHECKED),
        ([look(SERVER, PASSED, fresh=False)], STALE),
    ],
)
def test_pagerduty_is_proven_by_its_settings(looks: list[Look], state: ItemState) -> None:
    assert state_of(PreflightItem.PAGERDUTY, looks, NOON) == state


def test_changes_are_read_and_new_ones_make_them_out_of_date() -> None:
    assert state_of_changes(has_unread=False, has_read=False) == READY
    assert state_of_changes(has_unread=True, has_read=False) == UNCHECKED
    assert state_of_changes(has_unread=True, has_read=True) == STALE


@pytest.mark.parametrize(
    ("days_ago", "word", "state"),
    [
        ([], None, UNCHECKED),
        ([], look(PERSON, PASSED), READY),
        ([], look(PERSON, PASSED, fresh=False), STALE),
        ([1, 29.99], None, READY),
        ([1, 30], None, STALE),
        ([1, None], look(PERSON, PASSED), UNCHECKED),
    ],
)
def test_every_contact_is_confirmed_within_thirty_days(
    days_ago: list[float | None], word: Look | None, state: ItemState
) -> None:
    instants = [None if days is None else NOON - timedelta(days=days) for days in days_ago]
    assert state_of_contacts(instants, word, NOON) == state


@pytest.mark.parametrize(
    ("states", "state"),
    [
        ([READY, READY], READY),
        ([READY, UNCHECKED], UNCHECKED),
        ([UNCHECKED, STALE], STALE),
        ([STALE, NOT_READY, READY], NOT_READY),
    ],
)
def test_the_worst_of_the_six_counts(states: list[ItemState], state: ItemState) -> None:
    assert state_of_all(states) == state


def test_nothing_seen_passes_nothing() -> None:
    assert verdict_of([]) == UNKNOWN
    assert verdict_of([Finding(PASSED, "a"), Finding(UNKNOWN, "b")]) == UNKNOWN
    assert verdict_of([Finding(UNKNOWN, "a"), Finding(FAILED, "b")]) == FAILED


def codes(methods: list[Method], rules: list[Rule], limits: Limits | None = None) -> dict[str, CheckVerdict]:
    return {
        finding.code: finding.verdict for finding in judge(Paging(tuple(methods), tuple(rules)), limits or Limits())
    }


def test_a_phone_at_once_and_a_rule_for_low_urgency_is_enough() -> None:
    assert codes([PHONE, EMAIL], [HIGH, LOW], Limits(30, "chatops", timedelta(minutes=5))) == {
        "method_works": PASSED,
        "high_at_once": PASSED,
        "low_rule": PASSED,
    }


@pytest.mark.parametrize(
    ("methods", "rules", "failed"),
    [
        ([], [], {"nothing_makes_noise", "no_high_rule", "no_low_rule"}),
        ([EMAIL], [Rule("high", 0, "M2"), LOW], {"nothing_makes_noise", "high_is_silent"}),
        ([PHONE, EMAIL], [HIGH], {"no_low_rule"}),
        ([PHONE, EMAIL], [LOW], {"no_high_rule"}),
        ([PHONE, EMAIL], [Rule("high", 0, "M2"), LOW], {"high_is_silent"}),
        (
            [Method("M1", "phone", "Work phone", is_blacklisted=True), EMAIL],
            [HIGH, LOW],
            {"method_blacklisted", "nothing_makes_noise", "no_high_rule"},
        ),
        (
            [Method("M1", "phone", "Work phone", is_enabled=False), EMAIL, Method("M3", "push", "Mobile")],
            [HIGH, LOW, Rule("high", 1, "M3")],
            {"method_disabled"},
        ),
        # A rule for a method that is gone tells nobody.
        ([EMAIL, PHONE], [Rule("high", 0, "M9"), LOW], {"no_high_rule"}),
    ],
)
def test_what_would_not_wake_anybody(methods: list[Method], rules: list[Rule], failed: set[str]) -> None:
    assert {code for code, verdict in codes(methods, rules).items() if verdict is FAILED} == failed


def test_a_method_that_no_rule_uses_hinders_nobody() -> None:
    old = Method("M7", "sms", "Old phone", is_blacklisted=True)
    assert FAILED not in codes([PHONE, EMAIL, old], [HIGH, LOW]).values()


@pytest.mark.parametrize(
    ("minutes", "failed"),
    [
        (4, set()),
        (5, {"first_after_respond"}),
        (29, {"first_after_respond"}),
        (30, {"first_after_respond", "first_after_escalation"}),
    ],
)
def test_the_first_noise_comes_before_the_escalation_and_the_respond_time(minutes: int, failed: set[str]) -> None:
    rules = [Rule("high", 0, "M2"), Rule("high", minutes, "M1"), LOW]
    found = codes([PHONE, EMAIL], rules, Limits(30, "chatops", timedelta(minutes=5)))
    assert {code for code, verdict in found.items() if verdict is FAILED} == failed


def test_limits_that_nobody_knows_hold_nobody_up() -> None:
    assert codes([PHONE, EMAIL], [Rule("high", 90, "M1"), LOW])["high_in_time"] == PASSED
