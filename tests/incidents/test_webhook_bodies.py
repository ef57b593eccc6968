"""What a body may be. A 4xx makes PagerDuty drop the event, so that only what can never be right gets one."""

import json
from typing import Any

import pytest
from django.test import Client

from incidents.models import InboundEvent, Incident
from incidents.services.drain_inbox import drain_inbox
from incidents.views.hooks import LARGEST_BODY
from tests.incidents.deliveries import URL, deliver, delivery, event_of, incident_data

pytestmark = pytest.mark.django_db


def test_an_unknown_event_type_is_taken_and_does_nothing() -> None:
    assert deliver(delivery(event_type="incident.abducted_by_aliens", data={"id": 7})).status_code == 202
    drain_inbox()
    event = InboundEvent.objects.get()
    assert (event.error, event.processed_at is not None) == ("", True)
    assert not Incident.objects.exists()


def test_the_test_event_of_pagerdutys_button_is_taken() -> None:
    data = {"message": "Hello from your friend Pagey!", "type": "ping"}
    assert deliver(delivery(event_type="pagey.ping", resource_type="pagey", agent=None, data=data)).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"event"',
        b"\xff\xfe\x00\x01",
        b'{"event": null}',
        b'{"event": []}',
        b'{"event": {}}',
        b'{"event": {"id": 5, "event_type": "incident.triggered", "occurred_at": "2026-03-02T03:00:01Z"}}',
        b'{"event": {"id": "", "event_type": "incident.triggered", "occurred_at": "2026-03-02T03:00:01Z"}}',
        b'{"event": {"id": "1", "event_type": "incident.triggered", "occurred_at": "yesterday"}}',
        b'{"event": {"id": "1", "event_type": "incident.triggered", "occurred_at": "99999-01-01T00:00:00Z"}}',
        b'{"event": {"id": "1", "event_type": ["incident.triggered"], "occurred_at": "2026-03-02T03:00:01Z"}}',
        b"[" * 20_000,
        b'{"event": ' + b"9" * 5_000 + b"}",
    ],
)
def test_a_signed_body_that_is_no_event_is_told_so(body: bytes) -> None:
    answer = deliver(body)
    assert answer.status_code == 400
    assert "delivery" in json.loads(answer.content)["message"]
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("name", ["id", "event_type"])
def test_a_nul_character_in_an_id_is_refused(name: str) -> None:
    assert deliver(delivery(**{name: "a\x00b"})).status_code == 400


def test_an_id_longer_than_the_column_is_refused() -> None:
    assert deliver(delivery(id="x" * 65)).status_code == 400


CONTROL = "[P1] a\x00b\x07c\u202ed\u2066e\ud800f\ufeff - chatops-gateway"


@pytest.mark.parametrize(
    "data",
    [
        incident_data(title=CONTROL),
        incident_data(urgency="\x00", priority={"id": "P", "summary": "\x00\x01"}),
        incident_data(service={"id": "PGATEWY", "summary": "a\x00b" * 400}),
        incident_data(assignees=[{"id": "PX", "summary": "x\x00" * 900}]),
        incident_data(escalation_policy={"id": "PE", "summary": "p\x00" * 900}),
        incident_data(html_url="javascript:alert(1)", title="x" * 60_000),
        incident_data(title=""),
        incident_data(number=None, created_at=None),
        incident_data(created_at="0001-01-01T00:00:00Z"),
        incident_data(created_at="9999-12-31T23:59:59Z"),
        incident_data(assignees=None, service={"id": "PNAMELESS"}),
        incident_data(escalation_policy={"id": "P\x00"}, html_url="https://x/\x00"),
        incident_data(number=10**30),
        incident_data(number=-4),
    ],
)
def test_a_strange_incident_is_taken_and_the_next_one_still_comes_through(data: dict[str, Any]) -> None:
    """Whatever an incident says, its delivery is worked off without a failure."""
    assert deliver(delivery(data=data)).status_code == 202
    assert deliver(delivery(data=incident_data(id="Q2PORTALTEST02"))).status_code == 202
    drain_inbox()
    assert list(InboundEvent.objects.order_by("pk").values_list("error", flat=True))[1] == ""
    assert Incident.objects.filter(pagerduty_id="Q2PORTALTEST02").exists()
    first = InboundEvent.objects.order_by("pk").first()
    assert first is not None
    assert "Error: " not in first.error


def test_control_and_direction_characters_never_reach_a_title() -> None:
    deliver(delivery(data=incident_data(title=CONTROL)))
    drain_inbox()
    assert Incident.objects.get().title == "[P1] abcde?f - chatops-gateway"


@pytest.mark.parametrize(
    "data",
    [
        None,
        "text",
        [],
        {},
        incident_data(id=None),
        incident_data(status="exploded"),
        incident_data(service=None),
        incident_data(service="PGATEWY"),
        incident_data(assignees="everybody"),
        incident_data(created_at={"when": "now"}),
    ],
)
def test_data_of_the_wrong_type_is_kept_with_its_error_and_left_to_the_poll(data: Any) -> None:
    """It may be a change of PagerDuty's that the next poll reads right: dropping it would be too early."""
    assert deliver(delivery(data=data)).status_code == 202
    done, wants_poll = drain_inbox()
    event = InboundEvent.objects.get()
    assert (done, wants_poll) == (1, True)
    assert event.error.startswith("malformed: ")
    assert event.processed_at is not None


def test_a_body_above_256_kb_is_refused() -> None:
    padded = event_of(client={"name": "x" * LARGEST_BODY})
    assert deliver(json.dumps({"event": padded}).encode()).status_code == 413


def test_a_body_of_exactly_256_kb_is_taken() -> None:
    body = delivery()
    assert deliver(body + b" " * (LARGEST_BODY - len(body))).status_code == 202


def test_a_length_that_is_no_number_is_no_length() -> None:
    response = Client().generic("POST", URL, b"{}", content_type="application/json", CONTENT_LENGTH="many")
    assert response.status_code == 401


def test_only_post_is_answered() -> None:
    assert Client().get(URL).status_code == 405
