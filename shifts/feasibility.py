"""Whether a promise can be kept at all: when each level of an escalation policy is rung, against how soon somebody must act. Pure.

Assumed: a page is of high urgency; a level is rung once the levels before it have had their time; whoever is rung acts at once.
What fails under these fails always.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from shifts.preflight.paging import HIGH, NOISY, Paging

#: So much of a target used before anybody is rung leaves too little to act in.
TIGHT = 0.8


class Feasible(StrEnum):
    YES = "yes"
    TIGHT = "tight"
    NO = "no"

    @property
    def label(self) -> Any:
        return {Feasible.YES: _("can be kept"), Feasible.TIGHT: _("hardly"), Feasible.NO: _("cannot be kept")}[self]


@dataclass(frozen=True)
class Ring:
    """One person of one level. `after` is when something makes a noise, from the trigger on; None where nothing ever does, or
    where nobody knows (`is_known` False)."""

    person: str
    level: int
    level_after: timedelta
    after: timedelta | None
    is_known: bool = True
    html_url: str = ""


@dataclass(frozen=True)
class Policy:
    """An escalation policy: its levels' people, and how long each level has before the next is rung."""

    name: str
    rings: Sequence[Ring]
    levels: int


@dataclass(frozen=True)
class Target:
    """How soon somebody must respond and acknowledge (None: by the next business day), and when the next level is called."""

    respond_within: timedelta
    acknowledge_within: timedelta | None
    escalate_within: timedelta


@dataclass(frozen=True)
class Reason:
    """A setting that stands against the promise, and what it would have to be. `data` fills its sentence."""

    code: str
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return str(REASONS[self.code]) % self.data


REASONS: Mapping[str, Any] = {
    "nobody": _("“%(policy)s” names nobody on its first level: add a person, or a schedule with somebody on it."),
    "late": _(
        "%(who)s is rung %(after)s min after the trigger: the first rule for high urgency that makes a noise must be at most "
        "%(most)s min, so that %(limit)s min can be kept."
    ),
    "silent": _("Nothing ever makes a noise for %(who)s: add a rule for high urgency with a phone, SMS or push."),
    "unknown": _("How %(who)s is reached is not known yet; PagerDuty has not been asked, or did not answer."),
    "no_next_level": _("“%(policy)s” has no second level, so that there is nobody to escalate to: add one."),
    "next_level_late": _(
        "Level 2 of “%(policy)s” is rung only %(after)s min after the trigger, and the escalation is due after %(limit)s min: "
        "give level 1 at most %(limit)s min."
    ),
}


@dataclass(frozen=True)
class Judgement:
    """Of one clock under one policy: the worst that the first level's people make of it."""

    verdict: Feasible
    reasons: tuple[Reason, ...] = ()


def first_noise(paging: Paging) -> timedelta | None:
    """After how long the first rule for high urgency makes a noise; None where none does."""
    noisy = {method.id for method in paging.methods if method.is_usable and method.kind in NOISY}
    delays = [rule.delay_minutes for rule in paging.rules if rule.urgency == HIGH and rule.method_id in noisy]
    return timedelta(minutes=min(delays)) if delays else None


def judge_policy(policy: Policy, target: Target) -> tuple[Judgement, Judgement, Judgement]:
    """Respond, acknowledge, escalate."""
    return (
        _act_within(policy, target.respond_within),
        _act_within(policy, target.acknowledge_within),
        _escalate_within(policy, target.escalate_within),
    )


def _act_within(policy: Policy, within: timedelta | None) -> Judgement:
    first = [ring for ring in policy.rings if ring.level == 1]
    if not first:
        return Judgement(Feasible.NO, (Reason("nobody", {"policy": policy.name}),))
    judged = [_judge_ring(ring, within) for ring in first]
    return Judgement(_worst(verdict for verdict, _reason in judged), tuple(reason for _v, reason in judged if reason))


def _judge_ring(ring: Ring, within: timedelta | None) -> tuple[Feasible, Reason | None]:
    if not ring.is_known:
        return Feasible.TIGHT, Reason("unknown", {"who": ring.person})
    if ring.after is None:
        return Feasible.NO, Reason("silent", {"who": ring.person})
    if within is None or ring.after < within * TIGHT:
        return Feasible.YES, None
    most = max(int((within * TIGHT - ring.level_after) / timedelta(minutes=1)) - 1, 0)
    told = {"who": ring.person, "after": _minutes(ring.after), "limit": _minutes(within), "most": most}
    return (Feasible.NO if ring.after >= within else Feasible.TIGHT), Reason("late", told)


def _escalate_within(policy: Policy, within: timedelta) -> Judgement:
    if policy.levels < 2:
        return Judgement(Feasible.NO, (Reason("no_next_level", {"policy": policy.name}),))
    second = [ring.level_after for ring in policy.rings if ring.level == 2]
    if second and min(second) > within:
        told = {"policy": policy.name, "after": _minutes(min(second)), "limit": _minutes(within)}
        return Judgement(Feasible.TIGHT, (Reason("next_level_late", told),))
    return Judgement(Feasible.YES)


def _minutes(length: timedelta) -> int:
    return int(length / timedelta(minutes=1))


def _worst(verdicts: Iterable[Feasible]) -> Feasible:
    order = [Feasible.YES, Feasible.TIGHT, Feasible.NO]
    return max(verdicts, key=order.index)
