"""The three kinds of patch that are taken: JSON patch (RFC 6902), merge patch (RFC 7386), strategic merge patch."""

from __future__ import annotations

import copy
from typing import Any

from simulators.kubernetes.errors import bad_request, unprocessable_patch
from simulators.kubernetes.resources import Object

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"
ACCEPTED = (JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH)

#: By which field the elements of a list are told apart, by the list's name. Lists that are not here are replaced whole.
_MERGE_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "ports": "containerPort",
    "imagePullSecrets": "name",
    "hostAliases": "ip",
    "conditions": "type",
    "ownerReferences": "uid",
    "topologySpreadConstraints": "topologyKey",
}
_PATCH, _RETAIN, _ORDER, _DELETE = "$patch", "$retainKeys", "$setElementOrder/", "$deleteFromPrimitiveList/"


def apply_patch(media_type: str, body: Object, patch: Any) -> Object:
    """The object with the patch applied; `body` is left as it is. 400 or 422 where it cannot be."""
    if media_type == JSON_PATCH:
        return _json_patch(body, patch)
    if not isinstance(patch, dict):
        raise bad_request("json: cannot unmarshal array into Go value of type map[string]interface {}")
    merged = _merge(body, patch) if media_type == MERGE_PATCH else _merge_strategically(body, patch)
    if not isinstance(merged, dict):
        raise bad_request("the patched object is none")
    return merged


def _merge(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merge(merged.get(name), value)
    return merged


# -- strategic merge -------------------------------------------------------------------------------------------------


def _merge_strategically(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    directive = patch.get(_PATCH)
    if directive == "delete":
        return {}
    if directive == "replace":
        return copy.deepcopy({name: value for name, value in patch.items() if name != _PATCH})
    merged = dict(target) if isinstance(target, dict) else {}
    if isinstance(retained := patch.get(_RETAIN), list):
        merged = {name: value for name, value in merged.items() if name in retained}
    for name, value in patch.items():
        if name in (_PATCH, _RETAIN) or name.startswith(_ORDER):
            continue
        if name.startswith(_DELETE):
            field = name.removeprefix(_DELETE)
            merged[field] = [each for each in merged.get(field) or () if each not in value]
        elif value is None:
            merged.pop(name, None)
        elif isinstance(value, list) and name in _MERGE_KEYS:
            merged[name] = _merge_list(merged.get(name) or [], value, _MERGE_KEYS[name])
        else:
            merged[name] = _merge_strategically(merged.get(name), value)
    return merged


def _merge_list(target: list[Any], patch: list[Any], key: str) -> list[Any]:
    if any(not isinstance(each, dict) for each in patch):
        raise bad_request("unable to find api field in struct for the json field: a list element is no object")
    if any(each.get(_PATCH) == "replace" for each in patch):
        return copy.deepcopy([each for each in patch if each.get(_PATCH) != "replace"])
    merged = list(target)
    for each in patch:
        if key not in each:
            raise bad_request(f"map: {each} does not contain declared merge key: {key}")
        found = next((index for index, old in enumerate(merged) if old.get(key) == each[key]), None)
        if each.get(_PATCH) == "delete":
            merged = [old for old in merged if old.get(key) != each[key]]
        elif found is None:
            merged.append(_merge_strategically({}, each))
        else:
            merged[found] = _merge_strategically(merged[found], each)
    return merged


# -- JSON patch ------------------------------------------------------------------------------------------------------


def _json_patch(body: Object, patch: Any) -> Object:
    if not isinstance(patch, list):
        raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    document: Any = copy.deepcopy(body)
    for operation in patch:
        try:
            document = _operate(document, operation)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise unprocessable_patch() from error
    if not isinstance(document, dict):
        raise unprocessable_patch()
    return document


def _operate(document: Any, operation: Object) -> Any:
    path = _pointer(operation["path"])
    match operation["op"]:
        case "test":
            if _at(document, path) != operation["value"]:
                raise ValueError("the test failed")
            return document
        case "remove":
            _remove(document, path)
            return document
        case "add":
            return _add(document, path, copy.deepcopy(operation["value"]))
        case "replace":
            if path:
                _at(document, path)
                _remove(document, path)
            return _add(document, path, copy.deepcopy(operation["value"]))
        case "copy":
            return _add(document, path, copy.deepcopy(_at(document, _pointer(operation["from"]))))
        case "move":
            source = _pointer(operation["from"])
            value = _at(document, source)
            _remove(document, source)
            return _add(document, path, value)
        case other:
            raise ValueError(f"unknown operation {other!r}")


def _pointer(text: str) -> list[str]:
    if text and not text.startswith("/"):
        raise ValueError(f"{text!r} is no pointer")
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _at(document: Any, path: list[str]) -> Any:
    for part in path:
        document = document[_index(part)] if isinstance(document, list) else document[part]
    return document


def _remove(document: Any, path: list[str]) -> None:
    holder = _at(document, path[:-1])
    del holder[_index(path[-1]) if isinstance(holder, list) else path[-1]]


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    holder, last = _at(document, path[:-1]), path[-1]
    if isinstance(holder, list):
        index = len(holder) if last == "-" else _index(last)
        if index > len(holder):
            raise IndexError(index)
        holder.insert(index, value)
    else:
        holder[last] = value
    return document


def _index(part: str) -> int:
    if not part.isdigit():
        raise ValueError(f"{part!r} is no index")
    return int(part)
