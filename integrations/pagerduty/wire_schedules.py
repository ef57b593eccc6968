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
    rendered_schedule_entries: Annotated[list[WireScheduleEntry], BeforeValidator(list_or_none)] = []


class WireSchedule(WireReference):
    time_zone: Text = "UTC"
    final_schedule: WireSubschedule = WireSubschedule()
    overrides_subschedule: WireSubschedule = WireSubschedule()


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
    computed_shift_assignments: Annotated[list[WireComputedShift], BeforeValidator(list_or_none)] = []


class WireScheduleV3(WireReference):
    time_zone: Text = "UTC"
    final_schedule: WireFinalSchedule = WireFinalSchedule()


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
