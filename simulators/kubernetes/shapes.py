"""How objects look: what every controller writes the same way."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import uuid
from datetime import datetime
from typing import Any

from simulators.kubernetes.clock import iso
from simulators.kubernetes.resources import Object, Resource

REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
CHANGE_CAUSE = "kubernetes.io/change-cause"
HASH_LABEL = "pod-template-hash"
#: Without vowels, so that no name says anything: `rand.SafeEncodeString`.
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_NAMES = random.SystemRandom()


def new_uid() -> str:
    """A `metadata.uid`."""
    return str(uuid.uuid4())


def suffix(length: int = 5) -> str:
    """The end of a generated name."""
    return "".join(_NAMES.choice(_ALPHABET) for _ in range(length))


def hash_of_template(template: Object) -> str:
    """The label `pod-template-hash`: equal for equal templates."""
    digest = hashlib.sha256(json.dumps(plain_template(template), sort_keys=True).encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:10])


def plain_template(template: Object) -> Object:
    """A pod template as the deployment has it: without the hash that its ReplicaSet adds."""
    metadata = template.get("metadata") or {}
    labels = {name: value for name, value in (metadata.get("labels") or {}).items() if name != HASH_LABEL}
    kept = {name: value for name, value in metadata.items() if name not in ("labels", "creationTimestamp") and value}
    return {**template, "metadata": {**kept, "labels": labels}}


def new_meta(name: str, namespace: str, at: datetime, **more: Any) -> Object:
    """The metadata of a new object."""
    where = {"namespace": namespace} if namespace else {}
    return {"name": name, **where, "uid": new_uid(), "creationTimestamp": iso(at), **more}


def owner_reference(resource: Resource, owner: Object) -> Object:
    """That `owner` made it and looks after it."""
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def owner_of(body: Object) -> Object | None:
    """The reference to its controller."""
    references = body["metadata"].get("ownerReferences") or ()
    return next((each for each in references if each.get("controller")), None)


def is_owned_by(body: Object, owner: Object) -> bool:
    """Whether `owner` controls it."""
    reference = owner_of(body)
    return reference is not None and reference["uid"] == owner["metadata"]["uid"]


def revision_of(body: Object) -> int:
    """The revision of a deployment or a ReplicaSet; 0 where it has none yet."""
    return int((body["metadata"].get("annotations") or {}).get(REVISION, 0))


def with_meta(body: Object, **fields: Any) -> Object:
    """A copy with other fields in its metadata."""
    return {**body, "metadata": {**body["metadata"], **fields}}


def with_annotations(body: Object, annotations: dict[str, str]) -> Object:
    """A copy with these annotations added."""
    return with_meta(body, annotations={**(body["metadata"].get("annotations") or {}), **annotations})


def set_condition(
    conditions: list[Object],
    kind: str,
    status: str,
    at: datetime,
    *,
    reason: str = "",
    message: str = "",
    updates: bool = False,
) -> list[Object]:
    """The conditions with one set; its `lastTransitionTime` changes with its status alone. `updates`: a deployment's, which
    also say when they were touched last."""
    old = next((each for each in conditions if each["type"] == kind), None)
    is_same = old is not None and (old["status"], old.get("reason", ""), old.get("message", "")) == (
        status,
        reason,
        message,
    )
    if is_same:
        return conditions
    has_turned = old is None or old["status"] != status
    new = {
        "type": kind,
        "status": status,
        **({"lastUpdateTime": iso(at)} if updates else {"lastProbeTime": None}),
        "lastTransitionTime": iso(at) if has_turned or old is None else old["lastTransitionTime"],
        **({"reason": reason} if reason else {}),
        **({"message": message} if message else {}),
    }
    if old is None:
        return [*conditions, new]
    return [new if each is old else each for each in conditions]


def condition(body: Object, kind: str) -> Object | None:
    """The condition of an object's status."""
    conditions = (body.get("status") or {}).get("conditions") or ()
    return next((each for each in conditions if each["type"] == kind), None)


def is_true(body: Object, kind: str) -> bool:
    """Whether that condition holds."""
    found = condition(body, kind)
    return found is not None and found["status"] == "True"


def pod_of_template(template: Object, name: str, namespace: str, at: datetime, owner: Object) -> Object:
    """A pod nobody has scheduled yet."""
    metadata = template.get("metadata") or {}
    meta = new_meta(name, namespace, at, generateName=name[:-5], labels=dict(metadata.get("labels") or {}))
    if metadata.get("annotations"):
        meta["annotations"] = dict(metadata["annotations"])
    meta["ownerReferences"] = [owner]
    spec = copy.deepcopy(template["spec"])
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": {"restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", **spec},
        "status": {"phase": "Pending", "qosClass": _quality(spec["containers"])},
    }


def _quality(containers: list[Object]) -> str:
    resources = [container.get("resources") or {} for container in containers]
    if not any(each.get("requests") or each.get("limits") for each in resources):
        return "BestEffort"
    if all(each.get("limits") and each.get("requests") == each.get("limits") for each in resources):
        return "Guaranteed"
    return "Burstable"


_FACTORS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def millicores(quantity: str | float) -> float:
    """A CPU quantity: `250m`, `1`."""
    text = str(quantity)
    return float(text[:-1]) if text.endswith("m") else float(text) * 1000


def in_bytes(quantity: str | float) -> float:
    """A memory quantity: `256Mi`."""
    text = str(quantity)
    for unit, factor in _FACTORS.items():
        if text.endswith(unit):
            return float(text[: -len(unit)]) * factor
    return float(text)


def limits_of(pod: Object) -> tuple[float, float]:
    """What a pod may use: millicores and bytes of all its containers; 0 for no limit."""
    limits = [(container.get("resources") or {}).get("limits") or {} for container in pod["spec"]["containers"]]
    return sum(millicores(each.get("cpu", 0)) for each in limits), sum(
        in_bytes(each.get("memory", 0)) for each in limits
    )
