"""The simulator inside a test's process: real HTTP on a free port, served from a thread.

with running_simulator() as pagerduty:
    incident = pagerduty.trigger("[P1] High Error Rate - chatops-gateway")
    pagerduty.set_webhook("http://127.0.0.1:8000/hooks/pagerduty/", "secret")
    pagerduty.fail(path_prefix="/incidents", status=429, headers=False, times=3)
    assert pagerduty.count("GET", "/log_entries") == 2
    nights = pagerduty.declare_schedule(layer(["PRESP01", "PKENJI1"], start, turn_days=1, restrictions=[daily("22:00", 8)]))
    assert pagerduty.truth(nights.id, start) == {"PRESP01"}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from simulators.pagerduty import bulk, declaring, declaring_people, declaring_v3, lifecycle
from simulators.pagerduty.directory import ACCOUNT_TOKEN, ContactMethod, NotificationRule, user_by_email
from simulators.pagerduty.faults import Fault
from simulators.pagerduty.gate import Call
from simulators.pagerduty.model import Agent, Incident
from simulators.pagerduty.monitoring import trigger_alert
from simulators.pagerduty.oracle import truth_of
from simulators.pagerduty.paging import EscalationPolicy, Paging
from simulators.pagerduty.schedule import Layer, Override, Schedule
from simulators.pagerduty.schedule_v3 import Event, OverrideShift, ScheduleV3
from simulators.pagerduty.simulator import Simulator
from simulators.pagerduty.webhooks import Attempt
from simulators.pagerduty.world import World
from simulators.serving import served

_FAST_RETRIES = (0.02, 0.05, 0.1, 0.2)


class RunningSimulator:
    """A simulator that is being served at `url`. Its records are live.

    Read them, change them through HTTP or these verbs.
    """

    def __init__(self, simulator: Simulator, url: str) -> None:
        self.simulator = simulator
        self.url = url
        self.token = ACCOUNT_TOKEN

    @property
    def world(self) -> World:
        """The account's state."""
        return self.simulator.world

    @property
    def calls(self) -> list[Call]:
        """Every request so far, oldest first."""
        return list(self.simulator.calls)

    @property
    def deliveries(self) -> list[Attempt]:
        """Every webhook delivery attempt so far, oldest first."""
        return list(self.simulator.dispatcher.log)

    def count(self, method: str | None = None, path_prefix: str = "/") -> int:
        """How many requests there were of a method (default any) below a path."""
        return sum(c.method == (method or c.method) and c.path.startswith(path_prefix) for c in self.calls)

    def clear_calls(self) -> None:
        """Forgets the requests so far."""
        self.simulator.calls.clear()

    def set_webhook(self, url: str | None, *secrets: str) -> None:
        """Sends events to `url`, signed with each secret; null: to nobody."""
        self.simulator.dispatcher.configure(url=url, secrets=list(secrets))

    def configure_webhooks(self, **settings: Any) -> None:
        """Changes fields of `WebhookSettings`: `is_paused`, `duplicate_rate`, `drop_rate`, `shuffle_within`, …"""
        self.simulator.dispatcher.configure(**settings)

    def wait_for_deliveries(self, timeout: float = 5.0) -> None:
        """Waits until no delivery is owed; TimeoutError otherwise."""
        if not self.simulator.dispatcher.wait_until_idle(timeout):
            raise TimeoutError(f"webhook deliveries are still owed after {timeout} s")

    def fail(self, **fault: Any) -> Fault:
        """Arms a fault (fields of `faults.Fault`)."""
        armed = Fault(**fault)
        self.simulator.faults.add(armed)
        return armed

    def trigger(self, title: str = "[P1] High Error Rate - chatops-gateway", **arguments: Any) -> Incident:
        """Rings a page (arguments of `monitoring.trigger_alert`)."""
        return trigger_alert(self.world, title, **arguments)

    def acknowledge(self, incident: Incident, email: str = "responder@chatops.example.com") -> None:
        """Somebody acknowledges in PagerDuty's own application."""
        with self.world.transaction():
            lifecycle.acknowledge(self.world, incident, _agent(email), channel={"type": "website"})

    def resolve(self, incident: Incident, email: str = "responder@chatops.example.com") -> None:
        """Somebody resolves in PagerDuty's own application."""
        with self.world.transaction():
            lifecycle.resolve(self.world, incident, _agent(email), channel={"type": "website"})

    def delete(self, incident: Incident) -> None:
        """Somebody deletes the incident in PagerDuty's own application."""
        with self.world.transaction():
            lifecycle.delete(self.world, incident)

    def seed_past(self, **arguments: Any) -> list[Incident]:
        """Writes a busy past (arguments of `bulk.seed_past`)."""
        return bulk.seed_past(self.world, **arguments)

    def advance(self, seconds: float) -> None:
        """Lets time pass in the account and runs what became due."""
        self.simulator.advance(seconds)

    def move_to(self, instant: datetime) -> None:
        """Lets time pass (or, for an instant of the past, go back) until the account's now is `instant`."""
        self.advance((instant - self.world.clock.now()).total_seconds())

    def declare_schedule(self, *layers: Layer, **arguments: Any) -> Schedule:
        """Files a schedule of layers (`declaring.layer`), the lowest first; `name`, `zone`, `id_`."""
        with self.world.transaction():
            return declaring.declare_schedule(self.world, layers, **arguments)

    def declare_schedules(
        self,
        count: int,
        *,
        zones: Sequence[str] = ("Asia/Taipei",),
        user_ids: Sequence[str] = ("PRESP01", "PKENJI1", "PMGR001", "PADM001"),
        overrides: int = 0,
        seed: int = 0,
    ) -> list[Schedule]:
        """Files many schedules, the same for the same seed, with so many overrides each."""
        with self.world.transaction():
            return declaring.declare_schedules(
                self.world, count, user_ids=user_ids, zones=zones, overrides=overrides, seed=seed
            )

    def declare_override(self, schedule_id: str, user_id: str, start: datetime, end: datetime) -> Override:
        """Files an override; where REST would refuse it, too: in the past."""
        with self.world.transaction():
            return declaring.declare_override(self.world, self.world.schedules[schedule_id], user_id, start, end)

    def declare_schedule_v3(self, *rotations: Sequence[Event], **arguments: Any) -> ScheduleV3:
        """Files a shift-based schedule, each rotation by its events (`declaring_v3.event`); `name`, `zone`, `id_`, …"""
        with self.world.transaction():
            return declaring_v3.declare_schedule_v3(self.world, rotations, **arguments)

    def declare_override_v3(
        self, schedule_id: str, overridden_id: str | None, overriding_id: str | None, start: datetime, end: datetime
    ) -> OverrideShift:
        """Files an override of a shift-based schedule's first rotation; where REST would refuse it, too."""
        with self.world.transaction():
            schedule = self.world.schedules_v3[schedule_id]
            return declaring_v3.declare_override_v3(self.world, schedule, overridden_id, overriding_id, start, end)

    def declare_people(self, count: int) -> list[str]:
        """Takes so many more people into the account; their ids."""
        with self.world.transaction():
            return declaring_people.declare_people(self.world, count)

    def set_paging(
        self, user_id: str, methods: Sequence[ContactMethod], rules: Sequence[NotificationRule] = ()
    ) -> Paging:
        """How a user is reached from now on: `declaring_people.contact` and `rule`."""
        with self.world.transaction():
            return declaring_people.set_paging(self.world, user_id, methods, rules)

    def declare_policy(self, *levels: Sequence[str], **arguments: Any) -> EscalationPolicy:
        """Files a policy, each level by ids of users and schedules; `name`, `delay_minutes`, `num_loops`, `id_`."""
        with self.world.transaction():
            return declaring_people.declare_policy(self.world, levels, **arguments)

    def truth(self, schedule_id: str, instant: datetime) -> set[str]:
        """Who is on call by a schedule at an instant, worked out apart from every list that is rendered."""
        return truth_of(self.world.schedule(schedule_id), instant)

    def reset(self) -> None:
        """An empty account for the next test: no incidents, faults, calls, deliveries, webhook; the real clock."""
        self.simulator.reset()
        self.simulator.dispatcher.configure(
            url=None,
            secrets=[],
            is_paused=False,
            duplicate_rate=0.0,
            drop_rate=0.0,
            shuffle_within=0.0,
            retry_delays=_FAST_RETRIES,
        )


def _agent(email: str) -> Agent:
    user = user_by_email(email)
    if user is None:
        raise ValueError(f"no user {email!r}")
    return Agent(kind="user", id=user.id)


@contextmanager
def running_simulator(state: Path | None = None) -> Iterator[RunningSimulator]:
    """Serves a simulator while the block runs; its state is in memory, or in the file `state`."""
    simulator = Simulator(state)
    simulator.dispatcher.configure(retry_delays=_FAST_RETRIES)
    simulator.start()
    try:
        with served(simulator.app, "pagerduty") as url:
            yield RunningSimulator(simulator, url)
    finally:
        simulator.close()
