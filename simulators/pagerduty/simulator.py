"""One simulated account with everything around it: world, webhooks, faults, the HTTP application, the clock's tick."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path

from starlette.applications import Starlette

from simulators.pagerduty import errors, timers
from simulators.pagerduty.control import ControlRoutes
from simulators.pagerduty.events_v2 import EventError, EventRoutes, answer_event_error
from simulators.pagerduty.faults import Faults
from simulators.pagerduty.gate import Call, Gate
from simulators.pagerduty.ratelimit import RateLimit
from simulators.pagerduty.rest_account import AccountRoutes
from simulators.pagerduty.rest_incident_parts import IncidentPartRoutes
from simulators.pagerduty.rest_incidents import IncidentRoutes
from simulators.pagerduty.rest_oncalls import OnCallRoutes
from simulators.pagerduty.rest_overrides import OverrideRoutes
from simulators.pagerduty.rest_overrides_v3 import OverrideV3Routes
from simulators.pagerduty.rest_schedules import ScheduleRoutes
from simulators.pagerduty.rest_schedules_v3 import ScheduleV3Routes
from simulators.pagerduty.store import Store
from simulators.pagerduty.webhooks import Dispatcher, WebhookSettings
from simulators.pagerduty.world import World
from simulators.scenario import Player

TICK_SECONDS = 0.25


class Simulator:
    """Holds the parts together; `app` is the ASGI application to serve."""

    def __init__(self, state: Path | None = None, webhooks: WebhookSettings | None = None) -> None:
        self.world = World(Store(state) if state else None)
        self.dispatcher = Dispatcher(self.world, webhooks or WebhookSettings())
        self.world.sink = self.dispatcher
        self.faults = Faults()
        self.rate_limit = RateLimit()
        self.player: Player | None = None
        self._is_stopped = threading.Event()
        self._ticking = threading.Thread(target=self._tick_until_stopped, name="tick", daemon=True)
        self.app = Gate(self._application(), self.world.clock, self.faults, self.rate_limit)

    @property
    def calls(self) -> deque[Call]:
        """Every request but control's, oldest first."""
        return self.app.calls

    def _application(self) -> Starlette:
        parts = (
            IncidentRoutes(self.world),
            IncidentPartRoutes(self.world),
            AccountRoutes(self.world),
            OnCallRoutes(self.world),
            ScheduleRoutes(self.world),
            OverrideRoutes(self.world),
            ScheduleV3Routes(self.world),
            OverrideV3Routes(self.world),
            EventRoutes(self.world),
            ControlRoutes(self),
        )
        return Starlette(
            routes=[route for part in parts for route in part.routes()],
            exception_handlers={
                errors.ApiError: errors.answer_error,
                EventError: answer_event_error,
                404: errors.answer_error,
                405: errors.answer_error,
            },
        )

    def start(self) -> None:
        """Starts the clock's tick and the webhook deliveries, both in threads of their own."""
        self.dispatcher.start()
        self._ticking.start()

    def _tick_until_stopped(self) -> None:
        while not self._is_stopped.wait(TICK_SECONDS):
            self.tick()

    def tick(self) -> None:
        """Runs what is due: timers, and the scenario's steps."""
        timers.tick(self.world)
        if self.player is not None:
            self.player.tick()

    def advance(self, seconds: float) -> None:
        """Lets time pass, and runs what became due in it."""
        self.world.clock.advance(seconds)
        self.tick()

    def reset(self) -> None:
        """An empty account, nothing owed, no faults, no calls; where webhooks go stays."""
        self.dispatcher.forget()
        self.world.reset()
        self.dispatcher.forget()
        self.faults.clear()
        self.rate_limit.reset()
        self.calls.clear()

    def close(self) -> None:
        """Stops the threads and closes the state file."""
        self._is_stopped.set()
        if self._ticking.is_alive():
            self._ticking.join()
        self.dispatcher.stop()
        self.world.close()
