"""A deployment's revisions, as its ReplicaSets keep them, and how two templates differ. Pure.

Source: «Deployments» in Kubernetes' documentation, and kubectl's `rollout history` and `rollout undo`.
"""

import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from integrations.errors import MalformedPayload, Refused
from integrations.kubernetes.reading import instant, revision_of, text
from integrations.kubernetes.types import Revision
from integrations.redaction import MARK, redact

HASH_LABEL = "pod-template-hash"
CHANGE_CAUSE = "kubernetes.io/change-cause"
#: Annotations that describe one object and no template; `rollout undo` leaves the deployment's own.
OWN_ANNOTATIONS = (
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
)
HIDDEN = MARK
#: Lists of names with values that may be secrets.
_SECRETIVE = ("env", "httpHeaders")

type Json = dict[str, Any]


def object_of(body: bytes) -> Json:
    """One object. Raises MalformedPayload."""
    return _with_metadata(_parsed(body))


def objects_of(body: bytes) -> list[Json]:
    """The objects of a list. Raises MalformedPayload."""
    items = _parsed(body).get("items") or []
    if not isinstance(items, list):
        raise MalformedPayload("malformed", "a list without items")
    return [_with_metadata(item) for item in items]


def _parsed(body: bytes) -> Json:
    try:
        parsed = json.loads(body)
    except ValueError:
        raise MalformedPayload("malformed", "no JSON") from None
    return _mapping(parsed)


def _with_metadata(item: object) -> Json:
    if not isinstance(item, dict) or not isinstance(item.get("metadata"), dict):
        raise MalformedPayload("malformed", "an object without metadata")
    return item


def selector_text(deployment: Json) -> str:
    """The deployment's selector as a list takes it."""
    selector = _mapping(_mapping(deployment.get("spec")).get("selector"))
    parts = [f"{key}={value}" for key, value in _mapping(selector.get("matchLabels")).items()]
    for each in selector.get("matchExpressions") or []:
        key, values = each.get("key", ""), ",".join(each.get("values") or [])
        operators = {
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }
        parts.append(operators.get(each.get("operator"), key))
    return ",".join(parts)


def owned(replica_sets: Iterable[Json], deployment: Json) -> list[Json]:
    """Those that the deployment controls, by its uid: the selector alone may meet another's."""
    uid = deployment["metadata"].get("uid")
    return [
        each
        for each in replica_sets
        if any(
            owner.get("controller") and owner.get("uid") == uid
            for owner in each["metadata"].get("ownerReferences") or []
        )
    ]


def read_revisions(replica_sets: Iterable[Json], deployment: Json) -> tuple[Revision, ...]:
    """Newest first. The current one is that with the deployment's template: its number may lag behind."""
    wanted = digest(template_of(deployment))
    found = sorted((_read_revision(each) for each in replica_sets), key=lambda each: each["revision"], reverse=True)
    current = next((each["uid"] for each in found if each["template_digest"] == wanted), None)
    return tuple(Revision(**each, is_current=each["uid"] == current) for each in found)


def _read_revision(replica_set: Json) -> Json:
    meta, template = replica_set["metadata"], template_of(replica_set)
    containers = list(_containers(template))
    annotations = _mapping(meta.get("annotations"))
    return {
        "revision": revision_of(annotations),
        "replica_set": str(meta.get("name", "")),
        "uid": str(meta.get("uid", "")),
        "created_at": instant(meta.get("creationTimestamp")),
        "replicas": int(_mapping(replica_set.get("spec")).get("replicas") or 0),
        "ready": int(_mapping(replica_set.get("status")).get("readyReplicas") or 0),
        "images": {name: text(str(each.get("image", ""))) for name, each in containers},
        "env": {
            name: tuple(str(variable.get("name", "")) for variable in each.get("env") or [])
            for name, each in containers
        },
        "resources": {name: _resources(each) for name, each in containers},
        "template_digest": digest(template),
        "change_cause": text(str(annotations.get(CHANGE_CAUSE, ""))),
    }


def revision(replica_sets: Iterable[Json], number: int) -> Json:
    """The ReplicaSet of a revision. Raises Refused (not_found)."""
    for each in replica_sets:
        if number and revision_of(_mapping(each["metadata"].get("annotations"))) == number:
            return each
    raise Refused("not_found", f"no revision {number} is kept")


def template_of(workload: Json) -> Json:
    """The pod template without the label that the controller adds."""
    template = _mapping(_mapping(workload.get("spec")).get("template"))
    # Who patched with kubectl left `creationTimestamp: null` there.
    meta = {key: value for key, value in _mapping(template.get("metadata")).items() if value is not None}
    labels = {key: value for key, value in _mapping(meta.get("labels")).items() if key != HASH_LABEL}
    return {**template, "metadata": {**meta, "labels": labels}}


