"""What the integrations hand over, made into what is kept (`incidents.evidence_shapes`). Pure.

Everything that a container, a person or a vendor wrote is redacted here, and nothing else makes `EvidencePart.data`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cluster.rollouts import difference
from cluster.summary import is_unwell
from incidents.evidence_shapes import (
    DatabaseRow,
    EventRow,
    EventsData,
    GrafanaData,
    LogRow,
    LogsData,
    MaintenanceRow,
    PodRow,
    PodsData,
    RdsData,
    RevisionRow,
    RolloutsData,
    SeriesRow,
    TopData,
    UsageRow,
)
from incidents.log_lines import LONGEST_LINE, MOST_ERRORS, MOST_RAW, error_lines, read_log, shown
from incidents.redaction import redact
from integrations.aws_types import DatabaseInstance, MaintenanceAction, MetricSeries
from integrations.kubernetes.types import ClusterEvent, Deployment, LogExcerpt, Pod, PodUsage, Revision

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
class LogOutcome:
    """What came of reading one log: an excerpt, or an integration's code."""

    pod: Pod
    container: str
    is_previous: bool
    excerpt: LogExcerpt | None = None
    failure: str = ""


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
        "created_at": _iso(pod.created_at),
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


def events_found(events: Iterable[ClusterEvent], *, names: Iterable[str]) -> Found:
    """Events, newest first. `names` are the service's own objects: what begins with one of them is the service's."""
    own = tuple(name for name in names if name)
    rows: list[EventRow] = [
        {
            "uid": event.uid,
            "type": event.type,
            "reason": event.reason,
            "message": shown([event.message])[0],
            "object": event.object,
            "count": event.count,
            "last_at": _iso(event.last_at),
            "is_mine": _is_own(event.object, own),
        }
        for event in events
    ]
    data: EventsData = {"events": rows}
    return Found(data, count=len(rows), warnings=sum(row["type"] == "Warning" for row in rows))


def _is_own(involved: str, names: Iterable[str]) -> bool:
    name = involved.rpartition("/")[2]
    return any(name == own or name.startswith(f"{own}-") for own in names)


def logs_found(outcomes: Sequence[LogOutcome], *, left_out: int) -> Found:
    """Logs; the guide's fifty lines that mention an error are a pod's, however many containers it has."""
    rows: list[LogRow] = []
    raw: dict[str, list[str]] = {}
    errors_of: dict[tuple[str, bool], list[LogRow]] = {}
    for number, outcome in enumerate(outcomes):
        row: LogRow = {
            "pod": outcome.pod.name,
            "container": outcome.container,
            "is_previous": outcome.is_previous,
            "is_unwell": is_unwell(outcome.pod),
            "errors": [],
            "raw": str(number),
            "lines": 0,
            "size": 0,
            "is_cut": False,
            "is_binary": False,
            "failure": outcome.failure,
        }
        if outcome.excerpt is not None:
            log = read_log(outcome.excerpt.content, is_cut=outcome.excerpt.is_cut)
            row |= {"lines": len(log.lines), "size": log.size, "is_cut": log.is_cut, "is_binary": log.is_binary}
            row["errors"] = error_lines(log.lines)
            raw[row["raw"]] = _newest(shown(log.lines[-MOST_RAW:]))
        rows.append(row)
        errors_of.setdefault((row["pod"], row["is_previous"]), []).append(row)
    for of_pod in errors_of.values():
        _share(of_pod)
    data: LogsData = {"logs": rows, "raw": raw, "left_out": left_out}
    return Found(data, count=sum(not row["failure"] for row in rows), warnings=sum(len(row["errors"]) for row in rows))


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
            "created_at": _iso(each.created_at),
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


def database_row(instance: DatabaseInstance) -> DatabaseRow:
    """An instance as it is; metrics and maintenance are filled in by who asks for them."""
    return {
        **unread_database(instance.id, failure=""),
        "status": instance.status,
        "engine": instance.engine,
        "engine_version": instance.engine_version,
        "instance_class": instance.instance_class,
        "is_multi_az": instance.is_multi_az,
        "storage_gib": instance.storage_gib,
        "pending": {name: redact(value)[:LONGEST_LINE] for name, value in instance.pending_modifications.items()},
    }


def unread_database(instance_id: str, *, failure: str) -> DatabaseRow:
    """An instance that could not be read."""
    return {
        "id": instance_id,
        "status": "",
        "engine": "",
        "engine_version": "",
        "instance_class": "",
        "is_multi_az": False,
        "storage_gib": 0,
        "pending": {},
        "metrics": [],
        "maintenance": [],
        "failure": failure,
        "metrics_failure": "",
        "maintenance_failure": "",
    }


def series_rows(series: Iterable[MetricSeries]) -> list[SeriesRow]:
    return [
        {"name": each.name, "unit": each.unit, "points": [(_iso(at), value) for at, value in each.points]}
        for each in series
        if each.points
    ]


def maintenance_rows(actions: Iterable[MaintenanceAction]) -> list[MaintenanceRow]:
    return [
        {
            "action": each.action,
            "description": redact(each.description)[:LONGEST_LINE],
            "applies_at": _iso(each.applies_at),
        }
        for each in actions
    ]


def rds_found(rows: Sequence[DatabaseRow]) -> Found:
    """Databases; one that is not available, could not be read or waits for maintenance is worth a look."""
    data: RdsData = {"databases": list(rows)}
    troubled = [row for row in rows if row["status"] != "available" or row["maintenance"]]
    return Found(data, count=len(rows), warnings=len(troubled))


def grafana_found(image: bytes, *, dashboard: str, panel: int, since: datetime, until: datetime) -> Found:
    data: GrafanaData = {"dashboard": dashboard, "panel": panel, "since": _iso(since), "until": _iso(until)}
    return Found(data, count=1, image=image)


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""
