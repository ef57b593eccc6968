"""What a request is about, read from its path as the API server reads it, and its parameters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request

from simulators.kubernetes.errors import ApiError, Cause, bad_request
from simulators.kubernetes.resources import NAMESPACES, Object, Resource, resource_of

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}
MOST_BYTES = 3 * 2**20


@dataclass(frozen=True)
class Target:
    """The object or list that a path names."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    def verb(self, method: str, query: QueryParams) -> str:
        """RBAC's word for it."""
        if method in ("GET", "HEAD"):
            if self.name:
                return "get"
            return "watch" if is_true(query, "watch") else "list"
        if method == "DELETE":
            return "delete" if self.name else "deletecollection"
        return _VERBS.get(method, method.lower())


def target_of(path: str) -> Target | None:
    """`/api/v1/namespaces/chatops/pods/x/log` and its like; null where no resource is named that there is."""
    parts = [part for part in path.split("/") if part]
    match parts:
        case ["api", version, *rest]:
            group = ""
        case ["apis", group, version, *rest]:
            pass
        case _:
            return None
    namespace = ""
    if len(rest) >= 3 and rest[0] == "namespaces" and (group or rest[2] not in ("status", "finalize")):
        namespace, rest = rest[1], rest[2:]
    if not 1 <= len(rest) <= 3:
        return None
    resource = resource_of(group, version, rest[0])
    if resource is None or (namespace and not resource.is_namespaced):
        return None
    name, subresource = (*rest[1:], "", "")[:2]
    if resource.is_namespaced and name and not namespace:
        return None
    if subresource and resource.subresource(subresource) is None:
        return None
    return Target(resource, name if resource is NAMESPACES else namespace, name, subresource)


def is_true(query: QueryParams, name: str) -> bool:
    """A flag as Go reads it; there without a value is true."""
    value = query.get(name)
    return value is not None and value.lower() in ("", "1", "t", "true")


def number(query: QueryParams, name: str) -> int | None:
    """A whole number. 400 if it is none."""
    value = query.get(name)
    if not value:
        return None
    try:
        return int(value)
    except ValueError as error:
        raise bad_request(f'strconv.ParseInt: parsing "{value}": invalid syntax') from error


def is_dry_run(query: QueryParams, options: Object | None = None, *, kind: str = "UpdateOptions") -> bool:
    """Whether nothing is to be changed. 422 for a value other than `All`."""
    asked = query.getlist("dryRun") or (options or {}).get("dryRun") or []
    for value in asked:
        if value != "All":
            message = f'Unsupported value: ["{value}"]: supported values: "All"'
            raise ApiError(
                422,
                "Invalid",
                f'{kind}.meta.k8s.io "" is invalid: dryRun: {message}',
                {
                    "group": "meta.k8s.io",
                    "kind": kind,
                    "causes": [vars(Cause("dryRun", message, "FieldValueNotSupported"))],
                },
            )
    return bool(asked)


async def json_body(request: Request) -> Any:
    """The body, decoded. 400 if it is none, 413 if it is too long."""
    raw = await request.body()
    if len(raw) > MOST_BYTES:
        raise ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {MOST_BYTES}")
    try:
        return json.loads(raw)
    except ValueError as error:
        raise bad_request(f"the object provided is unrecognized (must be of type Object): {error}") from error


async def object_body(request: Request) -> Object:
    """The JSON object in the body."""
    body = await json_body(request)
    if not isinstance(body, dict):
        raise bad_request("the object provided is unrecognized (must be of type Object)")
    return body
