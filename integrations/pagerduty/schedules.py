"""PagerDuty's schedules, of layers (`/schedules`) and shift-based (`/v3/schedules`): who is on call, and who stands in.

Neither kind is served by the other's addresses. Source: PagerDuty's OpenAPI document, «Get a schedule», «List overrides»,
«Create one or more overrides», «Get a schedule (v3)», «Create overrides (v3)», «List escalation policies».
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import combinations, groupby
from typing import Any

from pydantic import BaseModel, ValidationError

from integrations.errors import MalformedPayload, Refused
from integrations.pagerduty.client import json_of, utc_text
from integrations.pagerduty.paging import PagingClient
from integrations.pagerduty.reading import malformed
from integrations.pagerduty.wire import WireReference
from integrations.pagerduty.wire_schedules import (
    WireComputedShift,
    WireEscalationPolicy,
    WireOverride,
    WireOverrideV3,
    WireSchedule,
    WireScheduleV3,
)
from integrations.types import ListedOverride, PolicyTarget, Reference, RenderedSchedule, Turn

#: More parts than this of one override would not fit where its ids are kept.
MOST_PARTS = 4


class ScheduleClient(PagingClient):
    """PagerDuty as the mirror of schedules asks it. Every method raises Unavailable, Refused or MalformedPayload."""

    def schedules(self) -> Iterator[Reference]:
        """Every schedule of layers."""
        first, _as_of = self._get("schedules", {"offset": 0})
        for row in self._rest_of_pages("schedules", {}, first):
            yield from self._readable(lambda each: _read(WireReference, each).read(), row)

    def schedules_v3(self) -> Iterator[Reference]:
        """Every shift-based schedule. Refused where the account has no version 3, or does not show it to this token."""
        page, _as_of = self._get("v3/schedules", {"offset": 0})
        seen = 0
        while True:
            rows = _list_of(page, "schedules")
            for row in rows:
                yield from self._readable(lambda each: _read(WireReference, each).read(), row)
            if not page.get("more") or not rows:
                return
            seen += len(rows)
            page, _as_of = self._get("v3/schedules", {"offset": seen})

    def rendered(self, schedule_id: str, *, since: datetime, until: datetime, is_v3: bool) -> RenderedSchedule:
        """Who is on call by a schedule in `[since, until]`. One request."""
        window = {"since": utc_text(since), "until": utc_text(until), "time_zone": "UTC", "overflow": "true"}
        if is_v3:
            return self._rendered_v3(schedule_id, window)
        answer, _as_of = self._get(f"schedules/{schedule_id}", window)
        wire = _read(WireSchedule, answer.get("schedule"))
        standing_in = _united(
            (each.user.id, each.start, each.end)
            for each in wire.overrides_subschedule.rendered_schedule_entries
            if each.user is not None
        )
        turns = [
            Turn(each.user.read(), each.start, each.end, _is_within(each.user.id, each.start, each.end, standing_in))
            for each in wire.final_schedule.rendered_schedule_entries
            if each.user is not None and each.start < each.end
        ]
        return RenderedSchedule(wire.read(), wire.time_zone, _in_order(turns))

    def _rendered_v3(self, schedule_id: str, window: Mapping[str, str]) -> RenderedSchedule:
        answer, _as_of = self._get(f"v3/schedules/{schedule_id}", {**window, "include[]": ["final_schedule"]})
        wire = _read(WireScheduleV3, answer.get("schedule"))
        turns = [
            Turn(
                Reference(each.member.user_id, type="user_reference"),
                each.start_time,
                each.end_time,
                each.source.type.endswith("_override"),
            )
            for each in wire.final_schedule.computed_shift_assignments
            if each.member.user_id and each.start_time < each.end_time
        ]
        return RenderedSchedule(wire.read(), wire.time_zone, _in_order(turns))

    def escalation_targets(self) -> Iterator[PolicyTarget]:
        """Every target of every level of every escalation policy."""
        first, _as_of = self._get("escalation_policies", {"offset": 0})
        for row in self._rest_of_pages("escalation_policies", {}, first):
            for targets in self._readable(lambda each: list(_targets(_read(WireEscalationPolicy, each))), row):
                yield from targets

    def overrides(self, schedule_id: str, *, since: datetime, until: datetime, is_v3: bool) -> Iterator[ListedOverride]:
        """The overrides of the window, uncut. Of a schedule of layers those that have not begun: PagerDuty gives others no id."""
        window: dict[str, object] = {"since": utc_text(since), "until": utc_text(until), "time_zone": "UTC"}
        if is_v3:
            yield from self._overrides_v3(schedule_id, window)
            return
        path = f"schedules/{schedule_id}/overrides"
        answer, _as_of = self._get(path, {**window, "editable": "true", "overflow": "true"})
        for row in _list_of(answer, "overrides"):
            for wire in self._readable(lambda each: _read(WireOverride, each), row):
                yield ListedOverride(wire.id, wire.user.read(), wire.start, wire.end)

    def _overrides_v3(self, schedule_id: str, window: Mapping[str, object]) -> Iterator[ListedOverride]:
        path = f"v3/schedules/{schedule_id}/overrides"
        answer, _as_of = self._get(path, {**window, "overflow": "true", "offset": 0})
        rows = _list_of(answer, "overrides")
        found = [wire for row in rows for wire in self._readable(lambda each: _read(WireOverrideV3, each), row)]
        found.sort(key=lambda each: (each.overriding_member.user_id, each.start_time))
        for user_id, parts in groupby(found, key=lambda each: each.overriding_member.user_id):
            if user_id:
                yield from _joined(user_id, list(parts))

    def create_override(
        self,
        schedule_id: str,
        *,
        person_id: str,
        start: datetime,
        end: datetime,
        is_v3: bool,
        from_email: str,
        instead_of: str = "",
    ) -> str:
        """Puts a person on call for `[start, end)`. Its id; several, joined by commas, where it takes several.

        Where several are on call at once, the rotation that `instead_of` has at the start is covered, whoever has it later.
        """
        if is_v3:
            return self._create_v3(schedule_id, person_id, instead_of, (start, end), from_email)
        override = {
            "start": utc_text(start),
            "end": utc_text(end),
            "user": {"id": person_id, "type": "user_reference"},
            "time_zone": "UTC",
        }
        path, body = f"schedules/{schedule_id}/overrides", {"overrides": [override]}
        results = json_of(self._answer("POST", path, json=body, headers={"From": from_email}))
        result = results[0] if isinstance(results, list) and results else None
        if not isinstance(result, dict):
            raise MalformedPayload("malformed", "overrides: no result for the override that was sent")
        if result.get("status") not in (200, 201):
            raise Refused("invalid", "; ".join(map(str, result.get("errors") or ["no reason given"])))
        return _read(WireOverride, result.get("override")).id

    def _create_v3(
        self, schedule_id: str, person_id: str, instead_of: str, time: tuple[datetime, datetime], from_email: str
    ) -> str:
        """An override of version 3 is of one member's turn, so that one time may need several: all are made, or none."""
        start, end = time
        window = {"since": utc_text(start), "until": utc_text(end), "time_zone": "UTC", "include[]": ["final_schedule"]}
        answer, _as_of = self._get(f"v3/schedules/{schedule_id}", window)
        turns = _read(WireScheduleV3, answer.get("schedule")).final_schedule.computed_shift_assignments
        turns = _relieved(
            [turn for turn in turns if turn.start_time < end and turn.end_time > start], instead_of, start
        )
        parts = [
            _override_of(turn, person_id, max(start, turn.start_time), min(end, turn.end_time))
            for turn in turns
            if turn.member.user_id != person_id
        ]
        if not parts:
            raise Refused("invalid", "nobody else has a shift in this time")
        if len(parts) > MOST_PARTS:
            raise Refused("invalid", f"this time has {len(parts)} shifts; take at most {MOST_PARTS} at once")
        made, _as_of = self._send("POST", f"v3/schedules/{schedule_id}/overrides", {"overrides": parts}, from_email)
        return ",".join(_read(WireOverrideV3, row).id for row in _list_of(made, "overrides"))

    def delete_override(self, schedule_id: str, override_id: str, *, is_v3: bool, from_email: str) -> None:
        """Takes an override away; one that has begun ends now."""
        version = "v3/" if is_v3 else ""
        for each in override_id.split(","):
            path = f"{version}schedules/{schedule_id}/overrides/{each}"
            try:
                self._answer("DELETE", path, headers={"From": from_email})
            except Refused as refusal:
                # Of several one may be gone already.
                if refusal.code != "not_found" or each == override_id:
                    raise


