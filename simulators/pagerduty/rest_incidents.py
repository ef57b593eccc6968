"""REST v2: listing, reading, opening and updating incidents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.pagerduty import errors, lifecycle
from simulators.pagerduty.directory import SERVICES
from simulators.pagerduty.incident_update import (
    apply_update,
    assignees_of,
    policy_id_of,
    priority_id_of,
    read_update,
)
from simulators.pagerduty.model import Incident
from simulators.pagerduty.pagination import choices, page_of, range_of, zone_of
from simulators.pagerduty.render_incident import incident_object
from simulators.pagerduty.request import body_object, id_of, incident_in_path, requester, text_of
from simulators.pagerduty.world import World

DEFAULT_RANGE = timedelta(days=30)
LONGEST_RANGE = timedelta(days=184)
MAX_BULK = 250
_SORT_FIELDS = {
    "incident_number": lambda i: i.number,
    "created_at": lambda i: i.created_at,
    "resolved_at": lambda i: i.resolved_at or datetime.max.replace(tzinfo=i.created_at.tzinfo),
    "urgency": lambda i: i.urgency == "high",
}


class IncidentRoutes:
    """Handlers of `/incidents` and `/incidents/{id}`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Sequence[Route]:
        """The routes, relative to the API's root."""
        return (
            Route("/incidents", self.list, methods=["GET"]),
            Route("/incidents", self.create, methods=["POST"]),
            Route("/incidents", self.update_many, methods=["PUT"]),
            Route("/incidents/{id}", self.get, methods=["GET"]),
            Route("/incidents/{id}", self.update, methods=["PUT"]),
        )

    async def list(self, request: Request) -> JSONResponse:
        """Incidents created in the range (default: the last month), filtered and sorted."""
        page, zone = page_of(request), zone_of(request)
        include = request.query_params.getlist("include[]")
        with self._world.transaction():
            found = _sorted(self._filtered(request), request.query_params.get("sort_by"))
            answer = page.answer("incidents", found, lambda i: incident_object(self._world, i, include, zone))
        return JSONResponse(answer)

    def _filtered(self, request: Request) -> Sequence[Incident]:
        query = request.query_params
        statuses = choices(request, "statuses[]", ("triggered", "acknowledged", "resolved"))
        urgencies = choices(request, "urgencies[]", ("high", "low"))
        services, users = query.getlist("service_ids[]"), set(query.getlist("user_ids[]"))
        key = query.get("incident_key")
        if query.get("date_range") not in (None, "all"):
            raise errors.invalid("date_range must be all.")
        found = self._world.visible_incidents()
        if query.get("date_range") != "all":
            since, until = range_of(request, self._world.clock.now(), DEFAULT_RANGE, LONGEST_RANGE)
            found = [i for i in found if since <= i.created_at < until]
        return [
            i
            for i in found
            if (not statuses or i.status in statuses)
            and (not urgencies or i.urgency in urgencies)
            and (not services or i.service_id in services)
            and (not users or users & {a.user_id for a in i.assignments})
            and (key is None or i.incident_key == key)
        ]

    async def get(self, request: Request) -> JSONResponse:
        """One incident."""
        with self._world.transaction():
            incident = incident_in_path(self._world, request)
            include = request.query_params.getlist("include[]")
            return JSONResponse({"incident": incident_object(self._world, incident, include)})

    async def create(self, request: Request) -> JSONResponse:
        """Opens an incident by hand."""
        agent = requester(request)
        body = await body_object(request, "incident")
        if body.get("type") != "incident":
            raise errors.invalid("type must be incident.")
        title = text_of(body, "title", required=True) or ""
        service_id = id_of(body.get("service"), "service")
        if service_id not in SERVICES:
            raise errors.invalid("Service not found.")
        if body.get("urgency") not in (None, "high", "low"):
            raise errors.invalid("urgency must be one of high, low.")
        if "escalation_policy" in body and "assignments" in body:
            raise errors.invalid("assignments cannot be given together with an escalation policy.")
        if "escalation_policy" in body:
            policy_id_of(self._world, body["escalation_policy"])
        key = text_of(body, "incident_key")
        details = _details_of(body.get("body"))
        with self._world.transaction():
            if key is not None and self._world.open_incident_by_key(service_id, key):
                raise errors.invalid("Open incident already exists on this service with the same incident key.")
            incident = lifecycle.trigger(
                self._world,
                service_id=service_id,
                title=title,
                agent=agent,
                channel={"type": "web_trigger", "summary": title, "subject": title, "details": details or ""},
                incident_key=key,
                urgency="low" if body.get("urgency") == "low" else "high",
                priority_id=priority_id_of(body["priority"]) if body.get("priority") else None,
                is_manual=True,
                body_details=details,
                assignee_ids=assignees_of(body["assignments"]) if "assignments" in body else None,
            )
            return JSONResponse({"incident": incident_object(self._world, incident)}, status_code=201)

    async def update(self, request: Request) -> JSONResponse:
        """Changes one incident."""
        agent = requester(request)
        body = await body_object(request, "incident")
        with self._world.transaction():
            incident = incident_in_path(self._world, request)
            apply_update(self._world, read_update(self._world, incident, body, agent), agent)
            return JSONResponse({"incident": incident_object(self._world, incident)})

    async def update_many(self, request: Request) -> JSONResponse:
        """Changes up to 250 incidents, all or none."""
        agent = requester(request)
        items = (await body_object(request)).get("incidents")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise errors.invalid("incidents must be a list of objects.")
        if len(items) > MAX_BULK:
            raise errors.ApiError(413, 2001, "Request Entity Too Large", f"At most {MAX_BULK} incidents at a time.")
        with self._world.transaction():
            updates = [read_update(self._world, self._known(item), item, agent) for item in items]
            for update in updates:
                apply_update(self._world, update, agent)
            shown = [incident_object(self._world, update.incident) for update in updates]
            return JSONResponse({"incidents": shown})

    def _known(self, item: dict[str, Any]) -> Incident:
        incident = self._world.visible_incident(id_of(item, "incident"))
        if incident is None:
            raise errors.not_found()
        return incident


def _details_of(body: Any) -> str | None:
    """The text of an `incident_body`."""
    if body is None:
        return None
    details = body.get("details") if isinstance(body, dict) else None
    if not isinstance(details, str):
        raise errors.invalid("body.details must be a string.")
    return details


def _sorted(found: Sequence[Incident], sort_by: str | None) -> Sequence[Incident]:
    """By up to two `field:direction`; PagerDuty's own order (by number, ascending) otherwise."""
    keys = [part.partition(":") for part in (sort_by or "incident_number:asc").split(",")]
    if len(keys) > 2 or any(name not in _SORT_FIELDS or way not in ("", "asc", "desc") for name, _, way in keys):
        raise errors.invalid("sort_by takes up to two of incident_number, created_at, resolved_at, urgency.")
    ordered = list(found)
    for name, _, way in reversed(keys):
        ordered.sort(key=_SORT_FIELDS[name], reverse=way == "desc")
    return ordered
