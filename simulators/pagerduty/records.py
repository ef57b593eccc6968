"""Every kind of record that the store keeps."""

from __future__ import annotations

from simulators.pagerduty.model import Alert, ChangeEvent, Delivery, Incident, LogEntry, Note, Record, StatusUpdate
from simulators.pagerduty.paging import EscalationPolicy, Paging
from simulators.pagerduty.schedule import Schedule
from simulators.pagerduty.schedule_v3 import ScheduleV3

RECORD_TYPES: tuple[type[Record], ...] = (
    Incident,
    LogEntry,
    Alert,
    Note,
    StatusUpdate,
    ChangeEvent,
    Delivery,
    Schedule,
    ScheduleV3,
    EscalationPolicy,
    Paging,
)
