"""What is delivered: signature, headers, bodies, one event for each thing that happens."""

import hashlib
import hmac
from collections import Counter

import pytest

from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import KENJI, Client
from tests.simulators.receiver import Receiver


def _mac(secret: str, body: bytes) -> str:
    return "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def test_a_delivery_is_signed_over_its_raw_bytes(pagerduty: RunningSimulator, receiver: Receiver) -> None:
    pagerduty.trigger("[P1] 錯誤率上升 - chatops-gateway")
    pagerduty.wait_for_deliveries()

    (delivery,) = receiver.received

    assert delivery.headers["x-pagerduty-signature"] == _mac("first-secret", delivery.body)
    assert delivery.headers["user-agent"] == "PagerDuty-Webhook/V3.0"
    assert delivery.headers["x-webhook-subscription"]
    assert delivery.headers["x-webhook-id"]
    assert "錯誤率上升".encode() in delivery.body


def test_during_a_rotation_every_secret_signs(pagerduty: RunningSimulator, receiver: Receiver) -> None:
    pagerduty.set_webhook(receiver.url, "first-secret", "second-secret")
    pagerduty.trigger()
    pagerduty.wait_for_deliveries()

    (delivery,) = receiver.received

    expected = [_mac(secret, delivery.body) for secret in ("first-secret", "second-secret")]
    assert delivery.headers["x-pagerduty-signature"].split(",") == expected


def test_an_event_carries_the_incident_as_it_is_after_it(
    pagerduty: RunningSimulator, receiver: Receiver, client: Client
) -> None:
    incident = pagerduty.trigger(priority="P1")
    client.update(incident.id, status="acknowledged")
    pagerduty.wait_for_deliveries()

    events = {event["event_type"]: event for event in (delivery.event for delivery in receiver.received)}
    triggered, acknowledged = events["incident.triggered"], events["incident.acknowledged"]

    assert triggered["resource_type"] == "incident"
    assert triggered["agent"]["type"] == "service_reference"
    assert triggered["data"]["number"] == incident.number
    assert triggered["data"]["status"] == "triggered"
    assert triggered["data"]["priority"]["summary"] == "P1"
    assert triggered["data"]["assignees"][0]["id"] == "PRESP01"
    assert acknowledged["data"]["status"] == "acknowledged"
    assert acknowledged["agent"]["id"] == "PRESP01"
    assert len(acknowledged["occurred_at"]) == len("2020-10-02T18:45:22.169Z")
    # PagerDuty's webhooks do not carry the alert's text; the product has to read it over REST.
    assert "threshold" not in receiver.received[0].body.decode()


def test_everything_that_happens_has_its_event(pagerduty: RunningSimulator, receiver: Receiver, client: Client) -> None:
    incident, other = pagerduty.trigger(), pagerduty.trigger()
    path = f"/incidents/{incident.id}"
    assignee = [{"assignee": {"id": "PADM001", "type": "user_reference"}}]
    client.update(incident.id, status="acknowledged")
    client.update(incident.id, escalation_level=2)
    client.update(incident.id, priority="P2")
    client.update(incident.id, assignments=assignee)
    client.update(incident.id, escalation_policy={"id": "PEPCHAT", "type": "escalation_policy_reference"})
    client.post(f"{path}/notes", {"note": {"content": "Looking."}})
    client.post(f"{path}/status_updates", {"message": "Soon."})
    client.post(
        f"{path}/responder_requests",
        {
            "requester_id": "PRESP01",
            "message": "Help",
            "responder_request_targets": [
                {"responder_request_target": {"id": "PADM001", "type": "user_reference"}},
            ],
        },
    )
    client.post(f"/_sim/incidents/{incident.id}/responders/PADM001", {"accepted": True})
    Client(client.url, user=KENJI).update(incident.id, status="acknowledged")
    pagerduty.advance(1_801)
    client.put(
        f"/incidents/{other.id}/merge", {"source_incidents": [{"id": incident.id, "type": "incident_reference"}]}
    )
    client.update(incident.id, status="triggered")
    pagerduty.wait_for_deliveries()

    # `other` escalates once by itself in the half hour that passes.
    assert Counter(receiver.types()) == Counter(
        {
            "incident.triggered": 2,
            "incident.acknowledged": 2,
            "incident.escalated": 2,
            "incident.priority_updated": 1,
            "incident.reassigned": 1,
            "incident.delegated": 1,
            "incident.annotated": 1,
            "incident.status_update_published": 1,
            "incident.responder.added": 1,
            "incident.responder.replied": 1,
            "incident.unacknowledged": 1,
            "incident.resolved": 1,
            "incident.reopened": 1,
        }
    )
    merged = next(d.event for d in receiver.received if d.event["event_type"] == "incident.resolved")
    assert merged["data"]["resolve_reason"]["incident"]["id"] == other.id


def test_renaming_snoozing_and_deleting_are_not_heard_of(
    pagerduty: RunningSimulator, receiver: Receiver, client: Client
) -> None:
    incident = pagerduty.trigger()
    client.update(incident.id, status="acknowledged")
    client.update(incident.id, title="Renamed")
    client.update(incident.id, urgency="low")
    client.post(f"/incidents/{incident.id}/snooze", {"duration": 60})
    pagerduty.delete(incident)
    pagerduty.wait_for_deliveries()

    assert sorted(receiver.types()) == ["incident.acknowledged", "incident.triggered"]


def test_a_ping_and_any_other_body_can_be_sent(pagerduty: RunningSimulator, receiver: Receiver, client: Client) -> None:
    client.post("/_sim/webhooks/events", {})
    client.post("/_sim/webhooks/events", {"event": {"id": "01X", "event_type": "incident.unheard_of", "data": {}}})
    pagerduty.wait_for_deliveries()

    assert sorted(receiver.types()) == ["incident.unheard_of", "pagey.ping"]


def test_a_refused_write_sends_nothing(pagerduty: RunningSimulator, receiver: Receiver, client: Client) -> None:
    incident = pagerduty.trigger()
    client.update(incident.id, escalation_level=9)
    pagerduty.wait_for_deliveries()

    assert receiver.types() == ["incident.triggered"]


@pytest.mark.parametrize("setting", ["no_such_setting", "disabled_until"])
def test_an_unknown_setting_is_refused(client: Client, setting: str) -> None:
    assert client.put("/_sim/webhooks", {setting: 1}).status == 400
