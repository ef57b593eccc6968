"""Whether a promise can be kept: against a plain simulation of PagerDuty, and what each proposal is worth."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shifts.feasibility import (
    Act,
    Call,
    Feasible,
    Judgement,
    Level,
    Member,
    Policy,
    Promise,
    Trouble,
    calls,
    first_noise,
    judge,
    judge_call,
)
from shifts.feasibility_reasons import Reason, reasons
from shifts.preflight.paging import HIGH, LOW, Method, Paging, Rule

MINUTE = timedelta(minutes=1)
ORDER = list(Feasible)
FOREVER = 400


def member(high: int | None = 0, low: int | None = 0, name: str = "Ada", *, is_known: bool = True) -> Member:
    noise = {urgency: None if delay is None else delay * MINUTE for urgency, delay in ((HIGH, high), (LOW, low))}
    return Member(name, noise if is_known else {}, is_known=is_known)


def policy(*levels: tuple[int, list[Member]]) -> Policy:
    return Policy("primary", tuple(Level(delay * MINUTE, tuple(members)) for delay, members in levels))


def promise(minutes: int | None, act: Act = Act.RESPOND, urgencies: tuple[str, ...] = (HIGH,)) -> Promise:
    return Promise("P0", act, None if minutes is None else minutes * MINUTE, urgencies)


def told(policy: Policy, *promises: Promise) -> list[str]:
    return [reason.text for reason in reasons(policy, promises)]


RESPOND, ACKNOWLEDGE, ESCALATE = promise(5), promise(15, Act.ACKNOWLEDGE), promise(30, Act.ESCALATE)
SECOND = (30, [member(name="Kenji")])


@pytest.mark.parametrize(
    ("first", "respond", "acknowledge"),
    [
        ([member(0)], Judgement(Feasible.YES, 5 * MINUTE), Judgement(Feasible.YES, 15 * MINUTE)),
        ([member(3)], Judgement(Feasible.YES, 2 * MINUTE), Judgement(Feasible.YES, 12 * MINUTE)),
        ([member(4)], Judgement(Feasible.TIGHT, MINUTE), Judgement(Feasible.YES, 11 * MINUTE)),
        ([member(5)], Judgement(Feasible.NO), Judgement(Feasible.YES, 10 * MINUTE)),
        ([member(12)], Judgement(Feasible.NO), Judgement(Feasible.TIGHT, 3 * MINUTE)),
        ([member(15)], Judgement(Feasible.NO), Judgement(Feasible.NO)),
        ([member(0), member(12)], Judgement(Feasible.NO), Judgement(Feasible.TIGHT, 3 * MINUTE)),
        ([member(None)], Judgement(Feasible.NO), Judgement(Feasible.NO)),
        ([member(is_known=False)], Judgement(Feasible.UNKNOWN), Judgement(Feasible.UNKNOWN)),
        ([member(is_known=False), member(5)], Judgement(Feasible.NO), Judgement(Feasible.UNKNOWN)),
        ([], Judgement(Feasible.NO), Judgement(Feasible.NO)),
    ],
)
def test_the_first_level(first: list[Member], respond: Judgement, acknowledge: Judgement) -> None:
    rung = policy((20, first), SECOND)
    assert (judge(rung, RESPOND), judge(rung, ACKNOWLEDGE)) == (respond, acknowledge)


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (10, Judgement(Feasible.YES, 20 * MINUTE)),
        (24, Judgement(Feasible.TIGHT, 6 * MINUTE)),
        (30, Judgement(Feasible.TIGHT, timedelta())),
        (31, Judgement(Feasible.TIGHT)),
    ],
)
def test_the_way_to_the_next_level(delay: int, expected: Judgement) -> None:
    assert judge(policy((delay, [member()]), SECOND), ESCALATE) == expected
    assert bool(told(policy((delay, [member()]), SECOND), ESCALATE)) == (expected.verdict is not Feasible.YES)


def test_nobody_to_escalate_to() -> None:
    alone = policy((10, [member()]))
    assert judge(alone, ESCALATE).verdict is Feasible.NO
    assert judge(alone, promise(None, Act.ESCALATE)).verdict is Feasible.NO
    assert told(alone, ESCALATE) == ["“primary” has no second level, so that there is nobody to escalate to: add one."]


def test_the_end_of_the_next_business_day_is_kept_by_whoever_is_rung_at_all() -> None:
    day = promise(None, Act.ACKNOWLEDGE)
    assert judge(policy((300, [member(200)]), SECOND), day) == Judgement(Feasible.YES)
    assert judge(policy((300, [member(None)]), SECOND), day).verdict is Feasible.NO
    assert told(policy((300, [member(200)]), SECOND), day) == []


def test_pages_of_low_urgency_follow_their_own_rules_and_are_never_escalated() -> None:
    rung = policy((20, [member(0, low=40)]), SECOND)
    low = promise(30, urgencies=(LOW,))
    assert judge(rung, low).verdict is Feasible.NO
    assert judge(rung, replace(low, urgencies=(HIGH, LOW))).verdict is Feasible.NO
    assert judge(rung, replace(low, urgencies=(HIGH,))).verdict is Feasible.YES
    assert judge(rung, promise(30, Act.ESCALATE, (LOW,))).verdict is Feasible.TIGHT
    assert [(call.level, call.rung) for call in calls(rung, LOW)] == [(1, 40 * MINUTE), (2, None)]
    assert told(rung, low, promise(30, Act.ESCALATE, (LOW,))) == [
        "Ada: the first rule for low urgency that rings waits 40 min, too long for P0 respond (30 min). Make it at most "
        "23 min.",
        "PagerDuty never escalates pages of low urgency, as some of P0 escalate (30 min) are: only what the portal does at the "
        "deadline keeps it. Have their services page at high urgency.",
    ]


def test_it_names_the_setting() -> None:
    rung = policy((25, [member(20), member(None, name="Grace"), member(is_known=False, name="Alan")]), SECOND)
    assert told(rung, RESPOND, ACKNOWLEDGE) == [
        "Ada: the first rule for high urgency that rings waits 20 min, too long for P0 respond (5 min), P0 acknowledge "
        "(15 min). Make it at most 3 min.",
        "Grace: no rule for high urgency ever makes a noise. Add one with a phone, SMS or push.",
        "Alan: how they are reached is not known; PagerDuty was not asked, or did not answer.",
        "Level 2 of “primary” is called 25 min after the trigger, too late to stand in for P0 respond (5 min), P0 acknowledge "
        "(15 min). Give the levels before it at most 3 min together.",
    ]


def test_a_rule_that_the_next_level_overtakes_never_rings() -> None:
    rung = policy((10, [member(10)]), (30, [member(200, name="Kenji")]))
    hour = promise(60)
    assert [call.trouble for call in calls(rung, HIGH)] == [Trouble.OVERTAKEN, None]
    assert judge(rung, hour).verdict is Feasible.NO
    assert told(rung, hour) == [
        "Ada: the first rule for high urgency that rings waits 10 min, but “primary” calls the next level 10 min after "
        "level 1, so that it never rings. Make it at most 9 min.",
        "Kenji: the first rule for high urgency that rings waits 200 min, too long for P0 respond (60 min). Make it at "
        "most 37 min.",
    ]


def test_a_level_without_people_or_without_time() -> None:
    assert told(policy((10, []), (0, [member()]), SECOND), promise(60)) == [
        "“primary” names nobody on level 1: add a person, or a schedule with somebody on it.",
        "“primary” gives level 2 no time at all before the next is called: give it at least 1 min.",
    ]


def test_only_what_makes_a_noise_counts() -> None:
    methods = (
        Method("mail", "email", "Mail"),
        Method("blocked", "phone", "Old", is_blacklisted=True),
        Method("off", "push", "Tablet", is_enabled=False),
        Method("phone", "phone", "Mobile"),
    )
    rules = [Rule("high", 0, "mail"), Rule("high", 0, "blocked"), Rule("high", 0, "off"), Rule("low", 0, "phone")]
    assert first_noise(Paging(methods, tuple(rules)), HIGH) is None
    assert first_noise(Paging(methods, tuple(rules)), LOW) == timedelta()
    assert first_noise(Paging(methods, (*rules, Rule("high", 7, "phone"))), HIGH) == 7 * MINUTE


def test_mail_counts_for_what_is_to_wake_nobody() -> None:
    mail = Paging((Method("mail", "email", "Mail"),), (Rule("high", 0, "mail"), Rule("low", 2, "mail")))
    assert (first_noise(mail, HIGH), first_noise(mail, LOW)) == (None, 2 * MINUTE)


delays = st.one_of(st.none(), st.integers(0, 60))
levels = st.tuples(st.integers(0, 60), st.lists(delays, max_size=3))
policies = st.lists(levels, min_size=1, max_size=4).map(
    lambda made: policy(*((delay, [member(noise, noise) for noise in noises]) for delay, noises in made))
)
promises = st.builds(
    promise,
    st.one_of(st.none(), st.integers(1, 120)),
    st.sampled_from(Act),
    st.sampled_from([(HIGH,), (LOW,), (HIGH, LOW)]),
)


def minute_by_minute(rung: Policy, urgency: str) -> list[tuple[int, int | None]]:
    """What PagerDuty does when nobody answers, a minute at a time: the level of each person and when it first rang."""
    first_rung: dict[tuple[int, int], int] = {}
    level, since = 0, 0
    for minute in range(FOREVER):
        while urgency == HIGH and level + 1 < len(rung.levels) and minute - since >= rung.levels[level].delay / MINUTE:
            since += int(rung.levels[level].delay / MINUTE)
            level += 1
        for place, each in enumerate(rung.levels[level].members):
            noise = each.noise[urgency]
            if noise is not None and minute - since == noise / MINUTE:
                first_rung.setdefault((level, place), minute)
    return [
        (level + 1, first_rung.get((level, place)))
        for level, each in enumerate(rung.levels)
        for place in range(len(each.members))
    ]


@given(policies, st.sampled_from([HIGH, LOW]))
def test_everybody_is_rung_when_a_simulation_rings_them(rung: Policy, urgency: str) -> None:
    found = [(call.level, None if call.rung is None else call.rung // MINUTE) for call in calls(rung, urgency)]
    assert found == minute_by_minute(rung, urgency)


@given(policies, promises)
def test_the_verdict_is_what_the_simulation_leaves(rung: Policy, made: Promise) -> None:
    if made.act is Act.ESCALATE:
        return
    rings = [when for each in made.urgencies for level, when in minute_by_minute(rung, each) if level == 1]
    within = FOREVER if made.within is None else made.within // MINUTE
    is_impossible = not rings or any(when is None or when >= within for when in rings)
    verdict = judge(rung, made).verdict
    assert (verdict is Feasible.NO) == is_impossible
    if not is_impossible and made.within is not None:
        assert (verdict is Feasible.TIGHT) == any(when is not None and when / within >= 0.8 for when in rings)


def with_rule(rung: Policy, level: int, place: int, change: Callable[[timedelta], timedelta]) -> Policy:
    """The same policy, one person's rules changed."""
    changed = list(rung.levels)
    members = list(changed[level].members)
    noise = {urgency: None if each is None else change(each) for urgency, each in members[place].noise.items()}
    members[place] = replace(members[place], noise=noise)
    changed[level] = replace(changed[level], members=tuple(members))
    return replace(rung, levels=tuple(changed))


