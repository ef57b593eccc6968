"""What was done in an earlier cycle, or has expired, counts no more: the room offers it again."""

from dataclasses import replace
from datetime import timedelta

from incidents.enums import EntryKind
from incidents.services.ask_pagerduty import Act, respond_to_incident
from incidents.services.ingest import ingest_snapshot
from incidents.services.record_facts import VendorFact
from integrations.types import Reference
from tests.cast import Cast, browser_of
from tests.factories import KENJI, LIN, make_incident, snapshot

ON_IT = "/respond/"


def log(kind: EntryKind, minutes_ago: float, agent: Reference | None, source_id: str) -> VendorFact:
    at = snapshot().as_of - timedelta(minutes=minutes_ago)
    return VendorFact(kind, at, agent=agent, source_id=source_id)


def test_on_it_is_offered_again_after_a_reopening(cast: Cast) -> None:
    incident = make_incident(minutes_old=30)
    room = f"/incidents/{incident.pk}/"
    client = browser_of(cast.responder)
    assert ON_IT in client.get(room).content.decode()
    respond_to_incident(act=Act(incident.pk, cast.responder))
    assert ON_IT not in client.get(room).content.decode()
    soon = snapshot(minutes_old=30)
    later = replace(soon, as_of=soon.as_of + timedelta(seconds=30))
    reopened = VendorFact(EntryKind.REOPENED, later.as_of, agent=LIN, source_id="RO")
    resolved = VendorFact(EntryKind.RESOLVED, later.as_of - timedelta(seconds=10), agent=LIN, source_id="RR")
    assert ingest_snapshot(snapshot=later, facts=[resolved, reopened]).cycle == 2
    assert ON_IT in client.get(room).content.decode()


def test_on_it_is_offered_again_once_ones_acknowledgement_has_expired(cast: Cast) -> None:
    facts = [log(EntryKind.ACKNOWLEDGED, 20, LIN, "RA")]
    acknowledged = replace(snapshot(minutes_old=30), status="acknowledged")
    incident = ingest_snapshot(snapshot=acknowledged, facts=facts)
    client = browser_of(cast.responder)
    assert ON_IT not in client.get(f"/incidents/{incident.pk}/").content.decode()
    facts += [log(EntryKind.UNACKNOWLEDGED, 10, None, "RU"), log(EntryKind.ACKNOWLEDGED, 5, KENJI, "RK")]
    ingest_snapshot(snapshot=acknowledged, facts=facts)
    assert ON_IT in client.get(f"/incidents/{incident.pk}/").content.decode()
