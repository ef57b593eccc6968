"""What each judgement would make of an incident's clocks, shown before somebody judges."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from incidents.definitions import Definition, definitions
from incidents.enums import ClockKind, ClockPhase, EntryKind, Severity
from incidents.models import Incident, Priority, SlaClock
from incidents.selectors import clock_views
from incidents.sla import ClockView, timing


@dataclass(frozen=True)
class Choice:
    """One severity to choose: what it means, and how the clocks of this cycle would stand."""

    definition: Definition
    clocks: list[ClockView]
    is_now: bool

    @property
    def breaches(self) -> list[ClockView]:
        """The clocks that would be past their deadline at once."""
        return [clock for clock in self.clocks if clock.phase is ClockPhase.BREACHED]


def choices_of(incident: Incident, *, now: datetime) -> list[Choice]:
    """The four choices, P0 first. Each clock keeps its start and its policy. Two queries."""
    clocks = list(incident.clocks.filter(cycle=incident.cycle).select_related("policy"))
    return [
        Choice(
            definition=definition,
            clocks=clock_views([_retimed(clock, definition.severity) for clock in clocks], now=now),
            is_now=definition.severity == incident.severity,
        )
        for definition in definitions()
    ]


def worst_severity(incident: Incident) -> Severity:
    """The most severe that the incident was in this cycle: judging it down for a moment makes nothing easier. One query."""
    judged = incident.entries.filter(kind=EntryKind.SEVERITY_JUDGED, occurred_at__gte=incident.cycle_started_at)
    told = [data.get(side) for data in judged.values_list("data", flat=True) for side in ("from", "to")]
    known = [Severity(str(each)) for each in (incident.severity, *told) if each in Severity]
    return min(known, key=list(Severity).index)


def keeps_its_priority(incident: Incident, actor: User) -> bool:
    """Whether PagerDuty goes on with another priority than the severity's, since the actor has no address there. One query."""
    if actor.acting_email or not incident.is_open:
        return False
    return Priority.objects.filter(severity=incident.severity).exclude(name=incident.priority).exists()


def _retimed(clock: SlaClock, severity: Severity) -> SlaClock:
    """An unsaved copy of the clock as it would be timed for the severity."""
    when = timing(ClockKind(clock.kind), severity, clock.started_at, clock.policy.policy)
    return SlaClock(
        kind=clock.kind,
        started_at=clock.started_at,
        at_risk_at=when.at_risk_at,
        due_at=when.due_at,
        stopped_at=clock.stopped_at,
        stopped_by=clock.stopped_by,
        closed_at=clock.closed_at,
    )
