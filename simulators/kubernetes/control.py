"""The simulator's own API, `/_sim/…` (JSON, no token): what a test or a demo does to the cluster from outside.

- `GET  /_sim/health`            `{"status": "ok", "now", "objects": how many of each kind}`
- `GET|POST|DELETE /_sim/faults` list, arm one (fields of `faults.Fault`), disarm all
- `GET|DELETE /_sim/calls`       the log of requests
- `POST /_sim/clock`             `{"advance": seconds}`: let time pass and all that happens in it
- `POST /_sim/deploy`            `{"name", "image", "env"}`: somebody deploys
- `POST /_sim/roll_back`         `{"name"}`: somebody rolls back
- `PUT  /_sim/images`            `{"image": "bad" | "faulty" | "unpullable" | null}`
- `PUT  /_sim/loads`             `{"service": fields of world.Load}`
- `POST /_sim/leak`              `{"pod", "mib_a_minute"}`
- `PUT  /_sim/metrics`           `{"is_served": false}`: as without a metrics server
- `POST /_sim/deny`              `{"verb", "resource"}`: the portal's token may not any more
- `DELETE /_sim/deny`            everything is allowed again
- `POST /_sim/expire`            continue tokens and old versions are gone: 410
- `POST /_sim/pods`              `{"count"}`: that many more pods
- `POST /_sim/reset`             the default world
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.kubernetes import actions, seeding
from simulators.kubernetes.clock import iso
from simulators.kubernetes.errors import ApiError, not_found
from simulators.kubernetes.faults import Fault
from simulators.kubernetes.request import object_body
from simulators.kubernetes.resources import PODS
from simulators.kubernetes.world import NAMESPACE

if TYPE_CHECKING:
    from simulators.kubernetes.simulator import Simulator

Handler = Callable[[Request], Awaitable[JSONResponse]]


def _arguments_checked(handler: Handler) -> Handler:
    """Answers 400 where the body names an argument that does not exist or has a wrong value."""

    @wraps(handler)
    async def checked(request: Request) -> JSONResponse:
        try:
            return await handler(request)
        except ApiError as refusal:
            return JSONResponse(refusal.body(), status_code=refusal.status)
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

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
            ("GET", "calls", self.calls),
            ("DELETE", "calls", self.clear_calls),
            ("POST", "clock", self.advance),
            ("POST", "deploy", self.deploy),
            ("POST", "roll_back", self.roll_back),
            ("PUT", "images", self.declare),
            ("PUT", "loads", self.set_loads),
            ("POST", "leak", self.leak),
            ("PUT", "metrics", self.set_metrics),
            ("POST", "deny", self.deny),
            ("DELETE", "deny", self.allow),
            ("POST", "expire", self.expire),
            ("POST", "pods", self.seed_pods),
            ("POST", "reset", self.reset),
        )
        return [
            Route(f"/_sim/{path}", _arguments_checked(handler), methods=[method]) for method, path, handler in table
        ]

    async def health(self, _: Request) -> JSONResponse:
        """Alive, and how much there is."""
        world = self._simulator.world
        objects = {resource.plural: len(found) for resource, found in world.store.objects.items()}
        return JSONResponse({"status": "ok", "now": iso(world.now()), "objects": objects})

    async def faults(self, _: Request) -> JSONResponse:
        """The faults that are armed."""
        return JSONResponse({"faults": [fault.as_json() for fault in self._simulator.faults.armed]})

    async def add_fault(self, request: Request) -> JSONResponse:
        """Arms one."""
        fault = Fault(**await object_body(request))
        self._simulator.faults.add(fault)
        return JSONResponse({"fault": fault.as_json()}, status_code=201)

    async def clear_faults(self, _: Request) -> JSONResponse:
        """Disarms all."""
        self._simulator.faults.clear()
        return JSONResponse({})

    async def calls(self, _: Request) -> JSONResponse:
        """The log of requests, oldest first."""
        return JSONResponse({"calls": [call.as_json() for call in list(self._simulator.calls)]})

    async def clear_calls(self, _: Request) -> JSONResponse:
        """Empties that log."""
        self._simulator.calls.clear()
        return JSONResponse({})

    async def advance(self, request: Request) -> JSONResponse:
        """Lets time pass."""
        self._simulator.advance(float((await object_body(request))["advance"]))
        return JSONResponse({"now": iso(self._simulator.world.now())})

    async def deploy(self, request: Request) -> JSONResponse:
        """Somebody deploys."""
        arguments: dict[str, Any] = await object_body(request)
        deployment = actions.deploy(self._simulator.world, arguments.pop("name"), **arguments)
        return JSONResponse({"deployment": deployment}, status_code=201)

    async def roll_back(self, request: Request) -> JSONResponse:
        """Somebody rolls back."""
        deployment = actions.roll_back(self._simulator.world, (await object_body(request))["name"])
        return JSONResponse({"deployment": deployment}, status_code=201)

    async def declare(self, request: Request) -> JSONResponse:
        """Says what is wrong with images."""
        for image, behaviour in (await object_body(request)).items():
            if behaviour not in ("bad", "faulty", "unpullable", None):
                raise ValueError(f"no behaviour {behaviour!r}")
            self._simulator.world.declare(image, behaviour)
        return JSONResponse({})

    async def set_loads(self, request: Request) -> JSONResponse:
        """Says how busy services are."""
        for service, load in (await object_body(request)).items():
            self._simulator.world.set_load(service, **load)
        return JSONResponse({})

    async def leak(self, request: Request) -> JSONResponse:
        """Lets a pod lose memory."""
        arguments = await object_body(request)
        pod = self._simulator.world.store.get(PODS, arguments.get("namespace", NAMESPACE), arguments["pod"])
        if pod is None:
            raise not_found(PODS, arguments["pod"])
        self._simulator.world.leak(pod["metadata"]["uid"], float(arguments["mib_a_minute"]))
        return JSONResponse({})

    async def set_metrics(self, request: Request) -> JSONResponse:
        """Installs or removes the metrics server."""
        self._simulator.world.set_metrics(bool((await object_body(request))["is_served"]))
        return JSONResponse({})

    async def deny(self, request: Request) -> JSONResponse:
        """Takes a verb away."""
        arguments = await object_body(request)
        self._simulator.access.deny(arguments["verb"], arguments["resource"])
        return JSONResponse({})

    async def allow(self, _: Request) -> JSONResponse:
        """Everything is allowed again."""
        self._simulator.access.reset()
        return JSONResponse({})

    async def expire(self, _: Request) -> JSONResponse:
        """Old versions and open lists are gone."""
        self._simulator.expire()
        return JSONResponse({})

    async def seed_pods(self, request: Request) -> JSONResponse:
        """Makes more pods."""
        seeding.seed_pods(self._simulator.world, int((await object_body(request))["count"]))
        return JSONResponse({}, status_code=201)

    async def reset(self, _: Request) -> JSONResponse:
        """The default world."""
        self._simulator.reset()
        return JSONResponse({})
