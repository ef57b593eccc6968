"""Reading the truth: PagerDuty's log since the watermark, and everything that is open."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q

from accounts.database_time import database_now
from incidents.enums import OPEN_STATUSES, EntryKind
from incidents.models import Incident, PollState
from incidents.selectors import is_to_be_left_out
from incidents.services.ingest import ingest_facts, ingest_snapshot, mark_deleted
from incidents.services.record_facts import VendorFact
from integrations.errors import IntegrationError, MalformedPayload
from integrations.pagerduty.client import PagerDuty
from integrations.types import IncidentSnapshot, LogEntry

NAME = "pagerduty"
#: Every window begins this much before the watermark: an entry may become visible later than its own time.
OVERLAP = timedelta(minutes=2)
#: How far back the first poll reads.
FIRST_WINDOW = timedelta(hours=24)
#: Incidents that vanished from the open list are asked for one by one, but so many a poll at the most.
MOST_VANISHED = 20


@dataclass(frozen=True)
class PollReport:
    """What one poll did: HTTP calls, log entries read, incidents touched, rows that could not be read."""

    calls: int
    log_entries: int
    incidents: int
    unreadable: int = 0


def poll_pagerduty(*, pagerduty: PagerDuty) -> PollReport:
    """Reads one window of the log and all open incidents, stores them, then moves the watermark.

    Raises Unavailable or Refused; what was stored until then stays, the watermark does not move, and the failure is kept
    for the pages to show.
    """
    state, _is_new = PollState.objects.get_or_create(name=NAME)
    until = database_now()
    PollState.objects.filter(pk=state.pk).update(attempted_at=until)
    # A watermark in the future is one of a database whose clock was set back.
    since = min(state.watermark or until - FIRST_WINDOW, until) - OVERLAP
    try:
        report = _read_and_store(pagerduty, since=since, until=until)
    except IntegrationError as error:
        PollState.objects.filter(pk=state.pk).update(error=str(error)[:500])
        raise
    done = database_now()
    # A slower poll that began earlier must not take the watermark back.
    PollState.objects.filter(pk=state.pk).filter(Q(watermark__isnull=True) | Q(watermark__lt=until)).update(
        watermark=until
    )
    # What could not be read will not be readable the next time either: it is told, and the rest goes on.
    told = f"malformed: {report.unreadable} rows of PagerDuty's answer were left out" if report.unreadable else ""
    PollState.objects.filter(pk=state.pk).update(succeeded_at=done, error=told)
    return report


def _read_and_store(pagerduty: PagerDuty, *, since: datetime, until: datetime) -> PollReport:
    # PagerDuty's clock may be ahead of ours: its newest entries must not lie beyond the window.
    entries = list(pagerduty.log_entries(since=since, until=until + OVERLAP))
    open_now = {snapshot.id: snapshot for snapshot in pagerduty.open_incidents()}
    by_incident: dict[str, list[LogEntry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: (entry.created_at, entry.id)):
        by_incident[entry.incident_id].append(entry)
    merged = []
    for incident_id in sorted({*by_incident, *open_now}):
        snapshot = _newest(open_now.get(incident_id), by_incident.get(incident_id, []))
        _store(incident_id, snapshot, by_incident.get(incident_id, []))
        if snapshot is not None and snapshot.merged_into is not None:
            merged.append(snapshot)
    _link_merged(pagerduty, merged)
    touched = {*by_incident, *open_now}
    touched |= _look_for_vanished(pagerduty, set(open_now), touched)
    return PollReport(
        calls=pagerduty.calls, log_entries=len(entries), incidents=len(touched), unreadable=pagerduty.unreadable
    )


def _newest(listed: IncidentSnapshot | None, entries: list[LogEntry]) -> IncidentSnapshot | None:
    """The latest of an incident's descriptions, with the alert's text wherever it stood."""
    snapshots = [entry.snapshot for entry in entries if entry.snapshot is not None]
    # Of one second the listed one: it was read later, and carries the first trigger's words.
    newest = max([*([listed] if listed else []), *snapshots], key=lambda each: each.as_of, default=None)
    body = next((entry.body for entry in entries if entry.body), "")
    return replace(newest, body=body) if newest is not None and body and not newest.body else newest


def _store(incident_id: str, snapshot: IncidentSnapshot | None, entries: list[LogEntry]) -> None:
    if snapshot is not None and is_to_be_left_out(snapshot):
        return
    facts = [_fact(entry) for entry in entries]
    if snapshot is None:
        ingest_facts(incident_pagerduty_id=incident_id, facts=facts)
    else:
        ingest_snapshot(snapshot=snapshot, facts=facts)


def _link_merged(pagerduty: PagerDuty, snapshots: list[IncidentSnapshot]) -> None:
    """Links incidents to what they were merged into, where that was not known yet when they were stored."""
    for snapshot in snapshots:
        if Incident.objects.filter(pagerduty_id=snapshot.id, merged_into__isnull=False).exists():
            continue
        if not Incident.objects.filter(pagerduty_id=snapshot.merged_into).exists():
            target = pagerduty.incident(str(snapshot.merged_into))
            if target is None:
                continue
            ingest_snapshot(snapshot=target, facts=[])
        ingest_snapshot(snapshot=snapshot, facts=[])


def _fact(entry: LogEntry) -> VendorFact:
    data = dict(entry.data)
    if entry.kind == EntryKind.TRIGGERED and entry.snapshot is not None:
        data.setdefault("title", entry.snapshot.title)
    return VendorFact(EntryKind(entry.kind), entry.created_at, agent=entry.agent, source_id=entry.id, data=data)


def _look_for_vanished(pagerduty: PagerDuty, open_now: set[str], touched: set[str]) -> set[str]:
    """Incidents that are open here but in no list: closed long before the window, or deleted.

    One that no poll has ever seen is left alone: PagerDuty has not told us of it, so its silence says nothing.
    """
    vanished = Incident.objects.filter(
        status__in=OPEN_STATUSES, deleted_at__isnull=True, seen_in_poll_at__isnull=False
    ).exclude(pagerduty_id__in=touched | open_now)
    found = set()
    # In any order: some that never settle must not keep the others waiting for ever.
    for incident in vanished.order_by("?")[:MOST_VANISHED]:
        try:
            snapshot = pagerduty.incident(incident.pagerduty_id)
        except MalformedPayload:
            pagerduty.unreadable += 1
            continue
        if snapshot is None:
            mark_deleted(incident_number=incident.pk, now=database_now())
        else:
            ingest_snapshot(snapshot=snapshot, facts=[])
        found.add(incident.pagerduty_id)
    return found
