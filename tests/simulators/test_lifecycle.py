"""Acknowledge, time out, resolve, reopen: what is done, what is refused."""

import pytest

from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import KENJI, Client


def test_acknowledging_names_who_and_until_when(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()

    shown = client.update(incident.id, status="acknowledged").json["incident"]

    assert shown["status"] == "acknowledged"
    assert [a["acknowledger"]["id"] for a in shown["acknowledgements"]] == ["PRESP01"]
    assert [action["type"] for action in shown["pending_actions"]] == ["unacknowledge"]
    assert client.log_types(incident.id)[-1] == "acknowledge"


def test_acknowledging_twice_is_refused_to_the_same_user_and_not_to_another(
    pagerduty: RunningSimulator, client: Client
) -> None:
    incident = pagerduty.trigger()
    client.update(incident.id, status="acknowledged")

    assert client.update(incident.id, status="acknowledged").error == (400, 1002)
    second = Client(client.url, user=KENJI).update(incident.id, status="acknowledged").json["incident"]
    assert [a["acknowledger"]["id"] for a in second["acknowledgements"]] == ["PRESP01", "PKENJI1"]


def test_an_acknowledgement_times_out_after_1800_seconds(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()
    client.update(incident.id, status="acknowledged")

    pagerduty.advance(1_799)
    assert client.incident(incident.id)["status"] == "acknowledged"
    pagerduty.advance(2)

    shown = client.incident(incident.id)
    assert (shown["status"], shown["acknowledgements"]) == ("triggered", [])
    assert client.log_types(incident.id)[-3:] == ["unacknowledge", "notify", "notify"]


def test_resolving_closes_alerts_and_keeps_the_resolution(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()

    shown = client.update(incident.id, status="resolved", resolution="index added").json["incident"]

    assert (shown["status"], shown["assignments"]) == ("resolved", [])
    assert shown["alert_counts"] == {"all": 1, "triggered": 0, "resolved": 1}
    newest = client.get(f"/incidents/{incident.id}/log_entries").json["log_entries"][0]
    assert (newest["type"], newest["note"]) == ("resolve_log_entry", "index added")


def test_resolving_what_is_resolved_is_refused(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()
    pagerduty.resolve(incident)

    answer = client.update(incident.id, status="resolved")

    assert answer.error == (400, 1001)
    assert answer.json["error"]["message"] == "Incident Already Resolved"


@pytest.mark.parametrize("status", ["triggered", "acknowledged"])
def test_a_status_set_on_a_resolved_incident_reopens_it(
    pagerduty: RunningSimulator, client: Client, status: str
) -> None:
    incident = pagerduty.trigger()
    pagerduty.resolve(incident)

    shown = Client(client.url, user=KENJI).update(incident.id, status=status).json["incident"]

    assert (shown["status"], shown["resolved_at"]) == (status, None)
    assert "reopen" in client.log_types(incident.id)
    # Reopened as triggered it goes by the policy again, as acknowledged to whoever did it.
    who = "PRESP01" if status == "triggered" else "PKENJI1"
    assert [a["assignee"]["id"] for a in shown["assignments"]] == [who]


def test_an_open_incident_cannot_be_set_to_triggered(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()
    client.update(incident.id, status="acknowledged")

    assert client.update(incident.id, status="triggered").error == (400, 1003)
    assert client.update(incident.id, status="mitigated").error == (400, 1003)
    assert incident.status == "acknowledged"


@pytest.mark.parametrize(
    "body",
    [
        b"{not json",
        b"[]",
        {"incident": "text"},
        {"incident": {"status": "resolved"}},
        {"incident": {"type": "incident", "priority": "P9"}},
        {"incident": {"type": "incident", "priority": {"id": "PNONE", "type": "priority_reference"}}},
        {"incident": {"type": "incident", "urgency": "medium"}},
        {"incident": {"type": "incident", "title": 5}},
        {"incident": {"type": "incident", "title": "  "}},
        {"incident": {"type": "incident", "escalation_level": "two"}},
        {"incident": {"type": "incident", "assignments": "me"}},
        {"incident": {"type": "incident", "assignments": []}},
        {"incident": {"type": "incident", "escalation_policy": {"id": "PNONE"}}},
    ],
)
def test_a_malformed_update_is_refused_and_changes_nothing(
    pagerduty: RunningSimulator, client: Client, body: object
) -> None:
    incident = pagerduty.trigger()
    before = incident.model_dump()

    assert client.put(f"/incidents/{incident.id}", body).error == (400, 2001)
    assert incident.model_dump() == before


def test_a_bulk_update_does_all_or_nothing(pagerduty: RunningSimulator, client: Client) -> None:
    first, second = pagerduty.trigger(), pagerduty.trigger()
    pagerduty.resolve(second)
    references = [{"id": i.id, "type": "incident_reference", "status": "resolved"} for i in (first, second)]

    assert client.put("/incidents", {"incidents": references}).error == (400, 1001)
    assert client.incident(first.id)["status"] == "triggered"
    assert len(client.put("/incidents", {"incidents": references[:1]}).json["incidents"]) == 1
    assert client.incident(first.id)["status"] == "resolved"


def test_a_bulk_update_takes_250_and_not_more(pagerduty: RunningSimulator, client: Client) -> None:
    written = pagerduty.seed_past(incidents=251, log_entries_each=1, open_incidents=251)
    references = [{"id": i.id, "type": "incident_reference", "status": "resolved"} for i in written]

    assert client.put("/incidents", {"incidents": references}).status == 413
    assert client.put("/incidents", {"incidents": references[:250]}).status == 200
    assert [i.status for i in written].count("resolved") == 250


def test_priority_title_and_urgency_can_be_changed(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()

    shown = client.update(incident.id, title="[P2] Renamed", urgency="low", priority="P2").json["incident"]

    assert (shown["title"], shown["urgency"], shown["priority"]["name"]) == ("[P2] Renamed", "low", "P2")
    assert client.log_types(incident.id)[-3:] == ["field_value_change", "urgency_change", "priority_change"]
    assert client.update(incident.id, priority=None).json["incident"]["priority"] is None


def test_a_second_open_incident_with_the_same_key_is_refused(client: Client) -> None:
    body = {
        "incident": {
            "type": "incident",
            "title": "Twice",
            "incident_key": "one",
            "service": {"id": "PGATEWY", "type": "service_reference"},
        }
    }

    assert client.post("/incidents", body).status == 201
    assert client.post("/incidents", body).error == (400, 2001)


def test_a_service_with_auto_resolve_closes_its_incidents(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger(service="chatops-web")

    pagerduty.advance(4 * 3600 + 1)

    assert client.incident(incident.id)["status"] == "resolved"
