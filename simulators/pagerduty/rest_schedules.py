"""REST v2: who is on call: `/oncalls` and rendered schedules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.pagerduty import errors
from simulators.pagerduty.clock import iso
from simulators.pagerduty.directory import ACCOUNT_ZONE, POLICIES, SCHEDULES, Schedule
from simulators.pagerduty.pagination import flag, instant_of, page_of, zone_of
from simulators.pagerduty.refs import Json, policy_ref, schedule_ref, user_ref
from simulators.pagerduty.render_account import policy_object, user_object
from simulators.pagerduty.rotation import Shift, first_handoff, shifts
from simulators.pagerduty.world import World

FURTHEST_AHEAD = timedelta(days=90)


class ScheduleRoutes:
    """Handlers of `/oncalls`, `/schedules` and `/schedules/{id}`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Sequence[Route]:
        """The routes, relative to the API's root."""
        return (
            Route("/oncalls", self.oncalls, methods=["GET"]),
            Route("/schedules", self.schedules, methods=["GET"]),
            Route("/schedules/{id}", self.schedule, methods=["GET"]),
        )

    @property
    def _anchor(self) -> datetime:
        return datetime.fromisoformat(self._world.settings["rotation_anchor"])

    async def oncalls(self, request: Request) -> JSONResponse:
        """On-call entries that overlap the range (default: now), uncut; a user target has no start and no end."""
        page, zone = page_of(request), zone_of(request) or ACCOUNT_ZONE
        now = self._world.clock.now()
        since = instant_of(request, "since") or now
        until = instant_of(request, "until") or max(since, now)
        if until < since:
            raise errors.ApiError(400, 2005, "Invalid query date range", "until must not be before since.")
        until = min(until, now + FURTHEST_AHEAD)
        include = request.query_params.getlist("include[]")
        found = self._entries(since, until, zone, include)
        query = request.query_params
        for name, field in (
            ("user_ids[]", "user"),
            ("schedule_ids[]", "schedule"),
            ("escalation_policy_ids[]", "escalation_policy"),
        ):
            if wanted := query.getlist(name):
                found = [entry for entry in found if entry[field] is not None and entry[field]["id"] in wanted]
        if flag(request, "earliest"):
            found = _earliest(found)
        return JSONResponse(page.answer("oncalls", found, lambda entry: entry))

    def _entries(self, since: datetime, until: datetime, zone: ZoneInfo, include: Sequence[str]) -> list[Json]:
        found: list[Json] = []
        for policy in POLICIES.values():
            shown_policy = policy_object(policy.id) if "escalation_policies" in include else policy_ref(policy.id)
            for level, rule in enumerate(policy.rules, start=1):
                turns: list[Shift | None] = [None]
                if rule.target_kind == "schedule":
                    turns = list(shifts(SCHEDULES[rule.target_id], self._anchor, since, until))
                for turn in turns:
                    user_id = turn.user_id if turn else rule.target_id
                    found.append(
                        {
                            "user": user_object(user_id) if "users" in include else user_ref(user_id),
                            "schedule": schedule_ref(rule.target_id) if turn else None,
                            "escalation_policy": shown_policy,
                            "escalation_level": level,
                            "start": iso(turn.start, zone) if turn else None,
                            "end": iso(turn.end, zone) if turn else None,
                        }
                    )
        return found

    async def schedules(self, request: Request) -> JSONResponse:
        """All schedules, without their rendering."""
        query = request.query_params.get("query", "").lower()
        found = [s for s in SCHEDULES.values() if query in s.name.lower()]
        return JSONResponse(page_of(request).answer("schedules", found, self._base))

    async def schedule(self, request: Request) -> JSONResponse:
        """One schedule.

        Rendered (layer, overrides, final) when `since` or `until` is given, in its own zone by default.
        """
        schedule = SCHEDULES.get(request.path_params["id"])
        if schedule is None:
            raise errors.not_found()
        zone = zone_of(request) or schedule.zone
        since, until = instant_of(request, "since"), instant_of(request, "until")
        if since is None and until is None:
            return JSONResponse({"schedule": {**self._base(schedule), **self._rendered(schedule, [], None, zone)}})
        since = since or self._world.clock.now()
        until = until or since + timedelta(weeks=2)
        if until <= since:
            raise errors.ApiError(400, 2005, "Invalid query date range", "until must be after since.")
        entries = [
            {"start": iso(max(t.start, since), zone), "end": iso(min(t.end, until), zone), "user": user_ref(t.user_id)}
            for t in shifts(schedule, self._anchor, since, until)
            if t.start < until
        ]
        if flag(request, "overflow"):
            entries = [
                {"start": iso(t.start, zone), "end": iso(t.end, zone), "user": user_ref(t.user_id)}
                for t in shifts(schedule, self._anchor, since, until)
                if t.start < until
            ]
        return JSONResponse({"schedule": {**self._base(schedule), **self._rendered(schedule, entries, 100.0, zone)}})

    def _base(self, schedule: Schedule) -> Json:
        return {
            **schedule_ref(schedule.id),
            "type": "schedule",
            "name": schedule.name,
            "time_zone": str(schedule.zone),
            "description": "Weekly, handed over in the morning.",
            "users": [user_ref(user_id) for user_id in schedule.user_ids],
            "teams": [],
            "escalation_policies": [
                policy_ref(p.id) for p in POLICIES.values() if any(r.target_id == schedule.id for r in p.rules)
            ],
        }

    def _rendered(self, schedule: Schedule, entries: list[Json], coverage: float | None, zone: ZoneInfo) -> Json:
        start = iso(first_handoff(self._anchor, schedule), zone)
        return {
            "schedule_layers": [
                {
                    "id": schedule.layer_id,
                    "name": "Layer 1",
                    "start": start,
                    "end": None,
                    "rotation_virtual_start": start,
                    "rotation_turn_length_seconds": schedule.turn_days * 86_400,
                    "users": [{"user": user_ref(user_id)} for user_id in schedule.user_ids],
                    "restrictions": [],
                    "rendered_schedule_entries": entries,
                    "rendered_coverage_percentage": coverage,
                }
            ],
            "overrides_subschedule": {
                "name": "Overrides",
                "rendered_schedule_entries": [],
                "rendered_coverage_percentage": 0.0 if coverage is not None else None,
            },
            "final_schedule": {
                "name": "Final Schedule",
                "rendered_schedule_entries": entries,
                "rendered_coverage_percentage": coverage,
            },
        }


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
