"""What came of a mitigation, judged from what was seen of it. Pure: it takes the instant as an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

#: Somebody who confirms has looked at a dry run that is no older; what was confirmed is done within the same time or not at all.
CHECKED_FOR = timedelta(minutes=5)
#: After so long a call whose answer was lost cannot arrive any more: the API server gives a request up after 60 s.
CALL_LASTS = timedelta(seconds=120)
#: A rollout has its own deadline; pods that no node takes have none.
PODS_WITHIN = timedelta(minutes=5)
#: Kubernetes needs a moment to write that a deadline has passed.
GRACE = timedelta(seconds=30)
#: A database is back within minutes.
DATABASE_WITHIN = timedelta(minutes=15)
#: A reboot that AWS took shows within seconds; an instance that is available after so long has done it unseen.
REBOOT_SHOWS_WITHIN = timedelta(seconds=60)
#: How long an alert that rings on is waited for before it is said, and how long until nobody asks any more.
ALERT_CLEARS_WITHIN = timedelta(minutes=3)
ALERT_WATCHED_FOR = timedelta(minutes=30)


class Outcome(StrEnum):
    """How it ended. What a row's verdict and the timeline keep."""

    HEALTHY = "healthy"
    DATABASE_BACK = "database_back"
    BLOCKED = "blocked"
    WITHDRAWN = "withdrawn"
    CHANGED = "changed"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    NOT_ARRIVED = "not_arrived"
    NOT_KNOWN = "not_known"
    EXPIRED = "expired"
    ROLLOUT_FAILED = "rollout_failed"
    TOO_LATE = "too_late"
    UNSEEN = "unseen"
    GONE = "gone"
    ALERT_CLEARED = "alert_cleared"
    RESOLVED_BY = "resolved_by"
    ALERT_RINGS = "alert_rings"

    @property
    def is_success(self) -> bool:
        return self in (Outcome.HEALTHY, Outcome.DATABASE_BACK)


class AlertState(StrEnum):
    """What is known of the alert after a mitigation that succeeded."""

    AWAITED = "awaited"
    RINGS = "rings"
    CLEARED = "cleared"


@dataclass(frozen=True)
class Progress:
    """A deployment on its way. `is_complete`: as `kubectl rollout status` judges; `has_failed`: its own deadline passed."""

    ready: int
    updated: int
    total: int
    is_complete: bool
    has_failed: bool = False
    is_pod_gone: bool = True

    def as_json(self) -> dict[str, Any]:
        """As a row keeps it, for the page."""
        return {"ready": self.ready, "updated": self.updated, "total": self.total}


def outcome_of(progress: Progress, *, now: datetime, deadline_at: datetime) -> Outcome | None:
    """How a rollout ended; None while it goes on."""
    if progress.has_failed:
        return Outcome.ROLLOUT_FAILED
    # Scaled down, it is done once the others are gone.
    is_whole = progress.ready == progress.updated == progress.total
    if progress.is_complete and progress.is_pod_gone and is_whole:
        return Outcome.HEALTHY
    return Outcome.TOO_LATE if now >= deadline_at else None


@dataclass(frozen=True)
class DatabaseProgress:
    """An instance on its way. `has_rebooted`: it was seen to."""

    status: str
    has_rebooted: bool

    def as_json(self) -> dict[str, Any]:
        """As a row keeps it, for the page."""
        return {"status": self.status, "has_rebooted": self.has_rebooted}


def database_outcome(
    progress: DatabaseProgress, *, now: datetime, called_at: datetime, deadline_at: datetime
) -> Outcome | None:
    """How a reboot ended; None while it goes on."""
    if progress.status == "available" and (progress.has_rebooted or now - called_at >= REBOOT_SHOWS_WITHIN):
        return Outcome.DATABASE_BACK
    return Outcome.TOO_LATE if now >= deadline_at else None


def alert_state(*, now: datetime, finished_at: datetime, cleared_at: datetime | None) -> AlertState:
    """What is known of the alert: cleared, ringing on, or too early to say."""
    if cleared_at is not None:
        return AlertState.CLEARED
    return AlertState.RINGS if now - finished_at >= ALERT_CLEARS_WITHIN else AlertState.AWAITED
