"""From the API server's JSON to the portal's types. Pure."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from integrations.errors import MalformedPayload
from integrations.kubernetes.pod_status import containers_of, restarts_of, status_of
from integrations.kubernetes.types import (
    Autoscaler,
    ClusterEvent,
    Deployment,
    DisruptionBudget,
    Pod,
    PodUsage,
    Write,
)
from integrations.kubernetes.wire import (
    Instant,
    Wire,
    WireAutoscaler,
    WireBudget,
    WireCondition,
    WireDeployment,
    WireEvent,
    WireList,
    WireMeta,
    WirePod,
    WirePodMetrics,
    WireReview,
    WireVersion,
    WireWritten,
)

REVISION = "deployment.kubernetes.io/revision"
_INSTANT: TypeAdapter[datetime | None] = TypeAdapter(Instant)
_QUANTITY = re.compile(r"([+-]?(?:\d{1,30}\.?\d{0,30}|\.\d{1,30}))(?:([eE][+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)")
_FACTOR = {"": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18} | {
    f"{prefix}i": 1024.0**power for power, prefix in enumerate("KMGTPE", start=1)
}


def page[Row: Wire](kind: type[Row], body: bytes) -> tuple[list[Row], str]:
    """A page of a list, and the token of the next ("" at the end). Raises MalformedPayload."""
    read = one(WireList[kind], body)  # type: ignore[valid-type]  # a type of its own for each kind, kept by pydantic
    return read.items or [], read.metadata.continue_


def one[Row: Wire](kind: type[Row], body: bytes) -> Row:
    """One object. Raises MalformedPayload."""
    try:
        row: Row = _adapter(kind).validate_json(body)
    except ValidationError as error:
        # The values are left out: they may be secrets.
        first = error.errors(include_input=False, include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        words = ": ".join(part for part in (kind.__name__.removeprefix("Wire"), path, first["msg"]) if part)
        raise MalformedPayload("malformed", words) from None
    return row


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def read_pod(wire: WirePod) -> Pod:
    meta, status = wire.metadata, wire.status
    return Pod(
        name=meta.name,
        namespace=meta.namespace,
        uid=meta.uid,
        labels=meta.labels or {},
        phase=status.phase,
        reason=text(status_of(wire)),
        is_ready=any(each.type == "Ready" and each.status == "True" for each in status.conditions or []),
        restarts=restarts_of(wire),
        node=wire.spec.node_name,
        created_at=meta.creation_timestamp,
        containers=tuple(containers_of(wire)),
        owner=_owner(meta),
        is_terminating=meta.deletion_timestamp is not None,
    )


def read_event(wire: WireEvent) -> ClusterEvent:
    """`last_at` is the newest of what the event tells; one of the newer API has its instants elsewhere."""
    series = wire.series
    told = (
        wire.last_timestamp,
        wire.event_time,
        wire.first_timestamp,
        series.last_observed_time if series else None,
    )
    instants = [instant for instant in told if instant]
    return ClusterEvent(
        uid=wire.metadata.uid,
        type=wire.type,
        reason=text(wire.reason),
        message=text(wire.message),
        object="/".join(part for part in (wire.involved_object.kind, wire.involved_object.name) if part),
        count=wire.count or (series.count if series else 0) or 1,
        last_at=max(instants, default=wire.metadata.creation_timestamp),
    )


def read_deployment(wire: WireDeployment) -> Deployment:
    meta, spec, status = wire.metadata, wire.spec, wire.status
    conditions = {each.type: each for each in status.conditions or []}
    told = _telling(conditions)
    return Deployment(
        name=meta.name,
        namespace=meta.namespace,
        uid=meta.uid,
        resource_version=meta.resource_version,
        generation=meta.generation,
        observed_generation=status.observed_generation,
        replicas=1 if spec.replicas is None else spec.replicas,
        updated=status.updated_replicas,
        ready=status.ready_replicas,
        available=status.available_replicas,
        unavailable=status.unavailable_replicas,
        revision=revision_of(meta.annotations),
        state=_rollout_state(wire, conditions),
        state_reason=text(told.reason) if told else "",
        state_message=text(told.message) if told else "",
        images={each.name: text(each.image) for each in spec.template.spec.containers or []},
        selector=spec.selector.match_labels or {},
        annotations={key: text(value) for key, value in (meta.annotations or {}).items()},
        progress_deadline_seconds=spec.progress_deadline_seconds or 600,
    )


def _telling(conditions: dict[str, WireCondition]) -> WireCondition | None:
    """The condition that explains the state: why no pod can be made, else how the rollout goes."""
    failure = conditions.get("ReplicaFailure")
    return failure if failure and failure.status == "True" else conditions.get("Progressing")


def _rollout_state(wire: WireDeployment, conditions: dict[str, WireCondition]) -> str:
    """As `kubectl rollout status` judges. Source: kubectl's documentation and `DeploymentStatusViewer`."""
    spec, status = wire.spec, wire.status
    if spec.paused:
        return "paused"
    if wire.metadata.generation > status.observed_generation:
        return "progressing"
    progressing = conditions.get("Progressing")
    if progressing and progressing.reason == "ProgressDeadlineExceeded":
        return "failed"
    wanted = 1 if spec.replicas is None else spec.replicas
    is_done = (
        wanted <= status.updated_replicas <= status.available_replicas and status.replicas <= status.updated_replicas
    )
    return "complete" if is_done else "progressing"


