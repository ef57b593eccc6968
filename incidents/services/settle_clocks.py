"""Bringing an incident's clocks in line with the facts on its timeline, whatever the order they came in."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from incidents.calendars import BusinessCalendar
from incidents.enums import ClockKind, EntryKind, EntrySource, Severity, Status
from incidents.models import Incident, SlaClock, TimelineEntry
from incidents.sla import RESPONDING_KINDS, Cycle, Fact, Stop, cycles, stop_of, timing

_FACT_KINDS = [
    *RESPONDING_KINDS,
    EntryKind.ACKNOWLEDGED,
    EntryKind.UNACKNOWLEDGED,
    EntryKind.RESOLVED,
    EntryKind.REOPENED,
    EntryKind.ESCALATED,
]


def business_calendar() -> BusinessCalendar:
    """The team's calendar, from the settings."""
    return BusinessCalendar(
        zone=ZoneInfo(settings.PORTAL_TIME_ZONE),
        closes_at=time.fromisoformat(settings.PORTAL_BUSINESS_END),
        country=settings.PORTAL_HOLIDAYS,
    )


def facts_of(incident: Incident) -> list[Fact]:
    """The facts of an incident that can move its clocks. One query."""
    rows = TimelineEntry.objects.filter(incident=incident, kind__in=_FACT_KINDS).values_list(
        "kind", "occurred_at", "actor_name", "actor_id", "actor_pagerduty_id"
    )
    return [
        Fact(kind=EntryKind(kind), occurred_at=at, actor_name=name, by_person=bool(user_id or vendor_id))
        for kind, at, name, user_id, vendor_id in rows
    ]


@dataclass(frozen=True)
class _Ending:
    """Why clocks without a verdict close: the incident was merged away or deleted."""

    at: datetime
    because: str


def settle_clocks(incident: Incident, *, now: datetime) -> bool:
    """Creates, re-times, stops, closes and breaches clocks so that they say what the facts say. The row must be locked.

    Also derives `cycle`, `acknowledged_at` and `resolved_at`. Returns whether anything changed.
    """
    facts = facts_of(incident)
    ending = _ending_of(incident, facts)
    if ending and ending.because == "merged":
        facts = [fact for fact in facts if fact.kind is not EntryKind.RESOLVED or fact.occurred_at < ending.at]
    rounds = cycles(incident.triggered_at, facts)
    existing = {(clock.kind, clock.cycle): clock for clock in SlaClock.objects.filter(incident=incident)}
    changed = _derive_instants(incident, rounds[-1], facts, ending)
    for cycle in rounds:
        for kind in ClockKind:
            stop = stop_of(kind, cycle, facts)
            last = cycle.ended_at is None
            settled = _settle_one(
                incident,
                existing.pop((kind.value, cycle.number), None),
                kind=kind,
                cycle=cycle,
                stop=stop,
                ending=ending if last else None,
                now=now,
            )
            changed = settled or changed
    # A cycle that a hint had opened and the log does not know: its clocks never ran.
    for clock in existing.values():
        clock.delete()
        changed = True
    return changed


def _ending_of(incident: Incident, facts: list[Fact]) -> _Ending | None:
    if incident.merged_into_id is not None:
        resolved = [fact.occurred_at for fact in facts if fact.kind is EntryKind.RESOLVED]
        return _Ending(at=max(resolved, default=incident.snapshot_at), because="merged")
    if incident.deleted_at is not None:
        return _Ending(at=incident.deleted_at, because="deleted")
    return None


def _derive_instants(incident: Incident, cycle: Cycle, facts: list[Fact], ending: _Ending | None) -> bool:
    acknowledgement = stop_of(ClockKind.ACKNOWLEDGE, cycle, [f for f in facts if f.kind is EntryKind.ACKNOWLEDGED])
    resolved = [
        fact.occurred_at for fact in facts if fact.kind is EntryKind.RESOLVED and fact.occurred_at >= cycle.started_at
    ]
    resolved_at = max(resolved, default=ending.at if ending else None) if incident.status == Status.RESOLVED else None
    derived: dict[str, Any] = {
        "cycle": cycle.number,
        "cycle_started_at": cycle.started_at,
        "acknowledged_at": acknowledgement.at if acknowledgement else None,
        "resolved_at": resolved_at,
    }
    changed = [name for name, value in derived.items() if getattr(incident, name) != value]
    for name in changed:
        setattr(incident, name, derived[name])
    if changed:
        incident.save(update_fields=changed)
    return bool(changed)


def _settle_one(
    incident: Incident,
    clock: SlaClock | None,
    *,
    kind: ClockKind,
    cycle: Cycle,
    stop: Stop | None,
    ending: _Ending | None,
    now: datetime,
) -> bool:
    when = timing(kind, Severity(incident.severity), cycle.started_at, business_calendar())
    is_new = clock is None
    clock = clock or SlaClock(incident=incident, kind=kind, cycle=cycle.number)
    before = None if is_new else _state(clock)
    was_due, was_breached = clock.due_at, clock.breached_at is not None
    clock.started_at, clock.due_at = cycle.started_at, when.due_at
    if clock.at_risk_at != when.at_risk_at:
        clock.at_risk_at, clock.at_risk_noted_at = when.at_risk_at, None
    clock.stopped_at, clock.stopped_by = (stop.at, stop.by) if stop else (None, "")
    clock.closed_at, clock.closed_because = (ending.at, ending.because) if ending and not stop else (None, "")
    ran_until = clock.stopped_at or clock.closed_at or now
    is_breached = ran_until > when.due_at if (stop or ending) else now >= when.due_at
    clock.breached_at = when.due_at if is_breached else None
    clock.detected_at = (clock.detected_at or now) if is_breached else None
    if before == _state(clock):
        return False
    stopped_before, closed_before = (before[4], before[6]) if before else (None, None)
    clock.save()
    if not is_new and was_due != clock.due_at:
        _note(clock, EntryKind.CLOCK_RETIMED, now, due=clock.due_at.isoformat(), was=was_due.isoformat())
    if is_breached and not was_breached:
        _note(clock, EntryKind.CLOCK_BREACHED, clock.due_at, due=clock.due_at.isoformat())
    elif was_breached and not is_breached and stop:
        _note(clock, EntryKind.BREACH_TAKEN_BACK, now, at=stop.at.isoformat())
    if stop and stopped_before is None:
        _note(clock, EntryKind.CLOCK_STOPPED, stop.at, actor=stop.by, by=stop.kind.value)
    if clock.closed_at and closed_before is None:
        _note(clock, EntryKind.CLOCK_CLOSED, clock.closed_at, because=clock.closed_because)
    return True


def _state(clock: SlaClock) -> tuple[Any, ...]:
    return (
        clock.started_at,
        clock.due_at,
        clock.at_risk_at,
        clock.at_risk_noted_at,
        clock.stopped_at,
        clock.stopped_by,
        clock.closed_at,
        clock.closed_because,
        clock.breached_at,
    )


def _note(clock: SlaClock, kind: EntryKind, occurred_at: datetime, *, actor: str = "", **data: str) -> None:
    TimelineEntry.objects.create(
        incident=clock.incident,
        kind=kind,
        occurred_at=occurred_at,
        actor_name=actor,
        source=EntrySource.ENGINE,
        data={"clock": clock.kind, "cycle": clock.cycle, **data},
    )
