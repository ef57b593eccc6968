"""Delivery of v3 webhooks: signed, concurrent, unordered, retried, sometimes twice, as PagerDuty's are.

- 2xx: delivered. 5xx, 429, timeouts and broken connections: again after the next of `retry_delays` (its last one
  repeats) until the event is 48 h old. Anything else drops the event; three dropped in a row switch the subscription
  off for 24 h.
- A retry has the same `X-Webhook-Id`; a duplicate is a new delivery of the same event.
- What is owed is part of the world's state: a killed simulator goes on delivering when it is started again.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any, Literal
from urllib.parse import urlsplit

from simulators.pagerduty.clock import iso_milliseconds
from simulators.pagerduty.model import Delivery
from simulators.pagerduty.world import World

SUBSCRIPTION_ID = "PWHSUB1"
GIVE_UP_AFTER = timedelta(hours=48)
DISABLED_FOR = timedelta(hours=24)
DROPS_TO_DISABLE = 3
DEFAULT_RETRY_DELAYS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)

_CHANCE = random.SystemRandom()

Outcome = Literal["delivered", "retried", "dropped", "lost", "disabled"]


@dataclass
class WebhookSettings:
    """Where events go and how badly. Rates are 0 to 1, durations in seconds."""

    url: str | None = None
    secrets: list[str] = field(default_factory=list)
    is_paused: bool = False
    duplicate_rate: float = 0.0
    drop_rate: float = 0.0
    shuffle_within: float = 0.0
    timeout: float = 5.0
    retry_delays: tuple[float, ...] = DEFAULT_RETRY_DELAYS


@dataclass(frozen=True)
class Attempt:
    """One line of the delivery log. `status` is null when nothing answered; `error` says why."""

    at: str
    webhook_id: str
    event_id: str
    event_type: str
    attempt: int
    status: int | None
    outcome: Outcome
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        return asdict(self)


def sign(secrets: Iterable[str], body: bytes) -> str:
    """The signature header: `v1=<hex>`, one for each secret, separated by commas."""
    return ",".join(f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}" for secret in secrets)


class Dispatcher:
    """Delivers in its own threads, so that neither REST nor one slow receiver holds the others up."""

    def __init__(self, world: World, settings: WebhookSettings, workers: int = 8) -> None:
        self.settings = settings
        self.log: deque[Attempt] = deque(maxlen=20_000)
        self._world = world
        self._wakeup = threading.Condition()
        self._staged: list[Delivery] = []
        self._heap: list[tuple[float, int, Delivery]] = []
        self._order = count()
        self._in_flight = 0
        self._generation = 0
        self._is_stopped = False
        self._threads = [threading.Thread(target=self._work, name=f"webhook-{n}", daemon=True) for n in range(workers)]

    # -- the world's side ------------------------------------------------------------------------------------------

    def accept(self, event: Mapping[str, Any]) -> None:
        """Owes this event's delivery from now on; called inside a transaction of the world."""
        if self.settings.url is None:
            return
        delivery = Delivery(
            id=str(uuid.uuid4()),
            event_id=event["event"]["id"],
            event_type=event["event"]["event_type"],
            body=json.dumps(event, separators=(",", ":"), ensure_ascii=False),
            created_at=self._world.clock.now(),
        )
        self._world.keep(delivery)
        with self._wakeup:
            self._staged.append(delivery)

    def committed(self) -> None:
        """Starts what was accepted."""
        with self._wakeup:
            staged, self._staged = self._staged, []
        for delivery in staged:
            self._schedule(delivery, _CHANCE.uniform(0, self.settings.shuffle_within))

    def start(self) -> None:
        """Starts the threads, and everything that was still owed when the world was last closed."""
        for delivery in self._world.records[Delivery.kind].values():
            self._schedule(delivery, 0)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Starts no further delivery; those under way are abandoned after a moment and stay owed."""
        with self._wakeup:
            self._is_stopped = True
            self._wakeup.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=0.2)

    # -- control ---------------------------------------------------------------------------------------------------

    def configure(self, **changes: Any) -> None:
        """Changes settings by name and wakes the threads."""
        for name, value in changes.items():
            if not hasattr(self.settings, name):
                raise ValueError(f"no webhook setting {name!r}")
            setattr(self.settings, name, value)
        with self._wakeup:
            self._wakeup.notify_all()

    def forget(self) -> None:
        """Owes nothing any more, and empties the log; what is under way comes to nothing."""
        with self._wakeup:
            self._generation += 1
            self._in_flight = 0
            self._heap.clear()
            self._staged.clear()
            self.log.clear()

    def enable(self) -> None:
        """Switches a disabled subscription on again, as `POST /webhook_subscriptions/{id}/enable`."""
        with self._world.transaction():
            self._world.remember("webhook_disabled_until", None)
            self._world.remember("webhook_drops_in_a_row", 0)

    @property
    def disabled_until(self) -> datetime | None:
        """Until when the subscription is off, or null."""
        until = self._world.settings.get("webhook_disabled_until")
        return datetime.fromisoformat(until) if until else None

    def wait_until_idle(self, timeout: float = 5.0) -> bool:
        """Waits until nothing is owed or under way; false if that took longer than `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._wakeup:
            while self._heap or self._in_flight or self._staged:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._wakeup.wait(left)
        return True

    # -- the threads -----------------------------------------------------------------------------------------------

    def _schedule(self, delivery: Delivery, delay: float) -> None:
        with self._wakeup:
            heappush(self._heap, (time.monotonic() + delay, next(self._order), delivery))
            self._wakeup.notify()

    def _next(self) -> tuple[Delivery, int] | None:
        """The next delivery that is due, and the generation it belongs to; waits for it; null when stopped."""
        with self._wakeup:
            while not self._is_stopped:
                if not self._heap or self.settings.is_paused:
                    self._wakeup.wait()
                    continue
                due = self._heap[0][0] - time.monotonic()
                if due <= 0:
                    self._in_flight += 1
                    return heappop(self._heap)[2], self._generation
                self._wakeup.wait(due)
        return None

    def _work(self) -> None:
        while (due := self._next()) is not None:
            delivery, generation = due
            try:
                self._deliver(delivery, generation)
            finally:
                with self._wakeup:
                    if generation == self._generation:
                        self._in_flight -= 1
                    self._wakeup.notify_all()

    def _deliver(self, delivery: Delivery, generation: int) -> None:
        if self.disabled_until is not None and self._world.clock.now() < self.disabled_until:
            self._finish(delivery, None, "disabled", "subscription disabled")
            return
        if _CHANCE.random() < self.settings.drop_rate:
            self._finish(delivery, None, "lost", None)
            return
        delivery.attempts += 1
        status, error = self._post(delivery)
        if generation != self._generation:
            return
        if status is not None and 200 <= status < 300:
            self._finish(delivery, status, "delivered", None)
            if _CHANCE.random() < self.settings.duplicate_rate:
                self._repeat(delivery)
        elif status is None or status >= 500 or status == 429:
            self._retry(delivery, status, error)
        else:
            self._finish(delivery, status, "dropped", error)

    def _post(self, delivery: Delivery) -> tuple[int | None, str | None]:
        """The receiver's status, or null and what went wrong."""
        target = urlsplit(self.settings.url or "")
        body = delivery.body.encode()
        kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
        connection = kind(target.hostname or "", target.port, timeout=self.settings.timeout)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "PagerDuty-Webhook/V3.0",
            "X-Webhook-Id": delivery.id,
            "X-Webhook-Subscription": SUBSCRIPTION_ID,
            "Connection": "close",
        }
        if self.settings.secrets:
            headers["X-PagerDuty-Signature"] = sign(self.settings.secrets, body)
        try:
            connection.request(
                "POST", (target.path or "/") + (f"?{target.query}" if target.query else ""), body, headers
            )
            return connection.getresponse().status, None
        except (OSError, http.client.HTTPException) as error:
            return None, f"{type(error).__name__}: {error}"
        finally:
            connection.close()

    def _retry(self, delivery: Delivery, status: int | None, error: str | None) -> None:
        if self._world.clock.now() - delivery.created_at > GIVE_UP_AFTER:
            self._finish(delivery, status, "dropped", "48 hours old")
            return
        with self._world.transaction():
            self._world.keep(delivery)
        self._record(delivery, status, "retried", error)
        delays = self.settings.retry_delays
        self._schedule(delivery, delays[min(delivery.attempts, len(delays)) - 1])

    def _repeat(self, delivery: Delivery) -> None:
        copy = delivery.model_copy(update={"id": str(uuid.uuid4()), "attempts": 0})
        with self._world.transaction():
            self._world.keep(copy)
        self._schedule(copy, _CHANCE.uniform(0, 2 * self.settings.shuffle_within))

    def _finish(self, delivery: Delivery, status: int | None, outcome: Outcome, error: str | None) -> None:
        with self._world.transaction():
            self._world.discard(delivery)
            drops = self._world.settings.get("webhook_drops_in_a_row", 0)
            if outcome == "dropped":
                self._world.remember("webhook_drops_in_a_row", drops + 1)
                if drops + 1 >= DROPS_TO_DISABLE:
                    until = self._world.clock.now() + DISABLED_FOR
                    self._world.remember("webhook_disabled_until", until.isoformat())
                    self._world.remember("webhook_drops_in_a_row", 0)
            elif outcome == "delivered" and drops:
                self._world.remember("webhook_drops_in_a_row", 0)
        self._record(delivery, status, outcome, error)

    def _record(self, delivery: Delivery, status: int | None, outcome: Outcome, error: str | None) -> None:
        self.log.append(
            Attempt(
                at=iso_milliseconds(self._world.clock.now()),
                webhook_id=delivery.id,
                event_id=delivery.event_id,
                event_type=delivery.event_type,
                attempt=delivery.attempts,
                status=status,
                outcome=outcome,
                error=error,
            )
        )
