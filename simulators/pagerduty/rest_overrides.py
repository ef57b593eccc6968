"""REST v2: a schedule's overrides. The one made last wins where they overlap; the past is not changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.pagerduty import errors, ids
from simulators.pagerduty.clock import parse_instant
from simulators.pagerduty.pagination import flag, instant_of
from simulators.pagerduty.refs import Json
from simulators.pagerduty.render_schedule import override_object
from simulators.pagerduty.request import body_object, id_of, refuse_read_only
from simulators.pagerduty.rest_schedules import schedule_in_path
from simulators.pagerduty.schedule import Override, Schedule
from simulators.pagerduty.world import World


class OverrideRoutes:
    """Handlers of `/schedules/{id}/overrides` and `/schedules/{id}/overrides/{override_id}`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Sequence[Route]:
        """The routes, relative to the API's root."""
        return (
            Route("/schedules/{id}/overrides", self.list, methods=["GET"]),
            Route("/schedules/{id}/overrides", self.create, methods=["POST"]),
            Route("/schedules/{id}/overrides/{override_id}", self.delete, methods=["DELETE"]),
        )

    async def list(self, request: Request) -> JSONResponse:
        """Overrides of the range, cut by it unless `overflow`; with `editable` those of the future, with their ids."""
        since, until = instant_of(request, "since"), instant_of(request, "until")
        if since is None or until is None:
            raise errors.invalid("since and until are required.")
        if until <= since:
            raise errors.ApiError(400, 2005, "Invalid query date range", "until must be after since.")
        is_editable, overflows = flag(request, "editable"), flag(request, "overflow")
        with self._world.transaction():
            schedule = schedule_in_path(self._world, request)
            now = self._world.clock.now()
            found = [o for o in schedule.overrides if o.start < until and o.end > since]
            if is_editable:
                found = [o for o in found if o.start > now]
            found.sort(key=lambda override: override.start)
            if not overflows:
                found = [o.model_copy(update={"start": max(o.start, since), "end": min(o.end, until)}) for o in found]
            shown = [override_object(o, schedule.zone, with_id=is_editable) for o in found]
            return JSONResponse({"overrides": shown})

    async def create(self, request: Request) -> JSONResponse:
        """Many at once, each with a status of its own; or one as `override`, the form of old."""
        refuse_read_only(request)
        body = await body_object(request)
        with self._world.transaction():
            schedule = schedule_in_path(self._world, request)
            if "overrides" not in body:
                if not isinstance(body.get("override"), dict):
                    raise errors.invalid("overrides must be a list of objects.")
                made = self._made(schedule, body["override"])
                return JSONResponse({"override": override_object(made, schedule.zone)}, status_code=201)
            items = body["overrides"]
            if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
                raise errors.invalid("overrides must be a list of objects.")
            return JSONResponse([self._result(schedule, item) for item in items], status_code=201)

    def _result(self, schedule: Schedule, item: dict[str, Any]) -> Json:
        try:
            return {"status": 201, "override": override_object(self._made(schedule, item), schedule.zone)}
        except errors.ApiError as refusal:
            return {"status": refusal.status, "errors": refusal.errors or [refusal.message], "override": item}

    def _made(self, schedule: Schedule, item: dict[str, Any]) -> Override:
        """Files an override, or refuses it. One that has begun begins now: what has been is not changed."""
        now = self._world.clock.now().replace(microsecond=0)
        start, end = (_instant_in(item, name, schedule.zone) for name in ("start", "end"))
        user_id = id_of(item.get("user"), "user")
        if user_id not in self._world.members:
            raise errors.invalid("User not found")
        if end <= start:
            raise errors.invalid("Override must end after its start")
        if end <= now:
            raise errors.invalid("Override must end in the future")
        override = Override(id=ids.override_id(), user_id=user_id, start=max(start, now), end=end)
        schedule.overrides.append(override)
        self._world.keep(schedule)
        return override

    async def delete(self, request: Request) -> Response:
        """Removes a future override (204); one that has begun ends now (200), one that is over stays (400)."""
        refuse_read_only(request)
        with self._world.transaction():
            schedule = schedule_in_path(self._world, request)
            id_ = request.path_params["override_id"]
            override = next((o for o in schedule.overrides if o.id == id_), None)
            if override is None:
                raise errors.not_found()
            now = self._world.clock.now().replace(microsecond=0)
            if override.end <= now:
                raise errors.invalid("You cannot remove a past override.")
            has_begun = override.start < now
            if has_begun:
                override.end = now
            else:
                schedule.overrides.remove(override)
            self._world.keep(schedule)
        return Response(status_code=200 if has_begun else 204)


def _instant_in(item: dict[str, Any], name: str, zone: ZoneInfo) -> datetime:
    """A date of a body; without an offset it is local time of the schedule."""
    try:
        return parse_instant(str(item[name]), zone).replace(microsecond=0)
    except (KeyError, ValueError):
        raise errors.invalid(f"{name} must be an ISO 8601 date") from None
