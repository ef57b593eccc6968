"""The simulator's clock, and how PagerDuty writes and reads instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Clock:
    """Real time plus an offset, so that a test can let hours pass in one call."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        return datetime.now(UTC) + self.offset

    def advance(self, seconds: float) -> None:
        """Moves the clock forward (negative: back) by `seconds`."""
        self.offset += timedelta(seconds=seconds)


def iso(instant: datetime, zone: ZoneInfo | None = None) -> str:
    """To the second: `2024-01-15T14:30:00Z`, or with the offset of `zone` where one is given."""
    if zone is None:
        return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return instant.astimezone(zone).replace(microsecond=0).isoformat()


def iso_or_none(instant: datetime | None) -> str | None:
    """`iso` in UTC, and null for null."""
    return None if instant is None else iso(instant)


def iso_milliseconds(instant: datetime) -> str:
    """As webhooks write it: `2020-10-02T18:45:22.169Z`."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def parse_instant(text: str, naive_zone: ZoneInfo) -> datetime:
    """An ISO 8601 text as an instant; without an offset it is local time in `naive_zone`. ValueError if it is none."""
    parsed = datetime.fromisoformat(text.strip())
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=naive_zone)


def parse_zone(name: str) -> ZoneInfo:
    """An IANA time zone by name; ValueError if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error
