"""The cluster's clock, and how Kubernetes writes instants."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time that may run faster (`speed`) and may be moved by hand."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("speed must be greater than 0")
        self._speed = speed
        self._began_at, self._began = datetime.now(UTC), time.monotonic()

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        return self._began_at + timedelta(seconds=(time.monotonic() - self._began) * self._speed)

    def advance(self, seconds: float) -> None:
        """Moves the clock forward."""
        self._began_at += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Back to the machine's time."""
        self._began_at, self._began = datetime.now(UTC), time.monotonic()


def iso(instant: datetime) -> str:
    """`metav1.Time`, to the second: `2024-01-15T14:30:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_micro(instant: datetime) -> str:
    """`metav1.MicroTime`: `2024-01-15T14:30:00.000000Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse(text: str) -> datetime:
    """An instant as Kubernetes writes it. ValueError if it is none."""
    return datetime.fromisoformat(text).astimezone(UTC)
