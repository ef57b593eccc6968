"""What can happen to an incident's state.

Each verb runs in a transaction of the world, writes log entries, sends events. Refusals are `ApiError`. `at` backdates
(seeded pasts, timers that were due earlier); default now.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from simulators.pagerduty import assignment, errors, ids
from simulators.pagerduty.directory import SERVICES, USERS
from simulators.pagerduty.model import Acknowledgement, Agent, Alert, Incident, Status, Urgency
from simulators.pagerduty.world import World

MAX_ALERTS = 1000
MAX_SNOOZE_SECONDS = 604_800


def agent_name(agent: Agent) -> str:
    """The name a log entry's summary uses."""
    return USERS[agent.id].name if agent.kind == "user" else SERVICES[agent.id].name


def trigger(
    world: World,
    *,
    service_id: str,
    title: str,
    agent: Agent,
    channel: dict[str, Any],
    incident_key: str | None = None,
    urgency: Urgency = "high",
    priority_id: str | None = None,
    severity: str | None = None,
    details: dict[str, Any] | None = None,
    contexts: list[dict[str, Any]] | None = None,
    is_manual: bool = False,
    body_details: str | None = None,
    assignee_ids: list[str] | None = None,
    at: datetime | None = None,
) -> Incident:
    """Opens an incident, with an alert if `severity` is given, and assigns and notifies level 1 (or `assignee_ids`)."""
    now = world.instant(at)
    second = now.replace(microsecond=0)
    service = SERVICES[service_id]
    incident = Incident(
        id=ids.incident_id(),
        number=world.next_number(),
        title=title,
        urgency=urgency,
        service_id=service_id,
        escalation_policy_id=service.escalation_policy_id,
        priority_id=priority_id,
        incident_key=incident_key or ids.dedup_key(),
        is_manual=is_manual,
        body_details=body_details,
        created_at=second,
        updated_at=second,
        last_status_change_at=second,
        last_status_change_by=agent,
    )
    if service.auto_resolve_timeout:
        incident.auto_resolve_at = second + timedelta(seconds=service.auto_resolve_timeout)
    through = "the website" if channel["type"] == "web_trigger" else "the API"
    entry = world.log(
        incident,
        "trigger_log_entry",
        agent=agent,
        summary=f"Triggered through {through}.",
        at=now,
        channel=channel,
        contexts=contexts or [],
    )
    incident.first_trigger_log_entry_id = entry.id
    if severity is not None:
        _open_alert(world, incident, severity, details or {}, contexts or [], entry.id, second)
    if assignee_ids:
        assignment.assign_directly(world, incident, assignee_ids, Agent(kind="service", id=service_id), now)
    else:
        assignment.assign_level(world, incident, 1, now)
    world.emit("incident.triggered", incident, agent, now)
    return incident


def _open_alert(
    world: World,
    incident: Incident,
    severity: str,
    details: dict[str, Any],
    contexts: list[dict[str, Any]],
    entry_id: str,
    at: datetime,
) -> None:
    world.keep(
        Alert(
            id=ids.alert_id(),
            incident_id=incident.id,
            service_id=incident.service_id,
            alert_key=incident.incident_key,
            summary=incident.title,
            severity=severity,
            created_at=at,
            details=details,
            contexts=contexts,
            trigger_log_entry_id=entry_id,
        )
    )


def _change_status(incident: Incident, status: Status, agent: Agent, at: datetime) -> None:
    incident.status = status
    incident.last_status_change_at = at.replace(microsecond=0)
    incident.last_status_change_by = agent
    incident.escalate_at = None
    incident.unacknowledge_at = None
    incident.notifications = []
    if status != "acknowledged":
        incident.acknowledgements = []


def acknowledge(
    world: World, incident: Incident, agent: Agent, *, at: datetime | None = None, channel: dict[str, Any] | None = None
) -> None:
    """Stops the escalation until the service's acknowledgement timeout. A resolved incident reopens, as documented."""
    now = world.instant(at)
    if not incident.is_open:
        _reopen(incident, agent, now)
        incident.assigned_via = "direct_assignment"
        assignment.put(incident, [agent.id] if agent.kind == "user" else [], now)
        world.log(incident, "reopen_log_entry", agent=agent, summary=f"Reopened by {agent_name(agent)}.", at=now)
        _acknowledged(world, incident, agent, now, channel)
        world.emit("incident.reopened", incident, agent, now)
        return
    if any(held.agent == agent for held in incident.acknowledgements):
        raise errors.already_acknowledged()
    _acknowledged(world, incident, agent, now, channel)
    world.emit("incident.acknowledged", incident, agent, now)


def _acknowledged(
    world: World, incident: Incident, agent: Agent, now: datetime, channel: dict[str, Any] | None = None
) -> None:
    timeout = SERVICES[incident.service_id].acknowledgement_timeout
    _change_status(incident, "acknowledged", agent, now)
    incident.acknowledgements.append(Acknowledgement(agent=agent, at=now.replace(microsecond=0)))
    if timeout:
        incident.unacknowledge_at = now + timedelta(seconds=timeout)
    world.log(
        incident,
        "acknowledge_log_entry",
        agent=agent,
        summary=f"Acknowledged by {agent_name(agent)}.",
        at=now,
        channel=channel,
        extra={"acknowledgement_timeout": timeout},
    )


