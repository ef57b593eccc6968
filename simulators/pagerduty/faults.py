"""Faults on demand: refusals, hangs, slowness and broken connections, for requests that match."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

_MESSAGES = {429: (2020, "Rate Limit Exceeded"), 401: (2006, "Authentication failed"), 403: (2010, "Access Denied")}


@dataclass
class Fault:
    """One fault. It applies to requests whose path begins with `path_prefix` (and of `method`, if given), `times` times
    (null: until cleared), in the order faults were added.

    First it waits `delay_for` seconds; then, if `is_applied`, the request is carried out although its answer is lost;
    then it hangs for `hang_for` seconds, resets the connection (`reset`), answers `raw_body` or an error of `status`,
    or, with none of these, lets the request through. `headers` says whether a 429 carries rate-limit headers; `code`
    and `message` replace PagerDuty's own.
    """

    path_prefix: str = "/"
    method: str | None = None
    times: int | None = 1
    delay_for: float = 0.0
    is_applied: bool = False
    hang_for: float | None = None
    reset: bool = False
    status: int | None = None
    headers: bool = True
    code: int | None = None
    message: str | None = None
    errors: list[str] | None = None
    raw_body: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        return asdict(self)

    @property
    def replaces_answer(self) -> bool:
        """Whether the request's own answer is not sent."""
        return self.hang_for is not None or self.reset or self.status is not None or self.raw_body is not None

    def answer(self) -> Response:
        """The error it answers with."""
        if self.raw_body is not None:
            return PlainTextResponse(self.raw_body, status_code=self.status or 200, media_type="application/json")
        status = self.status or 500
        code, message = _MESSAGES.get(status, (2000, "Internal Server Error"))
        error: dict[str, Any] = {"code": self.code or code, "message": self.message or message}
        if self.errors:
            error["errors"] = self.errors
        return JSONResponse({"error": error}, status_code=status)


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

    def take(self, method: str, path: str) -> Fault | None:
        """The first fault that matches, used up by one."""
        for fault in self.armed:
            if path.startswith(fault.path_prefix) and fault.method in (None, method):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.armed.remove(fault)
                return fault
        return None
