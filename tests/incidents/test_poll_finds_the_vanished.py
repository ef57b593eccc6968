"""What is open here and in no list of PagerDuty's: closed long ago, or deleted. A hint alone is neither."""

from datetime import timedelta

import pytest

from incidents.models import Incident, TimelineEntry
from incidents.services.drain_inbox import drain_inbox
from incidents.services.poll_pagerduty import MOST_VANISHED
from simulators.pagerduty import lifecycle
from simulators.pagerduty.model import Agent
from simulators.pagerduty.testing import RunningSimulator
from tests.incidents.acting import ring
from tests.incidents.deliveries import deliver, delivery
from tests.incidents.story import poll

pytestmark = pytest.mark.django_db


def test_a_deleted_incident_leaves_the_board_and_its_clocks_close_without_a_verdict(
    pagerduty: RunningSimulator,
) -> None:
    page, incident = ring(pagerduty, age_seconds=600)
    pagerduty.delete(page)
    poll(pagerduty)
    incident.refresh_from_db()
    assert incident.deleted_at is not None
    assert not incident.is_open
    assert set(incident.clocks.values_list("closed_because", "breached_at")) == {("deleted", None)}
    assert TimelineEntry.objects.filter(incident=incident, kind="deleted").count() == 1
    poll(pagerduty)
    assert TimelineEntry.objects.filter(incident=incident, kind="deleted").count() == 1


def test_one_that_was_resolved_long_before_the_window_is_resolved(pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty, age_seconds=7_200)
    world = pagerduty.world
    with world.transaction():
        lifecycle.resolve(world, page, Agent(kind="user", id="PRESP01"), at=world.clock.now() - timedelta(hours=1))
    poll(pagerduty)
    incident.refresh_from_db()
    assert page.resolved_at is not None
    assert (incident.status, incident.resolved_at) == ("resolved", page.resolved_at)


def test_one_that_only_a_webhook_told_of_is_left_alone(pagerduty: RunningSimulator) -> None:
    deliver(delivery())
    drain_inbox()
    poll(pagerduty)
    poll(pagerduty)
    assert Incident.objects.get().is_open
    assert pagerduty.count("GET", "/incidents/") == 0


def test_many_vanished_ones_are_asked_for_in_portions(pagerduty: RunningSimulator) -> None:
    pages = [pagerduty.trigger(f"[P2] Node {number} failed", age_seconds=600) for number in range(MOST_VANISHED + 3)]
    poll(pagerduty)
    for page in pages:
        pagerduty.delete(page)
    pagerduty.clear_calls()
    poll(pagerduty)
    assert pagerduty.count("GET", "/incidents/") == MOST_VANISHED
    poll(pagerduty)
    assert Incident.objects.filter(deleted_at__isnull=True).count() == 0
