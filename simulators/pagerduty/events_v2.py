"""Events API v2: alerts and change events from monitoring and deploy tools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.pagerduty import ids, lifecycle
from simulators.pagerduty.directory import Service, service_by_routing_key
from simulators.pagerduty.model import Agent, ChangeEvent, Incident
from simulators.pagerduty.world import World

MAX_BYTES = 512 * 1024
MAX_SUMMARY = 1024
SEVERITIES = ("critical", "error", "warning", "info")
_ACTIONS = ("trigger", "acknowledge", "resolve")


class EventError(Exception):
    """An event PagerDuty would refuse with 400; its arguments say why."""


def trigger_channel(service: Service, dedup_key: str, payload: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """The trigger log entry's channel; see `render_log_entry` for what stands where."""
    details = payload.get("custom_details") or {}
    summary = payload["summary"]
    return {
        "type": "api",
        "summary": summary,
        "service_key": service.routing_key,
        "description": summary,
        "incident_key": dedup_key,
        "details": details if isinstance(details, dict) else {"body": details},
        "client": event.get("client"),
        "client_url": event.get("client_url"),
        "cef_details": {
            "version": "1.0",
            "dedup_key": dedup_key,
            "description": summary,
            "message": summary,
            "severity": payload["severity"],
            "source_origin": payload["source"],
            "source_component": payload.get("component"),
            "service_group": payload.get("group"),
            "event_class": payload.get("class"),
            "creation_time": payload.get("timestamp"),
            "contexts": _contexts(event),
            "details": details if isinstance(details, dict) else {"body": details},
        },
    }


def _contexts(event: dict[str, Any]) -> list[dict[str, Any]]:
    links = [{"type": "link", **link} for link in event.get("links") or []]
    images = [{"type": "image", **image} for image in event.get("images") or []]
    return links + images


def trigger_event(
    world: World, service: Service, event: dict[str, Any], *, priority_id: str | None = None, at: datetime | None = None
) -> Incident:
    """A checked trigger event: a new incident, or the open one its `dedup_key` belongs to."""
    payload = event["payload"]
    key = event.get("dedup_key") or ids.dedup_key()
    with world.transaction():
        existing = _incident_of_key(world, service, key)
        if existing is not None:
            return existing
        channel = trigger_channel(service, key, payload, event)
        return lifecycle.trigger(
            world,
            service_id=service.id,
            title=payload["summary"],
            agent=Agent(kind="service", id=service.id),
            channel=channel,
            incident_key=key,
            urgency="high" if payload["severity"] in ("critical", "error") else "low",
            priority_id=priority_id,
            severity=payload["severity"],
            details=channel["details"],
            contexts=_contexts(event),
            at=at,
        )


def _incident_of_key(world: World, service: Service, key: str) -> Incident | None:
    """The open incident that holds an open alert of this key; a merged alert leads to its new incident."""
    for incident in world.open_incidents():
        for alert in world.alerts_of(incident.id):
            if alert.service_id == service.id and alert.alert_key == key and alert.status == "triggered":
                return incident
    return None


def acknowledge_event(world: World, service: Service, key: str) -> None:
    """Acknowledges the incident of a key in the service's name; an unknown key is accepted and ignored."""
    with world.transaction():
        incident = _incident_of_key(world, service, key)
        if incident is not None and incident.status == "triggered":
            lifecycle.acknowledge(world, incident, Agent(kind="service", id=service.id))


def resolve_event(world: World, service: Service, key: str, *, at: datetime | None = None) -> None:
    """Resolves the alert of a key, and its incident when that was the last open one."""
    with world.transaction():
        incident = _incident_of_key(world, service, key)
        if incident is None:
            return
        now = world.instant(at)
        for alert in world.alerts_of(incident.id):
            if alert.alert_key == key and alert.status == "triggered":
                alert.status, alert.resolved_at = "resolved", now.replace(microsecond=0)
                world.keep(alert)
        if all(alert.status == "resolved" for alert in world.alerts_of(incident.id)):
            lifecycle.resolve(world, incident, Agent(kind="service", id=service.id), at=now)


