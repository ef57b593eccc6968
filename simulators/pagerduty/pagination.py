"""Classic pagination, and the query parameters every list shares.

`limit` defaults to 25 and is cut to 100; `offset + limit` beyond 10,000 is refused; `total` is null unless
`total=true`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request

from simulators.pagerduty import errors
from simulators.pagerduty.clock import parse_instant, parse_zone
from simulators.pagerduty.directory import ACCOUNT_ZONE

DEFAULT_LIMIT = 25
MAX_LIMIT = 100
MAX_REACH = 10_000


@dataclass(frozen=True)
class Page:
    """Which part of a list was asked for."""

    offset: int
    limit: int
    with_total: bool

    def answer[T](self, name: str, items: Sequence[T], render: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
        """The list's JSON; only what is on the page is rendered."""
        end = self.offset + self.limit
        return {
            name: [render(item) for item in items[self.offset : end]],
            "limit": self.limit,
            "offset": self.offset,
            "more": end < len(items),
            "total": len(items) if self.with_total else None,
        }


def _integer(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise errors.invalid(f"{name} must be an integer.") from None


def page_of(request: Request) -> Page:
    """Reads `limit`, `offset`, `total`; 400 where PagerDuty answers 400."""
    offset = _integer(request, "offset", 0)
    limit = min(_integer(request, "limit", DEFAULT_LIMIT), MAX_LIMIT)
    if limit < 1:
        raise errors.invalid("limit must be greater than 0.")
    if offset < 0:
        raise errors.invalid("offset must not be negative.")
    if offset + limit > MAX_REACH:
        raise errors.ApiError(
            400, 2001, "Arguments Caused Error", f"Offset+limit exceeds the maximum allowed value of {MAX_REACH}."
        )
    return Page(offset, limit, flag(request, "total"))


def flag(request: Request, name: str) -> bool:
    """A boolean parameter: true only as `true` (or `1`)."""
    return request.query_params.get(name, "").lower() in ("true", "1")


def choices(request: Request, name: str, allowed: Sequence[str]) -> list[str]:
    """A repeated parameter of which only `allowed` values are valid."""
    values = request.query_params.getlist(name)
    for value in values:
        if value not in allowed:
            raise errors.invalid(f"{name} must be one of {', '.join(allowed)}.")
    return values


def zone_of(request: Request) -> ZoneInfo | None:
    """`time_zone`, or null; 400 for one that does not exist."""
    name = request.query_params.get("time_zone")
    if name is None:
        return None
    try:
        return parse_zone(name)
    except ValueError as error:
        raise errors.invalid(str(error)) from None


def instant_of(request: Request, name: str) -> datetime | None:
    """A date parameter; without an offset it is in `time_zone`, else in the account's zone.

    400 (2004) if unreadable.
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return parse_instant(text, zone_of(request) or ACCOUNT_ZONE)
    except ValueError:
        raise errors.ApiError(400, 2004, f"Invalid '{name}' date", f"{text!r} is not an ISO 8601 date.") from None


def range_of(
    request: Request, now: datetime, default: timedelta, longest: timedelta | None = None
) -> tuple[datetime, datetime]:
    """`since` and `until`, where absent `default` long and until now.

    400 (2005) if reversed or longer than `longest`.
    """
    since, until = instant_of(request, "since"), instant_of(request, "until")
    if until is None:
        # One second on: an entry written in this very second belongs to what happened until now.
        until = now + timedelta(seconds=1) if since is None or since <= now else since
    if since is None:
        since = until - default
    if since > until:
        raise errors.ApiError(400, 2005, "Invalid query date range", "since must be before until.")
    if longest is not None and until - since > longest + timedelta(seconds=1):
        raise errors.ApiError(400, 2005, "Invalid query date range", f"The range is longer than {longest.days} days.")
    return since, until
