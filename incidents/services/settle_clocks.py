"""Bringing an incident's clocks in line with the facts on its timeline, whatever the order they came in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incidents.enums import ClockKind, EntryKind, EntrySource, NoticeKind, Severity, Status
from incidents.models import Incident, SlaClock, TimelineEntry
from incidents.policies import policy_in_force, policy_of
from incidents.services.tell_channel import tell_channel
from incidents.sla import (
    AUTOMATIC_MARK,
    RESPONDING_KINDS,
    Cycle,
    Fact,
    Stop,
    breach_of,
    cycles,
    engaged,
    stop_of,
    timing,
)

_FACT_KINDS = [
    *RESPONDING_KINDS,
    EntryKind.ACKNOWLEDGED,
    EntryKind.UNACKNOWLEDGED,
    EntryKind.RESOLVED,
    EntryKind.REOPENED,
    EntryKind.ESCALATED,
]


def facts_of(incident: Incident) -> list[Fact]:
    """The facts of an incident that can move its clocks. One query."""
    rows = TimelineEntry.objects.filter(incident=incident, kind__in=_FACT_KINDS).values_list(
        "kind", "occurred_at", "actor_name", "actor_id", "actor_pagerduty_id", "actor__pagerduty_id", "data__text"
    )
    return [
        Fact(
            kind=EntryKind(kind),
            occurred_at=at,
            actor_name=name,
            actor_id=vendor_id or vendor_id_of_user or "",
            by_person=bool(user_id or vendor_id) and not str(text).startswith(AUTOMATIC_MARK),
        )
        for kind, at, name, user_id, vendor_id, vendor_id_of_user, text in rows
    ]


@dataclass(frozen=True)
class _Ending:
    """Why clocks without a verdict close: the incident was merged away or deleted."""

    at: datetime
    because: str


def settle_clocks(incident: Incident, *, now: datetime) -> bool:
    """Creates, re-times, stops, closes and breaches clocks so that they say what the facts say. The row must be locked.

    Also derives `cycle`, `engaged`, `acknowledged_at` and `resolved_at`. Returns whether anything changed.
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
        _keep_line(clock, EntryKind.CLOCK_STOPPED, None)
        _keep_line(clock, EntryKind.CLOCK_CLOSED, None)
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
        "engaged": [{"name": each.actor_name, "pagerduty_id": each.actor_id} for each in engaged(cycle, facts)],
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
    clock = clock or SlaClock(incident=incident, kind=kind, cycle=cycle.number)
    before = _state(clock)
    if clock.started_at != cycle.started_at:
        # A running clock keeps the policy under which it started.
        clock.policy = policy_in_force(cycle.started_at)
    when = timing(kind, Severity(incident.severity), cycle.started_at, policy_of(clock.policy_id))
    clock.started_at, clock.due_at = cycle.started_at, when.due_at
    if clock.at_risk_at != when.at_risk_at:
        clock.at_risk_at, clock.at_risk_noted_at = when.at_risk_at, None
    clock.stopped_at, clock.stopped_by = (stop.at, stop.by) if stop else (None, "")
    clock.closed_at, clock.closed_because = (ending.at, ending.because) if ending and not stop else (None, "")
    clock.breached_at = breach_of(when.due_at, ended_at=clock.stopped_at or clock.closed_at, now=now)
    clock.detected_at = (clock.detected_at or now) if clock.breached_at else None
    if before == _state(clock):
        return False
    if before["due_at"] != clock.due_at:
        clock.escalation_decided_at = None
    clock.settled_at = now
    clock.save()
    _tell(clock, before, stop, now=now)
    return True


_FIELDS = (
    "started_at",
    "due_at",
    "at_risk_at",
    "at_risk_noted_at",
    "stopped_at",
    "stopped_by",
    "closed_at",
    "closed_because",
    "breached_at",
)


def _state(clock: SlaClock) -> dict[str, Any]:
    return {name: getattr(clock, name) for name in _FIELDS}


def _tell(clock: SlaClock, before: dict[str, Any], stop: Stop | None, *, now: datetime) -> None:
    """Puts what became of a clock on the timeline."""
    due, ended_at = clock.due_at.isoformat(), clock.stopped_at or clock.closed_at
    if before["due_at"] not in (None, clock.due_at):
        _note(clock, EntryKind.CLOCK_RETIMED, now, due=due, was=before["due_at"].isoformat())
    if clock.breached_at and not before["breached_at"]:
        _note(clock, EntryKind.CLOCK_BREACHED, clock.due_at, due=due)
        if not ended_at:
            tell_channel(clock, NoticeKind.BREACHED, now=now)
    elif before["breached_at"] and not clock.breached_at:
        # Met after all, as late news has it; or due later by a severity judged anew.
        at = {"at": ended_at.isoformat()} if ended_at and before["due_at"] == clock.due_at else {}
        _note(clock, EntryKind.BREACH_TAKEN_BACK, now, due=due, **at)
    # A line is there only where the clock had ended before: the usual new clock costs no look for it.
    if clock.stopped_at or before["stopped_at"]:
        by = stop.kind if stop else ""
        _keep_line(clock, EntryKind.CLOCK_STOPPED, clock.stopped_at, actor=clock.stopped_by, by=by)
    if clock.closed_at or before["closed_at"]:
        _keep_line(clock, EntryKind.CLOCK_CLOSED, clock.closed_at, because=clock.closed_because)


def _note(clock: SlaClock, kind: EntryKind, occurred_at: datetime, **data: str) -> None:
    TimelineEntry.objects.create(
        incident=clock.incident,
        kind=kind,
        occurred_at=occurred_at,
        source=EntrySource.ENGINE,
        data={"clock": clock.kind, "cycle": clock.cycle, **data},
    )


def _keep_line(clock: SlaClock, kind: EntryKind, at: datetime | None, *, actor: str = "", **data: str) -> None:
    """The one line that says how a clock ended. It follows the facts: an earlier act heard of later moves it."""
    key: dict[str, Any] = {
        "incident": clock.incident,
        "source": EntrySource.ENGINE,
        "source_id": f"{kind}:{clock.kind}:{clock.cycle}",
    }
    if at is None:
        TimelineEntry.objects.filter(**key).delete()
        return
    content: dict[str, Any] = {
        "kind": kind,
        "occurred_at": at,
        "actor_name": actor,
        "data": {"clock": clock.kind, "cycle": clock.cycle, **data},
    }
    TimelineEntry.objects.update_or_create(**key, defaults=content)
