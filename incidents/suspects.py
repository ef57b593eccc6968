"""Which changes to suspect when something breaks, and why. Pure: the changes, the incident's trigger and its service in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext, ngettext

from cluster.enums import ChangeKind
from cluster.rollouts import tag_of

#: How long before the trigger a change may lie: of the same service, of another one.
SAME_SERVICE_WITHIN = timedelta(hours=24)
OTHER_SERVICE_WITHIN = timedelta(hours=6)
MOST_SUSPECTS = 5

# What each reason is worth. A change of the service itself outweighs whatever another service did a minute ago.
_SAME_SERVICE, _ALL_SERVICES = 100.0, 40.0
_NEARNESS, _HALF_AFTER = 60.0, timedelta(minutes=30)
#: From when on an age is told in minutes (1) and in hours (2).
_LESS_THAN, _IN_HOURS = 1, 2
_UNDER_WAY, _IMAGE, _BACK, _SETTINGS = 50.0, 20.0, 15.0, 10.0


@dataclass(frozen=True)
class Changed:
    """What is asked of a change (`cluster.models.Change`). `key` tells it from others; `detail` is what a rollout changed."""

    key: int
    kind: str
    service: str
    deployment: str
    occurred_at: datetime
    ends_at: datetime | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """One part of why: a code, and what fills its words."""

    code: str
    data: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The part in the active language."""
        return _words(self.code, self.data)


@dataclass(frozen=True)
class Suspect:
    """A change, how much it is to be suspected, and why; the weightiest reason first."""

    change: Changed
    score: float
    reasons: tuple[Reason, ...]

    @property
    def is_strong(self) -> bool:
        """Whether it is worth naming before anything else was looked at."""
        return self.score >= _SAME_SERVICE


def rank(
    changes: Iterable[Changed], *, service: str, deployment: str, triggered_at: datetime, most: int = MOST_SUSPECTS
) -> list[Suspect]:
    """The changes to suspect of an incident of this service that triggered then; most suspect first."""
    found = [_judge(change, service, deployment, triggered_at) for change in changes]
    suspects = [suspect for suspect in found if suspect is not None]
    return sorted(suspects, key=lambda each: (-each.score, -each.change.occurred_at.timestamp()))[:most]


def _judge(change: Changed, service: str, deployment: str, triggered_at: datetime) -> Suspect | None:
    if change.occurred_at > triggered_at:
        return None
    # Maintenance is as near as its end: while it is under way, nothing is nearer.
    ends_at = change.ends_at if change.kind == ChangeKind.MAINTENANCE else None
    is_under_way = ends_at is not None and ends_at > triggered_at
    ago = timedelta(0) if is_under_way else triggered_at - (ends_at or change.occurred_at)
    is_same = change.service == service or bool(deployment and change.deployment == deployment)
    is_of_all = not change.service and not change.deployment
    if ago > (SAME_SERVICE_WITHIN if is_same else OTHER_SERVICE_WITHIN):
        return None
    weighed: list[tuple[float, Reason]] = []
    if is_same:
        weighed.append((_SAME_SERVICE, Reason("same_service", {})))
    elif is_of_all:
        weighed.append((_ALL_SERVICES, Reason("all_services", {})))
    else:
        weighed.append((0.0, Reason("other_service", {"service": change.service or change.deployment})))
    if is_under_way:
        weighed.append((_NEARNESS + _UNDER_WAY, Reason("under_way", {})))
    else:
        nearness = _NEARNESS * 0.5 ** (ago / _HALF_AFTER)
        code = "ended_before" if ends_at is not None else "before"
        weighed.append((nearness, Reason(code, {"minutes": int(ago.total_seconds() // 60)})))
    weighed += _what_changed(change.detail)
    return Suspect(
        change=change,
        score=sum(score for score, _reason in weighed),
        reasons=tuple(reason for _score, reason in weighed),
    )


def _what_changed(detail: Mapping[str, Any]) -> list[tuple[float, Reason]]:
    """What a rollout's difference says (`cluster.rollouts.RolloutDiff`)."""
    found: list[tuple[float, Reason]] = []
    for before, after in list(detail.get("images", {}).values())[:1]:
        found.append((_IMAGE, Reason("image", {"from": tag_of(before) or "–", "to": tag_of(after) or "–"})))
    if detail.get("back_to"):
        found.append((_BACK, Reason("back", {"revision": detail["back_to"]})))
    names = sorted(
        {name for key in ("env_added", "env_removed") for each in detail.get(key, {}).values() for name in each}
    )
    if names:
        found.append((_SETTINGS, Reason("env", {"names": ", ".join(names[:3]) + (" …" if len(names) > 3 else "")})))
    if detail.get("resources"):
        found.append((_SETTINGS, Reason("resources", {})))
    return found


def _words(code: str, data: Mapping[str, Any]) -> str:
    if code in ("before", "ended_before"):
        return _ago(int(data["minutes"]), is_end=code == "ended_before")
    sentences = {
        "same_service": gettext("same service"),
        "all_services": gettext("concerns all services"),
        "other_service": gettext("another service: %(service)s"),
        "under_way": gettext("maintenance under way"),
        "image": gettext("image changed %(from)s → %(to)s"),
        "back": gettext("back to revision %(revision)s"),
        "env": gettext("environment changed: %(names)s"),
        "resources": gettext("resources changed"),
    }
    return sentences[code] % data


def _ago(minutes: int, *, is_end: bool) -> str:
    if minutes < _LESS_THAN:
        soon, later = (
            gettext("less than a minute before the trigger"),
            gettext("ended less than a minute before the trigger"),
        )
        return later if is_end else soon
    hours = minutes // 60
    if hours < _IN_HOURS:
        before = ngettext("%d minute before the trigger", "%d minutes before the trigger", minutes)
        ended = ngettext("ended %d minute before the trigger", "ended %d minutes before the trigger", minutes)
        return (ended if is_end else before) % minutes
    before = ngettext("%d hour before the trigger", "%d hours before the trigger", hours)
    ended = ngettext("ended %d hour before the trigger", "ended %d hours before the trigger", hours)
    return (ended if is_end else before) % hours
