"""What happens by itself: notification rules, escalation delays, acknowledgement timeouts, snoozes, auto-resolve."""

from __future__ import annotations

from datetime import datetime

from simulators.pagerduty import assignment, lifecycle
from simulators.pagerduty.model import Agent, Incident
from simulators.pagerduty.world import World


def _next_due(incident: Incident) -> datetime | None:
    due = [incident.auto_resolve_at]
    if incident.status == "triggered":
        due += [incident.escalate_at, *(n.at for n in incident.notifications)]
    else:
        due.append(incident.unacknowledge_at)
    return min((instant for instant in due if instant is not None), default=None)


def _run(world: World, incident: Incident, due: datetime) -> None:
    if incident.auto_resolve_at == due:
        agent = Agent(kind="service", id=incident.service_id)
        lifecycle.resolve(world, incident, agent, at=due, channel={"type": "timeout"})
    elif incident.status == "acknowledged":
        lifecycle.unacknowledge(world, incident, at=due)
    elif incident.escalate_at == due:
        assignment.escalate_on_timeout(world, incident, due)
    else:
        ripe = [n for n in incident.notifications if n.at <= due]
        incident.notifications = [n for n in incident.notifications if n.at > due]
        for notification in ripe:
            assignment.notify(world, incident, notification)
        world.keep(incident)


def tick(world: World) -> None:
    """Runs everything that is due by the world's clock, each at the instant it was due."""
    with world.transaction():
        now = world.clock.now()
        for incident in world.open_incidents():
            while incident.is_open and (due := _next_due(incident)) is not None and due <= now:
                _run(world, incident, due)
