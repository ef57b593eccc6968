"""Ids and names that mean harm: what PagerDuty sends is anybody's text."""

import pytest
from django.test import Client

from accounts.models import Person
from incidents.models import InboundEvent, Incident
from incidents.services.drain_inbox import drain_inbox
from tests.cast import Cast, browser_of
from tests.incidents.deliveries import deliver, delivery, incident_data

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("incident_id", ["../users/PADM001", "..", "P1?x=", "P1#", "P1\n", "P1/merge", "Ｐ１", ""])
def test_an_id_cannot_lead_an_act_elsewhere(incident_id: str) -> None:
    assert deliver(delivery(data=incident_data(id=incident_id))).status_code == 202
    _done, wants_poll = drain_inbox()
    assert wants_poll
    assert not Incident.objects.exists()
    assert "incident: id" in InboundEvent.objects.get().error


def test_a_name_cannot_turn_the_line_around(cast: Cast) -> None:
    people = [{"id": "PRESP01", "type": "user_reference", "summary": "Lin\u202e\n Yu\u2066-ting\u200f"}]
    deliver(delivery(data=incident_data(assignees=people)))
    drain_inbox()
    assert Person.objects.get(pagerduty_id="PRESP01").name == "Lin Yu-ting"
    assert "\u202e" not in browser_of(cast.viewer).get("/").content.decode()


def test_markup_stays_words(cast: Cast) -> None:
    service = {"id": "PGATEWY", "summary": "<img src=x onerror=alert(1)>", "html_url": "javascript:alert(1)"}
    people = [{"id": "PRESP01", "summary": "'\"><svg onload=alert(1)>", "html_url": "javascript:alert(1)"}]
    title = "</title><script>alert(1)</script>"
    address = "javascript:alert(1)"
    deliver(delivery(data=incident_data(title=title, service=service, assignees=people, html_url=address)))
    drain_inbox()
    client = browser_of(cast.viewer)
    number = Incident.objects.get().pk
    for address in (
        "/",
        f"/incidents/{number}/",
        f"/incidents/{number}/live/",
        "/incidents/",
        f"/board/rows/?n={number}",
    ):
        content = client.get(address).content.decode()
        assert "alert(1)" in content, address
        for raw in ("<script>alert", "<img src=x", "<svg onload", "javascript:"):
            assert raw not in content, (address, raw)


def test_a_refused_request_tells_an_outsider_nothing_about_the_configuration(db: None) -> None:
    answer = Client(headers={"host": "evil.example.com"}).get("/")
    assert answer.status_code == 400
    content = answer.content.decode()
    assert "ALLOWED_HOSTS" not in content
    assert "evil.example.com" not in content
