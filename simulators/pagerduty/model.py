"""What the simulator remembers, as pydantic models, so that every record is a JSON text in the store.

All instants are aware and in UTC. References to other records are ids; `render` turns them into PagerDuty's reference
objects.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

Status = Literal["triggered", "acknowledged", "resolved"]
Urgency = Literal["high", "low"]


class Agent(BaseModel):
    """Who did something: a user, or the service itself (monitoring, timeouts)."""

    kind: Literal["user", "service"]
    id: str


class Assignment(BaseModel):
    """A user who has the incident, since when."""

    user_id: str
    at: datetime


class Acknowledgement(BaseModel):
    """Who acknowledged, when; a service when Events v2 did it."""

    agent: Agent
    at: datetime


class PendingNotification(BaseModel):
    """A notification rule with a delay that has not fired yet."""

    at: datetime
    user_id: str
    contact_method_id: str


class Record(BaseModel):
    """Something kept in the store under its kind and id."""

    kind: ClassVar[str]
    id: str


class Incident(Record):
    """One incident. `escalation_level` is the level it is assigned at (REST does not show it, as in PagerDuty)."""

    kind = "incident"

    number: int
    title: str
    status: Status = "triggered"
    urgency: Urgency = "high"
    service_id: str
    escalation_policy_id: str
    escalation_level: int = 1
    escalation_loops: int = 0
    assigned_via: Literal["escalation_policy", "direct_assignment"] = "escalation_policy"
    priority_id: str | None = None
    incident_key: str
    is_manual: bool = False
    body_details: str | None = None
    created_at: datetime
    updated_at: datetime
    last_status_change_at: datetime
    last_status_change_by: Agent
    reopened_at: datetime | None = None
    resolved_at: datetime | None = None
    merged_into: str | None = None
    assignments: list[Assignment] = Field(default_factory=list)
    acknowledgements: list[Acknowledgement] = Field(default_factory=list)
    first_trigger_log_entry_id: str = ""
    escalate_at: datetime | None = None
    unacknowledge_at: datetime | None = None
    auto_resolve_at: datetime | None = None
    notifications: list[PendingNotification] = Field(default_factory=list)
    is_deleted: bool = False

    @property
    def is_open(self) -> bool:
        """Triggered or acknowledged."""
        return self.status != "resolved"


class LogEntry(Record):
    """One entry of an incident's log. `channel` is kept whole.

    REST cuts it to its type unless channels are included.
    """

    kind = "log_entry"

    seq: int
    type: str
    incident_id: str
    created_at: datetime
    agent: Agent
    summary: str
    channel: dict[str, Any]
    note: str | None = None
    assignee_ids: list[str] = Field(default_factory=list)
    user_id: str | None = None
    contexts: list[dict[str, Any]] = Field(default_factory=list)
    extra: dict[str, Any] = Field(default_factory=dict)


class Alert(Record):
    """One machine signal, grouped into an incident."""

    kind = "alert"

    incident_id: str
    service_id: str
    alert_key: str
    summary: str
    severity: str
    status: Literal["triggered", "resolved"] = "triggered"
    created_at: datetime
    resolved_at: datetime | None = None
    details: dict[str, Any] = Field(default_factory=dict)
    contexts: list[dict[str, Any]] = Field(default_factory=list)
    trigger_log_entry_id: str = ""


class Note(Record):
    """A user's note on an incident."""

    kind = "note"

    incident_id: str
    user_id: str
    content: str
    created_at: datetime


class StatusUpdate(Record):
    """A message to stakeholders."""

    kind = "status_update"

    incident_id: str
    user_id: str
    message: str
    subject: str | None = None
    html_message: str | None = None
    created_at: datetime


class ChangeEvent(Record):
    """A deploy or configuration change, sent through Events v2."""

    kind = "change_event"

    summary: str
    timestamp: datetime
    source: str | None = None
    service_id: str
    routing_key: str
    custom_details: dict[str, Any] = Field(default_factory=dict)
    links: list[dict[str, Any]] = Field(default_factory=list)


class Delivery(Record):
    """One webhook delivery that is still owed: kept until it was accepted or dropped."""

    kind = "delivery"

    event_id: str
    event_type: str
    body: str
    created_at: datetime
    attempts: int = 0
