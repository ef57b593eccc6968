"""Incidents, alerts, notes and status updates as REST v2 shows them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from simulators.pagerduty.clock import iso
from simulators.pagerduty.directory import ACCOUNT_ZONE, API_URL, SITE_URL
from simulators.pagerduty.model import Alert, Incident, LogEntry, Note, StatusUpdate
from simulators.pagerduty.refs import (
    Json,
    agent_ref,
    incident_ref,
    policy_ref,
    priority_object,
    reference,
    service_ref,
    user_ref,
)
from simulators.pagerduty.render_account import integration_ref, policy_object, service_object, user_object
from simulators.pagerduty.render_log_entry import log_entry_object, log_entry_ref
from simulators.pagerduty.world import World

INCLUDES = (
    "acknowledgers", "agents", "assignees", "body", "conference_bridge", "escalation_policies",
    "first_trigger_log_entries", "priorities", "services", "teams", "users",
)  # fmt: skip


def _pending_actions(incident: Incident, zone: ZoneInfo | None) -> list[Json]:
    planned: list[tuple[datetime | None, str]] = [
        (incident.escalate_at, "escalate"),
        (incident.unacknowledge_at, "unacknowledge"),
        (incident.auto_resolve_at, "resolve"),
    ]
    due = sorted((at, kind) for at, kind in planned if at is not None)
    return [{"type": kind, "at": iso(at, zone)} for at, kind in due]


def incident_object(
    world: World, incident: Incident, include: Collection[str] = (), zone: ZoneInfo | None = None
) -> Json:
    """An incident.

    `include` replaces references by whole objects, `zone` is where its instants are shown (default UTC).
    """
    alerts = world.alerts_of(incident.id)
    first = world.log_book.get(incident.first_trigger_log_entry_id)
    target = world.incidents.get(incident.merged_into) if incident.merged_into else None
    reference_ = incident_ref(incident)
    agent = incident.last_status_change_by
    people = "assignees" in include or "users" in include
    shown: Json = {
        "id": incident.id,
        "type": "incident",
        "summary": reference_["summary"],
        "self": reference_["self"],
        "html_url": reference_["html_url"],
        "incident_number": incident.number,
        "title": incident.title,
        "description": incident.title,
        "created_at": iso(incident.created_at, zone),
        "updated_at": iso(incident.updated_at, zone),
        "status": incident.status,
        "incident_key": incident.incident_key,
        "service": (
            service_object(world, incident.service_id) if "services" in include else service_ref(incident.service_id)
        ),
        "assignments": [
            {"at": iso(a.at, zone), "assignee": user_object(world, a.user_id) if people else user_ref(a.user_id)}
            for a in incident.assignments
        ],
        "assigned_via": incident.assigned_via,
        "last_status_change_at": iso(incident.last_status_change_at, zone),
        "resolved_at": iso(incident.resolved_at, zone) if incident.resolved_at else None,
        "alert_counts": {
            "all": len(alerts),
            "triggered": sum(alert.status == "triggered" for alert in alerts),
            "resolved": sum(alert.status == "resolved" for alert in alerts),
        },
        "is_mergeable": bool(alerts) or incident.is_manual,
        "incident_type": {"name": "incident_default"},
        "escalation_policy": (
            policy_object(world, incident.escalation_policy_id)
            if "escalation_policies" in include
            else policy_ref(world.policies[incident.escalation_policy_id])
        ),
        "teams": [],
        "impacted_services": [service_ref(incident.service_id)],
        "pending_actions": _pending_actions(incident, zone),
        "acknowledgements": [
            {
                "at": iso(a.at, zone),
                "acknowledger": (
                    user_object(world, a.agent.id)
                    if a.agent.kind == "user" and ("acknowledgers" in include or "users" in include)
                    else agent_ref(a.agent)
                ),
            }
            for a in incident.acknowledgements
        ],
        "alert_grouping": None,
        "last_status_change_by": (
            user_object(world, agent.id) if agent.kind == "user" and "agents" in include else agent_ref(agent)
        ),
        "priority": priority_object(incident.priority_id) if incident.priority_id else None,
        "resolve_reason": {"type": "merge_resolve_reason", "incident": incident_ref(target)} if target else None,
        "incidents_responders": [],
        "responder_requests": [],
        "urgency": incident.urgency,
    }
    if first is not None:
        whole = "first_trigger_log_entries" in include
        shown["first_trigger_log_entry"] = (
            log_entry_object(world, first, {"channels"}, zone) if whole else log_entry_ref(first)
        )
    if "body" in include and incident.body_details is not None:
        shown["body"] = {"type": "incident_body", "details": incident.body_details}
    return shown


def listed_log_entry(world: World, entry: LogEntry, include: Collection[str], zone: ZoneInfo | None) -> Json:
    """A log entry as lists show it: with its whole incident where `incidents` are included."""
    shown = log_entry_object(world, entry, include, zone)
    if "incidents" in include:
        shown["incident"] = incident_object(world, world.incidents[entry.incident_id], (), zone)
    return shown


def alert_object(world: World, alert: Alert) -> Json:
    """One alert; its text stands in `body.details`."""
    incident = world.incidents[alert.incident_id]
    return {
        "id": alert.id,
        "type": "alert",
        "summary": alert.summary,
        "self": f"{API_URL}/incidents/{incident.id}/alerts/{alert.id}",
        "html_url": f"{SITE_URL}/alerts/{alert.id}",
        "created_at": iso(alert.created_at),
        "status": alert.status,
        "resolved_at": iso(alert.resolved_at) if alert.resolved_at else None,
        "alert_key": alert.alert_key,
        "service": service_ref(alert.service_id),
        "body": {"type": "alert_body", "contexts": alert.contexts, "details": alert.details},
        "incident": incident_ref(incident),
        "suppressed": False,
        "severity": alert.severity,
        "first_trigger_log_entry": reference(
            "trigger_log_entry", alert.trigger_log_entry_id, "Triggered through the API.", "log_entries"
        ),
        "integration": integration_ref(alert.service_id),
    }


def note_object(note: Note) -> Json:
    """One note; instants in the account's zone, as PagerDuty shows them here."""
    return {
        "id": note.id,
        "user": user_ref(note.user_id),
        "channel": {"summary": "The PagerDuty website or APIs"},
        "content": note.content,
        "created_at": iso(note.created_at, ACCOUNT_ZONE),
        "updated_at": iso(note.created_at, ACCOUNT_ZONE),
    }


def status_update_object(update: StatusUpdate) -> Json:
    """One status update."""
    shown: Json = {
        "id": update.id,
        "message": update.message,
        "sender": user_ref(update.user_id),
        "created_at": iso(update.created_at, ACCOUNT_ZONE),
    }
    if update.subject is not None:
        shown["subject"] = update.subject
    if update.html_message is not None:
        shown["html_message"] = update.html_message
    return shown
