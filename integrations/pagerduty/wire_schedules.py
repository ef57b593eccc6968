"""The JSON of PagerDuty's schedules, overrides and escalation policies, as far as the portal reads it: see `wire`.

Source: PagerDuty's OpenAPI document (Schedule, ScheduleV3, Override, OverrideShift, EscalationPolicy).
"""

from typing import Annotated

from pydantic import BeforeValidator, Field

from integrations.pagerduty.wire import Instant, Text, Wire, WireReference, list_or_none, text_or_none


class WireScheduleEntry(Wire):
    """One turn of a schedule of layers."""

    start: Instant
    end: Instant
    user: WireReference | None = None


class WireSubschedule(Wire):
    """Where its list is missing nobody knows who is on call, which is not the same as nobody being on call."""

    rendered_schedule_entries: list[WireScheduleEntry]


class WireSchedule(WireReference):
    """One that was asked for with a range: without one PagerDuty renders nothing."""

    time_zone: Text = "UTC"
    final_schedule: WireSubschedule
    overrides_subschedule: WireSubschedule = WireSubschedule(rendered_schedule_entries=[])


class WireMember(Wire):
    """Of a shift-based schedule: a user, or nobody (`empty_member`)."""

    type: Text = ""
    user_id: Annotated[str, BeforeValidator(text_or_none), Field(max_length=32)] = ""


class WireSource(Wire):
    """What an assignment comes from: a rotation or a single shift."""

    type: Text = ""
    rotation_id: Text = ""
    shift_id: Text = ""


class WireComputedShift(Wire):
    start_time: Instant
    end_time: Instant
    member: WireMember
    source: WireSource = WireSource()


class WireFinalSchedule(Wire):
    """As with WireSubschedule, a list that is missing is not an empty one."""

    computed_shift_assignments: list[WireComputedShift]


class WireScheduleV3(WireReference):
    """One that was asked for with a range and with its `final_schedule`."""

    time_zone: Text = "UTC"
    final_schedule: WireFinalSchedule


class WireOverride(Wire):
    id: Annotated[str, BeforeValidator(text_or_none), Field(max_length=64)] = ""
    start: Instant
    end: Instant
    user: WireReference


class WireOverrideV3(Wire):
    id: Annotated[str, BeforeValidator(text_or_none), Field(max_length=64)] = ""
    start_time: Instant
    end_time: Instant
    overriding_member: WireMember


class WireEscalationRule(Wire):
    escalation_delay_in_minutes: int = Field(30, ge=0, le=100_000)
    targets: Annotated[list[WireReference], BeforeValidator(list_or_none)] = []


class WireEscalationPolicy(WireReference):
    escalation_rules: Annotated[list[WireEscalationRule], BeforeValidator(list_or_none)] = []
