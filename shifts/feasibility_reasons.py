"""The settings that stand against a promise, as sentences: what each is, and what it would have to be. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shifts.feasibility import MINUTE, Act, Call, Feasible, Level, Policy, Promise, Trouble, calls, in_time
from shifts.preflight.paging import HIGH, LOW


@dataclass(frozen=True)
class Reason:
    """A setting that stands against a promise, and what it would have to be. `level` 1 decides; the others stand in for it."""

    code: str
    level: int
    html_url: str
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return str(REASONS[self.code]) % self.data


ACTS: Mapping[Act, Any] = {
    Act.RESPOND: pgettext_lazy("a promise: P0 respond (5 min)", "respond"),
    Act.ACKNOWLEDGE: pgettext_lazy("a promise: P0 acknowledge (15 min)", "acknowledge"),
    Act.ESCALATE: pgettext_lazy("a promise: P0 escalate (30 min)", "escalate"),
}
URGENCIES: Mapping[str, Any] = {HIGH: _("high urgency"), LOW: _("low urgency")}
REASONS: Mapping[str, Any] = {
    "nobody": _("“%(policy)s” names nobody on level %(level)s: add a person, or a schedule with somebody on it."),
    "late": _(
        "%(who)s: the first rule for %(urgency)s that rings waits %(waits)s min, too long for %(promises)s. "
        "Make it at most %(most)s min."
    ),
    "level_late": _(
        "Level %(level)s of “%(policy)s” is called %(called)s min after the trigger, too late to stand in for %(promises)s. "
        "Give the levels before it at most %(most)s min together."
    ),
    "overtaken": _(
        "%(who)s: the first rule for %(urgency)s that rings waits %(waits)s min, but “%(policy)s” calls the next level "
        "%(delay)s min after level %(level)s, so that it never rings. Make it at most %(most)s min."
    ),
    "overtaken_always": _(
        "“%(policy)s” gives level %(level)s no time at all before the next is called: give it at least 1 min."
    ),
    "silent": _("%(who)s: no rule for high urgency ever makes a noise. Add one with a phone, SMS or push."),
    "silent_low": _("%(who)s: no rule for low urgency tells them of anything. Add one."),
    "unknown": _("%(who)s: how they are reached is not known; PagerDuty was not asked, or did not answer."),
    "unseen": _(
        "Level %(level)s of “%(policy)s” calls a schedule that the portal could not read, so that nobody here knows who is rung. "
        "Let the portal's API key read it."
    ),
    "no_next_level": _("“%(policy)s” has no second level, so that there is nobody to escalate to: add one."),
    "next_level_late": _(
        "“%(policy)s” gives level 1 %(called)s min, too long for %(promises)s: PagerDuty alone is late or hardly in time, and "
        "only what the portal does at the deadline keeps it. Make it at most %(most)s min."
    ),
    "not_escalated": _(
        "PagerDuty never escalates pages of low urgency, as some of %(promises)s are: only what the portal does at the deadline "
        "keeps it. Have their services page at high urgency."
    ),
}


def reasons(policy: Policy, promises: Sequence[Promise]) -> list[Reason]:
    """Every setting that keeps a promise from being kept, or hardly lets it: once each, with what it would have to be."""
    found: list[Reason] = []
    acts = [each for each in promises if each.act is not Act.ESCALATE]
    for number, level in enumerate(policy.levels or (Level(timedelta(), ()),), start=1):
        if not level.members:
            found.append(Reason("nobody", number, policy.html_url, {"policy": policy.name, "level": number}))
    for urgency in (HIGH, LOW):
        concerned = [each for each in acts if urgency in each.urgencies]
        for call in calls(policy, urgency) if concerned else ():
            found += _reasons_of_call(policy, call, concerned)
    found += _reasons_of_escalation(policy, [each for each in promises if each.act is Act.ESCALATE])
    # Two people of a level may have the same to say of it, and one of two levels of both: the first level's counts.
    unique: dict[str, Reason] = {}
    for reason in sorted(found, key=lambda each: each.level):
        unique.setdefault(reason.text, reason)
    return list(unique.values())


def _reasons_of_call(policy: Policy, call: Call, promises: Sequence[Promise]) -> Iterator[Reason]:
    told: dict[str, Any] = {"policy": policy.name, "level": call.level, "who": call.member.person}
    told |= {"urgency": URGENCIES[call.urgency], "waits": _minutes(call.member.noise.get(call.urgency))}
    if call.called is None:
        return
    # Where even a rule that rings at once would be too late, the level is what is to be changed.
    beyond = [each for each in promises if in_time(call.called, each.within).verdict is not Feasible.YES]
    within_reach = [each for each in promises if each not in beyond]
    if beyond:
        places = {"policy": policy.name, "level": call.level, "called": _minutes(call.called), **_told(beyond)}
        yield Reason("level_late", call.level, policy.html_url, places)
    if call.trouble is Trouble.OVERTAKEN:
        delay = _minutes(policy.levels[call.level - 1].delay)
        code, url = ("overtaken", call.member.html_url) if delay else ("overtaken_always", policy.html_url)
        most = min([delay - 1, *(_most(each) - _minutes(call.called) for each in within_reach)])
        yield Reason(code, call.level, url, told | {"delay": delay, "most": most})
    elif not call.member.is_seen:
        # Of the key, which PagerDuty shows on no page that could be named here.
        yield Reason("unseen", call.level, "", told)
    elif call.trouble is not None:
        is_low = call.trouble is Trouble.SILENT and call.urgency == LOW
        yield Reason("silent_low" if is_low else call.trouble.value, call.level, call.member.html_url, told)
    elif call.rung is not None:
        late = [each for each in within_reach if in_time(call.rung, each.within).verdict is not Feasible.YES]
        if late:
            most = min(_most(each) for each in late) - _minutes(call.called)
            yield Reason("late", call.level, call.member.html_url, {**told, **_told(late), "most": most})


def _reasons_of_escalation(policy: Policy, promises: Sequence[Promise]) -> Iterator[Reason]:
    if promises and len(policy.levels) < 2:
        yield Reason("no_next_level", 1, policy.html_url, {"policy": policy.name})
        return
    called = policy.levels[0].delay if policy.levels else timedelta()
    is_late = [
        each for each in promises if HIGH in each.urgencies and in_time(called, each.within).verdict is not Feasible.YES
    ]
    if is_late:
        places = {"policy": policy.name, "called": _minutes(called), **_told(is_late)}
        yield Reason("next_level_late", 1, policy.html_url, places)
    low = [each for each in promises if LOW in each.urgencies and each.within is not None]
    if low:
        # A setting of services, which are not known here.
        yield Reason("not_escalated", 1, "", _told(low))


def _text(promise: Promise) -> str:
    return f"{promise.severity} {ACTS[promise.act]} ({_minutes(promise.within)} min)"


def _told(promises: Sequence[Promise]) -> dict[str, Any]:
    return {"promises": ", ".join(_text(each) for each in promises), "most": min(_most(each) for each in promises)}


def _most(promise: Promise) -> int:
    """The longest wait in whole minutes that is not even tight; more than any other where nothing is to be waited for."""
    if promise.within is None:
        return 10**6
    return (4 * promise.within - timedelta.resolution) // (5 * MINUTE)


def _minutes(length: timedelta | None) -> int:
    return length // MINUTE if length is not None else 0
