"""Whether a promise can be kept at all: when each person of an escalation policy is rung, against how soon somebody must act. Pure.

Assumed: whoever is rung acts at once, and nobody acts before. What fails so fails always.
PagerDuty calls a level once those before it have had their time, ends the notifications of the level before, and escalates pages
of low urgency never.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import pgettext_lazy

from shifts.preflight.paging import HIGH, LOW, NOISY, Paging

MINUTE = timedelta(minutes=1)


class Feasible(StrEnum):
    """From the best to the worst. TIGHT: 80 % of the time is over before anybody is rung. UNKNOWN: it cannot be told."""

    YES = "yes"
    TIGHT = "tight"
    UNKNOWN = "unknown"
    NO = "no"

    @property
    def label(self) -> Any:
        return {
            Feasible.YES: pgettext_lazy("a promise", "possible"),
            Feasible.TIGHT: pgettext_lazy("a promise", "tight"),
            Feasible.UNKNOWN: pgettext_lazy("a promise", "not known"),
            Feasible.NO: pgettext_lazy("a promise", "impossible"),
        }[self]


class Act(StrEnum):
    """What is promised: somebody's first act, their acknowledgement, the next level's call."""

    RESPOND = "respond"
    ACKNOWLEDGE = "acknowledge"
    ESCALATE = "escalate"


@dataclass(frozen=True)
class Promise:
    """One target of one severity; `within` is None for the end of the next business day. `urgencies` are those its pages have."""

    severity: str
    act: Act
    within: timedelta | None
    urgencies: tuple[str, ...] = (HIGH,)


@dataclass(frozen=True)
class Member:
    """Somebody of a level. `noise` is how long after they are called they are first rung, by urgency; None for never.

    Where `is_seen` is false it is all whom a schedule calls that the portal could not read; nothing of them is known either.
    """

    person: str
    noise: Mapping[str, timedelta | None] = field(default_factory=dict)
    is_known: bool = True
    html_url: str = ""
    is_seen: bool = True


@dataclass(frozen=True)
class Level:
    """The people whom a level may call, and how long it has before the next is called."""

    delay: timedelta
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Policy:
    """An escalation policy, its levels from the first on."""

    name: str
    levels: tuple[Level, ...]
    html_url: str = ""


class Trouble(StrEnum):
    """Why nothing ever rings, or nobody knows when."""

    UNKNOWN = "unknown"
    SILENT = "silent"
    OVERTAKEN = "overtaken"
    NOT_ESCALATED = "not_escalated"


@dataclass(frozen=True)
class Call:
    """When one person of one level is called and then rung, from the trigger on, for pages of one urgency."""

    level: int
    member: Member
    urgency: str
    called: timedelta | None
    rung: timedelta | None = None
    trouble: Trouble | None = None


@dataclass(frozen=True)
class Judgement:
    """`left` is what is left of the time for acting, where there is any and it is known."""

    verdict: Feasible
    left: timedelta | None = None


def first_noise(paging: Paging, urgency: str) -> timedelta | None:
    """How long after the call the first rule for this urgency makes a noise; None where none does.

    For low urgency, which is to wake nobody, mail counts as well.
    """
    usable = [method for method in paging.methods if method.is_usable]
    counted = {method.id for method in usable if urgency == LOW or method.kind in NOISY}
    delays = [rule.delay_minutes for rule in paging.rules if rule.urgency == urgency and rule.method_id in counted]
    return min(delays) * MINUTE if delays else None


def calls(policy: Policy, urgency: str) -> Iterator[Call]:
    """Everybody's call, by level."""
    called = timedelta()
    for number, level in enumerate(policy.levels, start=1):
        is_called = number == 1 or urgency == HIGH
        is_followed = number < len(policy.levels) and urgency == HIGH
        for member in level.members:
            noise = member.noise.get(urgency)
            if not is_called:
                yield Call(number, member, urgency, None, trouble=Trouble.NOT_ESCALATED)
            elif not member.is_known:
                yield Call(number, member, urgency, called, trouble=Trouble.UNKNOWN)
            elif noise is None:
                yield Call(number, member, urgency, called, trouble=Trouble.SILENT)
            elif is_followed and noise >= level.delay:
                yield Call(number, member, urgency, called, trouble=Trouble.OVERTAKEN)
            else:
                yield Call(number, member, urgency, called, called + noise)
        called += level.delay


def judge_call(call: Call, within: timedelta | None) -> Judgement:
    """Whether this person, once rung, can still keep the promise."""
    if call.trouble is Trouble.UNKNOWN and (within is None or (call.called is not None and call.called < within)):
        return Judgement(Feasible.UNKNOWN)
    return Judgement(Feasible.NO) if call.rung is None else in_time(call.rung, within)


def judge(policy: Policy, promise: Promise) -> Judgement:
    """The worst that the first level's people, any of whom may be on call, or the way to the second make of a promise."""
    if promise.act is Act.ESCALATE:
        return _judge_escalation(policy, promise)
    judged = [
        judge_call(call, promise.within)
        for urgency in promise.urgencies
        for call in calls(policy, urgency)
        if call.level == 1
    ]
    return _worst(judged) if judged else Judgement(Feasible.NO)


def _judge_escalation(policy: Policy, promise: Promise) -> Judgement:
    if len(policy.levels) < 2:
        return Judgement(Feasible.NO)
    if promise.within is None:
        return Judgement(Feasible.YES)
    # At the deadline the portal escalates as well, so that nothing is impossible here while there is a level to call.
    judged = [Judgement(Feasible.TIGHT)] if LOW in promise.urgencies else []
    if HIGH in promise.urgencies:
        called = policy.levels[0].delay
        found = in_time(called, promise.within)
        left = promise.within - called if called <= promise.within else None
        judged.append(Judgement(min(found.verdict, Feasible.TIGHT, key=list(Feasible).index), left))
    return _worst(judged)


def in_time(after: timedelta, within: timedelta | None) -> Judgement:
    """Whether what happens so long after the trigger leaves time to act."""
    if within is None:
        return Judgement(Feasible.YES)
    if after >= within:
        return Judgement(Feasible.NO)
    return Judgement(Feasible.TIGHT if 5 * after >= 4 * within else Feasible.YES, within - after)


def _worst(judged: Iterable[Judgement]) -> Judgement:
    """The worst verdict, with the least that is left."""
    all_judged = list(judged)
    left = [each.left for each in all_judged if each.left is not None]
    verdict = max((each.verdict for each in all_judged), key=list(Feasible).index)
    return Judgement(verdict, min(left) if len(left) == len(all_judged) else None)
