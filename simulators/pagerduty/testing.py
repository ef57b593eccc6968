"""The simulator inside a test's process: real HTTP on a free port, served from a thread.

with running_simulator() as pagerduty:
    incident = pagerduty.trigger("[P1] High Error Rate - chatops-gateway")
    pagerduty.set_webhook("http://127.0.0.1:8000/hooks/pagerduty/", "secret")
    pagerduty.fail(path_prefix="/incidents", status=429, headers=False, times=3)
    assert pagerduty.count("GET", "/log_entries") == 2
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulators.pagerduty import bulk, lifecycle
from simulators.pagerduty.directory import ACCOUNT_TOKEN, user_by_email
from simulators.pagerduty.faults import Fault
from simulators.pagerduty.gate import Call
from simulators.pagerduty.model import Agent, Incident
from simulators.pagerduty.monitoring import trigger_alert
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
