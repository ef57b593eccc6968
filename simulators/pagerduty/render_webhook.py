"""Bodies of v3 webhooks: what `event.data` holds, by event type, and the envelope around it.

As in PagerDuty, no event carries the alert's text: the receiver reads it from the trigger log entry over REST.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulators.pagerduty import ids
from simulators.pagerduty.clock import iso, iso_milliseconds, iso_or_none
from simulators.pagerduty.directory import SITE_URL
from simulators.pagerduty.model import Agent, Incident, Note, StatusUpdate
from simulators.pagerduty.paging import EscalationPolicy
from simulators.pagerduty.refs import (
    Json,
    agent_ref,
    incident_ref,
    policy_ref,
    priority_object,
    service_ref,
    user_ref,
)


def incident_data(incident: Incident, policy: EscalationPolicy, merge_target: Incident | None) -> Json:
    """`data` of most events: the incident as it is after the event."""
    priority = None
    if incident.priority_id:
        whole = priority_object(incident.priority_id)
        priority = {**{k: whole[k] for k in ("html_url", "id", "self", "summary")}, "type": "priority_reference"}
    reason = {"type": "merge_resolve_reason", "incident": incident_ref(merge_target)} if merge_target else None
    reference = incident_ref(incident)
    return {
        "id": incident.id,
        "type": "incident",
        "self": reference["self"],
        "html_url": reference["html_url"],
        "number": incident.number,
        "status": incident.status,
        "incident_key": incident.incident_key,
        "created_at": iso(incident.created_at),
        "reopened_at": iso_or_none(incident.reopened_at),
        "title": incident.title,
        "incident_type": {"name": "incident_default"},
        "service": service_ref(incident.service_id),
        "assignees": [user_ref(a.user_id) for a in incident.assignments],
        "escalation_policy": policy_ref(policy),
        "teams": [],
        "priority": priority,
        "urgency": incident.urgency,
        "conference_bridge": None,
        "resolve_reason": reason,
    }


def note_data(incident: Incident, note: Note) -> Json:
    """`data` of `incident.annotated`."""
    return {
        "incident": incident_ref(incident),
        "id": note.id,
        "content": note.content,
        "trimmed": False,
        "type": "incident_note",
    }


def status_update_data(incident: Incident, update: StatusUpdate) -> Json:
    """`data` of `incident.status_update_published`."""
    return {
        "incident": incident_ref(incident),
        "id": update.id,
        "message": update.message,
        "trimmed": False,
        "type": "incident_status_update",
    }


def responder_data(incident: Incident, policy: EscalationPolicy, user_id: str, message: str, state: str) -> Json:
    """`data` of `incident.responder.added` (state `pending`) and `.replied` (`accepted`, `declined`)."""
    return {
        "incident": incident_ref(incident),
        "user": user_ref(user_id),
        "escalation_policy": policy_ref(policy),
        "message": message,
        "state": state,
        "type": "incident_responder",
    }


def envelope(event_type: str, occurred_at: datetime, agent: Agent | None, data: Json) -> dict[str, Any]:
    """The whole body: `{"event": {…}}` with a new event id."""
    client = {"name": "PagerDuty"} if agent and agent.kind == "user" else None
    return {
        "event": {
            "id": ids.event_id(),
            "event_type": event_type,
            "resource_type": event_type.split(".", 1)[0],
            "occurred_at": iso_milliseconds(occurred_at),
            "agent": agent_ref(agent) if agent else None,
            "client": client,
            "data": data,
        }
    }


def ping() -> dict[str, Any]:
    """The test event of the web application's button."""
    return {
        "event": {
            "id": ids.event_id(),
            "event_type": "pagey.ping",
            "resource_type": "pagey",
            "occurred_at": iso_milliseconds(datetime.now().astimezone()),
            "agent": None,
            "client": None,
            "data": {"message": "Hello from your friend Pagey!", "type": "ping", "html_url": SITE_URL},
        }
    }
