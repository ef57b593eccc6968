"""Refusals, each as the `Status` that the real API server answers with. Sentences are those of apimachinery's `api/errors`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulators.kubernetes.resources import Resource

_MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


@dataclass
class ApiError(Exception):
    """A request that is not carried out."""

    status: int
    reason: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    #: A continue token for the rest of a list, with 410.
    go_on: str = ""

    def body(self) -> dict[str, Any]:
        """The `Status` object."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": self.go_on} if self.go_on else {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            **({"details": self.details} if self.details else {}),
            "code": self.status,
        }


def _details(resource: Resource, name: str) -> dict[str, Any]:
    return {"name": name, **({"group": resource.group} if resource.group else {}), "kind": resource.plural}


def unauthorized() -> ApiError:
    """401: no token, or none that is known."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def forbidden(user: str, verb: str, resource: Resource, *, subresource: str, namespace: str, name: str) -> ApiError:
    """403 with RBAC's sentence."""
    what = f"{resource.plural}/{subresource}" if subresource else resource.plural
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    subject = f'{resource.qualified} "{name}"' if name else resource.qualified
    sentence = f'User "{user}" cannot {verb} resource "{what}" in API group "{resource.group}" {where}'
    return ApiError(403, "Forbidden", f"{subject} is forbidden: {sentence}", _details(resource, name))


def not_found(resource: Resource, name: str) -> ApiError:
    """404: no such object."""
    return ApiError(404, "NotFound", f'{resource.qualified} "{name}" not found', _details(resource, name))


def no_such_resource() -> ApiError:
    """404: the API has no such path."""
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def method_not_allowed() -> ApiError:
    """405: the resource has no such verb."""
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def modified(resource: Resource, name: str) -> ApiError:
    """409: somebody changed it since it was read."""
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {_MODIFIED}'
    return ApiError(409, "Conflict", message, _details(resource, name))


def precondition_failed(resource: Resource, name: str, what: str, wanted: str, found: str) -> ApiError:
    """409: `what` is UID or ResourceVersion."""
    sentence = f"Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}"
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {sentence}'
    return ApiError(409, "Conflict", message, _details(resource, name))


def gone(message: str, *, go_on: str = "") -> ApiError:
    """410: what was asked for is too old."""
    return ApiError(410, "Expired", message, go_on=go_on)


def unsupported_media_type(accepted: tuple[str, ...]) -> ApiError:
    """415: a body of an unknown kind."""
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    return ApiError(415, "UnsupportedMediaType", message)


def bad_request(message: str) -> ApiError:
    """400."""
    return ApiError(400, "BadRequest", message)


@dataclass(frozen=True)
class Cause:
    """One field that is wrong. `reason` is FieldValueInvalid, FieldValueRequired, FieldValueNotSupported, …"""

    field: str
    message: str
    reason: str = "FieldValueInvalid"


def invalid(resource: Resource, name: str, causes: list[Cause]) -> ApiError:
    """422: the object would be wrong."""
    sentences = [f"{cause.field}: {cause.message}" for cause in causes]
    joined = sentences[0] if len(sentences) == 1 else f"[{', '.join(sentences)}]"
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    details = {
        **_details(resource, name),
        "kind": resource.kind,
        "causes": [{"reason": c.reason, "message": c.message, "field": c.field} for c in causes],
    }
    return ApiError(422, "Invalid", f'{kind} "{name}" is invalid: {joined}', details)


def unprocessable_patch() -> ApiError:
    """422: a JSON patch that does not apply, or whose test fails; the real one does not say which either."""
    return ApiError(422, "Invalid", "the server rejected our request due to an error in our request")


_FAULTS = {
    400: ("BadRequest", "the server rejected our request for an unknown reason"),
    401: ("Unauthorized", "Unauthorized"),
    403: ("Forbidden", "forbidden: the demo world says no"),
    404: ("NotFound", "the server could not find the requested resource"),
    405: ("MethodNotAllowed", "the server does not allow this method on the requested resource"),
    409: ("Conflict", f"Operation cannot be fulfilled: {_MODIFIED}"),
    410: ("Expired", "The resourceVersion for the provided watch is too old."),
    422: ("Invalid", "the server rejected our request due to an error in our request"),
    429: ("TooManyRequests", "Too many requests, please try again later."),
    500: ("InternalError", "Internal error occurred: etcdserver: request timed out"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: ("Timeout", "Timeout: request did not complete within the allotted timeout"),
}


def of_status(status: int, message: str | None = None, retry_after: int | None = None) -> ApiError:
    """The refusal of a fault that was armed."""
    reason, usual = _FAULTS.get(status, ("InternalError", "Internal error occurred: an error on purpose"))
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    details = {} if retry_after is None else {"retryAfterSeconds": retry_after}
    return ApiError(status, reason, message or usual, details, headers)
