"""Every act goes out under the acting person's own address and comes back as a fact."""

from typing import Any

import pytest

from accounts.models import Person
from incidents.models import OutboxMessage, TimelineEntry
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast
from tests.incidents.acting import act, ring, send_due, sent_as
from tests.incidents.story import poll

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("verb", "fields", "fact", "status"),
    [
        ("acknowledge", {}, "acknowledged", "acknowledged"),
        ("resolve", {}, "resolved", "resolved"),
        ("escalate", {"from_level": "1"}, "escalated", "triggered"),
        ("note", {"text": "the <b>cache</b> is cold"}, "note", "triggered"),
    ],
)
def test_it_is_done_there_and_known_here(
    cast: Cast, pagerduty: RunningSimulator, verb: str, fields: dict[str, str], fact: str, status: str
) -> None:
    page, incident = ring(pagerduty)
    assert act(cast.responder, incident, verb, **fields).status_code == 302
    send_due(pagerduty)
    method = "POST" if verb == "note" else "PUT"
    assert sent_as(pagerduty) == [(method, "responder@chatops.example.com", 200)]
    incident.refresh_from_db()
    assert (page.status, incident.status) == (status, status)
    assert TimelineEntry.objects.get(incident=incident, kind=fact).actor_pagerduty_id == "PRESP01"
    assert OutboxMessage.objects.get().state == "sent"
    poll(pagerduty)
    assert TimelineEntry.objects.get(incident=incident, kind=fact).is_confirmed


def test_a_reassignment_gives_it_to_the_chosen_person(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    kenji = Person.objects.get(pagerduty_id="PKENJI1")
    act(cast.manager, incident, "reassign", person=kenji.pk)
    send_due(pagerduty)
    assert [each.user_id for each in page.assignments] == ["PKENJI1"]
    assert list(incident.people.values_list("name", flat=True)) == ["Kenji Sato"]
    assert sent_as(pagerduty) == [("PUT", "manager@chatops.example.com", 200)]


def test_a_snooze_lasts_as_long_as_chosen(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    pagerduty.acknowledge(page)
    poll(pagerduty)
    act(cast.responder, incident, "snooze", duration="14400")
    send_due(pagerduty)
    incident.refresh_from_db()
    assert page.unacknowledge_at is not None
    assert incident.snoozed_until == page.unacknowledge_at.replace(microsecond=0)


def test_an_escalation_goes_to_the_next_level(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    act(cast.responder, incident, "escalate", from_level="1")
    send_due(pagerduty)
    assert page.escalation_level == 2
    assert list(incident.people.values_list("pagerduty_id", flat=True)) == ["PKENJI1"]
    assert act(cast.responder, incident, "escalate", htmx=True, from_level="1").status_code == 409
    send_due(pagerduty)
    assert page.escalation_level == 2


def test_the_pagerduty_address_goes_before_the_accounts_own(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty)
    cast.responder.pagerduty_email, cast.responder.email = "responder@chatops.example.com", "private@example.com"
    cast.responder.save()
    act(cast.responder, incident, "acknowledge")
    send_due(pagerduty)
    assert sent_as(pagerduty) == [("PUT", "responder@chatops.example.com", 200)]


def test_responding_stays_in_the_portal(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty)
    act(cast.teammate, incident, "respond")
    send_due(pagerduty)
    assert sent_as(pagerduty) == []
    clock = incident.clocks.get(kind="respond")
    assert (clock.stopped_by, clock.breached_at) == ("Kenji Sato", None)


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("escalate", {}),
        ("escalate", {"from_level": "one"}),
        ("reassign", {"person": "999999"}),
        ("reassign", {"person": "<script>"}),
        ("snooze", {"duration": "5"}),
        ("snooze", {"duration": "-1"}),
        ("note", {"text": "   "}),
        ("note", {"text": "x" * 2_001}),
        ("note", {"text": "\u200b\u202e"}),
    ],
)
def test_what_makes_no_sense_is_not_sent(
    cast: Cast, pagerduty: RunningSimulator, verb: str, fields: dict[str, Any]
) -> None:
    _page, incident = ring(pagerduty)
    assert act(cast.responder, incident, verb, htmx=True, **fields).status_code in (409, 422)
    assert not OutboxMessage.objects.exists()


def test_a_note_too_long_comes_back_with_its_text(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty)
    answer = act(cast.responder, incident, "note", text="<i>" + "x" * 2_000)
    assert answer.status_code == 422
    assert "&lt;i&gt;" + "x" * 2_000 in answer.content.decode()
