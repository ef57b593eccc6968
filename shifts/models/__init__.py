"""Fields, constraints and short properties; what is written with them stands in `shifts.services`."""

from shifts.models.cover import CoverRequest, Override
from shifts.models.guide import ContactConfirmation, GuideEntry, GuideRevision
from shifts.models.handoff import Handoff, HandoffLine, HandoffTick
from shifts.models.notice import CalendarFeed, Notice, ReminderChoice
from shifts.models.on_call import OnCall
from shifts.models.paging import EscalationTarget, PagingSetup
from shifts.models.preflight import LaptopToken, PagingTest, Preflight, PreflightCheck, SeenChange
from shifts.models.schedule import Layer, LayerMember, Schedule
from shifts.models.shift import Shift

__all__ = [
    "CalendarFeed",
    "ContactConfirmation",
    "CoverRequest",
    "EscalationTarget",
    "GuideEntry",
    "GuideRevision",
    "Handoff",
    "HandoffLine",
    "HandoffTick",
    "LaptopToken",
    "Layer",
    "LayerMember",
    "Notice",
    "OnCall",
    "Override",
    "PagingSetup",
    "PagingTest",
    "Preflight",
    "PreflightCheck",
    "ReminderChoice",
    "Schedule",
    "SeenChange",
    "Shift",
]
