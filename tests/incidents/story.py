"""A story that happens in the simulated PagerDuty, told to the portal by webhooks, by polls, or by both.

PagerDuty's clock is set back, and stands at the story's own instants, so that hours pass in a moment: what a poll in the
middle of the story hears is what had happened by then.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from incidents.models import PollState
from incidents.services.poll_pagerduty import PollReport, poll_pagerduty
from integrations.pagerduty.client import PagerDuty
from simulators.pagerduty import assignment, edits, lifecycle
from simulators.pagerduty.errors import ApiError
from simulators.pagerduty.model import Agent, Incident
from simulators.pagerduty.testing import RunningSimulator
from simulators.pagerduty.world import World

USERS = ["PRESP01", "PKENJI1", "PMGR001"]
TITLES = [
    "[P1] High Error Rate - chatops-gateway",
    "[P0] <script>alert(1)</script> & <b>down</b> - chatops-db",
    "Disk \u202efull\u0007 on node-3",
    "[P3] 記憶體使用率高 - chatops-engine",
]


def portal_client(pagerduty: RunningSimulator) -> PagerDuty:
    """The portal's own client, leading to the simulator."""
    return PagerDuty(token=pagerduty.token, base_url=pagerduty.url)


def poll(pagerduty: RunningSimulator) -> PollReport:
    """One poll over HTTP."""
    return poll_pagerduty(pagerduty=portal_client(pagerduty))


@dataclass(frozen=True)
class Step:
    """`action` of ACTIONS, `wait` seconds after the step before, on the incident `which`, by the user `who`."""

    action: str
    wait: float
    which: int = 0
    who: int = 0


class Recorder:
    """Takes the place of the simulator's webhook dispatcher and keeps what it would send."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []

    def accept(self, event: Mapping[str, Any]) -> None:
        self.events.append(event)

    def committed(self) -> None:
        """Nothing is sent from here."""


class Story:
    """Plays steps one after the other; `events` are the webhooks so far."""

    def __init__(self, pagerduty: RunningSimulator, recorder: Recorder, begins_at: datetime) -> None:
        self._pagerduty = pagerduty
        self._recorder = recorder
        self.now = begins_at
        self.incidents: list[Incident] = []

    @property
    def events(self) -> list[Mapping[str, Any]]:
        return self._recorder.events

    def play(self, step: Step) -> None:
        """Lets the step's time pass, then does it; what PagerDuty refuses does not happen."""
        self.now += timedelta(seconds=step.wait)
        world = self._pagerduty.world
        world.clock.offset = self.now - datetime.now(UTC)
        self._pagerduty.simulator.tick()
        if step.action == "trigger" or not self.incidents:
            title = TITLES[len(self.incidents) % len(TITLES)]
            self.incidents.append(self._pagerduty.trigger(title, priority=["P2", None][len(self.incidents) % 2]))
            return
        incident = self.incidents[step.which % len(self.incidents)]
        agent = Agent(kind="user", id=USERS[step.who % len(USERS)])
        with world.transaction():
            try:
                ACTIONS[step.action](world, incident, agent, self.incidents[(step.which + 1) % len(self.incidents)])
            except ApiError:
                return

    def poll(self) -> None:
        """Polls at the story's time: the watermark, which is the database's clock, is set back to it."""
        poll(self._pagerduty)
        PollState.objects.update(watermark=self.now)


@contextmanager
def story(pagerduty: RunningSimulator, *, begins_ago: timedelta = timedelta(hours=6)) -> Iterator[Story]:
    """An empty account whose webhooks are recorded. At the end its clock is the real one again."""
    pagerduty.reset()
    recorder = Recorder()
    world, dispatcher = pagerduty.world, pagerduty.world.sink
    world.sink = recorder
    begins_at = (datetime.now(UTC) - begins_ago).replace(microsecond=250_000)
    world.clock.offset = begins_at - datetime.now(UTC)
    try:
        yield Story(pagerduty, recorder, begins_at)
    finally:
        world.clock.offset = timedelta()
        pagerduty.simulator.tick()
        world.sink = dispatcher


type Action = Callable[[World, Incident, Agent, Incident], object]


def _priority(world: World, incident: Incident, agent: Agent, _other: Incident) -> None:
    edits.set_priority(world, incident, "PPRIOP0" if incident.priority_id != "PPRIOP0" else "PPRIOP3", agent)


def _unacknowledge(world: World, incident: Incident, _agent: Agent, _other: Incident) -> None:
    if incident.status == "acknowledged":
        lifecycle.unacknowledge(world, incident)


def _reassign(world: World, incident: Incident, agent: Agent, _other: Incident) -> None:
    assignment.reassign(world, incident, [USERS[(USERS.index(agent.id) + 1) % 3]], agent)


ACTIONS: Mapping[str, Action] = {
    "acknowledge": lambda world, incident, agent, _: lifecycle.acknowledge(world, incident, agent),
    "note": lambda world, incident, agent, _: edits.annotate(
        world, incident, agent.id, f"<i>note</i> {len(world.log_book)}\u202e"
    ),
    "escalate": lambda world, incident, agent, _: assignment.escalate(
        world, incident, incident.escalation_level % 3 + 1, agent
    ),
    "reassign": _reassign,
    "unacknowledge": _unacknowledge,
    "resolve": lambda world, incident, agent, _: lifecycle.resolve(world, incident, agent),
    "reopen": lambda world, incident, agent, _: lifecycle.reopen(world, incident, agent),
    "snooze": lambda world, incident, agent, _: lifecycle.snooze(world, incident, agent, 3_600),
    "merge": lambda world, incident, agent, other: lifecycle.merge(world, other, [incident], agent),
    "priority": _priority,
    "title": lambda world, incident, agent, _: edits.set_title(world, incident, f"{incident.title}!", agent),
    "urgency": lambda world, incident, agent, _: edits.set_urgency(
        world, incident, "low" if incident.urgency == "high" else "high", agent
    ),
    "delegate": lambda world, incident, agent, _: assignment.delegate(world, incident, "PEPCHAT", agent),
}
