"""PagerDuty's clock may be ahead of ours, and may write its instants in another zone."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.database_time import database_now
from incidents.models import Incident, SlaClock, TimelineEntry
from incidents.services.drain_inbox import drain_inbox
from simulators.pagerduty.testing import RunningSimulator
from tests.incidents.acting import ring
from tests.incidents.deliveries import deliver, delivery, incident_data
from tests.incidents.story import poll

pytestmark = pytest.mark.django_db


def test_a_minute_ahead_is_believed_and_loses_nothing(pagerduty: RunningSimulator) -> None:
    pagerduty.advance(60)
    page, incident = ring(pagerduty)
    assert incident.triggered_at == page.created_at
    pagerduty.acknowledge(page)
    poll(pagerduty)
    incident.refresh_from_db()
    assert incident.status == "acknowledged"
    assert TimelineEntry.objects.get(incident=incident, kind="acknowledged").is_confirmed


def test_an_event_from_tomorrow_does_not_keep_todays_news_out(pagerduty: RunningSimulator) -> None:
    """Its snapshot counts as of now: what the poll says afterwards is newer."""
    page, incident = ring(pagerduty)
    tomorrow = f"{database_now() + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    data = incident_data(id=page.id, title="[P3] from tomorrow - chatops-db", status="resolved")
    deliver(delivery(event_type="incident.resolved", occurred_at=tomorrow, data=data))
    drain_inbox()
    pagerduty.advance(1)
    pagerduty.acknowledge(page)
    poll(pagerduty)
    incident.refresh_from_db()
    assert (incident.status, incident.title) == ("acknowledged", page.title)


def test_no_clock_starts_in_the_future() -> None:
    tomorrow = f"{database_now() + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    deliver(delivery(occurred_at=tomorrow, data=incident_data(created_at=tomorrow)))
    drain_inbox()
    incident = Incident.objects.get()
    assert incident.triggered_at <= database_now()
    assert {clock.started_at for clock in SlaClock.objects.all()} == {incident.triggered_at}
    assert {entry.occurred_at <= database_now() for entry in incident.entries.all()} == {True}


@pytest.mark.parametrize("written", ["2026-03-02T11:00:00+08:00", "2026-03-02T03:00:00", "2026-03-01T22:00:00-05:00"])
def test_an_instant_in_another_zone_is_the_same_instant(written: str) -> None:
    deliver(delivery(data=incident_data(created_at=written)))
    drain_inbox()
    assert Incident.objects.get().triggered_at == datetime(2026, 3, 2, 3, tzinfo=UTC)
