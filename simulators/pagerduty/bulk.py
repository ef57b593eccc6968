"""A busy past in one call: many incidents with many log entries each, spread over the last hours."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from simulators.pagerduty import ids
from simulators.pagerduty.directory import PRIORITIES, SERVICES, USERS
from simulators.pagerduty.events_v2 import trigger_channel
from simulators.pagerduty.model import Acknowledgement, Agent, Alert, Assignment, Incident, LogEntry, Note
from simulators.pagerduty.monitoring import alert_text, monitoring_event
from simulators.pagerduty.world import World

_KINDS = (
    ("High Error Rate", "Error rate: {n}.2% (threshold: 1%)", "critical"),
    ("High latency", "p95 latency: {n}80 ms (threshold: 500 ms)", "error"),
    ("High CPU", "CPU usage: 9{n}% (threshold: 80%)", "warning"),
    ("High memory", "Memory usage: 9{n}% (threshold: 85%)", "warning"),
)
_FILLER = ("annotate_log_entry", "notify_log_entry", "assign_log_entry")


def seed_past(
    world: World, *, incidents: int, log_entries_each: int, open_incidents: int = 0, within_hours: float = 24.0
) -> list[Incident]:
    """Writes `incidents` with at least one log entry each; the last `open_incidents` stay open.

    No webhooks, no timers.
    """
    chance = random.Random(incidents)  # noqa: S311 - the same past for the same figures
    now = world.clock.now().replace(microsecond=0)
    span = timedelta(hours=within_hours)
    written: list[Incident] = []
    entries: list[LogEntry] = []
    with world.transaction():
        for n in range(incidents):
            at = now - span + span * (n + 0.5) / incidents
            is_open = n >= incidents - open_incidents
            incident = _incident(world, chance, n, at)
            last = min(now, at + timedelta(minutes=45))
            entries += _log(world, incident, log_entries_each, at, last, is_open=is_open)
            if not is_open:
                incident.status, incident.resolved_at, incident.assignments = "resolved", last, []
                incident.last_status_change_at = last
            incident.updated_at = last
            world.keep(incident)
            _alert(world, incident, at)
            written.append(incident)
        world.keep_entries(entries)
    return written


def _incident(world: World, chance: random.Random, n: int, at: datetime) -> Incident:
    service = list(SERVICES.values())[n % len(SERVICES)]
    kind, _, severity = _KINDS[n % len(_KINDS)]
    priority = list(PRIORITIES.values())[chance.choices(range(4), (1, 4, 8, 6))[0]]
    user_id = list(USERS)[n % 2]
    return Incident(
        id=ids.incident_id(),
        number=world.next_number(),
        title=f"[{priority.name}] {kind} - {service.name}",
        urgency="low" if severity == "warning" else "high",
        service_id=service.id,
        escalation_policy_id=service.escalation_policy_id,
        priority_id=priority.id if n % 3 else None,
        incident_key=ids.dedup_key(),
        created_at=at,
        updated_at=at,
        last_status_change_at=at,
        last_status_change_by=Agent(kind="service", id=service.id),
        assignments=[Assignment(user_id=user_id, at=at)],
    )


def _text(incident: Incident, n: int, at: datetime) -> tuple[str, str]:
    _, line, severity = next(kind for kind in _KINDS if kind[0] in incident.title)
    return alert_text(line.format(n=n % 9 + 1), at), severity


def _alert(world: World, incident: Incident, at: datetime) -> None:
    text, severity = _text(incident, incident.number, at)
    is_open = incident.is_open
    world.keep(
        Alert(
            id=ids.alert_id(),
            incident_id=incident.id,
            service_id=incident.service_id,
            alert_key=incident.incident_key,
            summary=incident.title,
            severity=severity,
            status="triggered" if is_open else "resolved",
            created_at=at,
            resolved_at=None if is_open else incident.resolved_at,
            details={"body": text},
            trigger_log_entry_id=incident.first_trigger_log_entry_id,
        )
    )


def _log(
    world: World, incident: Incident, wanted: int, at: datetime, last: datetime, *, is_open: bool
) -> list[LogEntry]:
    """Trigger, acknowledgement, filler and (unless open) resolution, `wanted` in all, between `at` and `last`."""
    service = SERVICES[incident.service_id]
    user = Agent(kind="user", id=incident.assignments[0].user_id)
    types = ["trigger_log_entry"]
    if wanted > 1:
        types.append("acknowledge_log_entry" if is_open else "resolve_log_entry")
    if wanted > 2 and not is_open:
        types.insert(1, "acknowledge_log_entry")
    while len(types) < wanted:
        types.insert(2, _FILLER[len(types) % len(_FILLER)])
    step = (last - at) / max(1, len(types) - 1)
    entries = []
    for n, type_ in enumerate(types):
        when = (at + step * n).replace(microsecond=0)
        agent, channel, note = user, {"type": "api"}, None
        if type_ == "trigger_log_entry":
            text, severity = _text(incident, incident.number, at)
            event = monitoring_event(service, summary=incident.title, severity=severity, body=text)
            agent = Agent(kind="service", id=service.id)
            channel = trigger_channel(service, incident.incident_key, event["payload"], event)
        elif type_ == "annotate_log_entry":
            note = f"Observation {n} of this incident."
            channel = {"type": "note", "summary": note}
            world.keep(Note(id=ids.short_id(), incident_id=incident.id, user_id=user.id, content=note, created_at=when))
        elif type_ == "acknowledge_log_entry" and is_open:
            incident.status = "acknowledged"
            incident.acknowledgements = [Acknowledgement(agent=user, at=when)]
            incident.last_status_change_at, incident.last_status_change_by = when, user
        entry = LogEntry(
            id=ids.log_entry_id(),
            seq=world.next_seq(),
            type=type_,
            incident_id=incident.id,
            created_at=when,
            agent=agent,
            summary=f"{type_.removesuffix('_log_entry').capitalize()} by {USERS[user.id].name}.",
            channel=channel,
            note=note,
            assignee_ids=[user.id] if type_ == "assign_log_entry" else [],
            user_id=user.id if type_ == "notify_log_entry" else None,
        )
        if type_ == "trigger_log_entry":
            incident.first_trigger_log_entry_id = entry.id
        entries.append(entry)
    return entries