@given(policies, promises, st.integers(0, 60), st.data())
def test_a_rule_that_waits_longer_never_helps(rung: Policy, made: Promise, more: int, data: st.DataObject) -> None:
    places = [(level, place) for level, each in enumerate(rung.levels) for place in range(len(each.members))]
    if not places:
        return
    level, place = data.draw(st.sampled_from(places))
    slower = with_rule(rung, level, place, lambda each: each + more * MINUTE)
    assert ORDER.index(judge(slower, made).verdict) >= ORDER.index(judge(rung, made).verdict)
    for before, after in zip(calls(rung, HIGH), calls(slower, HIGH), strict=True):
        assert ORDER.index(of(after, made)) >= ORDER.index(of(before, made))


def of(call: Call, made: Promise) -> Feasible:
    return judge_call(call, made.within).verdict


@given(policies, promises, st.integers(0, 60))
def test_a_level_that_takes_longer_never_helps_those_behind_it(rung: Policy, made: Promise, more: int) -> None:
    first, *others = rung.levels
    slower = replace(rung, levels=(replace(first, delay=first.delay + more * MINUTE), *others))
    for before, after in zip(calls(rung, HIGH), calls(slower, HIGH), strict=True):
        if before.level > 1:
            assert ORDER.index(of(after, made)) >= ORDER.index(of(before, made))
    escalation = replace(made, act=Act.ESCALATE)
    assert ORDER.index(judge(slower, escalation).verdict) >= ORDER.index(judge(rung, escalation).verdict)


