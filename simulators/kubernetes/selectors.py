"""Label and field selectors, as requests write them and as objects hold them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulators.kubernetes.errors import bad_request
from simulators.kubernetes.resources import EVENTS, PODS, Object, Resource

type Matcher = Callable[[Object], bool]

_KEY = r"[A-Za-z0-9./_-]+"
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^)]*)\)")
_EQUALITY = re.compile(rf"({_KEY})\s*(==|=|!=)\s*([A-Za-z0-9._-]*)")
_EXISTENCE = re.compile(rf"(!?)\s*({_KEY})")
_FIELD = re.compile(r"([A-Za-z0-9.]+)(==|=|!=)(.*)")
_COMMON_FIELDS = {"metadata.name", "metadata.namespace"}
_FIELDS = {
    PODS: {"status.phase", "spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "status.podIP"},
    EVENTS: {
        *(f"involvedObject.{each}" for each in ("kind", "namespace", "name", "uid", "apiVersion", "fieldPath")),
        *("reason", "type", "source", "reportingComponent"),
    },
}


@dataclass(frozen=True)
class Requirement:
    """One condition of a label selector: `values` null asks whether the label is there."""

    key: str
    is_wanted: bool
    values: frozenset[str] | None

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy it. A label that is not there satisfies every «not»."""
        found = self.key in labels if self.values is None else labels.get(self.key) in self.values
        return found is self.is_wanted


def label_matcher(text: str) -> Matcher:
    """From `labelSelector`: `app=x,tier!=y,env in (a,b),!canary`. 400 if it is malformed."""
    requirements = [_requirement(part.strip()) for part in _split(text)]
    if not requirements:
        return lambda _body: True
    return lambda body: all(each.matches(body["metadata"].get("labels") or {}) for each in requirements)


def _split(text: str) -> list[str]:
    """At the commas outside of brackets."""
    return [part for part in re.split(r",(?![^(]*\))", text) if part.strip()]


def _requirement(text: str) -> Requirement:
    if match := _SET.fullmatch(text):
        values = frozenset(value.strip() for value in match[3].split(","))
        return Requirement(match[1], match[2] == "in", values)
    if match := _EQUALITY.fullmatch(text):
        return Requirement(match[1], match[2] != "!=", frozenset({match[3]}))
    if match := _EXISTENCE.fullmatch(text):
        return Requirement(match[2], not match[1], None)
    raise bad_request(f"unable to parse requirement: found '{text}', expected: a label selector")


def field_matcher(resource: Resource, text: str) -> Matcher:
    """From `fieldSelector`: `metadata.name=x,status.phase!=Running`. 400 for a field that the kind cannot be selected by."""
    conditions: list[tuple[str, bool, str]] = []
    for part in filter(None, text.split(",")):
        match = _FIELD.fullmatch(part)
        if match is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        if match[1] not in _COMMON_FIELDS | _FIELDS.get(resource, set()):
            raise bad_request(
                f'Unable to find "{resource.api_version}, Resource={resource.plural}" that match label selector "", '
                f'field selector "{text}": field label not supported: {match[1]}'
            )
        conditions.append((match[1], match[2] != "!=", match[3]))
    if not conditions:
        return lambda _body: True
    return lambda body: all((_field(body, path) == value) is is_wanted for path, is_wanted, value in conditions)


def _field(body: Object, path: str) -> str:
    if path == "source":
        return str((body.get("source") or {}).get("component", ""))
    value: Any = body
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def selects(selector: Object | None, labels: Mapping[str, str]) -> bool:
    """Whether a selector inside an object (`matchLabels`, `matchExpressions`) selects these labels; an empty one does not."""
    if not selector:
        return False
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    for each in selector.get("matchExpressions") or ():
        operator = each["operator"]
        values = frozenset(each["values"]) if operator in ("In", "NotIn") else None
        if not Requirement(each["key"], operator in ("In", "Exists"), values).matches(labels):
            return False
    return True
