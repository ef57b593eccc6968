"""Faults on demand: refusals in AWS's words, hangs, broken connections, answers cut short."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import Any

#: Code and message as AWS answers them, by a short name. Source: «Common errors» of the RDS API reference.
KNOWN: dict[str, tuple[int, str, str]] = {
    "expired_token": (403, "ExpiredToken", "The security token included in the request is expired"),
    "invalid_token": (403, "InvalidClientTokenId", "The security token included in the request is invalid."),
    "no_token": (403, "MissingAuthenticationToken", "Request is missing Authentication Token"),
    "access_denied": (
        403,
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/portal is not authorized to perform: {action} because no identity-based policy "
        "allows the {action} action",
    ),
    "throttled": (400, "Throttling", "Rate exceeded"),
    "unavailable": (503, "ServiceUnavailable", "Service is unable to handle request."),
    "internal": (500, "InternalFailure", "An internal error has occurred"),
}
#: What moto answers for an action that it has not.
BROKEN_PAGE = (
    "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n"
)


@dataclass
class Fault:
    """One fault. It applies to calls of `action` (RDS's, CloudWatch's or STS's name; null: all), `times` times (null: until
    cleared), in the order faults were added.

    First it waits `delay_for` seconds. Then, if `is_applied`, the call is carried out although its answer is lost. Then it hangs
    for `hang_for` seconds and breaks the connection, resets it (`reset`), answers an error of KNOWN (`known`), or of `status`,
    `code` and `message`, or `status` with `body` as it is. With `cut_to`, a share of 1, the call's own answer ends early. With
    none of these the call goes through.
    """

    action: str | None = None
    times: int | None = 1
    delay_for: float = 0.0
    is_applied: bool = False
    hang_for: float | None = None
    reset: bool = False
    known: str | None = None
    status: int | None = None
    code: str | None = None
    message: str = ""
    body: str | None = None
    retry_after: int | None = None
    cut_to: float | None = None

    def __post_init__(self) -> None:
        if self.known is not None and self.known not in KNOWN:
            raise ValueError(f"known must be one of {', '.join(KNOWN)}")

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        return asdict(self)

    def error(self, action: str) -> tuple[int, str, str] | None:
        """Status, code and message of the error that it answers; none where it answers no error of AWS's."""
        if self.known is not None:
            status, code, message = KNOWN[self.known]
            return self.status or status, self.code or code, (self.message or message).format(action=action)
        if self.status is None or self.body is not None:
            return None
        return self.status, self.code or "InternalFailure", self.message


class Faults:
    """The faults that are armed. They are taken by many threads."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._lock = threading.Lock()

    @property
    def armed(self) -> list[Fault]:
        """As they are now."""
        with self._lock:
            return list(self._armed)

    def add(self, fault: Fault) -> None:
        """Arms a fault."""
        with self._lock:
            self._armed.append(fault)

    def clear(self) -> None:
        """Disarms all."""
        with self._lock:
            self._armed.clear()

    def take(self, action: str) -> Fault | None:
        """The first fault that matches, used up by one."""
        with self._lock:
            for fault in self._armed:
                if fault.action in (None, action):
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times <= 0:
                            self._armed.remove(fault)
                    return fault
        return None
