"""A double click, a repeated form, twenty at once: PagerDuty hears of it once."""

import threading

import pytest
from django.db import connection

from incidents.models import OutboxMessage
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of
from tests.incidents.acting import act, ring, send_due, sent_as


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
def test_a_double_click(cast: Cast, pagerduty: RunningSimulator, verb: str) -> None:
    _page, incident = ring(pagerduty)
    for _ in range(2):
        assert act(cast.responder, incident, verb, htmx=True).status_code == 200
    send_due(pagerduty)
    assert len(sent_as(pagerduty)) == 1


@pytest.mark.django_db
def test_a_form_sent_again_after_it_was_delivered(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    for _ in range(2):
        act(cast.responder, incident, "note", text="seen", idempotency_key="one form")
        send_due(pagerduty)
    assert [note.content for note in pagerduty.world.notes_of(page.id)] == ["seen"]


@pytest.mark.django_db
def test_two_people_may_write_the_same_note(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    for user in (cast.responder, cast.teammate):
        act(user, incident, "note", text="on it", idempotency_key="the same key")
    send_due(pagerduty)
    assert len(pagerduty.world.notes_of(page.id)) == 2


@pytest.mark.django_db
def test_an_acknowledgement_that_already_stands_is_not_asked_for_again(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty)
    act(cast.responder, incident, "acknowledge")
    send_due(pagerduty)
    act(cast.responder, incident, "acknowledge")
    send_due(pagerduty)
    assert len(sent_as(pagerduty)) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["acknowledge", "escalate", "note"])
def test_twenty_posts_at_once(cast: Cast, pagerduty: RunningSimulator, verb: str) -> None:
    page, incident = ring(pagerduty)
    fields = {"idempotency_key": "one page", "from_level": "1", "text": "once"}
    users = [cast.responder, cast.teammate if verb == "acknowledge" else cast.responder]
    clients = [browser_of(users[number % 2], **{"HX-Request": "true"}) for number in range(20)]
    barrier = threading.Barrier(20)
    statuses = []

    def press(number: int) -> None:
        barrier.wait(timeout=20)
        statuses.append(clients[number].post(f"/incidents/{incident.pk}/{verb}/", fields).status_code)
        connection.close()

    threads = [threading.Thread(target=press, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 20
    assert OutboxMessage.objects.count() == 1
    send_due(pagerduty)
    assert len(sent_as(pagerduty)) == 1
    assert (page.status, page.escalation_level) == (
        "acknowledged" if verb == "acknowledge" else "triggered",
        2 if verb == "escalate" else 1,
    )
