"""REST v2: who is on call, by escalation policy and level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.pagerduty import errors
from simulators.pagerduty.clock import iso
from simulators.pagerduty.directory import ACCOUNT_ZONE
from simulators.pagerduty.pagination import choices, flag, instant_of, page_of, zone_of
from simulators.pagerduty.paging import Target
from simulators.pagerduty.refs import Json, policy_ref, schedule_ref, user_ref
from simulators.pagerduty.render_account import policy_object, user_object
from simulators.pagerduty.render_schedule import Rendering, schedule_object
from simulators.pagerduty.render_schedule_v3 import schedule_v3_object
from simulators.pagerduty.rotation import Shift
from simulators.pagerduty.schedule_v3 import ScheduleV3
from simulators.pagerduty.world import World

FURTHEST_AHEAD = timedelta(days=90)
_FILTERS = (
    ("user_ids[]", "user"),
    ("schedule_ids[]", "schedule"),
    ("escalation_policy_ids[]", "escalation_policy"),
)


class OnCallRoutes:
    """The handler of `/oncalls`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Sequence[Route]:
        """The routes, relative to the API's root."""
        return (Route("/oncalls", self.oncalls, methods=["GET"]),)

    async def oncalls(self, request: Request) -> JSONResponse:
        """On-call entries that overlap the range (default: now), uncut; a user target has no start and no end."""
        page, zone = page_of(request), zone_of(request) or ACCOUNT_ZONE
        now = self._world.clock.now()
        since = instant_of(request, "since") or now
        until = instant_of(request, "until") or max(since, now)
        if until < since:
            raise errors.ApiError(400, 2005, "Invalid query date range", "until must not be before since.")
        until = min(until, now + FURTHEST_AHEAD)
        include = choices(request, "include[]", ("escalation_policies", "users", "schedules"))
        with self._world.transaction():
            found = list(self._entries(since, until, zone, include)) if since <= until else []
        query = request.query_params
        for name, field in _FILTERS:
            if wanted := query.getlist(name):
                found = [entry for entry in found if (entry[field]["id"] if entry[field] else "null") in wanted]
        if flag(request, "earliest"):
            found = _earliest(found)
        return JSONResponse(page.answer("oncalls", found, lambda entry: entry))

    def _entries(self, since: datetime, until: datetime, zone: ZoneInfo, include: Sequence[str]) -> Iterator[Json]:
        world = self._world
        for policy in world.policies.values():
            shown_policy = policy_object(world, policy.id) if "escalation_policies" in include else policy_ref(policy)
            for level, rule in enumerate(policy.rules, start=1):
                for target in rule.targets:
                    shown_schedule = self._schedule(target, zone, include)
                    for user_id, shift in self._turns(target, since, until):
                        yield {
                            "user": user_object(world, user_id) if "users" in include else user_ref(user_id),
                            "schedule": shown_schedule,
                            "escalation_policy": shown_policy,
                            "escalation_level": level,
                            "start": iso(shift.start, zone) if shift else None,
                            "end": iso(shift.end, zone) if shift else None,
                        }

    def _turns(self, target: Target, since: datetime, until: datetime) -> list[tuple[str, Shift | None]]:
        """Whom a target names: a user without end, or a schedule's shifts."""
        if target.kind == "user":
            return [(target.id, None)]
        return [(shift.user_id, shift) for shift in self._world.shifts(target.id, since, until)]

    def _schedule(self, target: Target, zone: ZoneInfo, include: Sequence[str]) -> Json | None:
        if target.kind == "user":
            return None
        schedule = self._world.schedule(target.id)
        if "schedules" not in include:
            return schedule_ref(schedule)
        rendering, policies = Rendering(None, None, zone), self._world.policies.values()
        if isinstance(schedule, ScheduleV3):
            return schedule_v3_object(schedule, policies, rendering, with_final=False)
        return schedule_object(schedule, policies, rendering, ())


def _earliest(found: list[Json]) -> list[Json]:
    """Only the first entry of each policy, level and user; entries come in order of time."""
    seen: set[tuple[str, int, str]] = set()
    first: list[Json] = []
    for entry in found:
        key = (entry["escalation_policy"]["id"], entry["escalation_level"], entry["user"]["id"])
        if key not in seen:
            seen.add(key)
            first.append(entry)
    return first
