"""Incidents as they come to be: from a snapshot, through the product's own ingest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from incidents.enums import EntryKind
from incidents.models import Incident
from incidents.services.ingest import ingest_snapshot
from incidents.services.record_facts import VendorFact
from integrations.types import IncidentSnapshot, Reference

LIN = Reference(id="PRESP01", name="Lin Yu-ting", type="user")
KENJI = Reference(id="PKENJI1", name="Kenji Sato", type="user")
GATEWAY = Reference(id="PGATEWY", name="chatops-gateway", html_url="https://acme.pagerduty.com/services/PGATEWY")


def snapshot(
    number: int = 1, *, minutes_old: float = 1, title: str = "[P1] High Error Rate - chatops-gateway"
) -> IncidentSnapshot:
    """A triggered incident of the gateway, assigned to Lin, as a poll would bring it."""
    now = datetime.now(UTC).replace(microsecond=0)
    return IncidentSnapshot(
        id=f"PINC{number:07d}",
        number=1000 + number,
        title=title,
        status="triggered",
        urgency="high",
        priority="",
        service=GATEWAY,
        people=(LIN,),
        escalation_policy=Reference(id="PEPCHAT", name="chatops on-call"),
        created_at=now - timedelta(minutes=minutes_old),
        as_of=now,
        html_url="https://acme.pagerduty.com/incidents/PINC",
        is_from_poll=True,
    )


def make_incident(
    number: int = 1, *, minutes_old: float = 1, title: str = "[P1] High Error Rate - chatops-gateway"
) -> Incident:
    """An open incident."""
    return ingest_snapshot(snapshot=snapshot(number, minutes_old=minutes_old, title=title), facts=[])


def make_resolved(number: int, *, minutes_old: float, title: str = "[P2] Node failure - chatops-engine") -> Incident:
    """One that was acknowledged after a minute and resolved after two."""
    ringing = snapshot(number, minutes_old=minutes_old, title=title)
    assert ringing.created_at is not None
    resolved_at = ringing.created_at + timedelta(minutes=2)
    facts = [
        VendorFact(
            EntryKind.ACKNOWLEDGED, ringing.created_at + timedelta(minutes=1), agent=LIN, source_id=f"RA{number}"
        ),
        VendorFact(EntryKind.RESOLVED, resolved_at, agent=LIN, source_id=f"RR{number}"),
    ]
    return ingest_snapshot(
        snapshot=replace(ringing, status="resolved", resolved_at=resolved_at, people=()), facts=facts
    )
