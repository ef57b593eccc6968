"""What becomes of the clocks in the stories PagerDuty tells: reopened, merged, judged anew, deleted."""

import json
from datetime import timedelta

import pytest

from incidents.models import Incident, SlaClock, TimelineEntry
from incidents.services.drain_inbox import drain_inbox
from simulators.pagerduty import edits, lifecycle
from simulators.pagerduty.model import Agent
from simulators.pagerduty.testing import RunningSimulator
from tests.incidents.acting import ring
from tests.incidents.deliveries import deliver
from tests.incidents.story import Step, poll, story

pytestmark = pytest.mark.django_db
LIN = Agent(kind="user", id="PRESP01")


def test_clocks_start_when_it_triggered_and_not_when_the_portal_heard(pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty, age_seconds=1_200)
    assert {clock.started_at for clock in incident.clocks.all()} == {page.created_at}
    respond = incident.clocks.get(kind="respond")
    assert respond.breached_at == respond.due_at == page.created_at + timedelta(minutes=15)
    assert respond.detected_at is not None
    assert respond.detected_at > respond.due_at
    assert incident.clocks.get(kind="acknowledge").breached_at is None


def test_a_reopening_starts_the_clocks_again_and_keeps_the_old_ones(pagerduty: RunningSimulator) -> None:
    with story(pagerduty, begins_ago=timedelta(minutes=40)) as telling:
        for step in [
            Step("trigger", 0),
            Step("acknowledge", 60),
            Step("resolve", 600),
            Step("reopen", 900),
        ]:
            telling.play(step)
    poll(pagerduty)
    incident = Incident.objects.get()
    assert (incident.cycle, incident.acknowledged_at, incident.resolved_at) == (2, None, None)
    begun = incident.triggered_at + timedelta(seconds=60 + 600 + 900)
    first, second = (incident.clocks.filter(cycle=cycle).order_by("kind") for cycle in (1, 2))
    assert {clock.stopped_at is None for clock in first} == {False}
    assert {(clock.started_at, clock.stopped_at) for clock in second} == {(begun, None)}
    assert [clock.kind for clock in second] == ["acknowledge", "escalate", "respond"]


def test_a_merge_closes_the_open_clocks_without_a_verdict_and_links_the_two(pagerduty: RunningSimulator) -> None:
    into, target = ring(pagerduty)
    page, incident = ring(pagerduty, "[P1] High latency - chatops-engine")
    with pagerduty.world.transaction():
        lifecycle.merge(pagerduty.world, into, [page], LIN)
    poll(pagerduty)
    incident.refresh_from_db()
    assert (incident.status, incident.merged_into) == ("resolved", target)
    assert set(incident.clocks.values_list("closed_because", "stopped_at", "breached_at")) == {("merged", None, None)}
    assert set(target.clocks.values_list("closed_at", flat=True)) == {None}


def test_another_priority_retimes_every_clock_from_the_same_start(pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty, "High CPU on node-3")
    before = {clock.kind: clock.due_at for clock in incident.clocks.all()}
    with pagerduty.world.transaction():
        edits.set_priority(pagerduty.world, page, "PPRIOP0", LIN)
    poll(pagerduty)
    incident.refresh_from_db()
    after = {clock.kind: clock.due_at - clock.started_at for clock in incident.clocks.all()}
    assert (incident.severity, incident.severity_source) == ("P0", "priority")
    assert after == {
        "respond": timedelta(minutes=5),
        "acknowledge": timedelta(minutes=15),
        "escalate": timedelta(minutes=30),
    }
    retimed = TimelineEntry.objects.filter(incident=incident, kind="clock_retimed")
    assert {line.data["clock"]: line.data["was"] for line in retimed} == {
        kind: due.isoformat() for kind, due in before.items() if kind != "escalate"
    }


def test_an_expired_acknowledgement_keeps_the_first_one(pagerduty: RunningSimulator) -> None:
    """PagerDuty's timeout puts it back to triggered; the guide asks when somebody took it first."""
    with story(pagerduty, begins_ago=timedelta(minutes=50)) as telling:
        for step in [Step("trigger", 0), Step("acknowledge", 120), Step("note", 2_000)]:
            telling.play(step)
    poll(pagerduty)
    incident = Incident.objects.get()
    assert incident.status == "triggered"
    clock = incident.clocks.get(kind="acknowledge")
    assert clock.stopped_at == incident.triggered_at + timedelta(seconds=120)
    assert TimelineEntry.objects.filter(kind="unacknowledged").count() == 1


def test_an_expired_acknowledgement_restarts_nothing_whoever_tells_of_it(pagerduty: RunningSimulator) -> None:
    """By webhooks, before any poll, and by the poll that confirms them; taken once more afterwards."""
    steps = [
        Step("trigger", 0),
        Step("acknowledge", 120),
        Step("unacknowledge", 1_800),
        Step("acknowledge", 600, who=1),
    ]
    with story(pagerduty, begins_ago=timedelta(minutes=50)) as telling:
        for step in steps:
            telling.play(step)
    for event in telling.events:
        deliver(json.dumps(event).encode())
    drain_inbox()
    for _heard in ("webhooks", "poll"):
        incident = Incident.objects.get()
        first = incident.triggered_at + timedelta(seconds=120)
        assert (incident.status, incident.cycle, incident.acknowledged_at) == ("acknowledged", 1, first)
        for kind in ("respond", "acknowledge"):
            clock = incident.clocks.get(kind=kind)
            assert (clock.started_at, clock.stopped_at) == (incident.triggered_at, first)
            assert (clock.stopped_by, clock.breached_at) == ("Lin Yu-ting", None)
        poll(pagerduty)


def test_resolved_before_anybody_acknowledged_it_ends_every_clock_in_time(pagerduty: RunningSimulator) -> None:
    with story(pagerduty, begins_ago=timedelta(minutes=50)) as telling:
        telling.play(Step("trigger", 0))
        telling.play(Step("resolve", 300))
    poll(pagerduty)
    incident = Incident.objects.get()
    ends = set(incident.clocks.values_list("stopped_at", "breached_at", "closed_at"))
    assert ends == {(incident.triggered_at + timedelta(seconds=300), None, None)}
    assert incident.acknowledged_at is None


def test_a_snooze_stops_nothing(pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    with pagerduty.world.transaction():
        lifecycle.snooze(pagerduty.world, page, LIN, 3_600)
    poll(pagerduty)
    assert incident.clocks.get(kind="escalate").stopped_at is None
    assert SlaClock.objects.filter(closed_at__isnull=False).count() == 0
