"""When the stakeholders are to hear next. Pure; it never asks what time it is.

A severity has a rhythm: a P0 is told of every 30 minutes, a P1 every 60, others when there is something to tell. The first
update is due as long after the trigger (or reopening) as the others after each other; what an update promises goes before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.enums import ClockPhase, Severity
from incidents.sla import phase_at
from incidents.updates.kinds import UpdateState

RHYTHM: Mapping[Severity, timedelta] = {Severity.P0: timedelta(minutes=30), Severity.P1: timedelta(minutes=60)}
#: The clock is at risk after so much of its time, as the guide's others are.
AT_RISK_PERCENT = 80
#: How long after the end of an incident its last update is asked for.
OWED_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Told:
    """The newest update of a cycle. `next_due_at` is what it promised, `state` how far the work was; None where it said neither.

    One that was published in PagerDuty itself says neither.
    """

    at: datetime
    state: UpdateState | None = None
    next_due_at: datetime | None = None


@dataclass(frozen=True)
class UpdateClock:
    """The running measure of silence: from the cycle's beginning or the last update to the next one."""

    started_at: datetime
    due_at: datetime

    @property
    def at_risk_at(self) -> datetime:
        return self.started_at + (self.due_at - self.started_at) * AT_RISK_PERCENT / 100

    def phase(self, now: datetime) -> ClockPhase:
        """Running, at risk or breached: due at its very instant is too late, as with every clock."""
        return phase_at(now, due_at=self.due_at, at_risk_at=self.at_risk_at, stopped_at=None, closed_at=None)


def update_clock(severity: Severity, *, cycle_started_at: datetime, told: Told | None) -> UpdateClock | None:
    """The clock of an open incident; None where nobody waits for a next update.

    `told` is the newest update of this cycle. Its promise stands whatever the severity becomes; without one the severity's
    rhythm counts from it.
    """
    if told is not None and told.next_due_at is not None:
        return UpdateClock(told.at, told.next_due_at)
    every = RHYTHM.get(severity)
    start = told.at if told is not None else cycle_started_at
    return UpdateClock(start, start + every) if every else None


def owes_last(severity: Severity, *, resolved_at: datetime | None, told: Told | None, now: datetime) -> bool:
    """Whether an incident that is over still owes the stakeholders the word that it is: a P0 or P1, or any they were told of."""
    if resolved_at is None or now - resolved_at > OWED_FOR:
        return False
    is_told = told is not None and (
        told.state is UpdateState.RESOLVED or (told.state is None and told.at >= resolved_at)
    )
    return not is_told and (severity in RHYTHM or told is not None)