def revision_of(annotations: dict[str, str] | None) -> int:
    """The number in the annotation; 0 where there is none yet."""
    value = (annotations or {}).get(REVISION, "")
    return int(value) if re.fullmatch(r"\d{1,18}", value, re.ASCII) else 0


def read_usage(wire: WirePodMetrics) -> PodUsage:
    containers = [each.usage for each in wire.containers or []]
    return PodUsage(
        name=wire.metadata.name,
        cpu_millicores=round(sum(quantity(each.cpu) for each in containers) * 1000),
        memory_bytes=round(sum(quantity(each.memory) for each in containers)),
    )


def quantity(value: str) -> float:
    """A resource quantity, such as 250m, 129M or 123Mi, as a number. Raises MalformedPayload."""
    match = _QUANTITY.fullmatch(value)
    if not match:
        raise MalformedPayload("malformed", "a quantity that is none")
    number, exponent, suffix = match.groups()
    return float(number + (exponent or "")) * _FACTOR[suffix or ""]


def read_autoscaler(wire: WireAutoscaler) -> Autoscaler | None:
    """None where it scales something else than a deployment."""
    if wire.spec.scale_target_ref.kind != "Deployment":
        return None
    return Autoscaler(
        name=wire.metadata.name,
        deployment=wire.spec.scale_target_ref.name,
        min_replicas=1 if wire.spec.min_replicas is None else wire.spec.min_replicas,
        max_replicas=wire.spec.max_replicas,
        current_replicas=wire.status.current_replicas or 0,
    )


def read_budget(wire: WireBudget) -> DisruptionBudget:
    """An empty selector is every pod of the namespace, an absent one none (policy/v1): the first is not labels alone."""
    selector = wire.spec.selector
    labels = (selector.match_labels if selector else None) or {}
    return DisruptionBudget(
        name=wire.metadata.name,
        selector=labels,
        disruptions_allowed=wire.status.disruptions_allowed,
        is_complex=selector is not None and (bool(selector.match_expressions) or not labels),
    )


def read_write(body: bytes, *, kind: str, name: str, uid: str = "", warnings: tuple[str, ...] = ()) -> Write:
    """What a write answered about an object; a Status says no more than that it was done."""
    wire = one(WireWritten, body)
    spec = wire.spec
    containers = list(_containers(wire))
    return Write(
        kind=kind,
        name=wire.metadata.name or name,
        uid=wire.metadata.uid or (wire.details.uid if wire.details else "") or uid,
        resource_version=wire.metadata.resource_version,
        replicas=spec.replicas if spec else None,
        images=dict(containers),
        warnings=warnings,
    )


def _containers(wire: WireWritten) -> Iterator[tuple[str, str]]:
    spec = wire.spec.template.spec if wire.spec and wire.spec.template else wire.spec
    for each in (spec.containers if spec else None) or []:
        yield each.name, text(each.image)


def read_review(body: bytes) -> bool:
    return one(WireReview, body).status.allowed


def read_version(body: bytes) -> str:
    return text(one(WireVersion, body).git_version)


def instant(value: object) -> datetime | None:
    """An instant as the API writes it, in UTC; None where there is none. Raises MalformedPayload."""
    try:
        return _INSTANT.validate_python(value)
    except ValidationError:
        raise MalformedPayload("malformed", "an instant that is none") from None


def newest_last(event: ClusterEvent) -> tuple[bool, datetime | None, str]:
    """Sorts events by their instants; those that tell none come first."""
    return (event.last_at is not None, event.last_at, event.uid)


def text(value: str) -> str:
    """What a database can hold: no NUL, no half of a surrogate pair."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def _owner(meta: WireMeta) -> str:
    return next((f"{each.kind}/{each.name}" for each in meta.owner_references or [] if each.controller), "")
