"""What was found at the trigger in a few lines a kind, from what is stored of it (`incidents.evidence_shapes`). Pure.

What is stored was redacted when it was captured; nothing is read anew.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cluster.enums import EvidenceKind, Obstacle
from cluster.rollouts import tag_of
from incidents.enums import PartState
from incidents.evidence_shapes import EventsData, LogsData, PodsData, RdsData, RolloutsData
from incidents.evidence_words import summary
from incidents.review.document import Finding, first_line
from incidents.review.words import left_out

MOST_LINES = 5
LONGEST_LINE = 240


def finding_of(
    kind: EvidenceKind, *, state: str, count: int, warnings: int, error: str, data: Mapping[str, Any]
) -> Finding | None:
    """What one part of a capture found; None where nothing of it is worth a line."""
    if state == PartState.FAILED:
        obstacle = Obstacle.of_error(error)
        return Finding(
            str(kind.label), _("could not be read: %(why)s") % {"why": obstacle.label if obstacle else "?"}, ()
        )
    if kind not in _LINES or state != PartState.READ:
        return None
    words = summary({kind: {"state": state, "count": count, "warnings": warnings}})
    found = [first_line(line, limit=LONGEST_LINE) for line in _LINES[kind](data)]
    lines = found[:MOST_LINES]
    if len(found) > MOST_LINES:
        lines.append(left_out(len(found) - MOST_LINES))
    return Finding(str(kind.label), words, tuple(lines))


def _pods(data: Mapping[str, Any]) -> list[str]:
    """The service's own that are not well, and others that are not."""
    pods = cast(PodsData, data)["pods"]
    found = []
    for pod in pods:
        if pod["is_unwell"]:
            reasons = {
                pod["reason"],
                *(why for each in pod["containers"] for why in (each["reason"], each["last_reason"])),
            }
            why = ", ".join(sorted(each for each in reasons if each)) or pod["phase"]
            restarts = ngettext("%d restart", "%d restarts", pod["restarts"]) % pod["restarts"]
            found.append(f"{pod['name']}: {why}, {restarts}")
    return found


def _events(data: Mapping[str, Any]) -> list[str]:
    """Warnings, the service's own first, the newest first."""
    warnings = [row for row in cast(EventsData, data)["events"] if row["type"] == "Warning"]
    return [
        f"{row['reason']} {row['object']}: {row['message']}" + (f" (×{row['count']})" if row["count"] > 1 else "")
        for row in sorted(warnings, key=lambda row: not row["is_mine"])
    ]


def _logs(data: Mapping[str, Any]) -> list[str]:
    """The newest lines that mention an error, of each log in turn, so that one pod does not hide the others."""
    of_each = [[f"{row['pod']}: {line}" for line in reversed(row["errors"])] for row in cast(LogsData, data)["logs"]]
    longest = max(map(len, of_each), default=0)
    return [lines[place] for place in range(longest) for lines in of_each if place < len(lines)]


def _rollouts(data: Mapping[str, Any]) -> list[str]:
    """The revision that ran, and the one before."""
    rollouts = cast(RolloutsData, data)
    found = []
    for row in rollouts["revisions"][:2]:
        images = ", ".join(tag_of(image) or image for image in row["images"].values())
        places = {"revision": row["revision"], "images": images, "at": row["created_at"][:16].replace("T", " ")}
        line = _("revision %(revision)s, %(images)s, since %(at)s UTC") % places
        found.append(f"{rollouts['deployment']}: {line}")
    if rollouts["state"] == "failed":
        found.insert(0, rollouts["state_message"])
    return found


def _databases(data: Mapping[str, Any]) -> list[str]:
    return [
        f"{row['id']}: {row['status']}"
        for row in cast(RdsData, data)["databases"]
        if row["status"] and not row["failure"]
    ]


_LINES: Mapping[EvidenceKind, Callable[[Mapping[str, Any]], Sequence[str]]] = {
    EvidenceKind.PODS: _pods,
    EvidenceKind.EVENTS: _events,
    EvidenceKind.LOGS: _logs,
    EvidenceKind.ROLLOUTS: _rollouts,
    EvidenceKind.RDS: _databases,
}
