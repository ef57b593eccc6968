"""Fields, constraints and short properties; what is written with them stands in `incidents.services`."""

from incidents.models.clock import SlaClock
from incidents.models.inbox import InboundEvent, PollState
from incidents.models.incident import Assignment, Incident, Service
from incidents.models.outbox import OutboxMessage
from incidents.models.timeline import TimelineEntry

__all__ = [
    "Assignment",
    "InboundEvent",
    "Incident",
    "OutboxMessage",
    "PollState",
    "Service",
    "SlaClock",
    "TimelineEntry",
]
