"""Some webhooks do not say when their incident was triggered; whichever comes first, the clocks start at the same instant."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from incidents.enums import EntryKind
from incidents.models import Incident, SlaClock, TimelineEntry
from incidents.services.ingest import ingest_snapshot
from integrations.types import IncidentSnapshot
from tests.factories import snapshot

pytestmark = pytest.mark.django_db

KNOWS = replace(snapshot(1, minutes_old=60), is_from_poll=False)
assert KNOWS.created_at is not None
TRIGGERED_AT = KNOWS.created_at
KNOWS_EARLY = replace(KNOWS, as_of=TRIGGERED_AT + timedelta(minutes=1))
SILENT = replace(KNOWS, created_at=None, as_of=TRIGGERED_AT + timedelta(minutes=5))
SILENT_LATER = replace(SILENT, as_of=TRIGGERED_AT + timedelta(minutes=9))


@pytest.mark.parametrize("order", list(permutations([KNOWS_EARLY, SILENT, SILENT_LATER])))
def test_the_order_of_hints_does_not_move_the_trigger(order: tuple[IncidentSnapshot, ...]) -> None:
    for each in order:
        ingest_snapshot(snapshot=each, facts=[])
    incident = Incident.objects.get()
    assert incident.triggered_at == TRIGGERED_AT
    assert set(SlaClock.objects.values_list("started_at", flat=True)) == {TRIGGERED_AT}
    trigger = TimelineEntry.objects.get(kind=EntryKind.TRIGGERED)
    assert trigger.occurred_at == TRIGGERED_AT


def test_the_earliest_hint_stands_in_where_nobody_knows() -> None:
    for each in (SILENT_LATER, SILENT):
        ingest_snapshot(snapshot=each, facts=[])
    assert Incident.objects.get().triggered_at == SILENT.as_of