@given(policies, promises)
def test_what_is_proposed_is_enough_and_no_less_would_do(rung: Policy, made: Promise) -> None:
    if made.act is Act.ESCALATE or made.urgencies != (HIGH,) or made.within is None:
        return
    found = reasons(rung, [made])
    if judge(rung, made).verdict is not Feasible.YES:
        assert any(reason.level == 1 for reason in found), "what stands against it is named"
    late = [reason for reason in found if reason.level == 1 and reason.code in ("late", "overtaken")]
    for reason in late:
        for call in (each for each in calls(rung, HIGH) if each.level == 1 and waits(each, reason)):
            assert of(at(rung, call, reason.data["most"]), made) is Feasible.YES
            assert of(at(rung, call, reason.data["most"] + 1), made) is not Feasible.YES


def waits(call: Call, reason: Reason) -> bool:
    noise = call.member.noise[HIGH]
    return noise is not None and noise // MINUTE == reason.data["waits"]


def at(rung: Policy, call: Call, minutes: int) -> Call:
    """The call of that person, their rule changed."""
    place = [each.member for each in calls(rung, HIGH) if each.level == call.level].index(call.member)
    changed = with_rule(rung, call.level - 1, place, lambda _noise: minutes * MINUTE)
    return [each for each in calls(changed, HIGH) if each.level == call.level][place]
