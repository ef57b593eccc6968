"""PagerDuty cuts a long note in its webhook and keeps it whole in its log: that is one note."""

from datetime import UTC, datetime

import pytest

from incidents.enums import EntryKind
from incidents.models import TimelineEntry
from incidents.services.ingest import ingest_facts
from incidents.services.record_facts import VendorFact
from tests.factories import LIN, make_incident

pytestmark = pytest.mark.django_db

WHOLE = "The pooler ran out of connections. " * 40
CUT = WHOLE[:300] + "..."
AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def notes() -> list[str]:
    return [entry.data["text"] for entry in TimelineEntry.objects.filter(kind=EntryKind.NOTE)]


def hear(text: str, *, source_id: str | None) -> None:
    fact = VendorFact(EntryKind.NOTE, AT, agent=LIN, data={"text": text}, source_id=source_id)
    ingest_facts(incident_pagerduty_id=make_incident(1).pagerduty_id, facts=[fact])


def test_the_log_completes_the_hint() -> None:
    hear(CUT, source_id=None)
    hear(WHOLE, source_id="R1")
    assert notes() == [WHOLE.strip()]


def test_a_hint_that_comes_late_adds_nothing() -> None:
    hear(WHOLE, source_id="R1")
    hear(CUT, source_id=None)
    assert notes() == [WHOLE.strip()]


def test_two_short_notes_of_one_second_stay_two() -> None:
    hear("Looking.", source_id=None)
    hear("Looking. Found it.", source_id=None)
    assert notes() == ["Looking.", "Looking. Found it."]
