"""What the integrations hand over, made into what is kept (`incidents.evidence_shapes`). Pure.

Everything that a container, a person or a vendor wrote is redacted here, and nothing else makes `EvidencePart.data`.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cluster.rollouts import difference
from cluster.summary import is_unwell
from incidents.evidence_shapes import (
    EventRow,
    EventsData,
    GrafanaData,
    LogRow,
    LogsData,
    PodRow,
    PodsData,
    RevisionRow,
    RolloutsData,
    TopData,
    UsageRow,
)
from incidents.log_lines import LONGEST_LINE, MOST_ERRORS, MOST_RAW, error_lines, read_log, shown
from integrations.kubernetes.types import ClusterEvent, Deployment, LogExcerpt, Pod, PodUsage, Revision
from integrations.redaction import redact

#: A namespace may have thousands of pods; so many are kept, the service's and the unwell ones first.
MOST_PODS = 100
#: Characters of raw lines that are kept of one log.
LARGEST_RAW = 48_000
MOST_REVISIONS = 10
MOST_IN_TOP = 10
_FINISHED = "Succeeded"


@dataclass(frozen=True)
class Found:
    """What a part keeps: its data, and the numbers on its tab. `image` is a PNG."""

    data: Mapping[str, Any]
    count: int
    warnings: int = 0
    image: bytes | None = None

    @property
    def is_nothing(self) -> bool:
        return self.count == 0 and self.image is None


@dataclass(frozen=True)
class ReadLog:
    """What is kept of one container's log: its row, and its last lines as they are."""

    row: LogRow
    raw: list[str]


def in_order(pods: Iterable[Pod], mine: Iterable[str]) -> list[Pod]:
    """The service's pods first, of these the unwell ones; then the others in the same way. `mine` are their uids."""
    own = set(mine)
    return sorted(pods, key=lambda pod: (pod.uid not in own, not is_unwell(pod), -pod.restarts, pod.name))


def pods_found(pods: Sequence[Pod], mine: Iterable[str]) -> Found:
    """The pods of a namespace."""
    own = set(mine)
    working = [pod for pod in pods if pod.phase != _FINISHED]
    kept = in_order(pods, own)[:MOST_PODS]
    data: PodsData = {
        "pods": [_pod_row(pod, is_mine=pod.uid in own) for pod in kept],
        "total": len(working),
        "ready": sum(pod.is_ready for pod in working),
        "left_out": len(pods) - len(kept),
    }
    return Found(data, count=len(working), warnings=sum(map(is_unwell, pods)))


def _pod_row(pod: Pod, *, is_mine: bool) -> PodRow:
    return {
        "name": pod.name,
        "uid": pod.uid,
        "is_mine": is_mine,
        "is_unwell": is_unwell(pod),
        "phase": pod.phase,
        "reason": pod.reason,
        "is_ready": pod.is_ready,
        "restarts": pod.restarts,
        "node": pod.node,
        "created_at": iso(pod.created_at),
        "containers": [
            {
                "name": each.name,
                "image": each.image,
                "is_ready": each.is_ready,
                "restarts": each.restarts,
                "state": each.state,
                "reason": each.reason,
                "last_reason": each.last_reason,
                "last_exit_code": each.last_exit_code,
            }
            for each in pod.containers
        ],
    }


def events_found(events: Iterable[ClusterEvent], *, deployment: str, pods: Iterable[str]) -> Found:
    """Events, newest first; those of the service's deployment, its ReplicaSets and its pods (names) are marked."""
    own = set(pods)
    rows: list[EventRow] = [
        {
            "uid": event.uid,
            "type": event.type,
            "reason": event.reason,
            "message": shown([event.message])[0],
            "object": event.object,
            "count": event.count,
            "last_at": iso(event.last_at),
            "is_mine": _is_own(event.object.rpartition("/")[2], deployment, own),
        }
        for event in events
    ]
    data: EventsData = {"events": rows}
    return Found(data, count=len(rows), warnings=sum(row["type"] == "Warning" for row in rows))


#: What a ReplicaSet's and then a pod's name adds to the deployment's.
_GENERATED = re.compile(r"-[a-z0-9]{6,10}(?:-[a-z0-9]{5})?")


def _is_own(name: str, deployment: str, pods: Collection[str]) -> bool:
    if name in pods or (deployment and name == deployment):
        return True
    # A pod that is gone is told of by its events alone.
    is_named_after = bool(deployment) and name.startswith(deployment)
    return is_named_after and _GENERATED.fullmatch(name.removeprefix(deployment)) is not None