def unacknowledge(world: World, incident: Incident, *, at: datetime | None = None) -> None:
    """The acknowledgement or the snooze ran out: triggered again, its assignees are notified again."""
    now = world.instant(at)
    agent = Agent(kind="service", id=incident.service_id)
    _change_status(incident, "triggered", agent, now)
    world.log(
        incident,
        "unacknowledge_log_entry",
        agent=agent,
        summary="Unacknowledged due to timeout.",
        at=now,
        channel={"type": "timeout"},
    )
    assignment.restart(world, incident, now)
    world.emit("incident.unacknowledged", incident, None, now)


def resolve(
    world: World,
    incident: Incident,
    agent: Agent,
    *,
    note: str | None = None,
    at: datetime | None = None,
    channel: dict[str, Any] | None = None,
    merged_into: Incident | None = None,
) -> None:
    """Closes the incident and its alerts; `note` is the resolution, kept on the log entry."""
    now = world.instant(at)
    if not incident.is_open:
        raise errors.already_resolved()
    _change_status(incident, "resolved", agent, now)
    incident.resolved_at = now.replace(microsecond=0)
    incident.auto_resolve_at = None
    incident.assignments = []
    incident.merged_into = merged_into.id if merged_into else None
    for alert in world.alerts_of(incident.id):
        if alert.status == "triggered":
            alert.status, alert.resolved_at = "resolved", incident.resolved_at
            world.keep(alert)
    summary = f"Resolved by {agent_name(agent)}."
    if merged_into:
        summary = f"Merged into [#{merged_into.number}] {merged_into.title} by {agent_name(agent)}."
    world.log(incident, "resolve_log_entry", agent=agent, summary=summary, at=now, channel=channel, note=note)
    world.emit("incident.resolved", incident, agent, now)


def _reopen(incident: Incident, agent: Agent, now: datetime) -> None:
    _change_status(incident, "triggered", agent, now)
    incident.reopened_at = now.replace(microsecond=0)
    incident.resolved_at = None
    incident.merged_into = None
    incident.escalation_loops = 0


def reopen(
    world: World, incident: Incident, agent: Agent, *, assignee_ids: list[str] | None = None, at: datetime | None = None
) -> None:
    """Sets a resolved incident back to triggered and assigns it anew. Any other status: invalid status, 1003."""
    now = world.instant(at)
    if incident.is_open:
        raise errors.ApiError(400, 1003, "Invalid Status Provided", "Only a resolved incident can be set to triggered.")
    _reopen(incident, agent, now)
    world.log(incident, "reopen_log_entry", agent=agent, summary=f"Reopened by {agent_name(agent)}.", at=now)
    if assignee_ids:
        assignment.assign_directly(world, incident, assignee_ids, agent, now)
    else:
        assignment.assign_level(world, incident, 1, now)
    world.emit("incident.reopened", incident, agent, now)


def snooze(world: World, incident: Incident, agent: Agent, seconds: int, *, at: datetime | None = None) -> None:
    """Acknowledges if need be and lets the incident come back as triggered after `seconds`.

    PagerDuty has no webhook for a snooze: of a triggered incident only the acknowledgement is heard, of an
    acknowledged one nothing.
    """
    now = world.instant(at)
    if not incident.is_open:
        raise errors.already_resolved()
    if not 1 <= seconds <= MAX_SNOOZE_SECONDS:
        raise errors.invalid(f"Duration must be between 1 and {MAX_SNOOZE_SECONDS} seconds.")
    if incident.status == "triggered":
        acknowledge(world, incident, agent, at=now)
    until = now + timedelta(seconds=seconds)
    incident.unacknowledge_at = until
    world.log(
        incident,
        "snooze_log_entry",
        agent=agent,
        summary=f"Snoozed by {agent_name(agent)} for {seconds} seconds.",
        at=now,
        channel={"type": "website", "duration": seconds},
        extra={"changed_actions": [{"type": "unacknowledge", "at": until.replace(microsecond=0).isoformat()}]},
    )


def merge(world: World, target: Incident, sources: list[Incident], agent: Agent, *, at: datetime | None = None) -> None:
    """Moves the sources' alerts into the target and resolves them with the reason."""
    now = world.instant(at)
    if not target.is_open:
        raise errors.invalid("The target incident is resolved.")
    if any(source.id == target.id for source in sources):
        raise errors.invalid("An incident cannot be merged into itself.")
    if len(world.alerts_of(target.id)) + sum(len(world.alerts_of(s.id)) for s in sources) > MAX_ALERTS:
        raise errors.invalid(f"An incident cannot have more than {MAX_ALERTS} alerts.")
    for source in sources:
        world.move_alerts(source, target)
        if source.is_open:
            resolve(world, source, agent, at=now, merged_into=target)
        else:
            source.merged_into = target.id
            world.keep(source)
    world.keep(target)


def delete(world: World, incident: Incident) -> None:
    """Takes the incident out of every answer, as a deletion in the web application does: no event, no log entry."""
    incident.is_deleted = True
    world.keep(incident)
