"""Faults on demand: refusals, hangs, redirects, broken connections, answers that are none."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Fault:
    """One fault. It applies to requests whose path begins with `path_prefix`, `times` times (null: until cleared), in the order
    faults were added.

    It waits `delay_for` seconds. Then it hangs for `hang_for` seconds and breaks the connection, resets it (`reset`), leads to
    `location` with a redirect, answers `body` or, without one, Grafana's words for `status`; or its own answer begins: with
    `cut_to`, a share of 1, it ends early; with `is_endless` it never does; with `trickle_s` a byte comes each so many seconds.
    """

    path_prefix: str = "/"
    times: int | None = 1
    delay_for: float = 0.0
    hang_for: float | None = None
    reset: bool = False
    location: str | None = None
    status: int | None = None
    body: str | None = None
    retry_after: int | None = None
    cut_to: float | None = None
    is_endless: bool = False
    trickle_s: float | None = None

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        return asdict(self)


class Faults:
    """The faults that are armed."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Arms a fault."""
        self.armed.append(fault)

    def clear(self) -> None:
        """Disarms all."""
        self.armed.clear()

    def take(self, path: str) -> Fault | None:
        """The first fault that matches, used up by one."""
        for fault in self.armed:
            if path.startswith(fault.path_prefix):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.armed.remove(fault)
                return fault
        return None
