"""One simulated cluster with everything around it: world, faults, access, the HTTP application, the clock's tick."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Route

from simulators.kubernetes import controllers, seeding
from simulators.kubernetes.access import Access
from simulators.kubernetes.clock import Clock
from simulators.kubernetes.control import ControlRoutes
from simulators.kubernetes.faults import Faults
from simulators.kubernetes.gate import Call, Gate
from simulators.kubernetes.monitoring import Monitoring
from simulators.kubernetes.rest import Api
from simulators.kubernetes.store import ObjectStore
from simulators.kubernetes.story import Player
from simulators.kubernetes.world import World

TICK_SECONDS = 0.5
LONGEST_STEP_S, MOST_STEPS = 1.0, 600
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Simulator:
    """Holds the parts together; `app` is the ASGI application to serve."""

    def __init__(self, state: Path | None = None, *, speed: float = 1.0) -> None:
        self.world = World(ObjectStore(state), Clock(speed))
        self.faults = Faults()
        self.access = Access()
        self.api = Api(self.world, self.access)
        self.player: Player | None = None
        self.monitoring: Monitoring | None = None
        self._is_stopped = threading.Event()
        self._ticking = threading.Thread(target=self._tick_until_stopped, name="cluster tick", daemon=True)
        self.app = Gate(self._application(), self.world.clock, self.faults, self.access)
        seeding.seed(self.world)

    @property
    def calls(self) -> deque[Call]:
        """Every request but control's, oldest first."""
        return self.app.calls

    def _application(self) -> Starlette:
        everything = Route("/{path:path}", self.api.answer, methods=_METHODS)
        return Starlette(routes=[*ControlRoutes(self).routes(), everything])

    def start(self) -> None:
        """Lets time pass by itself, in a thread of its own."""
        self._ticking.start()

    def watch_for(self, pagerduty_url: str) -> None:
        """Pages through this PagerDuty from now on."""
        self.monitoring = Monitoring(self.world, pagerduty_url)
        self.monitoring.start()

    def _tick_until_stopped(self) -> None:
        while not self._is_stopped.wait(TICK_SECONDS):
            self.tick()

    def tick(self) -> None:
        """Lets every controller look once."""
        controllers.tick(self.world)
        if self.player is not None:
            self.player.tick()
        if self.monitoring is not None:
            self.monitoring.tick()

    def advance(self, seconds: float) -> None:
        """Lets time pass in small steps, so that all that happens in it happens in order."""
        step = max(LONGEST_STEP_S, seconds / MOST_STEPS)
        left = seconds
        while left > 0:
            self.world.clock.advance(min(step, left))
            left -= step
            self.tick()

    def expire(self) -> None:
        """Forgets old versions and lists that are being read: whoever goes on from them is told 410."""
        with self.world.transaction():
            self.world.store.compact()
            self.api.lists.expire()

    def reset(self) -> None:
        """The default world anew: no faults, no calls, everything allowed."""
        with self.world.transaction():
            self.world.clock.reset()
            self.world.store.clear()
            self.world.raw_logs.clear()
            self.world.warnings.clear()
            seeding.seed(self.world)
        self.api.lists.expire()
        self.access.reset()
        self.faults.clear()
        self.calls.clear()

    def close(self) -> None:
        """Stops the tick and closes the state file."""
        self._is_stopped.set()
        if self._ticking.is_alive():
            self._ticking.join()
        if self.monitoring is not None:
            self.monitoring.close()
        self.world.close()
