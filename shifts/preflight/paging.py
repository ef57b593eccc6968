"""Whether PagerDuty would wake this person: a judgement of their contact methods and notification rules. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta

from shifts.enums import CheckVerdict
from shifts.preflight.rules import Finding

#: The kinds of contact method that make a noise at three in the morning.
NOISY = frozenset({"phone", "sms", "push"})
HIGH, LOW = "high", "low"


@dataclass(frozen=True)
class Method:
    """A contact method, without its number or address."""

    id: str
    kind: str
    label: str
    is_enabled: bool = True
    is_blacklisted: bool = False

    @property
    def is_usable(self) -> bool:
        return self.is_enabled and not self.is_blacklisted


@dataclass(frozen=True)
class Rule:
    """«For `urgency`, `delay_minutes` after the assignment, tell this contact method.»"""

    urgency: str
    delay_minutes: int
    method_id: str


@dataclass(frozen=True)
class Paging:
    """How PagerDuty reaches one person."""

    methods: tuple[Method, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Limits:
    """What a first page must not be later than. None where it is not known: no policy names the schedule, no SLA is set."""

    escalation_minutes: int | None = None
    policy_name: str = ""
    respond_within: timedelta | None = None


def judge(paging: Paging, limits: Limits) -> list[Finding]:
    """Everything that can be said, what fails first."""
    by_id = {method.id: method for method in paging.methods}
    meant = [rule for rule in paging.rules if rule.method_id in by_id]
    working = [rule for rule in meant if by_id[rule.method_id].is_usable]
    found = [
        *_methods(paging.methods, used={rule.method_id for rule in meant}),
        *_high(working, by_id, limits),
        *_low(working),
    ]
    return sorted(found, key=lambda finding: finding.verdict is not CheckVerdict.FAILED)


def _methods(methods: Sequence[Method], *, used: AbstractSet[str]) -> Iterator[Finding]:
    # One that no rule uses keeps nobody from being told.
    for method in (method for method in methods if method.id in used):
        if method.is_blacklisted:
            yield _failed("method_blacklisted", method=method.label, kind=method.kind)
        elif not method.is_enabled:
            yield _failed("method_disabled", method=method.label, kind=method.kind)
    noisy = [method for method in methods if method.is_usable and method.kind in NOISY]
    if not noisy:
        yield _failed("nothing_makes_noise")
    for method in noisy:
        yield _passed("method_works", method=method.label, kind=method.kind)


def _high(rules: Iterable[Rule], by_id: dict[str, Method], limits: Limits) -> Iterator[Finding]:
    high = [rule for rule in rules if rule.urgency == HIGH]
    if not high:
        yield _failed("no_high_rule")
        return
    noisy = sorted(rule.delay_minutes for rule in high if by_id[rule.method_id].kind in NOISY)
    if not noisy:
        yield _failed("high_is_silent")
        return
    first = noisy[0]
    is_late = False
    if limits.escalation_minutes is not None and first >= limits.escalation_minutes:
        is_late = True
        yield _failed(
            "first_after_escalation", minutes=first, limit=limits.escalation_minutes, policy=limits.policy_name
        )
    if limits.respond_within is not None and timedelta(minutes=first) >= limits.respond_within:
        is_late = True
        yield _failed("first_after_respond", minutes=first, limit=int(limits.respond_within / timedelta(minutes=1)))
    if not is_late:
        yield _passed("high_in_time", minutes=first) if first else _passed("high_at_once")


def _low(rules: Iterable[Rule]) -> Iterator[Finding]:
    if any(rule.urgency == LOW for rule in rules):
        yield _passed("low_rule")
    else:
        yield _failed("no_low_rule")


def _failed(code: str, **data: str | int) -> Finding:
    return Finding(CheckVerdict.FAILED, code, data)


def _passed(code: str, **data: str | int) -> Finding:
    return Finding(CheckVerdict.PASSED, code, data)
