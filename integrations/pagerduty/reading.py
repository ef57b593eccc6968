"""From PagerDuty's JSON to the portal's types. Pure."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from integrations.errors import MalformedPayload
from integrations.pagerduty.wire import WireChangeEvent, WireChannel, WireIncident, WireLogEntry, WireOnCall, safe_url
from integrations.types import Acknowledgement, ChangeEvent, IncidentSnapshot, LogEntry, OnCall

#: PagerDuty's log entry types (its document's LogEntry) in the portal's words. What is not here is «other».
KIND_OF_LOG_ENTRY: Mapping[str, str] = {
    "trigger_log_entry": "triggered",
    "acknowledge_log_entry": "acknowledged",
    "unacknowledge_log_entry": "unacknowledged",
    "resolve_log_entry": "resolved",
    "reopen_log_entry": "reopened",
    "assign_log_entry": "reassigned",
    "delegate_log_entry": "delegated",
    "escalate_log_entry": "escalated",
    "snooze_log_entry": "snoozed",
    "annotate_log_entry": "note",
    "notify_log_entry": "notified",
    "merge_log_entry": "merged",
    "priority_change_log_entry": "priority_changed",
    "urgency_change_log_entry": "urgency_changed",
    "status_update_log_entry": "status_update",
    "responder_request_log_entry": "responder_added",
    "responder_request_for_help_log_entry": "responder_added",
}


def malformed(what: str, error: ValidationError) -> MalformedPayload:
    """The first thing that is wrong, by its path; values are left out, since they are untrusted."""
    first = error.errors(include_input=False, include_url=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    return MalformedPayload("malformed", f"{what}: {path}: {first['msg']}")


def read_incident(payload: object, *, as_of: datetime, is_from_poll: bool) -> IncidentSnapshot:
    """An incident as REST or a webhook gives it. Raises MalformedPayload."""
    try:
        wire = WireIncident.model_validate(payload)
    except ValidationError as error:
        raise malformed("incident", error) from error
    people = [assignment.assignee for assignment in wire.assignments] or wire.assignees
    reason = wire.resolve_reason
    channel = wire.first_trigger_log_entry.channel if wire.first_trigger_log_entry else None
    body = read_details(wire.body.details) if wire.body else ""
    unacknowledges = [action.at for action in wire.pending_actions or [] if action.type == "unacknowledge"]
    return IncidentSnapshot(
        id=wire.id,
        number=wire.number,
        title=wire.title,
        status=wire.status,
        urgency=wire.urgency,
        priority=(wire.priority.summary or wire.priority.name) if wire.priority else "",
        service=wire.service.read(),
        people=tuple(person.read() for person in people),
        escalation_policy=wire.escalation_policy.read() if wire.escalation_policy else None,
        created_at=wire.created_at,
        as_of=as_of,
        html_url=safe_url(wire.html_url),
        body=body or (read_body(channel) if channel else ""),
        resolved_at=wire.resolved_at,
        last_status_change_at=wire.last_status_change_at,
        reopened_at=wire.reopened_at,
        merged_into=reason.incident.id if reason and reason.incident and reason.type.startswith("merge") else None,
        acknowledgements=None
        if wire.acknowledgements is None
        else tuple(Acknowledgement(at=each.at, by=each.acknowledger.read()) for each in wire.acknowledgements),
        unacknowledges_at=unacknowledges[0] if unacknowledges else None,
        is_from_poll=is_from_poll,
    )


def read_details(details: object) -> str:
    """Free-form details as text: a string as it is, an object as `key: value` lines, anything else as JSON."""
    if details is None:
        return ""
    if isinstance(details, str):
        return details
    if isinstance(details, dict):
        if isinstance(details.get("body"), str):
            return str(details["body"])
        return "\n".join(
            f"{key}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
            for key, value in details.items()
        )
    return json.dumps(details, ensure_ascii=False)


def read_body(channel: WireChannel) -> str:
    """An alert's body: the trigger's details, else its body, else the common event format's details."""
    cef = channel.cef_details
    nested = cef.get("details") if isinstance(cef, dict) else None
    return read_details(channel.details) or read_details(channel.body) or read_details(nested)


def read_log_entry(payload: Mapping[str, Any], *, as_of: datetime) -> LogEntry:
    """A line of the log, with the incident's snapshot where `include[]=incidents` brought it. Raises MalformedPayload."""
    try:
        wire = WireLogEntry.model_validate(payload)
    except ValidationError as error:
        raise malformed("log entry", error) from error
    incident = wire.incident or {}
    if not isinstance(incident.get("id"), str):
        raise MalformedPayload("malformed", "log entry: incident.id: missing")
    kind = KIND_OF_LOG_ENTRY.get(wire.type, "other")
    is_full = incident.get("type") == "incident" and "status" in incident
    return LogEntry(
        id=wire.id,
        kind=kind,
        created_at=wire.created_at,
        incident_id=str(incident["id"]),
        agent=wire.agent.read() if wire.agent else None,
        data=_log_entry_data(kind, wire),
        body=read_body(wire.channel) if kind == "triggered" and wire.channel else "",
        snapshot=read_incident(incident, as_of=as_of, is_from_poll=True) if is_full else None,
    )


def _log_entry_data(kind: str, wire: WireLogEntry) -> dict[str, str]:
    channel = wire.channel or WireChannel()
    match kind:
        case "triggered":
            # As it was triggered: the incident's own title may have been changed since.
            title = channel.summary or channel.subject or channel.description
            return {"title": title} if title else {}
        case "note" | "status_update":
            return {"text": wire.note or wire.message or channel.summary or wire.summary}
        case "reassigned" | "escalated" | "delegated" | "responder_added":
            return {"to": ", ".join(person.summary or person.name for person in wire.assignees) or "?"}
        case "notified":
            how = str((channel.notification or {}).get("type") or channel.type)
            if wire.user is None:
                return {"to": "?", "channel": how}
            return {"to": wire.user.summary or wire.user.name, "to_id": wire.user.id, "channel": how}
        case "priority_changed":
            return {"to": (channel.new_priority.summary or channel.new_priority.name) if channel.new_priority else "–"}
        case "snoozed":
            ends = [action.at for action in wire.changed_actions if action.type == "unacknowledge" and action.at]
            return {"until": ends[0].isoformat()} if ends else {}
        case "other":
            return {"text": wire.summary or wire.type}
        case _:
            return {}


def read_on_call(payload: object) -> OnCall:
    """One row of GET /oncalls. Raises MalformedPayload."""
    try:
        wire = WireOnCall.model_validate(payload)
    except ValidationError as error:
        raise malformed("on-call", error) from error
    return OnCall(
        policy=wire.escalation_policy.read(),
        level=wire.escalation_level,
        schedule=wire.schedule.read() if wire.schedule else None,
        person=wire.user.read(),
        start=wire.start,
        end=wire.end,
    )


def read_change_event(payload: object) -> ChangeEvent:
    """One row of GET /change_events. Raises MalformedPayload."""
    try:
        wire = WireChangeEvent.model_validate(payload)
    except ValidationError as error:
        raise malformed("change event", error) from error
    services = [service.read() for service in wire.services]
    return ChangeEvent(
        id=wire.id,
        summary=wire.summary,
        occurred_at=wire.timestamp,
        source=wire.source,
        service_ids=tuple(service.id for service in services),
        service_name=services[0].name if services else "",
        html_url=next((url for url in (safe_url(link.href) for link in wire.links) if url), ""),
    )
