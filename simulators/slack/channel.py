"""The channel: its newest messages, the faults that are armed, and how fast it may be posted to."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

#: Of 64 KB each at the most, so that the whole stays below 32 MB.
MOST_MESSAGES, LONGEST_BODY = 500, 64 * 1024
MOST_FAULTS = 1_000


@dataclass
class Fault:
    """One fault; it applies to the next `times` posts (null: until cleared), in the order faults were added.

    First it waits `delay_for` seconds; then, if `is_applied`, the message is posted although the answer is lost; then it hangs for
    `hang_for` seconds and breaks the connection, resets it (`reset`), or answers `status` with `body` and, where given, a
    `Retry-After` of so many seconds. With none of these the post goes through.
    """

    times: int | None = 1
    delay_for: float = 0.0
    is_applied: bool = False
    hang_for: float | None = None
    reset: bool = False
    status: int | None = None
    body: str = ""
    retry_after: int | None = None

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        return asdict(self)


class Channel:
    """What one webhook posts to. `rate` is posts a second after a burst of `burst`; null: as many as come.

    Source of one a second with short bursts: «Rate limits» in Slack's documentation. It is changed from several threads.
    """

    def __init__(
        self, *, rate: float | None = None, burst: int = 20, announce: Callable[[str], None] = lambda _text: None
    ) -> None:
        self.rate = rate
        self.burst = burst
        self.faults: deque[Fault] = deque(maxlen=MOST_FAULTS)
        self.messages: deque[dict[str, Any]] = deque(maxlen=MOST_MESSAGES)
        self.posted = 0
        self._announce = announce
        self._spent, self._spent_at = 0.0, time.monotonic()
        self._lock = threading.Lock()

    def post(self, message: dict[str, Any]) -> None:
        """Keeps a message."""
        with self._lock:
            self.messages.append(message)
            self.posted += 1
        self._announce(str(message.get("text") or "a message without text"))

    def limit(self, rate: float | None, *, burst: int) -> None:
        """Changes how fast it may be posted to. Raises ValueError where a number is not positive."""
        if burst < 1 or (rate is not None and not rate > 0):
            raise ValueError("rate and burst must be positive")
        with self._lock:
            self.rate, self.burst = rate, burst

    def seconds_to_wait(self) -> int:
        """Counts a post against the rate. 0 if it may go on, else the seconds to say in `Retry-After`."""
        with self._lock:
            if self.rate is None:
                return 0
            now = time.monotonic()
            self._spent = max(0.0, self._spent - (now - self._spent_at) * self.rate)
            self._spent_at = now
            if self._spent + 1 > self.burst:
                return max(1, round((self._spent + 1 - self.burst) / self.rate))
            self._spent += 1
            return 0

    def take_fault(self) -> Fault | None:
        """The first fault that is armed, used up by one."""
        with self._lock:
            if not self.faults:
                return None
            fault = self.faults[0]
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.popleft()
            return fault

    def reset(self) -> None:
        """An empty channel without faults, as fast as ever."""
        with self._lock:
            self.messages.clear()
            self.faults.clear()
            self.posted, self._spent = 0, 0.0
