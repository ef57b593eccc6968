"""A schedule as the account keeps it: layers that are stacked, and overrides on top of them all."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from simulators.pagerduty.model import Record


class Restriction(BaseModel):
    """A part of each day, or of each week, outside of which a layer names nobody. Wall-clock times of the schedule."""

    type: Literal["daily_restriction", "weekly_restriction"] = "daily_restriction"
    start_time_of_day: str
    duration_seconds: int
    start_day_of_week: int | None = None


class Layer(BaseModel):
    """A rotation: turn 0 begins at `rotation_virtual_start` with the first user; nobody outside `[start, end)`."""

    id: str
    name: str
    user_ids: list[str]
    start: datetime
    rotation_virtual_start: datetime
    turn_seconds: int
    end: datetime | None = None
    restrictions: list[Restriction] = Field(default_factory=list)


class Override(BaseModel):
    """Somebody takes `[start, end)`, whatever the layers say."""

    id: str
    user_id: str
    start: datetime
    end: datetime


class Schedule(Record):
    """A schedule of REST v2: `layers` from the lowest to the one that wins, `overrides` in order of their making."""

    kind = "schedule"

    name: str
    time_zone: str
    description: str = ""
    layers: list[Layer] = Field(default_factory=list)
    overrides: list[Override] = Field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        """Where its handoffs and restrictions are wall-clock times."""
        return ZoneInfo(self.time_zone)

    @property
    def user_ids(self) -> list[str]:
        """Everybody of its layers, once."""
        return list(dict.fromkeys(user_id for layer in self.layers for user_id in layer.user_ids))