def digest(template: Json) -> str:
    """Equal for equal templates. Cut, and of the whole template: no value can be guessed from it."""
    return hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:16]


def restored_annotations(deployment: Json, replica_set: Json) -> dict[str, str]:
    """The annotations after a rollback: those of the revision, and the deployment's own."""
    now = _mapping(deployment["metadata"].get("annotations"))
    then = _mapping(replica_set["metadata"].get("annotations"))
    kept = {key: now[key] for key in OWN_ANNOTATIONS if key in now}
    return kept | {key: value for key, value in then.items() if key not in OWN_ANNOTATIONS}


def template_diff(now: Json, then: Json) -> tuple[str, ...]:
    """What a rollback would change, as a unified diff of YAML. No value of a variable is shown, and of no other text what looks
    like a secret: `•••` where both have the same, else `••• (1)` and `••• (2)`."""
    shown_now, shown_then = _without_secrets(now, then, "(1)"), _without_secrets(then, now, "(2)")
    lines = difflib.unified_diff(_yaml(shown_now), _yaml(shown_then), lineterm="", n=3)
    return tuple(lines)[2:]


def _yaml(template: Json) -> list[str]:
    return text(yaml.safe_dump(template, sort_keys=True, allow_unicode=True, width=1_000)).splitlines()


def _without_secrets(template: Any, other: Any, mark: str) -> Any:
    """A copy with secrets hidden; `other` is the same place in the other template."""
    if isinstance(template, list):
        others = other if isinstance(other, list) else []
        if all(isinstance(each, str) for each in template):
            pairs = zip(template, _redacted_words(template), strict=True)
            return [_marked(shown, is_same=word in others, mark=mark) for word, shown in pairs]
        return [_without_secrets(each, _namesake(each, others), mark) for each in template]
    if not isinstance(template, dict):
        return template
    twin = _mapping(other)
    return {key: _field(key, value, twin.get(key), mark) for key, value in template.items() if value is not None}


def _field(key: str, value: Any, other: Any, mark: str) -> Any:
    if key in _SECRETIVE and isinstance(value, list):
        return _hidden(value, other, mark)
    if not isinstance(value, str):
        return _without_secrets(value, other, mark)
    # The key may tell that it is a secret, the value alone as well.
    is_secret = redact(f"{key}: {value}").startswith(f"{key}: {HIDDEN}")
    return _marked(HIDDEN if is_secret else redact(value), is_same=value == other, mark=mark)


def _redacted_words(words: list[str]) -> list[str]:
    """A command line's words: one may tell of the next (`--password`, `mysql … -p`)."""
    together = redact("\t".join(word.replace("\t", " ") for word in words)).split("\t")
    if len(together) != len(words):
        # Something hidden goes over several words; which, cannot be told.
        return [HIDDEN] * len(words)
    return [HIDDEN if shown.startswith(HIDDEN) else shown for shown in together]


def _marked(shown: str, *, is_same: bool, mark: str) -> str:
    """What is shown of a value; what is hidden has a mark where the other template has another value."""
    return shown if is_same else shown.replace(HIDDEN, f"{HIDDEN} {mark}")


def _hidden(variables: list[Any], others: Any, mark: str) -> list[Any]:
    others = others if isinstance(others, list) else []
    shown = []
    for variable in variables:
        twin = _namesake(variable, others)
        if isinstance(variable, dict) and "value" in variable:
            is_same = isinstance(twin, dict) and twin.get("value") == variable["value"]
            shown.append({**variable, "value": _marked(HIDDEN, is_same=is_same, mark=mark)})
        else:
            shown.append(variable)
    return shown


def _namesake(item: Any, others: list[Any]) -> Any:
    """The same item of the other template: of the same name, or where it has none with the same content."""
    name = item.get("name") if isinstance(item, dict) else None
    if not name:
        return item if item in others else None
    return next((each for each in others if isinstance(each, dict) and each.get("name") == name), None)


def _resources(container: Json) -> str:
    """`requests cpu=100m memory=128Mi · limits …`"""
    told = _mapping(container.get("resources"))
    kinds = {kind: _mapping(told.get(kind)) for kind in ("requests", "limits")}
    return " · ".join(
        f"{kind} {' '.join(f'{name}={value}' for name, value in sorted(each.items()))}"
        for kind, each in kinds.items()
        if each
    )


def _containers(template: Json) -> Iterator[tuple[str, Json]]:
    for container in _mapping(template.get("spec")).get("containers") or []:
        if isinstance(container, dict):
            yield str(container.get("name", "")), container


def _mapping(value: object) -> Json:
    return value if isinstance(value, dict) else {}
