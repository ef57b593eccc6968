"""What a snapshot proves keeps its place on the timeline until somebody reports the very same thing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.enums import EntryKind
from incidents.models import Incident
from incidents.services.ingest import ingest_facts, ingest_snapshot
from incidents.services.record_facts import VendorFact
from tests.factories import LIN, snapshot

pytestmark = pytest.mark.django_db


def story(incident: Incident) -> list[str]:
    """What PagerDuty did, in order."""
    kinds = (EntryKind.RESOLVED, EntryKind.REOPENED)
    return list(incident.entries.filter(kind__in=kinds).values_list("kind", flat=True))


def test_a_later_resolution_leaves_the_derived_one_of_an_earlier_cycle_alone() -> None:
    ringing = snapshot(minutes_old=300)
    assert ringing.created_at is not None
    at = ringing.created_at
    ingest_snapshot(snapshot=replace(ringing, as_of=at), facts=[])
    # Resolved while nobody listened, and so long ago that the log's window no longer has it.
    over_at = at + timedelta(minutes=10)
    over = replace(ringing, status="resolved", resolved_at=over_at, as_of=at + timedelta(minutes=20))
    ingest_snapshot(snapshot=over, facts=[])
    reopened_at = at + timedelta(minutes=60)
    ingest_snapshot(snapshot=replace(ringing, as_of=reopened_at, last_status_change_at=reopened_at), facts=[])
    resolved = VendorFact(EntryKind.RESOLVED, at + timedelta(minutes=70), agent=LIN, source_id="RLOG1")
    incident = ingest_snapshot(
        snapshot=replace(over, resolved_at=resolved.occurred_at, as_of=at + timedelta(minutes=71)), facts=[resolved]
    )
    assert story(incident) == ["resolved", "reopened", "resolved"]
    assert incident.cycle == 2
    assert {clock.stopped_at for clock in incident.clocks.filter(cycle=1)} == {over_at}


def test_a_report_takes_the_place_of_what_was_derived() -> None:
    ringing = snapshot(minutes_old=30)
    assert ringing.created_at is not None
    ingest_snapshot(snapshot=replace(ringing, as_of=ringing.created_at), facts=[])
    ingest_snapshot(snapshot=replace(ringing, status="resolved"), facts=[])
    reported = VendorFact(EntryKind.RESOLVED, ringing.created_at + timedelta(minutes=3), agent=LIN, source_id="RLOG1")
    incident = ingest_facts(incident_pagerduty_id=ringing.id, facts=[reported])
    assert incident is not None
    (entry,) = incident.entries.filter(kind=EntryKind.RESOLVED)
    assert (entry.occurred_at, entry.actor_name) == (reported.occurred_at, "Lin Yu-ting")
