"""What a changed deployment must be like; 422 with every field that is wrong."""

from __future__ import annotations

import json
import re
from typing import Any

from simulators.kubernetes.errors import Cause, bad_request, invalid
from simulators.kubernetes.resources import DEPLOYMENTS, Object
from simulators.kubernetes.selectors import selects

SPEC_FIELDS = {
    *("replicas", "selector", "template", "strategy", "minReadySeconds", "revisionHistoryLimit", "paused"),
    "progressDeadlineSeconds",
}
_NOT_NEGATIVE = ("replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
_QUANTITY = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+|m|k|[KMGTPE]i?|[munMGTPE])?")
_PERCENT = re.compile(r"\d+%")


def unknown_fields(body: Object) -> list[str]:
    """Fields of the spec that the kind does not have; the real server warns of them and drops them."""
    return [f'unknown field "spec.{name}"' for name in body.get("spec") or {} if name not in SPEC_FIELDS]


def without_unknown_fields(body: Object) -> Object:
    """The object as it is stored."""
    spec = {name: value for name, value in body["spec"].items() if name in SPEC_FIELDS}
    return {**body, "spec": spec}


def check_types(spec: Any) -> None:
    """400 where a value does not even have the right type, as when the real server decodes it."""
    if not isinstance(spec, dict):
        raise bad_request('Deployment in version "v1" cannot be handled as a Deployment: spec is no object')
    for name in _NOT_NEGATIVE:
        value = spec.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            kind = "string" if isinstance(value, str) else "number"
            raise bad_request(
                f'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal {kind} into Go '
                f"struct field DeploymentSpec.spec.{name} of type int32"
            )
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers")
    if containers is not None and not (isinstance(containers, list) and all(isinstance(c, dict) for c in containers)):
        raise bad_request(
            'Deployment in version "v1" cannot be handled as a Deployment: containers is no list of objects'
        )


def check_deployment(body: Object, before: Object) -> None:
    """422 where the object would be wrong. `before` is the object as it is."""
    spec = body["spec"]
    check_types(spec)
    causes = [
        Cause(f"spec.{name}", f"Invalid value: {spec[name]}: must be greater than or equal to 0")
        for name in _NOT_NEGATIVE
        if isinstance(spec.get(name), int) and spec[name] < 0
    ]
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    if not selects(spec.get("selector"), labels):
        message = f"Invalid value: {_go(labels)}: `selector` does not match template `labels`"
        causes.append(Cause("spec.template.metadata.labels", message))
    causes += _check_containers((template.get("spec") or {}).get("containers") or [])
    causes += _check_strategy(spec.get("strategy") or {})
    if spec.get("selector") != before["spec"]["selector"]:
        causes.append(Cause("spec.selector", f"Invalid value: {_go(spec.get('selector'))}: field is immutable"))
    if causes:
        raise invalid(DEPLOYMENTS, before["metadata"]["name"], causes)


def check_replicas(name: str, replicas: Any) -> None:
    """The same for `/scale`."""
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise bad_request("json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of type int32")
    if replicas < 0:
        cause = Cause("spec.replicas", f"Invalid value: {replicas}: must be greater than or equal to 0")
        raise invalid(DEPLOYMENTS, name, [cause])


def _check_containers(containers: list[Object]) -> list[Cause]:
    at = "spec.template.spec.containers"
    if not containers:
        return [Cause(at, "Required value", "FieldValueRequired")]
    causes: list[Cause] = []
    names: set[str] = set()
    for index, container in enumerate(containers):
        name = container.get("name")
        if not name:
            causes.append(Cause(f"{at}[{index}].name", "Required value", "FieldValueRequired"))
        elif name in names:
            causes.append(Cause(f"{at}[{index}].name", f'Duplicate value: "{name}"', "FieldValueDuplicate"))
        names.add(str(name))
        if not container.get("image"):
            causes.append(Cause(f"{at}[{index}].image", "Required value", "FieldValueRequired"))
        for kind, amounts in (container.get("resources") or {}).items():
            causes += [
                Cause(f"{at}[{index}].resources.{kind}.{resource}", f'Invalid value: "{amount}": must be a quantity')
                for resource, amount in (amounts or {}).items()
                if not _QUANTITY.fullmatch(str(amount))
            ]
    return causes


def _check_strategy(strategy: Object) -> list[Cause]:
    kind = strategy.get("type", "RollingUpdate")
    if kind not in ("RollingUpdate", "Recreate"):
        message = f'Unsupported value: "{kind}": supported values: "Recreate", "RollingUpdate"'
        return [Cause("spec.strategy.type", message, "FieldValueNotSupported")]
    rolling = strategy.get("rollingUpdate")
    if kind == "Recreate" and rolling:
        message = "Forbidden: may not be specified when strategy `type` is 'Recreate'"
        return [Cause("spec.strategy.rollingUpdate", message, "FieldValueForbidden")]
    causes: list[Cause] = []
    for name in ("maxSurge", "maxUnavailable"):
        value = (rolling or {}).get(name)
        if isinstance(value, int) and value < 0:
            message = f"Invalid value: {value}: must be greater than or equal to 0"
            causes.append(Cause(f"spec.strategy.rollingUpdate.{name}", message))
        elif isinstance(value, str) and not _PERCENT.fullmatch(value):
            message = (
                f"Invalid value: \"{value}\": a valid percent string must be a numeric string followed by an ending '%'"
            )
            causes.append(Cause(f"spec.strategy.rollingUpdate.{name}", message))
    return causes


def _go(value: Any) -> str:
    """As newer servers print an object inside a sentence."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
