"""Events API v2: what monitoring sends, and what it is refused for."""

from typing import Any

import pytest

from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import Client


def _event(**changes: Any) -> dict[str, Any]:
    event = {
        "routing_key": "routing-chatops-engine",
        "event_action": "trigger",
        "dedup_key": "cpu",
        "payload": {
            "summary": "[P2] High CPU - chatops-engine",
            "source": "grafana",
            "severity": "error",
            "custom_details": {"body": "CPU usage: 93% (threshold: 80%)"},
        },
    }
    return {**event, **changes}


def test_a_trigger_opens_an_incident_of_the_keys_service(client: Client) -> None:
    answer = client.post("/v2/enqueue", _event())

    assert (answer.status, answer.json) == (
        202,
        {"status": "success", "message": "Event processed", "dedup_key": "cpu"},
    )
    (incident,) = client.get("/incidents").json["incidents"]
    assert incident["service"]["id"] == "PENGINE"
    assert incident["title"] == "[P2] High CPU - chatops-engine"
    assert incident["urgency"] == "high"


def test_the_same_key_does_not_open_a_second_until_the_first_is_resolved(client: Client) -> None:
    for action in ("trigger", "trigger", "resolve", "trigger"):
        assert client.post("/v2/enqueue", _event(event_action=action)).status == 202

    statuses = [incident["status"] for incident in client.get("/incidents").json["incidents"]]
    assert statuses == ["resolved", "triggered"]


def test_acknowledging_and_resolving_are_done_in_the_services_name(client: Client) -> None:
    client.post("/v2/enqueue", _event())

    client.post("/v2/enqueue", _event(event_action="acknowledge"))
    (acknowledged,) = client.get("/incidents").json["incidents"]
    client.post("/v2/enqueue", _event(event_action="resolve"))
    (resolved,) = client.get("/incidents").json["incidents"]

    assert acknowledged["acknowledgements"][0]["acknowledger"]["id"] == "PENGINE"
    assert (resolved["status"], resolved["last_status_change_by"]["id"]) == ("resolved", "PENGINE")


def test_a_key_nobody_knows_is_accepted_and_ignored(client: Client) -> None:
    assert client.post("/v2/enqueue", _event(event_action="resolve", dedup_key="unheard")).status == 202
    assert client.get("/incidents").json["incidents"] == []


def test_a_warning_has_low_urgency_and_an_event_without_key_gets_one(client: Client) -> None:
    payload = {**_event()["payload"], "severity": "warning"}

    answer = client.post("/v2/enqueue", _event(payload=payload, dedup_key=None))

    (incident,) = client.get("/incidents").json["incidents"]
    assert incident["urgency"] == "low"
    assert incident["incident_key"] == answer.json["dedup_key"]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (b"{broken", "not valid JSON"),
        (b"[1]", "must be an object"),
        (_event(routing_key=None), "'routing_key' is missing"),
        (_event(routing_key="routing-nobody"), "'routing_key' is invalid"),
        (_event(event_action="explode"), "'event_action' is invalid"),
        (_event(event_action="resolve", dedup_key=None), "'dedup_key' is missing"),
        (_event(dedup_key="k" * 256), "'dedup_key' is invalid"),
        (_event(payload=None), "'payload' is missing"),
        (_event(payload={"summary": "", "source": "x", "severity": "error"}), "'payload.summary' is missing"),
        (_event(payload={"summary": "x", "source": "x", "severity": "bad"}), "'payload.severity' is invalid"),
        (_event(payload={"summary": "x" * 1025, "source": "x", "severity": "error"}), "too long"),
        (
            _event(payload={"summary": "x", "source": "x", "severity": "error", "timestamp": "noon"}),
            "'payload.timestamp' is invalid",
        ),
    ],
)
def test_an_invalid_event_is_refused_with_its_reason(client: Client, event: object, reason: str) -> None:
    answer = client.post("/v2/enqueue", event)

    assert answer.status == 400
    assert answer.json["status"] == "invalid event"
    assert reason in answer.json["errors"][0]
    assert client.get("/incidents").json["incidents"] == []


def test_an_event_beyond_512_kilobytes_is_refused(client: Client) -> None:
    assert client.post("/v2/enqueue", _event(client="x" * 600_000)).status == 413


def test_a_change_without_summary_is_refused(pagerduty: RunningSimulator, client: Client) -> None:
    answer = client.post("/v2/change/enqueue", {"routing_key": "routing-chatops-web", "payload": {}})

    assert answer.status == 400
    assert pagerduty.world.changes == {}
