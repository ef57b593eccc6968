"""A story that is too long for one page is cut after its beginning."""

from datetime import timedelta

import pytest

from incidents.enums import EntryKind, EntrySource
from incidents.models import TimelineEntry
from incidents.timeline import MOST_ENTRIES, timeline_of
from tests.factories import make_incident

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("notes", "has_earlier"), [(10, False), (MOST_ENTRIES + 5, True)])
def test_the_trigger_always_stands_first(notes: int, has_earlier: bool) -> None:
    incident = make_incident(minutes_old=1)
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            incident=incident,
            kind=EntryKind.NOTE,
            occurred_at=incident.triggered_at + timedelta(milliseconds=number),
            source=EntrySource.PAGERDUTY,
            data={"text": f"note {number}"},
        )
        for number in range(1, notes + 1)
    )
    timeline = timeline_of(incident)
    assert timeline.has_earlier is has_earlier
    assert timeline.entries[0].kind == EntryKind.TRIGGERED
    assert timeline.entries[-1].data["text"] == f"note {notes}"
