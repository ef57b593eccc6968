"""A shift-based schedule as the account keeps it: rotations of recurring events, single shifts, and overrides."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from simulators.pagerduty.model import Record


class Event(BaseModel):
    """When and how members are on call: from `start` to `end` and again as `recurrence` says, in its own zone.

    `user_ids` may hold null: a turn that is nobody's. `is_everybody`: all of them at once, else in turn.
    """

    id: str
    name: str
    time_zone: str
    start: datetime
    end: datetime
    effective_since: datetime
    effective_until: datetime | None = None
    recurrence: str
    user_ids: list[str | None]
    is_everybody: bool = False
    shifts_per_member: int = 1

    @property
    def zone(self) -> ZoneInfo:
        """Where its start and end are wall-clock times."""
        return ZoneInfo(self.time_zone)


class Rotation(BaseModel):
    """Events; rotations of one schedule run beside one another, none goes before the other."""

    id: str
    events: list[Event] = Field(default_factory=list)


class CustomShift(BaseModel):
    """One shift outside of every rotation."""

    id: str
    assignment_id: str
    user_id: str | None
    start: datetime
    end: datetime


class OverrideShift(BaseModel):
    """Somebody stands in for one member of a rotation or of a custom shift; null for nobody."""

    id: str
    source_kind: Literal["rotation", "custom_shift"]
    source_id: str
    start: datetime
    end: datetime
    overridden_id: str | None
    overriding_id: str | None


class ScheduleV3(Record):
    """A schedule of `/v3/schedules`, which `/schedules` does not have. `overrides` in order of their making."""

    kind = "schedule_v3"

    name: str
    time_zone: str
    description: str = ""
    rotations: list[Rotation] = Field(default_factory=list)
    custom_shifts: list[CustomShift] = Field(default_factory=list)
    overrides: list[OverrideShift] = Field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        """In which its times are shown."""
        return ZoneInfo(self.time_zone)
