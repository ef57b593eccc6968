"""What is different between two captures of one kind. Pure: two parts' data in (`incidents.evidence_shapes`), differences out."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from cluster.enums import EvidenceKind
from incidents.evidence_shapes import (
    DatabaseRow,
    EventsData,
    LogsData,
    PodRow,
    PodsData,
    RdsData,
    RevisionRow,
    RolloutsData,
    TopData,
    UsageRow,
)

#: A pod's usage moves all the time; less than this share of it is no difference.
_MOVED = 0.25
_LEAST_CPU, _LEAST_MEMORY = 20, 16 * 1024 * 1024
MOST_DIFFERENCES = 100


class Sign(StrEnum):
    """How the later capture differs: something is new, gone, or another."""

    NEW = "+"
    GONE = "-"
    CHANGED = "~"


@dataclass(frozen=True)
class Difference:
    """One thing that is different. `subject` is its name; `field` which of its properties ("" for the thing itself)."""

    sign: Sign
    subject: str
    field: str = ""
    before: str = ""
    after: str = ""


def compare(kind: EvidenceKind, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What `after` has, lacks or has otherwise. Empty data (a part that was not read) is told apart by the caller."""
    comparer = _COMPARERS.get(kind)
    return comparer(before, after)[:MOST_DIFFERENCES] if comparer else []


def _pods(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    return _rows(
        {pod["name"]: pod for pod in cast(PodsData, before)["pods"]},
        {pod["name"]: pod for pod in cast(PodsData, after)["pods"]},
        {"state": _pod_state, "restarts": lambda pod: str(pod["restarts"]), "image": _pod_images},
    )


def _pod_state(pod: PodRow) -> str:
    ready = sum(each["is_ready"] for each in pod["containers"])
    return f"{pod['reason'] or pod['phase']} {ready}/{len(pod['containers'])}"


def _pod_images(pod: PodRow) -> str:
    return ", ".join(sorted({each["image"] for each in pod["containers"]}))


def _events(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Only the newest events are kept, so that one that is missing is merely older: new ones and those that came again count."""
    known = {event["uid"]: event["count"] for event in cast(EventsData, before)["events"]}
    found = []
    for event in cast(EventsData, after)["events"]:
        subject = f"{event['object']}: {event['reason']}"
        if event["uid"] not in known:
            found.append(Difference(Sign.NEW, subject, after=event["message"]))
        elif event["count"] > known[event["uid"]]:
            found.append(Difference(Sign.CHANGED, subject, "count", str(known[event["uid"]]), str(event["count"])))
    return found


def _logs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Lines that mention an error and were not there; what has scrolled away is not told."""
    known = {(row["pod"], row["container"], row["is_previous"]): row for row in cast(LogsData, before)["logs"]}
    found = []
    for row in cast(LogsData, after)["logs"]:
        was = known.get((row["pod"], row["container"], row["is_previous"]))
        old = Counter(was["errors"] if was else ())
        for line in row["errors"]:
            if old[line] > 0:
                old[line] -= 1
            else:
                found.append(Difference(Sign.NEW, f"{row['pod']} / {row['container']}", after=line))
    return found


def _rollouts(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    old, new = cast(RolloutsData, before), cast(RolloutsData, after)
    getters: dict[str, Callable[[RolloutsData], str]] = {
        "state": lambda data: data["state"],
        "ready": lambda data: f"{data['ready']}/{data['replicas']}",
        "current": lambda data: ", ".join(f"#{each['revision']}" for each in data["revisions"] if each["is_current"]),
    }
    found = _fields(new["deployment"], old, new, getters)
    return found + _rows(
        {f"#{each['revision']}": each for each in old["revisions"]},
        {f"#{each['revision']}": each for each in new["revisions"]},
        {"image": _revision_images},
    )


def _revision_images(revision: RevisionRow) -> str:
    return ", ".join(sorted(revision["images"].values()))


def _top(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    old, new = _usage(cast(TopData, before)), _usage(cast(TopData, after))
    found = []
    # The list has only those that use most: who is on one of both alone is no news.
    for name in sorted({*old} & {*new}):
        was, now = old[name], new[name]
        if _has_moved(was["cpu_millicores"], now["cpu_millicores"], _LEAST_CPU):
            found.append(_moved(name, "cpu", f"{was['cpu_millicores']}m", f"{now['cpu_millicores']}m"))
        if _has_moved(was["memory_bytes"], now["memory_bytes"], _LEAST_MEMORY):
            found.append(_moved(name, "memory", _mebibytes(was["memory_bytes"]), _mebibytes(now["memory_bytes"])))
    return found


def _usage(data: TopData) -> dict[str, UsageRow]:
    return {row["name"]: row for row in [*data["by_cpu"], *data["by_memory"]]}


def _has_moved(before: int, after: int, least: int) -> bool:
    return abs(after - before) > max(least, before * _MOVED)


def _moved(name: str, field: str, before: str, after: str) -> Difference:
    return Difference(Sign.CHANGED, name, field, before, after)


def _mebibytes(size: int) -> str:
    return f"{size / 1024 / 1024:.0f}Mi"


def _rds(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    getters: dict[str, Callable[[DatabaseRow], str]] = {
        "status": lambda row: row["status"],
        "class": lambda row: row["instance_class"],
        "version": lambda row: row["engine_version"],
        "connections": lambda row: _newest(row, "DatabaseConnections"),
        "cpu": lambda row: _newest(row, "CPUUtilization", "%"),
        "pending": lambda row: ", ".join(sorted(row["pending"])),
    }
    old = {row["id"]: row for row in cast(RdsData, before)["databases"] if not row["failure"]}
    new = {row["id"]: row for row in cast(RdsData, after)["databases"] if not row["failure"]}
    return [found for name in sorted({*old} & {*new}) for found in _fields(name, old[name], new[name], getters)]


def _newest(row: DatabaseRow, metric: str, unit: str = "") -> str:
    points = [each["points"] for each in row["metrics"] if each["name"] == metric and each["points"]]
    return f"{points[0][-1][1]:.0f}{unit}" if points else ""


def _rows[Row](
    before: Mapping[str, Row], after: Mapping[str, Row], getters: Mapping[str, Callable[[Row], str]]
) -> list[Difference]:
    """Rows by name: what is new, what is gone, and which fields are others."""
    first = next(iter(getters.values()))
    found = [Difference(Sign.NEW, name, after=first(after[name])) for name in after if name not in before]
    found += [Difference(Sign.GONE, name, before=first(before[name])) for name in before if name not in after]
    for name in after:
        if name in before:
            found += _fields(name, before[name], after[name], getters)
    return found


def _fields[Row](
    subject: str, before: Row, after: Row, getters: Mapping[str, Callable[[Row], str]]
) -> list[Difference]:
    values = ((field, value(before), value(after)) for field, value in getters.items())
    return [Difference(Sign.CHANGED, subject, field, was, now) for field, was, now in values if was != now]


_COMPARERS: Mapping[EvidenceKind, Callable[[Mapping[str, Any], Mapping[str, Any]], list[Difference]]] = {
    EvidenceKind.PODS: _pods,
    EvidenceKind.EVENTS: _events,
    EvidenceKind.LOGS: _logs,
    EvidenceKind.ROLLOUTS: _rollouts,
    EvidenceKind.TOP: _top,
    EvidenceKind.RDS: _rds,
}
