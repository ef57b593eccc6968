"""What a capture found, in one line of the active language. Pure: it is told from numbers, which the timeline keeps."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext, ngettext

from cluster.enums import EvidenceKind
from incidents.enums import CaptureCause, PartState

#: The first assessment is to be there within seconds; from here on it is told in minutes that it came late.
LATE_AFTER = timedelta(seconds=60)


def found_in_words(data: Mapping[str, Any]) -> str:
    """`captured 8 s after the trigger: 4 pods (1 not ready), 10 events, 37 error lines`, from an EVIDENCE entry's data."""
    parts: Mapping[str, Any] = data.get("parts", {})
    found = summary(parts)
    cause = data.get("cause", CaptureCause.TRIGGER)
    when = when_in_words(int(data.get("seconds", 0)), str(cause))
    return gettext("%(when)s: %(found)s") % {"when": when, "found": found} if found else when


def when_in_words(seconds: int, cause: str) -> str:
    """How long after the trigger a capture was made."""
    if cause == CaptureCause.MITIGATION:
        return gettext("captured after a mitigation")
    if seconds < LATE_AFTER.total_seconds():
        return ngettext("captured %d s after the trigger", "captured %d s after the trigger", seconds) % max(seconds, 0)
    minutes = seconds // 60
    if cause == CaptureCause.TRIGGER:
        return (
            ngettext(
                "captured late: %d minute after the trigger", "captured late: %d minutes after the trigger", minutes
            )
            % minutes
        )
    return ngettext("captured %d minute after the trigger", "captured %d minutes after the trigger", minutes) % minutes


def summary(parts: Mapping[str, Any]) -> str:
    """The parts' numbers: kind → {"state", "count", "warnings"}; what could not be read is named at the end."""
    said = [words for kind in EvidenceKind if (words := _part(kind, parts.get(kind)))]
    unread = [str(kind.label) for kind in EvidenceKind if parts.get(kind, {}).get("state") == PartState.FAILED]
    if unread:
        said.append(gettext("not readable: %(kinds)s") % {"kinds": ", ".join(unread)})
    return ", ".join(said)


def _part(kind: EvidenceKind, part: Mapping[str, Any] | None) -> str:
    if part is None or part.get("state") == PartState.FAILED:
        return ""
    count, warnings = int(part.get("count", 0)), int(part.get("warnings", 0))
    if kind is EvidenceKind.PODS:
        words = ngettext("%d pod", "%d pods", count) % count
        return words + (ngettext(" (%d not ready)", " (%d not ready)", warnings) % warnings if warnings else "")
    if kind is EvidenceKind.EVENTS:
        words = ngettext("%d event", "%d events", count) % count
        return words + (ngettext(" (%d warning)", " (%d warnings)", warnings) % warnings if warnings else "")
    if kind is EvidenceKind.LOGS:
        return ngettext("%d error line", "%d error lines", warnings) % warnings
    if kind is EvidenceKind.ROLLOUTS and warnings:
        return gettext("the rollout failed")
    if kind is EvidenceKind.RDS and count:
        words = ngettext("%d database", "%d databases", count) % count
        return words + (ngettext(" (%d to look at)", " (%d to look at)", warnings) % warnings if warnings else "")
    return ""


def kinds_in_words(kinds: list[str]) -> str:
    """What a person asked to look at; all of it where nothing is named."""
    named = [str(EvidenceKind(kind).label) for kind in kinds if kind in EvidenceKind.values]
    return ", ".join(named) if named and len(named) < len(EvidenceKind) else gettext("everything")
