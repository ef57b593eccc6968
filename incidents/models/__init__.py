"""Fields, constraints and short properties; what is written with them stands in `incidents.services`."""

from incidents.models.clock import SlaClock
from incidents.models.evidence import Capture, EvidencePart
from incidents.models.inbox import InboundEvent, PollState
from incidents.models.incident import Assignment, Incident, Service
from incidents.models.mitigation import Mitigation
from incidents.models.outbox import OutboxMessage
from incidents.models.policy import OwnDay, PolicyVersion, Priority, SeverityDefinition, target_fields
from incidents.models.review import FollowUp, Review
from incidents.models.runbook import RunbookTick
from incidents.models.timeline import TimelineEntry
from incidents.models.transfer import Transfer
from incidents.models.update import StakeholderUpdate, Subscription, UpdateTemplate
from incidents.models.watch import AuditFinding, Heartbeat, Notice, SlaAudit

__all__ = [
    "Assignment",
    "AuditFinding",
    "Capture",
    "EvidencePart",
    "FollowUp",
    "Heartbeat",
    "InboundEvent",
    "Incident",
    "Mitigation",
    "Notice",
    "OutboxMessage",
    "OwnDay",
    "PolicyVersion",
    "PollState",
    "Priority",
    "Review",
    "RunbookTick",
    "Service",
    "SeverityDefinition",
    "SlaAudit",
    "SlaClock",
    "StakeholderUpdate",
    "Subscription",
    "TimelineEntry",
    "Transfer",
    "UpdateTemplate",
    "target_fields",
]
