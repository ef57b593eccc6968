"""What REST handlers read from a request: the acting user, the JSON body, the incident in the path."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request

from simulators.pagerduty import errors
from simulators.pagerduty.directory import READ_ONLY_TOKEN, User, user_by_email, user_of_token
from simulators.pagerduty.model import Agent, Incident
from simulators.pagerduty.world import World

_TOKEN_PREFIX = "Token token="  # noqa: S105 - the header's syntax


def token_of(authorization: str) -> str:
    """The token in an `Authorization: Token token=…` header, empty if it is none."""
    return authorization.removeprefix(_TOKEN_PREFIX).strip() if authorization.startswith(_TOKEN_PREFIX) else ""


def refuse_read_only(request: Request) -> None:
    """403 where a write comes with the read-only token."""
    if token_of(request.headers.get("authorization", "")) == READ_ONLY_TOKEN:
        raise errors.forbidden()


def requester(request: Request) -> Agent:
    """The user a write is done as: of a user's own token, else of the From header.

    400 if missing or unknown, 403 if read-only.
    """
    refuse_read_only(request)
    token = token_of(request.headers.get("authorization", ""))
    user: User | None = user_of_token(token)
    if user is None:
        address = request.headers.get("from")
        if address is None:
            raise errors.invalid("From header is required and must be the email address of a valid user.")
        user = user_by_email(address)
    if user is None:
        raise errors.ApiError(400, 1008, "Requester User Not Found")
    return Agent(kind="user", id=user.id)


async def body_object(request: Request, key: str | None = None) -> dict[str, Any]:
    """The JSON body, or its object under `key`; 400 if it is no JSON or no object."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise errors.invalid("The request body is not valid JSON.") from None
    if key is not None:
        body = body.get(key) if isinstance(body, dict) else None
    if not isinstance(body, dict):
        raise errors.invalid(f"{key or 'The request body'} must be an object.")
    return body


def text_of(body: dict[str, Any], name: str, *, required: bool = False) -> str | None:
    """A string field; null if absent. 400 if it is no string, or absent though required."""
    value = body.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or (required and not value.strip()):
        raise errors.invalid(f"{name} is required and must be a string." if required else f"{name} must be a string.")
    return value


def id_of(reference: Any, what: str) -> str:
    """The id of a reference object in a body; 400 if it is none."""
    if not isinstance(reference, dict) or not isinstance(reference.get("id"), str):
        raise errors.invalid(f"{what} must be a reference with an id.")
    return str(reference["id"])


def incident_in_path(world: World, request: Request) -> Incident:
    """The incident of `/incidents/{id}/…`; 404 if there is none (any more)."""
    incident = world.visible_incident(request.path_params["id"])
    if incident is None:
        raise errors.not_found()
    return incident
