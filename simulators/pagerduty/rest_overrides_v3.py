"""REST `/v3/schedules/{id}/overrides`: somebody stands in for one member of a rotation or of a single shift.

All of a request are made, or none. An override that has begun can only be given another end; deleting it ends it now.
One that is over is not changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.pagerduty import errors, ids
from simulators.pagerduty.pagination import zone_of
from simulators.pagerduty.render_schedule_v3 import override_shift_object
from simulators.pagerduty.request import body_object, refuse_read_only
from simulators.pagerduty.rest_schedules_v3 import cut_to_range, page_v3, schedule_v3_in_path
from simulators.pagerduty.rotation_v3 import assignments
from simulators.pagerduty.schedule_v3 import OverrideShift, ScheduleV3
from simulators.pagerduty.world import World


def _refused(field: str, words: str) -> errors.FieldErrors:
    return errors.FieldErrors({field: [words]})


def _instant(item: dict[str, Any], name: str, prefix: str) -> datetime:
    try:
        found = datetime.fromisoformat(item[name])
    except (KeyError, TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is None:
        raise _refused(f"{prefix}.{name}", "must be an ISO 8601 date with an offset")
    return found.replace(microsecond=0)


def _member(world: World, item: dict[str, Any], name: str, prefix: str) -> str | None:
    """A member's user, null for nobody."""
    given = item.get(name)
    if not isinstance(given, dict) or given.get("type") not in ("user_member", "empty_member"):
        raise _refused(f"{prefix}.{name}", "must be a user_member or an empty_member")
    if given["type"] == "empty_member":
        return None
    if given.get("user_id") not in world.members:
        raise _refused(f"{prefix}.{name}.user_id", "User not found")
    return str(given["user_id"])


class OverrideV3Routes:
    """Handlers of the overrides of shift-based schedules."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Sequence[Route]:
        """The routes, relative to the API's root."""
        many = "/v3/schedules/{id}/overrides"
        one = f"{many}/{{override_id}}"
        return (
            Route(many, self.list, methods=["GET"]),
            Route(many, self.create, methods=["POST"]),
            Route(one, self.get, methods=["GET"]),
            Route(one, self.update, methods=["PUT"]),
            Route(one, self.delete, methods=["DELETE"]),
        )

    @property
    def _now(self) -> datetime:
        return self._world.clock.now().replace(microsecond=0)

    async def list(self, request: Request) -> JSONResponse:
        """The overrides of a range."""
        with self._world.transaction():
            schedule = schedule_v3_in_path(self._world, request)
            zone = zone_of(request) or schedule.zone
            found = cut_to_range(request, schedule.overrides)
            return page_v3(request, "overrides", found, lambda o: override_shift_object(schedule, o, zone))

    async def create(self, request: Request) -> JSONResponse:
        """Makes all of a list, or none."""
        refuse_read_only(request)
        items = (await body_object(request)).get("overrides")
        if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
            raise _refused("overrides", "must be a list of objects")
        with self._world.transaction():
            schedule = schedule_v3_in_path(self._world, request)
            made = [self._read(schedule, item, f"overrides.{number}") for number, item in enumerate(items)]
            schedule.overrides.extend(made)
            self._world.keep(schedule)
            shown = [override_shift_object(schedule, override, schedule.zone) for override in made]
            return JSONResponse({"overrides": shown}, status_code=201)

    def _read(self, schedule: ScheduleV3, item: dict[str, Any], prefix: str) -> OverrideShift:
        """A checked override. One whose time has begun begins now: what has been is not changed."""
        if item.get("type") != "override_shift":
            raise _refused(f"{prefix}.type", "must be override_shift")
        kind, source_id = _source(schedule, item, prefix)
        start, end = self._times(item, prefix)
        overridden = _member(self._world, item, "overridden_member", prefix)
        override = OverrideShift(
            id=ids.shift_id(),
            source_kind=kind,
            source_id=source_id,
            start=max(start, self._now),
            end=end,
            overridden_id=overridden,
            overriding_id=_member(self._world, item, "overriding_member", prefix),
        )
        shifts = [
            a for a in assignments(schedule, override.start, end) if (a.source_kind, a.source_id) == (kind, source_id)
        ]
        if not any(overridden in (a.user_id, a.member_id) and a.start < end for a in shifts):
            raise _refused(f"{prefix}.overridden_member", "has no shift in this time")
        return override

    def _times(self, item: dict[str, Any], prefix: str) -> tuple[datetime, datetime]:
        start, end = _instant(item, "start_time", prefix), _instant(item, "end_time", prefix)
        if end <= start:
            raise _refused(f"{prefix}.end_time", "must be after start_time")
        if end <= self._now:
            raise _refused(f"{prefix}.end_time", "must be in the future")
        return start, end

    def _found(self, request: Request) -> tuple[ScheduleV3, OverrideShift]:
        schedule = schedule_v3_in_path(self._world, request)
        id_ = request.path_params["override_id"]
        override = next((each for each in schedule.overrides if each.id == id_), None)
        if override is None:
            raise errors.not_found()
        return schedule, override

    async def get(self, request: Request) -> JSONResponse:
        """One override."""
        with self._world.transaction():
            schedule, override = self._found(request)
            return JSONResponse({"override": override_shift_object(schedule, override, schedule.zone)})

    async def update(self, request: Request) -> JSONResponse:
        """Changes start, end and who stands in."""
        refuse_read_only(request)
        changes = await body_object(request, "override")
        with self._world.transaction():
            schedule, override = self._found(request)
            self._refuse_past(override)
            begun = override.start <= self._now
            if begun and changes.keys() - {"end_time"}:
                raise _refused("override", "has begun: only end_time can be changed")
            times = {"start_time": override.start.isoformat(), "end_time": override.end.isoformat()}
            start, end = self._times({**times, **changes}, "override")
            if "overriding_member" in changes:
                override.overriding_id = _member(self._world, changes, "overriding_member", "override")
            override.start, override.end = start if begun else max(start, self._now), end
            self._world.keep(schedule)
            return JSONResponse({"override": override_shift_object(schedule, override, schedule.zone)})

    def _refuse_past(self, override: OverrideShift) -> None:
        if override.end <= self._now:
            raise _refused("override", "is over and cannot be changed")

    async def delete(self, request: Request) -> Response:
        """Removes an override, or ends it now where it has begun."""
        refuse_read_only(request)
        with self._world.transaction():
            schedule, override = self._found(request)
            self._refuse_past(override)
            if override.start < self._now:
                override.end = self._now
            else:
                schedule.overrides.remove(override)
            self._world.keep(schedule)
        return Response(status_code=204)


def _source(schedule: ScheduleV3, item: dict[str, Any], prefix: str) -> tuple[Literal["rotation", "custom_shift"], str]:
    """What the override is of: one rotation or one single shift that exists."""
    rotation_id, shift_id = item.get("rotation_id"), item.get("custom_shift_id")
    if (rotation_id is None) == (shift_id is None):
        raise _refused(prefix, "must have either rotation_id or custom_shift_id")
    if rotation_id is not None:
        if not any(rotation.id == rotation_id for rotation in schedule.rotations):
            raise _refused(f"{prefix}.rotation_id", "Rotation not found")
        return "rotation", str(rotation_id)
    if not any(shift.id == shift_id for shift in schedule.custom_shifts):
        raise _refused(f"{prefix}.custom_shift_id", "Custom shift not found")
    return "custom_shift", str(shift_id)
