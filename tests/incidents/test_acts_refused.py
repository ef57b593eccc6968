"""What PagerDuty refuses is told in words, once, and nothing is repeated or reopened."""

import pytest

from incidents.models import OutboxMessage, TimelineEntry
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of
from tests.incidents.acting import act, retry_now, ring, send_due, sent_as

pytestmark = pytest.mark.django_db


def refusal_in_the_room(cast: Cast, number: int) -> str:
    message = OutboxMessage.objects.get(state="refused")
    page = browser_of(cast.viewer).get(f"/incidents/{number}/").content.decode()
    assert message.refusal_text in page
    return message.refusal_text


@pytest.mark.parametrize("verb", ["acknowledge", "escalate", "reassign"])
def test_already_resolved_elsewhere(cast: Cast, pagerduty: RunningSimulator, verb: str) -> None:
    page, incident = ring(pagerduty)
    person = incident.people.get()
    act(cast.responder, incident, verb, from_level="1", person=person.pk)
    pagerduty.resolve(page, "kenji@chatops.example.com")
    send_due(pagerduty)
    assert (page.status, sent_as(pagerduty)) == ("resolved", [])
    assert "resolved" in refusal_in_the_room(cast, incident.pk).lower()


def test_resolving_what_is_resolved_is_no_refusal(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    act(cast.responder, incident, "resolve")
    pagerduty.resolve(page, "kenji@chatops.example.com")
    send_due(pagerduty)
    assert OutboxMessage.objects.get().state == "sent"
    incident.refresh_from_db()
    assert incident.status == "resolved"
    assert TimelineEntry.objects.get(incident=incident, kind="resolved").actor_name in ("", "Kenji Sato")


def test_a_direct_assignment_cannot_be_escalated(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty)
    act(cast.responder, incident, "reassign", person=incident.people.get().pk)
    send_due(pagerduty)
    act(cast.responder, incident, "escalate", from_level="1")
    send_due(pagerduty)
    assert OutboxMessage.objects.get(state="refused").last_error.startswith("cannot_escalate")
    assert "escalat" in refusal_in_the_room(cast, incident.pk).lower()


def test_an_address_pagerduty_does_not_know(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    cast.responder.pagerduty_email = "nobody@elsewhere.example.com"
    cast.responder.save()
    act(cast.responder, incident, "acknowledge")
    send_due(pagerduty)
    assert page.status == "triggered"
    assert OutboxMessage.objects.get().last_error.startswith("unknown_requester")
    assert "address" in refusal_in_the_room(cast, incident.pk)
    retry_now()
    send_due(pagerduty)
    assert len(sent_as(pagerduty)) == 1


def test_somebody_without_an_address_is_told_before_anything_is_written(
    cast: Cast, pagerduty: RunningSimulator
) -> None:
    _page, incident = ring(pagerduty)
    cast.responder.email = ""
    cast.responder.save()
    answer = act(cast.responder, incident, "acknowledge", htmx=True)
    assert (answer.status_code, OutboxMessage.objects.count()) == (409, 0)
    assert "address" in answer.content.decode()


def test_deleted_in_pagerduty(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    act(cast.responder, incident, "acknowledge")
    pagerduty.delete(page)
    send_due(pagerduty)
    assert OutboxMessage.objects.get().last_error.startswith("not_found")
    refusal_in_the_room(cast, incident.pk)


def test_a_read_only_token(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty)
    act(cast.responder, incident, "acknowledge")
    pagerduty.fail(method="PUT", status=403)
    send_due(pagerduty)
    assert OutboxMessage.objects.get().last_error.startswith("no_permission")


def test_a_refusal_gives_way_to_the_next_try(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    act(cast.responder, incident, "acknowledge")
    pagerduty.fail(method="PUT", status=403)
    send_due(pagerduty)
    act(cast.responder, incident, "acknowledge")
    send_due(pagerduty)
    assert page.status == "acknowledged"
    assert OutboxMessage.objects.filter(state="refused").exists()
    assert browser_of(cast.viewer).get(f"/incidents/{incident.pk}/").context["refusals"] == []
