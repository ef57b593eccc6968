"""REST v2: users, services, escalation policies, priorities, change events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.pagerduty import errors
from simulators.pagerduty.directory import PRIORITIES, SERVICES, User, user_of_token
from simulators.pagerduty.model import ChangeEvent
from simulators.pagerduty.pagination import page_of
from simulators.pagerduty.refs import priority_object
from simulators.pagerduty.render_account import (
    change_event_object,
    contact_method_object,
    notification_rule_object,
    policy_object,
    service_object,
    user_object,
)
from simulators.pagerduty.request import token_of
from simulators.pagerduty.world import World


def _user_in_path(world: World, request: Request) -> User:
    user = world.members.get(request.path_params["id"])
    if user is None:
        raise errors.not_found()
    return user


def _matches(request: Request, name: str) -> bool:
    return request.query_params.get("query", "").lower() in name.lower()


class AccountRoutes:
    """Handlers of what the account consists of."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Sequence[Route]:
        """The routes, relative to the API's root."""
        return (
            Route("/users", self.users, methods=["GET"]),
            Route("/users/me", self.me, methods=["GET"]),
            Route("/users/{id}", self.user, methods=["GET"]),
            Route("/users/{id}/contact_methods", self.contact_methods, methods=["GET"]),
            Route("/users/{id}/notification_rules", self.notification_rules, methods=["GET"]),
            Route("/services", self.services, methods=["GET"]),
            Route("/services/{id}", self.service, methods=["GET"]),
            Route("/escalation_policies", self.policies, methods=["GET"]),
            Route("/escalation_policies/{id}", self.policy, methods=["GET"]),
            Route("/priorities", self.priorities, methods=["GET"]),
            Route("/change_events", self.changes, methods=["GET"]),
        )

    async def users(self, request: Request) -> JSONResponse:
        """All users; `query` searches names and addresses."""
        include = request.query_params.getlist("include[]")
        found = [u for u in self._world.members.values() if _matches(request, f"{u.name} {u.email}")]
        return JSONResponse(page_of(request).answer("users", found, lambda u: user_object(self._world, u.id, include)))

    async def me(self, request: Request) -> JSONResponse:
        """The owner of a user's own token; 400 with an account token, as PagerDuty answers."""
        user = user_of_token(token_of(request.headers.get("authorization", "")))
        if user is None:
            raise errors.invalid("This endpoint needs a user's own API token.")
        return JSONResponse({"user": user_object(self._world, user.id, request.query_params.getlist("include[]"))})

    async def user(self, request: Request) -> JSONResponse:
        """One user."""
        include = request.query_params.getlist("include[]")
        return JSONResponse({"user": user_object(self._world, _user_in_path(self._world, request).id, include)})

    async def contact_methods(self, request: Request) -> JSONResponse:
        """How a user is reached; a blacklisted one says so. No pages."""
        user = _user_in_path(self._world, request)
        return JSONResponse(
            {"contact_methods": [contact_method_object(user, m) for m in self._world.paging(user.id).contact_methods]}
        )

    async def notification_rules(self, request: Request) -> JSONResponse:
        """A user's rules: those of high urgency unless `urgency` is `low` or `all`. No pages."""
        user = _user_in_path(self._world, request)
        urgency = request.query_params.get("urgency", "high")
        if urgency not in ("high", "low", "all"):
            raise errors.invalid("urgency must be one of high, low, all.")
        include = request.query_params.getlist("include[]")
        rules = [r for r in self._world.paging(user.id).notification_rules if urgency in ("all", r.urgency)]
        return JSONResponse(
            {"notification_rules": [notification_rule_object(self._world, user, r, include) for r in rules]}
        )

    async def services(self, request: Request) -> JSONResponse:
        """All services by name; `query` searches, `name` matches whole."""
        include = request.query_params.getlist("include[]")
        name = request.query_params.get("name")
        found = [s for s in SERVICES.values() if _matches(request, s.name) and name in (None, s.name)]
        found.sort(key=lambda s: s.name, reverse=request.query_params.get("sort_by") == "name:desc")
        page = page_of(request)
        with self._world.transaction():
            return JSONResponse(page.answer("services", found, lambda s: service_object(self._world, s.id, include)))

    async def service(self, request: Request) -> JSONResponse:
        """One service."""
        if request.path_params["id"] not in SERVICES:
            raise errors.not_found()
        include = request.query_params.getlist("include[]")
        with self._world.transaction():
            return JSONResponse({"service": service_object(self._world, request.path_params["id"], include)})

    async def policies(self, request: Request) -> JSONResponse:
        """All escalation policies."""
        found = [p for p in self._world.policies.values() if _matches(request, p.name)]
        return JSONResponse(
            page_of(request).answer("escalation_policies", found, lambda p: policy_object(self._world, p.id))
        )

    async def policy(self, request: Request) -> JSONResponse:
        """One escalation policy."""
        if request.path_params["id"] not in self._world.policies:
            raise errors.not_found()
        return JSONResponse({"escalation_policy": policy_object(self._world, request.path_params["id"])})

    async def priorities(self, request: Request) -> JSONResponse:
        """All priorities, highest first."""
        found = list(PRIORITIES.values())
        return JSONResponse(page_of(request).answer("priorities", found, lambda p: priority_object(p.id)))

    async def changes(self, request: Request) -> JSONResponse:
        """Change events of the range, newest first. Dates must be UTC here: 400 otherwise."""
        since, until = _utc_of(request, "since"), _utc_of(request, "until")
        page = page_of(request)

        def is_wanted(change: ChangeEvent) -> bool:
            return (since is None or since <= change.timestamp) and (until is None or change.timestamp < until)

        with self._world.transaction():
            found = sorted(
                (c for c in self._world.changes.values() if is_wanted(c)), key=lambda c: c.timestamp, reverse=True
            )
            return JSONResponse(page.answer("change_events", found, change_event_object))


def _utc_of(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.utcoffset() != timedelta():
        raise errors.ApiError(400, 2004, f"Invalid '{name}' date", f"{name} must be a UTC ISO 8601 datetime.")
    return instant.astimezone(UTC)
