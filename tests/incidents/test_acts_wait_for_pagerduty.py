"""With PagerDuty down an act waits, says so, and goes out later, in its order and once."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from accounts.database_time import database_now
from incidents.models import OutboxMessage, TimelineEntry
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of
from tests.incidents.acting import act, retry_now, ring, send_due

pytestmark = pytest.mark.django_db

DOWN: list[dict[str, Any]] = [
    {"status": 503, "times": None},
    {"status": 429, "times": None},
    {"status": 429, "headers": False, "times": None},
    {"reset": True, "times": None},
    {"raw_body": "<html>Bad gateway</html>", "times": None},
]


@pytest.mark.parametrize("fault", DOWN, ids=["503", "429", "429 bare", "reset", "no JSON"])
def test_it_waits_and_goes_out_later(cast: Cast, pagerduty: RunningSimulator, fault: dict[str, Any]) -> None:
    page, incident = ring(pagerduty)
    pagerduty.fail(**fault)
    act(cast.responder, incident, "acknowledge")
    send_due(pagerduty)
    assert OutboxMessage.objects.get().state == "waiting"
    assert TimelineEntry.objects.filter(incident=incident, kind="waiting").count() == 1
    assert "acknowledge" in browser_of(cast.viewer).get("/").content.decode()
    pagerduty.simulator.faults.clear()
    assert page.status == "triggered"
    retry_now()
    send_due(pagerduty)
    assert (page.status, OutboxMessage.objects.get().state) == ("acknowledged", "sent")


def test_they_go_out_in_the_order_they_were_asked_for(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    pagerduty.fail(status=503, times=None)
    for text in ("first", "second"):
        act(cast.responder, incident, "note", text=text, idempotency_key=text)
    act(cast.responder, incident, "resolve")
    send_due(pagerduty)
    pagerduty.simulator.faults.clear()
    # Only the first waits out its pause; the others are due and must not overtake it.
    send_due(pagerduty)
    assert pagerduty.world.notes_of(page.id) == []
    retry_now()
    send_due(pagerduty)
    assert [note.content for note in pagerduty.world.notes_of(page.id)] == ["first", "second"]
    assert page.status == "resolved"


def test_one_incidents_wait_holds_no_other_up(cast: Cast, pagerduty: RunningSimulator) -> None:
    stuck_page, stuck = ring(pagerduty)
    page, incident = ring(pagerduty, "[P2] High CPU - chatops-engine")
    pagerduty.fail(path_prefix=f"/incidents/{stuck_page.id}", status=503, times=None)
    act(cast.responder, stuck, "acknowledge")
    act(cast.responder, incident, "acknowledge")
    send_due(pagerduty)
    assert (stuck_page.status, page.status) == ("triggered", "acknowledged")


@pytest.mark.parametrize("verb", ["note", "acknowledge", "resolve"])
def test_an_answer_lost_after_the_call_doubles_nothing(cast: Cast, pagerduty: RunningSimulator, verb: str) -> None:
    page, incident = ring(pagerduty)
    method = "POST" if verb == "note" else "PUT"
    pagerduty.fail(method=method, is_applied=True, reset=True)
    act(cast.responder, incident, verb, text="once")
    send_due(pagerduty)
    assert OutboxMessage.objects.get().state == "waiting"
    retry_now()
    send_due(pagerduty)
    assert (OutboxMessage.objects.get().state, OutboxMessage.objects.get().last_error) == ("sent", "")
    kinds = {"note": "annotate_log_entry", "acknowledge": "acknowledge_log_entry", "resolve": "resolve_log_entry"}
    assert [entry.type for entry in pagerduty.world.log_book.of_incident(page.id)].count(kinds[verb]) == 1


def test_an_escalation_whose_answer_was_lost_rings_the_next_level_once(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    pagerduty.fail(method="PUT", is_applied=True, reset=True)
    act(cast.responder, incident, "escalate", from_level="1")
    send_due(pagerduty)
    retry_now()
    send_due(pagerduty)
    entries = [entry.type for entry in pagerduty.world.log_book.of_incident(page.id)]
    assert (page.escalation_level, entries.count("escalate_log_entry")) == (2, 1)


def test_after_a_day_it_is_told_as_not_sent(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    pagerduty.fail(status=503, times=None)
    act(cast.responder, incident, "acknowledge")
    send_due(pagerduty)
    OutboxMessage.objects.update(created_at=F("created_at") - timedelta(hours=24, seconds=1))
    retry_now()
    send_due(pagerduty)
    message = OutboxMessage.objects.get()
    assert (message.state, message.last_error.split(":")[0]) == ("refused", "gave_up")
    assert message.refusal_text in browser_of(cast.viewer).get(f"/incidents/{incident.pk}/").content.decode()
    pagerduty.simulator.faults.clear()
    retry_now()
    send_due(pagerduty)
    assert page.status == "triggered"


def test_the_pause_between_attempts_grows_to_five_minutes(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty)
    pagerduty.fail(reset=True, times=None)
    act(cast.responder, incident, "acknowledge")
    pauses = []
    for _ in range(9):
        retry_now()
        send_due(pagerduty)
        pauses.append(round((OutboxMessage.objects.get().next_attempt_at - database_now()).total_seconds()))
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300]


@pytest.mark.django_db(transaction=True)
def test_while_one_worker_waits_for_the_answer_no_other_sends_it(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    pagerduty.clear_calls()
    pagerduty.fail(method="POST", delay_for=0.5)
    act(cast.responder, incident, "note", text="slowly")

    def work() -> None:
        send_due(pagerduty)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    while not pagerduty.count("POST"):
        time.sleep(0.01)
    # A call may wait for 10 s, twice, and is made twice at the most.
    assert OutboxMessage.objects.get().next_attempt_at - database_now() > timedelta(seconds=40)
    send_due(pagerduty)
    worker.join()
    assert len(pagerduty.world.notes_of(page.id)) == 1
