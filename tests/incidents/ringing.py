"""PagerDuty's log says whom it rang, as a poll brings it."""

from datetime import datetime

from accounts.models import Person
from incidents.enums import EntryKind
from incidents.models import Incident
from incidents.services.ingest import ingest_facts
from incidents.services.record_facts import VendorFact
from integrations.types import Reference


def ring(incident: Incident, person: Person, at: datetime, *, channel: str = "phone_notification") -> VendorFact:
    """Rings somebody about an incident."""
    fact = VendorFact(
        EntryKind.NOTIFIED,
        at,
        source_id=f"R{incident.pk}-{person.pk}-{channel}-{at.isoformat()}"[:64],
        data={"to": person.name, "to_id": person.pagerduty_id, "channel": channel},
    )
    assert ingest_facts(incident_pagerduty_id=incident.pagerduty_id, facts=[fact])
    return fact


def act(
    incident: Incident, person: Person, at: datetime, *, kind: EntryKind = EntryKind.ACKNOWLEDGED, note: str = ""
) -> None:
    """Somebody does something about an incident in PagerDuty."""
    fact = VendorFact(
        kind,
        at,
        agent=Reference(id=person.pagerduty_id, name=person.name, type="user"),
        source_id=f"A{incident.pk}-{person.pk}-{kind}-{at.isoformat()}"[:64],
        data={"text": note} if note else {},
    )
    assert ingest_facts(incident_pagerduty_id=incident.pagerduty_id, facts=[fact])
