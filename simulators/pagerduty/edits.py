"""What can be written on an incident without changing its state.

Notes, priority, title, urgency, updates, responders.
"""

from __future__ import annotations

from datetime import datetime

from simulators.pagerduty import errors, ids
from simulators.pagerduty.clock import iso
from simulators.pagerduty.directory import USERS
from simulators.pagerduty.lifecycle import agent_name
from simulators.pagerduty.model import Agent, Incident, Note, StatusUpdate, Urgency
from simulators.pagerduty.refs import Json, agent_ref, incident_ref, priority_object, user_ref
from simulators.pagerduty.render_webhook import note_data, responder_data, status_update_data
from simulators.pagerduty.world import World

MAX_NOTE_LENGTH = 2000


def annotate(world: World, incident: Incident, user_id: str, content: str, *, at: datetime | None = None) -> Note:
    """Adds a note of 1 to 2,000 characters."""
    now = world.instant(at)
    if not content.strip():
        raise errors.invalid("Content cannot be empty.")
    if len(content) > MAX_NOTE_LENGTH:
        raise errors.invalid(f"Content is too long (maximum is {MAX_NOTE_LENGTH} characters)")
    note = Note(
        id=ids.short_id(),
        incident_id=incident.id,
        user_id=user_id,
        content=content,
        created_at=now.replace(microsecond=0),
    )
    world.keep(note)
    agent = Agent(kind="user", id=user_id)
    world.log(
        incident,
        "annotate_log_entry",
        agent=agent,
        summary=f"Note added by {agent_name(agent)}.",
        at=now,
        channel={"type": "note", "summary": content},
        note=content,
    )
    world.emit("incident.annotated", incident, agent, now, note_data(incident, note))
    return note


def set_priority(
    world: World, incident: Incident, priority_id: str | None, agent: Agent, *, at: datetime | None = None
) -> None:
    """Gives, changes or (null) takes away the priority."""
    now = world.instant(at)
    if incident.priority_id == priority_id:
        return
    old, new = (priority_object(id_) if id_ else None for id_ in (incident.priority_id, priority_id))
    incident.priority_id = priority_id
    names = [f'"{priority["name"]}"' if priority else "none" for priority in (old, new)]
    world.log(
        incident,
        "priority_change_log_entry",
        agent=agent,
        summary=f"Priority changed from {names[0]} to {names[1]} by {agent_name(agent)}.",
        at=now,
        channel={"type": "api", "old_priority": old, "new_priority": new},
    )
    world.emit("incident.priority_updated", incident, agent, now)


def set_title(world: World, incident: Incident, title: str, agent: Agent, *, at: datetime | None = None) -> None:
    """Renames the incident; PagerDuty sends no webhook for it."""
    if incident.title == title:
        return
    old, incident.title = incident.title, title
    change = {"id": "title", "name": "title", "namespace": "incidents", "value": title, "old_value": old}
    world.log(
        incident,
        "field_value_change_log_entry",
        agent=agent,
        summary=f"Title changed by {agent_name(agent)}.",
        at=world.instant(at),
        channel={"type": "api", "changeset": {"application_fields": [change]}},
        extra={"changeset": [f"Updated title to {title}"]},
    )


def set_urgency(
    world: World, incident: Incident, urgency: Urgency, agent: Agent, *, at: datetime | None = None
) -> None:
    """Changes the urgency; PagerDuty sends no webhook for it."""
    if incident.urgency != urgency:
        incident.urgency = urgency
        world.log(
            incident,
            "urgency_change_log_entry",
            agent=agent,
            summary=f"Urgency changed to {urgency} by {agent_name(agent)}.",
            at=world.instant(at),
        )


def publish_status_update(
    world: World,
    incident: Incident,
    user_id: str,
    message: str,
    *,
    subject: str | None = None,
    html_message: str | None = None,
    at: datetime | None = None,
) -> StatusUpdate:
    """Tells the stakeholders. The document's closed list of entry types has none for it: only the webhook says it."""
    now = world.instant(at)
    if not message.strip():
        raise errors.invalid("Message cannot be empty.")
    update = StatusUpdate(
        id=ids.short_id(),
        incident_id=incident.id,
        user_id=user_id,
        message=message,
        subject=subject,
        html_message=html_message,
        created_at=now.replace(microsecond=0),
    )
    world.keep(update)
    agent = Agent(kind="user", id=user_id)
    world.log(
        incident,
        "status_update_log_entry",
        agent=agent,
        summary=f"Status update added by {agent_name(agent)}.",
        at=now,
        extra={"message": message},
    )
    world.emit("incident.status_update_published", incident, agent, now, status_update_data(incident, update))
    return update


def request_responders(
    world: World, incident: Incident, user_ids: list[str], message: str, agent: Agent, *, at: datetime | None = None
) -> Json:
    """Asks further users to help; returns PagerDuty's `responder_request` object."""
    now = world.instant(at)
    for user_id in user_ids:
        world.log(
            incident,
            "responder_request_log_entry",
            agent=agent,
            summary=f"Help of {USERS[user_id].name} requested by {agent_name(agent)}.",
            at=now,
            extra={"message": message, "responders": [{"user": user_ref(user_id)}]},
        )
        data = responder_data(incident, world.policies[incident.escalation_policy_id], user_id, message, "pending")
        world.emit("incident.responder.added", incident, agent, now, data)
    return {
        "id": ids.short_id(),
        "incident": incident_ref(incident),
        "requester": agent_ref(agent),
        "requested_at": iso(now),
        "message": message,
        "responder_request_targets": [{"responder_request_target": user_ref(user_id)} for user_id in user_ids],
    }


def reply_as_responder(
    world: World, incident: Incident, user_id: str, *, accepted: bool, at: datetime | None = None
) -> None:
    """The asked user answers."""
    now = world.instant(at)
    agent = Agent(kind="user", id=user_id)
    state = "accepted" if accepted else "declined"
    message = f"{USERS[user_id].name} {state}"
    world.emit(
        "incident.responder.replied",
        incident,
        agent,
        now,
        responder_data(incident, world.policies[incident.escalation_policy_id], user_id, message, state),
    )
