"""The simulator's own API, `/_sim/…` (JSON, no token): what a test or a demo does to the account from outside.

- `GET  /_sim/health`                 `{"status": "ok", "now", "incidents", "log_entries"}`
- `GET|POST|DELETE /_sim/faults`      list, arm one (fields of `faults.Fault`), disarm all
- `GET|PUT /_sim/webhooks`            read, change settings (fields of `webhooks.WebhookSettings`)
- `POST /_sim/webhooks/enable`        switch a disabled subscription on again
- `POST /_sim/webhooks/events`        send any event body as it is, or `{}` for a `pagey.ping`
- `GET|DELETE /_sim/deliveries`       the log of delivery attempts
- `GET|DELETE /_sim/calls`            the log of requests
- `PUT  /_sim/rate_limit`             `{"limit": requests a minute}`
- `POST /_sim/incidents`              ring a page: `title`, and the other arguments of `monitoring.trigger_alert`
- `POST /_sim/incidents/{id}/acknowledge` a user acknowledges on their phone: `{"by": e-mail address}`
- `DELETE /_sim/incidents/{id}`       delete, as in the web application
- `POST /_sim/incidents/{id}/responders/{user_id}` a requested responder answers: `{"accepted": true}`
- `POST /_sim/clock`                  `{"advance": seconds}`: let time pass and run what became due
- `POST /_sim/bulk`                   a busy past: arguments of `bulk.seed_past`
- `POST /_sim/reset`                  an empty account
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from functools import wraps
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.pagerduty import bulk, edits, errors, lifecycle
from simulators.pagerduty.clock import iso_milliseconds
from simulators.pagerduty.directory import USERS, user_by_email
from simulators.pagerduty.faults import Fault
from simulators.pagerduty.model import Agent
from simulators.pagerduty.monitoring import trigger_alert
from simulators.pagerduty.render_incident import incident_object
from simulators.pagerduty.render_webhook import ping
from simulators.pagerduty.request import body_object, incident_in_path

if TYPE_CHECKING:
    from simulators.pagerduty.simulator import Simulator

Handler = Callable[[Request], Awaitable[JSONResponse]]


def _arguments_checked(handler: Handler) -> Handler:
    """Answers 400 where the body names an argument that does not exist or has a wrong value."""

    @wraps(handler)
    async def checked(request: Request) -> JSONResponse:
        try:
            return await handler(request)
        except (TypeError, ValueError) as error:
            raise errors.invalid(str(error)) from error

    return checked


class ControlRoutes:
    """Handlers of `/_sim/…`."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> Sequence[Route]:
        """The routes, relative to the root."""
        table: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "health", self.health),
            ("GET", "faults", self.faults),
            ("POST", "faults", self.add_fault),
            ("DELETE", "faults", self.clear_faults),
            ("GET", "webhooks", self.webhooks),
            ("PUT", "webhooks", self.configure_webhooks),
            ("POST", "webhooks/enable", self.enable_webhooks),
            ("POST", "webhooks/events", self.send_event),
            ("GET", "deliveries", self.deliveries),
            ("DELETE", "deliveries", self.clear_deliveries),
            ("GET", "calls", self.calls),
            ("DELETE", "calls", self.clear_calls),
            ("PUT", "rate_limit", self.set_rate_limit),
            ("POST", "incidents", self.trigger),
            ("POST", "incidents/{id}/acknowledge", self.acknowledge),
            ("DELETE", "incidents/{id}", self.delete),
            ("POST", "incidents/{id}/responders/{user_id}", self.reply),
            ("POST", "clock", self.advance),
            ("POST", "bulk", self.seed),
            ("POST", "reset", self.reset),
        )
        return [
            Route(f"/_sim/{path}", _arguments_checked(handler), methods=[method]) for method, path, handler in table
        ]

    async def health(self, _: Request) -> JSONResponse:
        """Alive, and how much there is."""
        world = self._simulator.world
        return JSONResponse(
            {
                "status": "ok",
                "now": iso_milliseconds(world.clock.now()),
                "incidents": len(world.visible_incidents()),
                "log_entries": len(world.log_book),
            }
        )

    async def faults(self, _: Request) -> JSONResponse:
        """The faults that are armed."""
        return JSONResponse({"faults": [fault.as_json() for fault in self._simulator.faults.armed]})

    async def add_fault(self, request: Request) -> JSONResponse:
        """Arms one."""
        fault = Fault(**await body_object(request))
        self._simulator.faults.add(fault)
        return JSONResponse({"fault": fault.as_json()}, status_code=201)

    async def clear_faults(self, _: Request) -> JSONResponse:
        """Disarms all."""
        self._simulator.faults.clear()
        return JSONResponse({})

    async def webhooks(self, _: Request) -> JSONResponse:
        """Settings and whether the subscription is disabled."""
        dispatcher = self._simulator.dispatcher
        until = dispatcher.disabled_until
        state = {"disabled_until": iso_milliseconds(until) if until else None}
        return JSONResponse({"webhooks": {**asdict(dispatcher.settings), **state}})

    async def configure_webhooks(self, request: Request) -> JSONResponse:
        """Changes settings."""
        self._simulator.dispatcher.configure(**await body_object(request))
        return await self.webhooks(request)

    async def enable_webhooks(self, request: Request) -> JSONResponse:
        """Ends a disabled subscription's 24 hours."""
        self._simulator.dispatcher.enable()
        return await self.webhooks(request)

    async def send_event(self, request: Request) -> JSONResponse:
        """Sends a body as it is, or a ping."""
        body = await body_object(request) or ping()
        with self._simulator.world.transaction():
            self._simulator.dispatcher.accept(body)
        return JSONResponse(body, status_code=202)

    async def deliveries(self, _: Request) -> JSONResponse:
        """The log of attempts, oldest first."""
        return JSONResponse({"deliveries": [attempt.as_json() for attempt in list(self._simulator.dispatcher.log)]})

    async def clear_deliveries(self, _: Request) -> JSONResponse:
        """Empties that log."""
        self._simulator.dispatcher.log.clear()
        return JSONResponse({})

    async def calls(self, _: Request) -> JSONResponse:
        """The log of requests, oldest first, and a count by method and path."""
        calls = list(self._simulator.calls)
        counts: dict[str, int] = {}
        for call in calls:
            name = f"{call.method} {call.path}"
            counts[name] = counts.get(name, 0) + 1
        return JSONResponse({"counts": counts, "calls": [call.as_json() for call in calls]})

    async def clear_calls(self, _: Request) -> JSONResponse:
        """Empties that log."""
        self._simulator.calls.clear()
        return JSONResponse({})

    async def set_rate_limit(self, request: Request) -> JSONResponse:
        """Requests a minute for each token."""
        self._simulator.rate_limit.limit = int((await body_object(request))["limit"])
        return JSONResponse({"limit": self._simulator.rate_limit.limit})

    async def trigger(self, request: Request) -> JSONResponse:
        """Rings a page."""
        arguments: dict[str, Any] = await body_object(request)
        world = self._simulator.world
        with world.transaction():
            incident = trigger_alert(world, **arguments)
            return JSONResponse({"incident": incident_object(world, incident)}, status_code=201)

    async def acknowledge(self, request: Request) -> JSONResponse:
        """Somebody acknowledges in PagerDuty's own application."""
        user = user_by_email(str((await body_object(request)).get("by", "")))
        if user is None:
            raise errors.invalid("by must be the address of a user.")
        world = self._simulator.world
        with world.transaction():
            incident = incident_in_path(world, request)
            agent = Agent(kind="user", id=user.id)
            lifecycle.acknowledge(world, incident, agent, channel={"type": "mobile"})
            return JSONResponse({"incident": incident_object(world, incident)})

    async def delete(self, request: Request) -> JSONResponse:
        """Deletes an incident."""
        with self._simulator.world.transaction():
            lifecycle.delete(self._simulator.world, incident_in_path(self._simulator.world, request))
        return JSONResponse({})

    async def reply(self, request: Request) -> JSONResponse:
        """A requested responder answers."""
        user_id = request.path_params["user_id"]
        if user_id not in USERS:
            raise errors.not_found()
        accepted = bool((await body_object(request)).get("accepted", True))
        with self._simulator.world.transaction():
            incident = incident_in_path(self._simulator.world, request)
            edits.reply_as_responder(self._simulator.world, incident, user_id, accepted=accepted)
        return JSONResponse({})

    async def advance(self, request: Request) -> JSONResponse:
        """Lets time pass."""
        self._simulator.advance(float((await body_object(request))["advance"]))
        return JSONResponse({"now": iso_milliseconds(self._simulator.world.clock.now())})

    async def seed(self, request: Request) -> JSONResponse:
        """Writes a busy past."""
        written = bulk.seed_past(self._simulator.world, **await body_object(request))
        return JSONResponse({"incident_ids": [incident.id for incident in written]}, status_code=201)

    async def reset(self, _: Request) -> JSONResponse:
        """An empty account."""
        self._simulator.reset()
        return JSONResponse({})
