"""What makes an item of a preflight ready, and for how long.

Where there can be proof, proof decides: for PagerDuty what its settings say; for VPN, kubectl and AWS what the laptop that the
person will work on can do. A person's word stands in where nothing was proven, and never against a proof that failed. What the
portal's own server reaches counts against somebody only while nothing is known of their laptop: it proves nothing for them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shifts.enums import CheckSide, CheckVerdict, ItemState, PreflightItem

#: How long what was seen proves something.
STALE_AFTER: Mapping[PreflightItem, timedelta] = {
    PreflightItem.PAGERDUTY: timedelta(hours=24),
    PreflightItem.VPN: timedelta(hours=12),
    PreflightItem.KUBECTL: timedelta(hours=12),
    PreflightItem.AWS: timedelta(hours=12),
    PreflightItem.CONTACTS: timedelta(days=30),
}
#: Who proves an item; the other two are read and ticked, and nothing but that proves them.
PROVEN_BY: Mapping[PreflightItem, CheckSide] = {
    PreflightItem.PAGERDUTY: CheckSide.SERVER,
    PreflightItem.VPN: CheckSide.LAPTOP,
    PreflightItem.KUBECTL: CheckSide.LAPTOP,
    PreflightItem.AWS: CheckSide.LAPTOP,
}
#: A preflight is opened so long before its shift.
OPENED_BEFORE = timedelta(hours=24)
#: The server looks again so often until the shift begins.
RUN_EVERY = timedelta(hours=6)
#: Who is not ready so long before the shift is told, and their managers.
WARNED_BEFORE = timedelta(hours=2)
#: Without an earlier shift, or where it was longer ago, changes are read from so long before the shift on.
CHANGES_SINCE = timedelta(days=14)


@dataclass(frozen=True)
class Finding:
    """One thing that was seen; `code` names its sentence in `words`, `data` fills it."""

    verdict: CheckVerdict
    code: str
    data: Mapping[str, str | int] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {"verdict": self.verdict.value, "code": self.code, "data": dict(self.data)}


@dataclass(frozen=True)
class Look:
    """One look at an item, as far as it decides."""

    side: CheckSide
    verdict: CheckVerdict
    checked_at: datetime
    stale_at: datetime

    def is_fresh(self, at: datetime) -> bool:
        return self.stale_at > at


def verdict_of(findings: Iterable[Finding]) -> CheckVerdict:
    """The verdict of everything that was seen: one failure fails it, and what shows nothing passes nothing."""
    verdicts = {finding.verdict for finding in findings}
    if CheckVerdict.FAILED in verdicts:
        return CheckVerdict.FAILED
    return CheckVerdict.PASSED if verdicts == {CheckVerdict.PASSED} else CheckVerdict.UNKNOWN


def state_of(item: PreflightItem, looks: Iterable[Look], at: datetime) -> ItemState:
    """How an item of PROVEN_BY stands at `at`."""
    newest = {look.side: look for look in sorted(looks, key=lambda look: look.checked_at)}
    proof, word = newest.get(PROVEN_BY[item]), newest.get(CheckSide.PERSON)
    if proof is not None and proof.verdict is CheckVerdict.FAILED:
        return ItemState.NOT_READY
    positive = [look for look in (proof, word) if look is not None and look.verdict is CheckVerdict.PASSED]
    if any(look.is_fresh(at) for look in positive):
        return ItemState.READY
    server = newest.get(CheckSide.SERVER)
    if server is not None and server.verdict is CheckVerdict.FAILED and server.is_fresh(at):
        return ItemState.NOT_READY
    return ItemState.STALE if positive else ItemState.UNCHECKED


def state_of_changes(*, has_unread: bool, has_read: bool) -> ItemState:
    """Every change is to be read; one that came after the others were makes them out of date."""
    if not has_unread:
        return ItemState.READY
    return ItemState.STALE if has_read else ItemState.UNCHECKED


def state_of_contacts(confirmed: Iterable[datetime | None], word: Look | None, at: datetime) -> ItemState:
    """`confirmed` says for each contact when it last was. Without any, the person says that they know whom to call."""
    instants = list(confirmed)
    if not instants:
        if word is None or word.verdict is not CheckVerdict.PASSED:
            return ItemState.UNCHECKED
        return ItemState.READY if word.is_fresh(at) else ItemState.STALE
    if None in instants:
        return ItemState.UNCHECKED
    patience = STALE_AFTER[PreflightItem.CONTACTS]
    is_fresh = all(instant is not None and at - instant < patience for instant in instants)
    return ItemState.READY if is_fresh else ItemState.STALE


def state_of_all(states: Iterable[ItemState]) -> ItemState:
    """The worst of the six."""
    worst_first = (ItemState.NOT_READY, ItemState.STALE, ItemState.UNCHECKED)
    found = set(states)
    return next((state for state in worst_first if state in found), ItemState.READY)
