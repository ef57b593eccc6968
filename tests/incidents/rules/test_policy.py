"""What a policy promises, and which ones are refused."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.calendars import BusinessCalendar, is_business_time
from incidents.enums import ClockKind, PolicyProblem, Severity
from incidents.policy import (
    GUIDE_AT_RISK_PERCENT,
    GUIDE_TARGETS,
    LONGEST,
    SHORTEST,
    SlaPolicy,
    SlaTarget,
    due_at,
    problems,
    problems_of,
)
from incidents.sla import timing
from tests.incidents.rules import thorough
from tests.incidents.rules.calendars import calendars, interesting

OFFICE = BusinessCalendar(zone=ZoneInfo("Asia/Taipei"), closes_at=time(18), country="TW")
GUIDE = SlaPolicy(targets=GUIDE_TARGETS, at_risk_percent=GUIDE_AT_RISK_PERCENT, calendar=OFFICE)
NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def with_target(**changes: timedelta | None) -> SlaPolicy:
    """The guide with another target for P1."""
    target = replace(GUIDE_TARGETS[Severity.P1], **changes)  # type: ignore[arg-type]  # the names are the fields'
    return replace(GUIDE, targets={**GUIDE_TARGETS, Severity.P1: target})


lengths = st.timedeltas(SHORTEST, LONGEST)


@st.composite
def policies(draw: st.DrawFn) -> SlaPolicy:
    """Policies that may be stored."""
    targets = {}
    for severity in Severity:
        respond, acknowledge = sorted(draw(st.tuples(lengths, lengths)))
        targets[severity] = SlaTarget(respond, draw(st.sampled_from([acknowledge, None])), draw(lengths))
    return SlaPolicy(targets, at_risk_percent=draw(st.integers(1, 99)), calendar=draw(calendars()))


severities, kinds = st.sampled_from(list(Severity)), st.sampled_from(list(ClockKind))


@thorough
@given(policy=policies(), start=interesting, severity=severities, kind=kinds)
def test_what_may_be_stored_gives_every_clock_a_deadline_ahead(
    policy: SlaPolicy, start: datetime, severity: Severity, kind: ClockKind
) -> None:
    assert problems(policy, now=start) == []
    when = timing(kind, severity, start, policy)
    assert start < when.at_risk_at < when.due_at
    assert when == timing(kind, severity, start, policy), "computed again it is the same"
    used = (when.at_risk_at - start) / (when.due_at - start) * 100
    assert used == pytest.approx(policy.at_risk_percent, abs=1e-3)


@thorough
@given(policy=policies(), one=interesting, other=interesting, severity=severities, kind=kinds)
def test_who_starts_later_is_never_due_earlier(
    policy: SlaPolicy, one: datetime, other: datetime, severity: Severity, kind: ClockKind
) -> None:
    earlier, later = sorted((one, other))
    assert due_at(kind, severity, earlier, policy) <= due_at(kind, severity, later, policy)


@thorough
@given(policy=policies(), start=interesting, severity=severities)
def test_a_deadline_without_a_length_falls_in_business_time(
    policy: SlaPolicy, start: datetime, severity: Severity
) -> None:
    due = due_at(ClockKind.ACKNOWLEDGE, severity, start, policy)
    length = policy.targets[severity].acknowledge_within
    if length is None:
        assert is_business_time(due, policy.calendar)
    else:
        assert due - start == length


def test_each_clock_has_its_own_length() -> None:
    policy = with_target(respond_within=7 * MINUTE, acknowledge_within=11 * MINUTE, escalate_within=13 * MINUTE)
    found = {kind: due_at(kind, Severity.P1, NOW, policy) - NOW for kind in ClockKind}
    assert found == {
        ClockKind.RESPOND: 7 * MINUTE,
        ClockKind.ACKNOWLEDGE: 11 * MINUTE,
        ClockKind.ESCALATE: 13 * MINUTE,
    }
    assert due_at(ClockKind.RESPOND, Severity.P0, NOW, policy) - NOW == 5 * MINUTE


def test_the_guide_has_no_problem() -> None:
    assert problems(GUIDE, now=NOW) == []


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        (with_target(respond_within=timedelta()), PolicyProblem.TOO_SHORT),
        (with_target(respond_within=SHORTEST - timedelta(seconds=1)), PolicyProblem.TOO_SHORT),
        (with_target(escalate_within=-MINUTE), PolicyProblem.TOO_SHORT),
        (with_target(escalate_within=LONGEST + timedelta(seconds=1)), PolicyProblem.TOO_LONG),
        (with_target(acknowledge_within=LONGEST + MINUTE), PolicyProblem.TOO_LONG),
        (with_target(respond_within=31 * MINUTE), PolicyProblem.RESPOND_AFTER_ACKNOWLEDGE),
        (replace(GUIDE, at_risk_percent=0), PolicyProblem.AT_RISK),
        (replace(GUIDE, at_risk_percent=100), PolicyProblem.AT_RISK),
        (replace(GUIDE, calendar=replace(OFFICE, opens_at=time(18))), PolicyProblem.HOURS),
        (replace(GUIDE, calendar=replace(OFFICE, opens_at=time(19))), PolicyProblem.HOURS),
        (replace(GUIDE, calendar=replace(OFFICE, weekdays=frozenset())), PolicyProblem.NO_WORKING_DAY),
        (
            replace(
                GUIDE,
                calendar=replace(OFFICE, days_on=frozenset({date(2026, 5, 2)}), days_off=frozenset({date(2026, 5, 2)})),
            ),
            PolicyProblem.DAY_TWICE,
        ),
    ],
)
def test_a_bad_policy_is_refused_for_its_reason(policy: SlaPolicy, problem: PolicyProblem) -> None:
    assert problems(policy, now=NOW) == [problem]


@pytest.mark.parametrize(
    "policy",
    [
        with_target(respond_within=SHORTEST),
        with_target(respond_within=30 * MINUTE),
        with_target(escalate_within=LONGEST),
        with_target(respond_within=LONGEST, acknowledge_within=None),
        replace(GUIDE, at_risk_percent=1),
        replace(GUIDE, at_risk_percent=99),
        replace(GUIDE, calendar=replace(OFFICE, opens_at=time(17, 59))),
        replace(GUIDE, calendar=replace(OFFICE, country="", weekdays=frozenset({6}))),
        replace(GUIDE, calendar=replace(OFFICE, days_on=frozenset({date(2026, 5, 2)}))),
    ],
)
def test_what_is_just_within_the_limits_may_be_stored(policy: SlaPolicy) -> None:
    assert problems(policy, now=NOW) == []


def test_each_problem_of_a_target_names_its_clock() -> None:
    bad = SlaTarget(respond_within=2 * MINUTE, acknowledge_within=MINUTE, escalate_within=timedelta())
    assert list(problems_of(bad)) == [
        (ClockKind.ESCALATE, PolicyProblem.TOO_SHORT),
        (ClockKind.RESPOND, PolicyProblem.RESPOND_AFTER_ACKNOWLEDGE),
    ]
    worse = SlaTarget(respond_within=2 * LONGEST, acknowledge_within=timedelta(), escalate_within=MINUTE)
    assert list(problems_of(worse)) == [
        (ClockKind.RESPOND, PolicyProblem.TOO_LONG),
        (ClockKind.ACKNOWLEDGE, PolicyProblem.TOO_SHORT),
        (ClockKind.RESPOND, PolicyProblem.RESPOND_AFTER_ACKNOWLEDGE),
    ]
    assert list(problems_of(SlaTarget(respond_within=MINUTE, acknowledge_within=None, escalate_within=MINUTE))) == []


def test_a_year_of_days_off_far_ahead_is_found_too() -> None:
    sundays_only = replace(OFFICE, country="", weekdays=frozenset({6}))
    first = date(2030, 1, 6)
    year_off = frozenset(first + timedelta(weeks=week) for week in range(54))
    assert problems(replace(GUIDE, calendar=replace(sundays_only, days_off=year_off)), now=NOW) == [
        PolicyProblem.NO_WORKING_DAY
    ]


def test_several_problems_are_told_in_order_and_once() -> None:
    bad = SlaTarget(respond_within=timedelta(), acknowledge_within=timedelta(), escalate_within=2 * LONGEST)
    policy = SlaPolicy(
        targets=dict.fromkeys(Severity, bad), at_risk_percent=0, calendar=replace(OFFICE, opens_at=time(20))
    )
    assert problems(policy, now=NOW) == [
        PolicyProblem.TOO_SHORT,
        PolicyProblem.TOO_LONG,
        PolicyProblem.AT_RISK,
        PolicyProblem.HOURS,
    ]
