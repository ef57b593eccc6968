"""Faults on demand: refusals, hangs, slowness, answers that end in the middle and broken connections, for requests that match."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, PlainTextResponse, Response

from simulators.kubernetes.errors import of_status


@dataclass
class Fault:
    """One fault. It applies to requests whose path begins with `path_prefix` and contains `path_part` (and of `method`, if
    given; with `is_dry_run`, to dry runs alone or to none), `times` times (null: until cleared), in the order faults were added.

    First it waits `delay_for` seconds; then, if `is_applied`, the request is carried out although its answer is lost; then it
    hangs for `hang_for` seconds, resets the connection (`reset`), answers `raw_body` or the `Status` of an error (`status`, with
    `message` and `retry_after`), answers the first half of the real answer (`truncated`), or, with none of these, lets the
    request through.
    """

    path_prefix: str = "/"
    path_part: str = ""
    method: str | None = None
    is_dry_run: bool | None = None
    times: int | None = 1
    delay_for: float = 0.0
    is_applied: bool = False
    hang_for: float | None = None
    reset: bool = False
    truncated: bool = False
    status: int | None = None
    message: str | None = None
    retry_after: int | None = None
    raw_body: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        return asdict(self)

    @property
    def breaks_connection(self) -> bool:
        """Whether there is no answer at all."""
        return self.reset or (self.hang_for is not None and self.status is None and self.raw_body is None)

    @property
    def replaces_answer(self) -> bool:
        """Whether the request's own answer is not sent."""
        return self.breaks_connection or self.status is not None or self.raw_body is not None

    def matches(self, method: str, path: str, query: QueryParams) -> bool:
        """Whether it applies to a request."""
        return (
            path.startswith(self.path_prefix)
            and self.path_part in path
            and self.method in (None, method)
            and self.is_dry_run in (None, "dryRun" in query)
        )

    def answer(self) -> Response:
        """The error it answers with; a 429 says when to come again unless told otherwise."""
        if self.raw_body is not None:
            return PlainTextResponse(self.raw_body, status_code=self.status or 200, media_type="application/json")
        status = self.status or 500
        retry_after = 1 if status == 429 and self.retry_after is None else self.retry_after
        refusal = of_status(status, self.message, retry_after)
        return JSONResponse(refusal.body(), status_code=status, headers=refusal.headers)


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

    def take(self, method: str, path: str, query: QueryParams) -> Fault | None:
        """The first fault that matches, used up by one."""
        for fault in self.armed:
            if fault.matches(method, path, query):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.armed.remove(fault)
                return fault
        return None
