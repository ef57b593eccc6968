"""Plays a scenario file on a simulated account: pages, and what people do about them, faster or slower than life.

A file is JSON: `{"name", "lasts": "7d 00:00", "is_whole_account", "opening": [step…], "steps": [step…]}`. A step has
an offset from the start (`at`, in `steps`, ascending) or an age (`ago`, in `opening`, oldest first), both written
`[<days>d ]HH:MM`, a verb (`do`), and what the verb needs; `ref` names an incident inside the file.

The opening is played once, when the account is new, at once. How far a scenario has come is part of the account's
state: a restart goes on, and time in which nothing ran does not count. A step that the account refuses, because
somebody was faster in the portal, is left out.
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.pagerduty import assignment, edits, lifecycle
from simulators.pagerduty.demo_account import furnish
from simulators.pagerduty.directory import USERS, Service, service_by_name
from simulators.pagerduty.errors import ApiError
from simulators.pagerduty.events_v2 import add_change, resolve_event
from simulators.pagerduty.model import Agent, Incident
from simulators.pagerduty.monitoring import trigger_alert
from simulators.pagerduty.world import World

SCENARIOS = Path(__file__).parent / "scenarios"
_STATE = "scenario"
_KEEP_PLACE_EVERY = 5.0
_MEASURED_BY_CLUSTER = ("Error rate:", "CPU usage:", "Memory usage:")
_OFFSET = re.compile(r"(?:(\d+)d )?(\d{1,2}):(\d{2})")

Verb = Literal[
    "trigger", "recover", "acknowledge", "resolve", "note", "escalate", "reassign", "snooze", "status_update", "change"
]


class Step(BaseModel):
    """One thing that happens. `by` is the part of a user's address before the @.

    `measure` the alert text's last line.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    do: Verb
    at: str = "00:00"
    ago: str = "00:00"
    ref: str = ""
    title: str = ""
    service: str = "chatops-gateway"
    severity: str = "critical"
    priority: str | None = None
    measure: str = ""
    by: str = "kenji"
    to: str = ""
    text: str = ""
    seconds: int = 3600


