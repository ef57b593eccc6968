"""REST `/v3/schedules`: shift-based schedules, their rotations, events and single shifts, to be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.pagerduty import errors
from simulators.pagerduty.pagination import flag, instant_of, zone_of
from simulators.pagerduty.refs import schedule_ref
from simulators.pagerduty.render_schedule import Rendering
from simulators.pagerduty.render_schedule_v3 import (
    custom_shift_object,
    event_object,
    rotation_object,
    schedule_v3_object,
)
from simulators.pagerduty.schedule_v3 import CustomShift, OverrideShift, Rotation, ScheduleV3
from simulators.pagerduty.world import World


def schedule_v3_in_path(world: World, request: Request) -> ScheduleV3:
    """The schedule of `/v3/schedules/{id}/…`; 404 if there is none, or only one of layers."""
    schedule = world.schedules_v3.get(request.path_params["id"])
    if schedule is None:
        raise errors.not_found()
    return schedule


def _integer(request: Request, name: str, default: int, lowest: int, highest: int | None) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or int(text) < lowest or (highest is not None and int(text) > highest):
        raise errors.FieldErrors({name: [f"must be a whole number from {lowest} to {highest}"]})
    return int(text)


def page_v3[T](
    request: Request,
    name: str,
    items: Sequence[T],
    render: Callable[[T], Any],
    *,
    default: int = 25,
    highest: int = 100,
) -> JSONResponse:
    """A page by `limit` and `offset`. What is out of bounds is refused, not cut as in version 2."""
    limit = _integer(request, "limit", default, 1, highest)
    offset = _integer(request, "offset", 0, 0, None)
    shown = {name: [render(item) for item in items[offset : offset + limit]]}
    total = {"total": len(items)} if flag(request, "total") else {}
    return JSONResponse({**shown, "limit": limit, "offset": offset, "more": offset + limit < len(items), **total})


def required_range(request: Request) -> tuple[datetime, datetime]:
    """`since` and `until`, where both must be given."""
    since, until = instant_of(request, "since"), instant_of(request, "until")
    missing = [name for name, value in (("since", since), ("until", until)) if value is None]
    if since is None or until is None:
        raise errors.FieldErrors({name: ["is required"] for name in missing})
    if until <= since:
        raise errors.FieldErrors({"until": ["must be after since"]})
    return since, until


def cut_to_range[T: (CustomShift, OverrideShift)](request: Request, items: Sequence[T]) -> list[T]:
    """Those of the range, oldest first, cut by it unless `overflow`."""
    since, until = required_range(request)
    found = sorted((each for each in items if each.start < until and each.end > since), key=lambda each: each.start)
    if flag(request, "overflow"):
        return found
    return [each.model_copy(update={"start": max(each.start, since), "end": min(each.end, until)}) for each in found]


class ScheduleV3Routes:
    """Handlers of `/v3/schedules` but for overrides."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Sequence[Route]:
        """The routes, relative to the API's root."""
        one = "/v3/schedules/{id}"
        return (
            Route("/v3/schedules", self.schedules, methods=["GET"]),
            Route(one, self.schedule, methods=["GET"]),
            Route(f"{one}/rotations", self.rotations, methods=["GET"]),
            Route(f"{one}/rotations/{{rotation_id}}", self.rotation, methods=["GET"]),
            Route(f"{one}/rotations/{{rotation_id}}/events", self.events, methods=["GET"]),
            Route(f"{one}/rotations/{{rotation_id}}/events/{{event_id}}", self.event, methods=["GET"]),
            Route(f"{one}/custom_shifts", self.custom_shifts, methods=["GET"]),
            Route(f"{one}/custom_shifts/{{custom_shift_id}}", self.custom_shift, methods=["GET"]),
        )

    async def schedules(self, request: Request) -> JSONResponse:
        """References to all shift-based schedules."""
        query = request.query_params.get("query", "").lower()
        with self._world.transaction():
            found = [s for s in self._world.schedules_v3.values() if query in s.name.lower()]
            return page_v3(request, "schedules", found, schedule_ref, default=100, highest=1000)

    async def schedule(self, request: Request) -> JSONResponse:
        """One schedule with rotations and events, and with who is on call where that is asked for with a range."""
        include = request.query_params.getlist("include[]")
        if set(include) - {"final_schedule"}:
            raise errors.FieldErrors({"include": ["must be final_schedule"]})
        with self._world.transaction():
            schedule = schedule_v3_in_path(self._world, request)
            since, until = instant_of(request, "since"), instant_of(request, "until")
            if since and until and until <= since:
                raise errors.FieldErrors({"until": ["must be after since"]})
            rendering = Rendering(since, until, zone_of(request) or schedule.zone, overflows=flag(request, "overflow"))
            shown = schedule_v3_object(schedule, self._world.policies.values(), rendering, with_final=bool(include))
            return JSONResponse({"schedule": shown})

    def _rotation(self, request: Request) -> tuple[ScheduleV3, Rotation]:
        schedule = schedule_v3_in_path(self._world, request)
        return schedule, _named(schedule.rotations, request.path_params["rotation_id"])

    async def rotations(self, request: Request) -> JSONResponse:
        """A schedule's rotations."""
        with self._world.transaction():
            schedule = schedule_v3_in_path(self._world, request)
            return page_v3(request, "rotations", schedule.rotations, lambda r: rotation_object(schedule, r))

    async def rotation(self, request: Request) -> JSONResponse:
        """One rotation."""
        with self._world.transaction():
            return JSONResponse({"rotation": rotation_object(*self._rotation(request))})

    async def events(self, request: Request) -> JSONResponse:
        """A rotation's events by their start."""
        with self._world.transaction():
            schedule, rotation = self._rotation(request)
            found = sorted(rotation.events, key=lambda event: event.start)
            return page_v3(request, "events", found, lambda e: event_object(schedule, rotation, e))

    async def event(self, request: Request) -> JSONResponse:
        """One event."""
        with self._world.transaction():
            schedule, rotation = self._rotation(request)
            event = _named(rotation.events, request.path_params["event_id"])
            return JSONResponse({"event": event_object(schedule, rotation, event)})

    async def custom_shifts(self, request: Request) -> JSONResponse:
        """The single shifts of a range."""
        with self._world.transaction():
            schedule = schedule_v3_in_path(self._world, request)
            zone = zone_of(request) or schedule.zone
            found = cut_to_range(request, schedule.custom_shifts)
            return page_v3(request, "custom_shifts", found, lambda c: custom_shift_object(schedule, c, zone))

    async def custom_shift(self, request: Request) -> JSONResponse:
        """One single shift."""
        with self._world.transaction():
            schedule = schedule_v3_in_path(self._world, request)
            shift = _named(schedule.custom_shifts, request.path_params["custom_shift_id"])
            return JSONResponse({"custom_shift": custom_shift_object(schedule, shift, schedule.zone)})


def _named[T: Any](items: Sequence[T], id_: str) -> T:
    """The one of this id; 404 if there is none."""
    found = next((each for each in items if each.id == id_), None)
    if found is None:
        raise errors.not_found()
    return found