class EventRoutes:
    """Handlers of `/v2/enqueue` and `/v2/change/enqueue`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Sequence[Route]:
        """The routes, relative to the root."""
        return (
            Route("/v2/enqueue", self.enqueue, methods=["POST"]),
            Route("/v2/change/enqueue", self.enqueue_change, methods=["POST"]),
        )

    async def enqueue(self, request: Request) -> JSONResponse:
        """Takes an alert event: 202, or 400 with what is wrong with it."""
        raw = await request.body()
        if len(raw) > MAX_BYTES:
            return JSONResponse({"status": "invalid event", "message": "Event is too large"}, status_code=413)
        event = _event(raw)
        service = _service(event)
        action, key = _action(event), event.get("dedup_key")
        if action == "trigger":
            _check_payload(event.get("payload"))
            key = key or ids.dedup_key()
            trigger_event(self._world, service, {**event, "dedup_key": key})
        elif action == "acknowledge":
            acknowledge_event(self._world, service, str(key))
        else:
            resolve_event(self._world, service, str(key))
        return JSONResponse({"status": "success", "message": "Event processed", "dedup_key": key}, status_code=202)

    async def enqueue_change(self, request: Request) -> JSONResponse:
        """Takes a change event: 202, or 400 with what is wrong with it."""
        event = _event(await request.body())
        service = _service(event)
        payload = event.get("payload")
        if not isinstance(payload, dict) or not isinstance(payload.get("summary"), str):
            raise EventError("'payload.summary' is missing or blank")
        add_change(self._world, service, payload, event.get("links") or [])
        return JSONResponse({"status": "success", "message": "Change event processed"}, status_code=202)


def add_change(
    world: World, service: Service, payload: dict[str, Any], links: list[dict[str, Any]], at: datetime | None = None
) -> ChangeEvent:
    """Files a change event of a service; its `timestamp` counts, else now."""
    with world.transaction():
        change = ChangeEvent(
            id=ids.event_id(),
            summary=payload["summary"][:MAX_SUMMARY],
            timestamp=_timestamp(payload) or world.instant(at),
            source=payload.get("source"),
            service_id=service.id,
            routing_key=service.routing_key,
            custom_details=payload.get("custom_details") or {},
            links=links,
        )
        world.keep(change)
        return change


def _timestamp(payload: dict[str, Any]) -> datetime | None:
    text = payload.get("timestamp")
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise EventError("'payload.timestamp' is invalid (must be ISO 8601)") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _event(raw: bytes) -> dict[str, Any]:
    try:
        event = json.loads(raw)
    except ValueError:
        raise EventError("Event is not valid JSON") from None
    if not isinstance(event, dict):
        raise EventError("Event must be an object")
    return event


def _service(event: dict[str, Any]) -> Service:
    key = event.get("routing_key")
    if not isinstance(key, str) or not key:
        raise EventError("'routing_key' is missing or blank")
    service = service_by_routing_key(key)
    if service is None:
        raise EventError("'routing_key' is invalid")
    return service


def _action(event: dict[str, Any]) -> str:
    action = event.get("event_action")
    if action not in _ACTIONS:
        raise EventError(
            "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')"
        )
    key = event.get("dedup_key")
    if key is not None and (not isinstance(key, str) or len(key) > 255):
        raise EventError("'dedup_key' is invalid (must be a string of at most 255 characters)")
    if action != "trigger" and not key:
        raise EventError("'dedup_key' is missing or blank")
    return str(action)


def _check_payload(payload: Any) -> None:
    if not isinstance(payload, dict):
        raise EventError("'payload' is missing or blank")
    reasons = [
        f"'payload.{name}' is missing or blank"
        for name in ("summary", "source", "severity")
        if not isinstance(payload.get(name), str) or not payload[name].strip()
    ]
    if not reasons and payload["severity"] not in SEVERITIES:
        reasons.append("'payload.severity' is invalid (must be one of 'critical', 'warning', 'error' or 'info')")
    if not reasons and len(payload["summary"]) > MAX_SUMMARY:
        reasons.append(f"'payload.summary' is too long (maximum is {MAX_SUMMARY} characters)")
    if reasons:
        raise EventError(*reasons)
    _timestamp(payload)


async def answer_event_error(_: Request, error: Exception) -> JSONResponse:
    """Starlette's exception handler for `EventError`."""
    body = {"status": "invalid event", "message": "Event object is invalid", "errors": list(error.args)}
    return JSONResponse(body, status_code=400)
