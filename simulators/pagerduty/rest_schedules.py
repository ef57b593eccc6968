"""REST v2: schedules, rendered for a range, and who of them is on call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.pagerduty import errors
from simulators.pagerduty.pagination import choices, flag, instant_of, page_of, zone_of
from simulators.pagerduty.refs import Json
from simulators.pagerduty.render_account import user_object
from simulators.pagerduty.render_schedule import PARTS, Rendering, schedule_object
from simulators.pagerduty.rotation import final_shifts
from simulators.pagerduty.schedule import Schedule
from simulators.pagerduty.world import World

DEFAULT_RANGE = timedelta(weeks=2)


def schedule_in_path(world: World, request: Request) -> Schedule:
    """The schedule of `/schedules/{id}/…`; 404 if there is none, or only a shift-based one."""
    schedule = world.schedules.get(request.path_params["id"])
    if schedule is None:
        raise errors.not_found()
    return schedule


def rendered_range(request: Request) -> tuple[datetime | None, datetime | None]:
    """`since` and `until`: both null, or the missing one two weeks from the other. 400 (2005) if reversed."""
    since, until = instant_of(request, "since"), instant_of(request, "until")
    if since is None and until is not None:
        since = until - DEFAULT_RANGE
    if since is not None and until is None:
        until = since + DEFAULT_RANGE
    if since is not None and until is not None and until <= since:
        raise errors.ApiError(400, 2005, "Invalid query date range", "until must be after since.")
    return since, until


class ScheduleRoutes:
    """Handlers of `/schedules`, `/schedules/{id}` and `/schedules/{id}/users`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Sequence[Route]:
        """The routes, relative to the API's root."""
        return (
            Route("/schedules", self.schedules, methods=["GET"]),
            Route("/schedules/{id}", self.schedule, methods=["GET"]),
            Route("/schedules/{id}/users", self.users, methods=["GET"]),
        )

    def _rendering(self, request: Request, schedule: Schedule) -> Rendering:
        """As asked for, in the schedule's own zone by default."""
        zone = zone_of(request) or schedule.zone
        return Rendering(*rendered_range(request), zone, overflows=flag(request, "overflow"))

    def _with_next(self, request: Request, schedule: Schedule, shown: Json) -> Json:
        user_id = request.query_params.get("include_next_oncall_for_user")
        if user_id is not None:
            now = self._world.clock.now()
            shifts = final_shifts(schedule, now, now + timedelta(days=90))
            shift = next((s for s in shifts if s.user_id == user_id and s.start > now), None)
            if shift is not None:
                entry = Rendering(shift.start, shift.end, schedule.zone).entries([shift])
                shown["next_oncall_for_user"] = entry["rendered_schedule_entries"][0]
        return shown

    async def schedules(self, request: Request) -> JSONResponse:
        """All schedules but the shift-based; their parts where included, rendered where a range is given as well."""
        query = request.query_params.get("query", "").lower()
        parts = choices(request, "include[]", PARTS)
        page = page_of(request)

        def shown(schedule: Schedule) -> Json:
            whole = schedule_object(schedule, self._world.policies.values(), self._rendering(request, schedule), parts)
            return self._with_next(request, schedule, whole)

        with self._world.transaction():
            found = [s for s in self._world.schedules.values() if query in s.name.lower()]
            return JSONResponse(page.answer("schedules", found, shown))

    async def schedule(self, request: Request) -> JSONResponse:
        """One schedule, rendered (layers, overrides, final) when `since` or `until` is given."""
        with self._world.transaction():
            schedule = schedule_in_path(self._world, request)
            shown = schedule_object(schedule, self._world.policies.values(), self._rendering(request, schedule))
            return JSONResponse({"schedule": self._with_next(request, schedule, shown)})

    async def users(self, request: Request) -> JSONResponse:
        """Whom the schedule names in the range (default: now)."""
        with self._world.transaction():
            schedule = schedule_in_path(self._world, request)
            now = self._world.clock.now()
            since, until = rendered_range(request)
            shifts = final_shifts(schedule, since or now, until or now)
            user_ids = dict.fromkeys(s.user_id for s in shifts if since is not None or s.start <= now)
            return JSONResponse({"users": [user_object(self._world, user_id) for user_id in user_ids]})