class Scenario(BaseModel):
    """A whole file. `is_whole_account`: the account is furnished as the demo's, see `demo_account`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    lasts: str
    is_whole_account: bool = False
    opening: list[Step] = Field(default_factory=list)
    steps: list[Step]


def offset(text: str) -> timedelta:
    """`2d 14:30` or `00:45` as a duration; ValueError if it is neither."""
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an offset like '2d 14:30'")
    days, hours, minutes = match.groups()
    return timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes))


def load_scenario(name: str) -> Scenario:
    """A file by its path, or by its name among `simulators/scenarios`.

    ValueError if it is malformed, OSError if absent.
    """
    path = Path(name)
    if not path.suffix:
        path = SCENARIOS / f"{name}.json"
    scenario = Scenario.model_validate_json(path.read_text(encoding="utf-8"))
    offsets = [offset(step.at) for step in scenario.steps]
    ages = [offset(step.ago) for step in scenario.opening]
    if offsets != sorted(offsets) or ages != sorted(ages, reverse=True):
        raise ValueError(f"{path}: steps must be in order of time")
    if max(offsets, default=timedelta()) > offset(scenario.lasts):
        raise ValueError(f"{path}: steps must be within {scenario.lasts}")
    for step in (*scenario.opening, *scenario.steps):
        _service(step)
        if step.do not in ("trigger", "recover", "change"):
            _user_id(step.by)
    return scenario


def is_told_by_cluster(step: Step) -> bool:
    """Whether a simulated cluster would page or tell of it itself, with pods, logs and a rollout to it. What follows such a page
    in the file falls away with it."""
    if step.service == "chatops-db":  # It runs in AWS.
        return False
    if step.do == "change":
        return step.text.startswith("Deploy ")
    return step.do == "trigger" and step.measure.startswith(_MEASURED_BY_CLUSTER)


def _service(step: Step) -> Service:
    service = service_by_name(step.service)
    if service is None:
        raise ValueError(f"no service {step.service!r}")
    return service


def _user_id(address: str) -> str:
    found = next((user.id for user in USERS.values() if user.email.partition("@")[0] == address), None)
    if found is None:
        raise ValueError(f"no user {address!r}")
    return found


class Player:
    """Where a scenario stands on an account. `tick` plays what is due; call it often."""

    def __init__(
        self,
        world: World,
        scenario: Scenario,
        *,
        speed: float = 1.0,
        is_looping: bool = False,
        leaves_cluster_out: bool = False,
    ) -> None:
        if speed <= 0:
            raise ValueError("speed must be greater than 0")
        self._world = world
        self._scenario = scenario
        self._speed = speed
        self._is_looping = is_looping
        self._leaves_cluster_out = leaves_cluster_out
        self._offsets = [offset(step.at).total_seconds() for step in scenario.steps]
        self._length = offset(scenario.lasts).total_seconds()
        self._last = self._instant()
        self._saved_at = self._last
        place = world.settings.get(_STATE)
        self._is_new = place is None or place["name"] != scenario.name
        self._place: dict[str, Any] = (
            {"name": scenario.name, "elapsed": 0.0, "next": 0, "cycle": 0, "refs": {}}
            if self._is_new
            else dict(place or {})
        )

    def _instant(self) -> float:
        """Seconds that pass with the machine's running time and with a clock moved by hand, but not while it sleeps."""
        return time.monotonic() + self._world.clock.offset.total_seconds()

    def tick(self) -> None:
        """Plays every step that has become due."""
        with self._world.transaction():
            if self._is_new:
                self._open()
            now = self._instant()
            self._place["elapsed"] += max(0.0, now - self._last) * self._speed
            self._last = now
            has_played = self._play_due()
            if has_played or now - self._saved_at >= _KEEP_PLACE_EVERY:
                self._saved_at = now
                self._world.remember(_STATE, self._place)

    def _open(self) -> None:
        self._is_new = False
        now = self._world.clock.now()
        if self._scenario.is_whole_account:
            furnish(self._world)
        for step in self._scenario.opening:
            self._play(step, now - offset(step.ago))
        self._world.remember(_STATE, self._place)

    def _play_due(self) -> bool:
        has_played = False
        while True:
            position = self._place["next"]
            if position < len(self._offsets):
                if self._offsets[position] > self._place["elapsed"]:
                    return has_played
                self._place["next"] = position + 1
                step = self._scenario.steps[position]
                if not (self._leaves_cluster_out and is_told_by_cluster(step)):
                    self._play(step, None)
                has_played = True
            elif self._is_looping and self._length and self._place["elapsed"] >= self._length:
                self._place |= {"next": 0, "cycle": self._place["cycle"] + 1, "refs": {}}
                self._place["elapsed"] -= self._length
            else:
                return has_played

    def _play(self, step: Step, at: datetime | None) -> None:
        try:
            if step.do == "change":
                payload = {"summary": step.text, "source": "deploys", "custom_details": {"by": step.by}}
                add_change(self._world, _service(step), payload, [], at)
            elif step.do == "trigger":
                self._trigger(step, at)
            else:
                incident = self._world.visible_incident(self._place["refs"].get(step.ref, ""))
                if incident is not None:
                    self._act(step, incident, at)
        except ApiError:
            # Somebody acted on the incident in the portal first: the story goes on without this step.
            return

    def _trigger(self, step: Step, at: datetime | None) -> None:
        age = (self._world.clock.now() - at).total_seconds() if at else 0.0
        incident = trigger_alert(
            self._world,
            step.title,
            service=step.service,
            measure=step.measure,
            severity=step.severity,
            priority=step.priority,
            dedup_key=f"{step.ref}-{self._place['cycle']}",
            age_seconds=age,
        )
        self._place["refs"][step.ref] = incident.id

    def _act(self, step: Step, incident: Incident, at: datetime | None) -> None:
        world, agent = self._world, Agent(kind="user", id=_user_id(step.by))
        website = {"type": "website"}
        match step.do:
            case "recover":
                resolve_event(world, _service(step), incident.incident_key, at=at)
            case "acknowledge":
                # The scenario's people do not take over what somebody has, nor reopen what is closed.
                if incident.status == "triggered":
                    lifecycle.acknowledge(world, incident, agent, at=at, channel=website)
            case "resolve":
                lifecycle.resolve(world, incident, agent, note=step.text or None, at=at, channel=website)
            case "note":
                edits.annotate(world, incident, agent.id, step.text, at=at)
            case "escalate":
                assignment.escalate(world, incident, incident.escalation_level + 1, agent, at=at)
            case "reassign":
                assignment.reassign(world, incident, [_user_id(step.to)], agent, at=at)
            case "snooze":
                lifecycle.snooze(world, incident, agent, step.seconds, at=at)
            case "status_update":
                edits.publish_status_update(world, incident, agent.id, step.text, at=at)
