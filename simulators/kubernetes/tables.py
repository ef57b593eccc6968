"""Lists as `kubectl get` shows them: the server makes the columns (`as=Table` of `meta.k8s.io`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from simulators.kubernetes.clock import parse
from simulators.kubernetes.resources import (
    AUTOSCALERS,
    DEPLOYMENTS,
    DISRUPTION_BUDGETS,
    EVENTS,
    PODS,
    REPLICA_SETS,
    Object,
    Resource,
)
from simulators.kubernetes.world import last_at

type Row = list[Any]


def wants_table(accept: str) -> bool:
    """Whether a client would rather have a table."""
    return "as=Table" in accept and "g=meta.k8s.io" in accept


def table(resource: Resource, items: list[Object], meta: Object, now: datetime) -> Object:
    """The table of some objects."""
    columns, row = _TABLES.get(resource, (("Name", "Age"), _plain))
    definitions = [
        {
            "name": name.lstrip("~"),
            "type": "string",
            "format": "name" if name == "Name" else "",
            "description": "",
            "priority": int(name.startswith("~")),
        }
        for name in columns
    ]
    rows = [{"cells": row(body, now), "object": _partial(body)} for body in items]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": meta,
        "columnDefinitions": definitions,
        "rows": rows,
    }


def _partial(body: Object) -> Object:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": body["metadata"]}


def _since(then: datetime, now: datetime) -> str:
    """`5s`, `12m`, `3h`, `9d`: as `duration.HumanDuration` does, roughly."""
    seconds = max(0, int((now - then).total_seconds()))
    for unit, size, until in (("s", 1, 120), ("m", 60, 10_800), ("h", 3_600, 172_800)):
        if seconds < until:
            return f"{seconds // size}{unit}"
    return f"{seconds // 86_400}d"


def _age(body: Object, now: datetime) -> str:
    return _since(parse(body["metadata"]["creationTimestamp"]), now)


def _plain(body: Object, now: datetime) -> Row:
    return [body["metadata"]["name"], _age(body, now)]


def pod_reason(pod: Object) -> str:
    """The word in the column STATUS."""
    reason = str(pod["status"]["phase"])
    for container in pod["status"].get("containerStatuses") or ():
        state = container["state"]
        if "waiting" in state:
            reason = state["waiting"]["reason"]
        elif "terminated" in state:
            reason = state["terminated"]["reason"]
    return "Terminating" if pod["metadata"].get("deletionTimestamp") else reason


def _pod(pod: Object, now: datetime) -> Row:
    containers = pod["status"].get("containerStatuses") or []
    ready = f"{sum(each['ready'] for each in containers)}/{len(pod['spec']['containers'])}"
    restarts = sum(each["restartCount"] for each in containers)
    status, spec = pod["status"], pod["spec"]
    places = (status.get("podIP", "<none>"), spec.get("nodeName", "<none>"), "<none>", "<none>")
    return [pod["metadata"]["name"], ready, pod_reason(pod), str(restarts), _age(pod, now), *places]


def _deployment(body: Object, now: datetime) -> Row:
    status, containers = body["status"], body["spec"]["template"]["spec"]["containers"]
    ready = f"{status.get('readyReplicas', 0)}/{body['spec']['replicas']}"
    selector = ",".join(
        f"{name}={value}" for name, value in (body["spec"]["selector"].get("matchLabels") or {}).items()
    )
    names, images = (",".join(each[field] for each in containers) for field in ("name", "image"))
    counts = (status.get("updatedReplicas", 0), status.get("availableReplicas", 0))
    return [body["metadata"]["name"], ready, *counts, _age(body, now), names, images, selector]


def _replica_set(body: Object, now: datetime) -> Row:
    status = body["status"]
    counts = (body["spec"]["replicas"], status.get("replicas", 0), status.get("readyReplicas", 0))
    return [body["metadata"]["name"], *counts, _age(body, now)]


def _event(body: Object, now: datetime) -> Row:
    about = body["involvedObject"]
    named = f"{about['kind'].lower()}/{about['name']}"
    return [_since(last_at(body), now), body["type"], body["reason"], named, body["message"]]


def _autoscaler(body: Object, now: datetime) -> Row:
    spec = body["spec"]
    target = f"{spec['scaleTargetRef']['kind']}/{spec['scaleTargetRef']['name']}"
    bounds = (str(spec.get("minReplicas", 1)), str(spec["maxReplicas"]))
    return [
        body["metadata"]["name"],
        target,
        "<unknown>/80%",
        *bounds,
        body["status"]["currentReplicas"],
        _age(body, now),
    ]


def _budget(body: Object, now: datetime) -> Row:
    bounds = [str(body["spec"].get(name, "N/A")) for name in ("minAvailable", "maxUnavailable")]
    return [body["metadata"]["name"], *bounds, body["status"]["disruptionsAllowed"], _age(body, now)]


#: Columns (a ~ marks those of `-o wide`) and what makes a row.
_TABLES: dict[Resource, tuple[tuple[str, ...], Callable[[Object, datetime], Row]]] = {
    PODS: (("Name", "Ready", "Status", "Restarts", "Age", "~IP", "~Node", "~Nominated Node", "~Readiness Gates"), _pod),
    DEPLOYMENTS: (
        ("Name", "Ready", "Up-to-date", "Available", "Age", "~Containers", "~Images", "~Selector"),
        _deployment,
    ),
    REPLICA_SETS: (("Name", "Desired", "Current", "Ready", "Age"), _replica_set),
    EVENTS: (("Last Seen", "Type", "Reason", "Object", "Message"), _event),
    AUTOSCALERS: (("Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"), _autoscaler),
    DISRUPTION_BUDGETS: (("Name", "Min Available", "Max Unavailable", "Allowed Disruptions", "Age"), _budget),
}
