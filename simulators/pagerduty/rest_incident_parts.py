"""REST v2: what hangs on an incident: its log, alerts, notes, snooze, merge, status updates, related changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.pagerduty import edits, errors, lifecycle
from simulators.pagerduty.directory import ACCOUNT_ZONE, USERS
from simulators.pagerduty.pagination import choices, flag, instant_of, page_of, range_of, zone_of
from simulators.pagerduty.refs import incident_ref
from simulators.pagerduty.render_account import change_event_object
from simulators.pagerduty.render_incident import (
    alert_object,
    incident_object,
    listed_log_entry,
    note_object,
    status_update_object,
)
from simulators.pagerduty.render_log_entry import OVERVIEW_TYPES
from simulators.pagerduty.request import body_object, id_of, incident_in_path, requester, text_of
from simulators.pagerduty.world import World

LOG_WINDOW = timedelta(days=1)
RELATED_CHANGES_WITHIN = timedelta(hours=24)


class IncidentPartRoutes:
    """Handlers of `/incidents/{id}/…` and `/log_entries`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Sequence[Route]:
        """The routes, relative to the API's root."""
        return (
            Route("/log_entries", self.log_entries, methods=["GET"]),
            Route("/log_entries/{id}", self.log_entry, methods=["GET"]),
            Route("/incidents/{id}/log_entries", self.incident_log, methods=["GET"]),
            Route("/incidents/{id}/alerts", self.alerts, methods=["GET"]),
            Route("/incidents/{id}/notes", self.notes, methods=["GET"]),
            Route("/incidents/{id}/notes", self.add_note, methods=["POST"]),
            Route("/incidents/{id}/snooze", self.snooze, methods=["POST"]),
            Route("/incidents/{id}/merge", self.merge, methods=["PUT"]),
            Route("/incidents/{id}/status_updates", self.add_status_update, methods=["POST"]),
            Route("/incidents/{id}/responder_requests", self.request_responders, methods=["POST"]),
            Route("/incidents/{id}/related_change_events", self.related_changes, methods=["GET"]),
        )

    async def log_entries(self, request: Request) -> JSONResponse:
        """All entries of the range (default.

        The last day), newest first, in the account's zone unless `time_zone` is given.
        """
        page, zone = page_of(request), zone_of(request) or ACCOUNT_ZONE
        include = request.query_params.getlist("include[]")
        with self._world.transaction():
            since, until = range_of(request, self._world.clock.now(), LOG_WINDOW)
            found = self._world.log_book.between(since, until)
            found = [e for e in reversed(found) if self._world.visible_incident(e.incident_id)]
            if flag(request, "is_overview"):
                found = [e for e in found if e.type in OVERVIEW_TYPES]
            return JSONResponse(
                page.answer("log_entries", found, lambda e: listed_log_entry(self._world, e, include, zone))
            )

    async def log_entry(self, request: Request) -> JSONResponse:
        """One entry."""
        with self._world.transaction():
            entry = self._world.log_book.get(request.path_params["id"])
            if entry is None or self._world.visible_incident(entry.incident_id) is None:
                raise errors.not_found()
            include = request.query_params.getlist("include[]")
            zone = zone_of(request) or ACCOUNT_ZONE
            return JSONResponse({"log_entry": listed_log_entry(self._world, entry, include, zone)})

    async def incident_log(self, request: Request) -> JSONResponse:
        """One incident's entries, newest first; all of them unless a range is given."""
        page, zone = page_of(request), zone_of(request) or ACCOUNT_ZONE
        include = request.query_params.getlist("include[]")
        with self._world.transaction():
            incident = incident_in_path(self._world, request)
            since, until = instant_of(request, "since"), instant_of(request, "until")
            found = self._world.log_book.of_incident(incident.id, since, until)[::-1]
            if flag(request, "is_overview"):
                found = [e for e in found if e.type in OVERVIEW_TYPES]
            return JSONResponse(
                page.answer("log_entries", found, lambda e: listed_log_entry(self._world, e, include, zone))
            )

    async def alerts(self, request: Request) -> JSONResponse:
        """The alerts grouped into the incident."""
        page = page_of(request)
        statuses = choices(request, "statuses[]", ("triggered", "resolved"))
        key = request.query_params.get("alert_key")
        with self._world.transaction():
            incident = incident_in_path(self._world, request)
            found = [
                a
                for a in self._world.alerts_of(incident.id)
                if (not statuses or a.status in statuses) and key in (None, a.alert_key)
            ]
            return JSONResponse(page.answer("alerts", found, lambda a: alert_object(self._world, a)))

    async def notes(self, request: Request) -> JSONResponse:
        """The incident's notes, oldest first; this list has no pages."""
        with self._world.transaction():
            incident = incident_in_path(self._world, request)
            return JSONResponse({"notes": [note_object(n) for n in self._world.notes_of(incident.id)]})

    async def add_note(self, request: Request) -> JSONResponse:
        """Adds a note; also on a resolved incident."""
        agent = requester(request)
        content = text_of(await body_object(request, "note"), "content", required=True) or ""
        with self._world.transaction():
            note = edits.annotate(self._world, incident_in_path(self._world, request), agent.id, content)
            return JSONResponse({"note": note_object(note)})

    async def snooze(self, request: Request) -> JSONResponse:
        """Snoozes for `duration` seconds."""
        agent = requester(request)
        seconds = (await body_object(request)).get("duration")
        if not isinstance(seconds, int) or isinstance(seconds, bool):
            raise errors.invalid("duration is required and must be an integer.")
        with self._world.transaction():
            incident = incident_in_path(self._world, request)
            lifecycle.snooze(self._world, incident, agent, seconds)
            return JSONResponse({"incident": incident_object(self._world, incident)}, status_code=201)

    async def merge(self, request: Request) -> JSONResponse:
        """Merges the sources into the incident of the path."""
        agent = requester(request)
        references = (await body_object(request)).get("source_incidents")
        if not isinstance(references, list) or not references:
            raise errors.invalid("source_incidents must be a list of incident references.")
        with self._world.transaction():
            target = incident_in_path(self._world, request)
            sources = [self._world.visible_incident(id_of(r, "source incident")) for r in references]
            known = [source for source in sources if source is not None]
            if len(known) < len(sources):
                raise errors.not_found()
            lifecycle.merge(self._world, target, known, agent)
            return JSONResponse({"incident": incident_ref(target)})

    async def add_status_update(self, request: Request) -> JSONResponse:
        """Publishes a status update."""
        agent = requester(request)
        body = await body_object(request)
        message = text_of(body, "message", required=True) or ""
        with self._world.transaction():
            update = edits.publish_status_update(
                self._world,
                incident_in_path(self._world, request),
                agent.id,
                message,
                subject=text_of(body, "subject"),
                html_message=text_of(body, "html_message"),
            )
            return JSONResponse({"status_update": status_update_object(update)})

    async def request_responders(self, request: Request) -> JSONResponse:
        """Asks further users to help."""
        agent = requester(request)
        body = await body_object(request)
        message = text_of(body, "message", required=True) or ""
        targets = body.get("responder_request_targets")
        if not isinstance(targets, list) or not targets:
            raise errors.invalid("responder_request_targets must be a list.")
        wrapped = [t.get("responder_request_target") if isinstance(t, dict) else None for t in targets]
        user_ids = [id_of(t, "responder_request_target") for t in wrapped]
        if any(user_id not in USERS for user_id in user_ids):
            raise errors.not_found()
        with self._world.transaction():
            incident = incident_in_path(self._world, request)
            shown = edits.request_responders(self._world, incident, user_ids, message, agent)
            return JSONResponse({"responder_request": shown})

    async def related_changes(self, request: Request) -> JSONResponse:
        """Changes of the incident's service in the day before it, newest first."""
        with self._world.transaction():
            incident = incident_in_path(self._world, request)
            earliest = incident.created_at - RELATED_CHANGES_WITHIN
            found = [
                c
                for c in self._world.changes.values()
                if c.service_id == incident.service_id and earliest <= c.timestamp <= incident.created_at
            ]
            found.sort(key=lambda c: c.timestamp, reverse=True)
            limit = page_of(request).limit
            shown = [
                {**change_event_object(c), "correlation_reason": {"reason": "related_service" if n else "most_recent"}}
                for n, c in enumerate(found[:limit])
            ]
            return JSONResponse({"change_events": shown})