def log_read(pod: Pod, container: str, *, is_previous: bool, excerpt: LogExcerpt) -> ReadLog:
    """One log, in lines. The errors are redacted by `logs_found`, which may drop some."""
    log = read_log(excerpt.content, is_cut=excerpt.is_cut)
    row = _log_row(pod, container, is_previous=is_previous)
    row |= {"lines": len(log.lines), "size": log.size, "is_cut": log.is_cut, "is_binary": log.is_binary}
    row["errors"] = error_lines(log.lines)
    return ReadLog(row=row, raw=_newest(shown(log.lines[-MOST_RAW:])))


def log_unread(pod: Pod, container: str, *, is_previous: bool, failure: str) -> ReadLog:
    """A log that could not be read, by an integration's code."""
    return ReadLog(row=_log_row(pod, container, is_previous=is_previous, failure=failure), raw=[])


def _log_row(pod: Pod, container: str, *, is_previous: bool, failure: str = "") -> LogRow:
    return {
        "pod": pod.name,
        "container": container,
        "is_previous": is_previous,
        "is_unwell": is_unwell(pod),
        "errors": [],
        "raw": "",
        "lines": 0,
        "size": 0,
        "is_cut": False,
        "is_binary": False,
        "failure": failure,
    }


def logs_found(logs: Sequence[ReadLog], *, left_out: int) -> Found:
    """Logs; the guide's fifty lines that mention an error are a pod's, however many containers it has."""
    of_pod: dict[tuple[str, bool], list[LogRow]] = {}
    for number, log in enumerate(logs):
        log.row["raw"] = str(number)
        of_pod.setdefault((log.row["pod"], log.row["is_previous"]), []).append(log.row)
    for rows in of_pod.values():
        _share(rows)
    data: LogsData = {
        "logs": [log.row for log in logs],
        "raw": {log.row["raw"]: log.raw for log in logs if log.raw},
        "left_out": left_out,
    }
    errors = sum(len(log.row["errors"]) for log in logs)
    return Found(data, count=sum(not log.row["failure"] for log in logs), warnings=errors)


def _share(rows: Sequence[LogRow]) -> None:
    """Cuts the longest lists until a pod's containers have the guide's fifty lines among them, then redacts what is left."""
    while (surplus := sum(len(row["errors"]) for row in rows) - MOST_ERRORS) > 0:
        longest, *others = sorted(rows, key=lambda row: -len(row["errors"]))
        next_longest = len(others[0]["errors"]) if others else 0
        cut = max(1, min(surplus, len(longest["errors"]) - next_longest))
        longest["errors"] = longest["errors"][cut:]
    for row in rows:
        row["errors"] = shown(row["errors"])


def _newest(lines: Sequence[str]) -> list[str]:
    """The last lines that have room."""
    kept, room = [], LARGEST_RAW
    for line in reversed(lines):
        room -= len(line)
        if room < 0:
            break
        kept.append(line)
    return kept[::-1]


def rollouts_found(deployment: Deployment, revisions: Sequence[Revision]) -> Found:
    """A deployment's revisions, newest first, each with what it changed."""
    kept = revisions[:MOST_REVISIONS]
    befores = [*revisions[1 : len(kept) + 1], None][: len(kept)]
    rows: list[RevisionRow] = [
        {
            "revision": each.revision,
            "created_at": iso(each.created_at),
            "images": each.images,
            "replicas": each.replicas,
            "ready": each.ready,
            "is_current": each.is_current,
            "change_cause": redact(each.change_cause)[:LONGEST_LINE],
            "changes": difference(before, each) if before else None,
        }
        for each, before in zip(kept, befores, strict=True)
    ]
    data: RolloutsData = {
        "deployment": deployment.name,
        "replicas": deployment.replicas,
        "ready": deployment.ready,
        "updated": deployment.updated,
        "state": deployment.state,
        "state_reason": deployment.state_reason,
        "state_message": redact(deployment.state_message)[:LONGEST_LINE],
        "revisions": rows,
    }
    return Found(data, count=len(revisions), warnings=int(deployment.state == "failed"))


def top_found(usage: Iterable[PodUsage], *, mine: Iterable[str]) -> Found:
    """The pods that use most; `mine` are names."""
    own = set(mine)
    rows: list[UsageRow] = [
        {
            "name": each.name,
            "cpu_millicores": each.cpu_millicores,
            "memory_bytes": each.memory_bytes,
            "is_mine": each.name in own,
        }
        for each in usage
    ]
    data: TopData = {
        "by_cpu": sorted(rows, key=lambda row: (-row["cpu_millicores"], row["name"]))[:MOST_IN_TOP],
        "by_memory": sorted(rows, key=lambda row: (-row["memory_bytes"], row["name"]))[:MOST_IN_TOP],
    }
    return Found(data, count=len(rows))


def grafana_found(image: bytes, *, dashboard: str, panel: int, since: datetime, until: datetime) -> Found:
    data: GrafanaData = {"dashboard": dashboard, "panel": panel, "since": iso(since), "until": iso(until)}
    return Found(data, count=1, image=image)


def iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""
