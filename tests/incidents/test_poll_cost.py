"""What a poll costs PagerDuty: pages of a hundred, never a call an incident."""

from datetime import timedelta

import pytest

from accounts.database_time import database_now
from incidents.models import Incident
from simulators.pagerduty.testing import RunningSimulator
from tests.incidents.story import poll, portal_client


@pytest.mark.django_db
def test_a_day_of_five_thousand_lines_takes_at_most_sixty_calls(pagerduty: RunningSimulator) -> None:
    pagerduty.seed_past(incidents=100, log_entries_each=50, open_incidents=10)
    client, now = portal_client(pagerduty), database_now()
    lines = list(client.log_entries(since=now - timedelta(hours=24, minutes=2), until=now + timedelta(minutes=2)))
    still_open = list(client.open_incidents())
    assert (len({line.id for line in lines}), len(still_open)) == (5_000, 10)
    assert len(pagerduty.calls) == client.calls <= 60
    assert all(line.snapshot is not None for line in lines)


@pytest.mark.django_db
def test_no_incident_is_asked_for_by_itself(pagerduty: RunningSimulator) -> None:
    pagerduty.seed_past(incidents=30, log_entries_each=3, open_incidents=12)
    report = poll(pagerduty)
    assert [call.path for call in pagerduty.calls] == ["/log_entries", "/incidents"]
    assert (report.calls, report.log_entries, report.incidents) == (2, 90, 30)
    assert Incident.objects.filter(status="acknowledged").count() == 12
    assert set(Incident.objects.values_list("threshold", flat=True)) == {"1%", "500 ms", "80%", "85%"}


def test_more_than_ten_thousand_lines_are_read_in_halves(pagerduty: RunningSimulator) -> None:
    """Beyond offset 10,000 PagerDuty answers 400."""
    pagerduty.seed_past(incidents=105, log_entries_each=100)
    now = pagerduty.world.clock.now()
    client = portal_client(pagerduty)
    lines = list(client.log_entries(since=now - timedelta(hours=25), until=now + timedelta(minutes=2)))
    assert len({line.id for line in lines}) == 10_500
    assert {call.status for call in pagerduty.calls} == {200}
    assert client.calls <= 110
