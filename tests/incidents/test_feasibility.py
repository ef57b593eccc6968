"""Whether the promise can be kept: against a plain simulation, and the page that names the setting."""

from datetime import timedelta
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import Person
from accounts.services.note_people import person_of
from shifts.feasibility import Feasible, Policy, Ring, Target, first_noise, judge_policy
from shifts.models import EscalationTarget, PagingSetup
from shifts.preflight.paging import Method, Paging, Rule
from tests.cast import Cast, browser_of, cast

__all__ = ["cast"]

MINUTE = timedelta(minutes=1)
P0 = Target(5 * MINUTE, 15 * MINUTE, 30 * MINUTE)
ORDER = [Feasible.YES, Feasible.TIGHT, Feasible.NO]


def policy(*delays: int | None, levels: int = 2) -> Policy:
    rings = [
        Ring(f"p{number}", 1, timedelta(), None if delay is None else delay * MINUTE)
        for number, delay in enumerate(delays)
    ]
    return Policy("primary", rings, levels)


@pytest.mark.parametrize(
    ("delays", "respond", "acknowledge"),
    [
        ((0,), "yes", "yes"),
        ((4,), "tight", "yes"),
        ((5,), "no", "yes"),
        ((12,), "no", "tight"),
        ((20,), "no", "no"),
        ((0, 20), "no", "no"),
        ((None,), "no", "no"),
        ((), "no", "no"),
    ],
)
def test_the_first_level(delays: tuple[int | None, ...], respond: str, acknowledge: str) -> None:
    first, second, _escalate = judge_policy(policy(*delays), P0)
    assert (first.verdict, second.verdict) == (respond, acknowledge)


def test_it_names_the_setting() -> None:
    respond, _acknowledge, escalate = judge_policy(policy(20, levels=1), P0)
    assert [reason.text for reason in (*respond.reasons, *escalate.reasons)] == [
        "p0 is rung 20 min after the trigger: the first rule for high urgency that makes a noise must be at most 3 min, so that "
        "5 min can be kept.",
        "“primary” has no second level, so that there is nobody to escalate to: add one.",
    ]
    kept, _acknowledge, _escalate = judge_policy(policy(3), P0)
    assert kept.verdict is Feasible.YES, "what the sentence proposes is enough"


def test_only_what_makes_a_noise_counts() -> None:
    methods = (
        Method("mail", "email", "Mail"),
        Method("blocked", "phone", "Old", is_blacklisted=True),
        Method("off", "push", "Tablet", is_enabled=False),
        Method("phone", "phone", "Mobile"),
    )
    rules = [Rule("high", 0, "mail"), Rule("high", 0, "blocked"), Rule("high", 0, "off"), Rule("low", 0, "phone")]
    assert first_noise(Paging(methods, tuple(rules))) is None
    assert first_noise(Paging(methods, (*rules, Rule("high", 7, "phone")))) == 7 * MINUTE


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 200)), min_size=1, max_size=4),
    st.integers(1, 120),
    st.integers(0, 60),
    st.integers(0, 3),
)
def test_waiting_longer_never_helps(delays: list[int | None], limit: int, more: int, which: int) -> None:
    target = Target(limit * MINUTE, None, 30 * MINUTE)
    slower = list(delays)
    place = which % len(delays)
    value = slower[place]
    slower[place] = None if value is None else value + more
    before, after = judge_policy(policy(*delays), target)[0], judge_policy(policy(*slower), target)[0]
    assert ORDER.index(after.verdict) >= ORDER.index(before.verdict)
    # Minute by minute: somebody is rung before the deadline, or is not.
    is_missed = any(delay is None or not any(minute == delay for minute in range(limit)) for delay in delays)
    assert (before.verdict is Feasible.NO) == is_missed


def reached(person: Person, *rules: tuple[str, int]) -> None:
    PagingSetup.objects.create(
        person=person,
        contact_methods=[{"id": "M", "kind": "phone", "label": "Mobile", "is_enabled": True, "is_blacklisted": False}],
        rules=[{"urgency": each, "delay_minutes": delay, "contact_method_id": "M"} for each, delay in rules],
        read_at=database_now(),
    )


@pytest.mark.django_db
def test_the_page(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    slow, quick, unknown = (person_of(each) for each in (cast.responder, cast.teammate, cast.manager))
    reached(slow, ("high", 20))
    reached(quick, ("high", 0))
    for level, person, delay in ((1, slow, 10), (2, quick, 45), (3, unknown, 30)):
        EscalationTarget.objects.create(
            policy_id="P", policy_name="chatops", level=level, delay_minutes=delay, person=person
        )
    browser = browser_of(cast.viewer)
    browser.get("/guide/feasibility/")
    with django_assert_num_queries(8):
        page = unescape(browser.get("/guide/feasibility/").content.decode())
    assert "is rung 20 min after the trigger" in page
    assert "must be at most 3 min, so that 5 min can be kept." in page
    assert "cannot be kept" in page
    assert "not known" in page


@pytest.mark.django_db
def test_nothing_known(cast: Cast) -> None:
    assert "No escalation policy is known yet" in browser_of(cast.viewer).get("/guide/feasibility/").content.decode()