def _read[W: BaseModel](kind: type[W], payload: object) -> W:
    try:
        return kind.model_validate(payload)
    except ValidationError as error:
        raise malformed(kind.__name__.removeprefix("Wire").lower(), error) from error


def _list_of(answer: Mapping[str, Any], name: str) -> list[Any]:
    rows = answer.get(name)
    if not isinstance(rows, list):
        raise MalformedPayload("malformed", f"{name}: no list of that name in the answer")
    return rows


def _in_order(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    return tuple(sorted(turns, key=lambda turn: (turn.start, turn.end, turn.person.id)))


def _united(stretches: Iterable[tuple[str, datetime, datetime]]) -> list[tuple[str, datetime, datetime]]:
    """Those of one person that touch, as one: so are they in the final schedule."""
    found: list[tuple[str, datetime, datetime]] = []
    for user_id, start, end in sorted(stretches):
        if found and found[-1][0] == user_id and start <= found[-1][2]:
            found[-1] = (user_id, found[-1][1], max(found[-1][2], end))
        else:
            found.append((user_id, start, end))
    return found


def _is_within(user_id: str, start: datetime, end: datetime, among: list[tuple[str, datetime, datetime]]) -> bool:
    return any(user_id == other and since <= start and end <= until for other, since, until in among)


def _targets(policy: WireEscalationPolicy) -> Iterator[PolicyTarget]:
    for level, rule in enumerate(policy.escalation_rules, start=1):
        for target in rule.targets:
            reference = target.read()
            is_person = target.type.startswith("user")
            yield PolicyTarget(
                policy=policy.read(),
                level=level,
                delay_minutes=rule.escalation_delay_in_minutes,
                schedule_id="" if is_person else reference.id,
                person=reference if is_person else None,
            )


def _member(user_id: str) -> dict[str, str]:
    return {"type": "user_member", "user_id": user_id} if user_id else {"type": "empty_member"}


def _relieved(turns: list[WireComputedShift], instead_of: str, start: datetime) -> list[WireComputedShift]:
    """The turns that somebody else shall have. Raises Refused where several people have one and it cannot be told which."""
    if not _are_several_at_once(turns):
        return turns
    sources = {_source(turn) for turn in turns if turn.member.user_id == instead_of and turn.start_time <= start}
    if not sources:
        raise Refused("invalid", "several people are on call at once in this time, and none of them was named")
    own = [turn for turn in turns if _source(turn) in sources]
    # A rotation may have all its members on call at once.
    return [turn for turn in own if turn.member.user_id == instead_of] if _are_several_at_once(own) else own


def _are_several_at_once(turns: list[WireComputedShift]) -> bool:
    return any(one.start_time < two.end_time and two.start_time < one.end_time for one, two in combinations(turns, 2))


def _source(turn: WireComputedShift) -> tuple[str, str]:
    return turn.source.rotation_id, turn.source.shift_id


def _override_of(turn: WireComputedShift, person_id: str, start: datetime, end: datetime) -> dict[str, object]:
    rotation_id, shift_id = turn.source.rotation_id, turn.source.shift_id
    return {
        "type": "override_shift",
        **({"rotation_id": rotation_id} if rotation_id else {"custom_shift_id": shift_id}),
        "start_time": utc_text(start),
        "end_time": utc_text(end),
        "overridden_member": _member(turn.member.user_id),
        "overriding_member": _member(person_id),
    }


def _joined(user_id: str, parts: list[WireOverrideV3]) -> Iterator[ListedOverride]:
    """Parts of one person that follow each other, or overlap, as one."""
    pending = [parts[0]]
    for part in [*parts[1:], None]:
        latest = max(each.end_time for each in pending)
        if part is not None and part.start_time <= latest + timedelta(seconds=1):
            pending.append(part)
            continue
        ids = ",".join(each.id for each in pending)
        yield ListedOverride(ids, Reference(user_id, type="user_reference"), pending[0].start_time, latest)
        pending = [part] if part is not None else []
