"""Notes, snoozes, merges, status updates, alerts, related changes."""

import pytest

from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import Answer, Client


def test_a_note_is_listed_and_on_the_log(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()

    client.post(f"/incidents/{incident.id}/notes", {"note": {"content": "Looking. 看一下"}})

    assert [n["content"] for n in client.get(f"/incidents/{incident.id}/notes").json["notes"]] == ["Looking. 看一下"]
    newest = client.get(f"/incidents/{incident.id}/log_entries").json["log_entries"][0]
    assert (newest["type"], newest["note"]) == ("annotate_log_entry", "Looking. 看一下")


@pytest.mark.parametrize("content", ["", "   ", None, 7, "x" * 2001])
def test_a_note_that_is_empty_or_too_long_is_refused(
    pagerduty: RunningSimulator, client: Client, content: object
) -> None:
    incident = pagerduty.trigger()

    answer = client.post(f"/incidents/{incident.id}/notes", {"note": {"content": content}})

    assert answer.error == (400, 2001)
    assert client.get(f"/incidents/{incident.id}/notes").json["notes"] == []


def test_a_note_of_2000_characters_and_one_on_a_resolved_incident_are_taken(
    pagerduty: RunningSimulator, client: Client
) -> None:
    incident = pagerduty.trigger()
    pagerduty.resolve(incident)

    assert client.post(f"/incidents/{incident.id}/notes", {"note": {"content": "好" * 2000}}).status == 200


def test_a_snooze_acknowledges_and_ends_as_triggered(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()

    answer = client.post(f"/incidents/{incident.id}/snooze", {"duration": 7200})

    assert (answer.status, answer.json["incident"]["status"]) == (201, "acknowledged")
    assert client.log_types(incident.id)[-2:] == ["acknowledge", "snooze"]
    pagerduty.advance(7_100)
    assert client.incident(incident.id)["status"] == "acknowledged"
    pagerduty.advance(101)
    assert client.incident(incident.id)["status"] == "triggered"
    assert "unacknowledge" in client.log_types(incident.id)


@pytest.mark.parametrize("duration", [0, -5, 604_801, "60", None, True])
def test_a_snooze_outside_its_limits_is_refused(pagerduty: RunningSimulator, client: Client, duration: object) -> None:
    incident = pagerduty.trigger()

    assert client.post(f"/incidents/{incident.id}/snooze", {"duration": duration}).error == (400, 2001)
    assert incident.status == "triggered"


def test_a_resolved_incident_cannot_be_snoozed(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()
    pagerduty.resolve(incident)

    assert client.post(f"/incidents/{incident.id}/snooze", {"duration": 60}).error == (400, 1001)


def _merge(client: Client, target: str, source: str) -> Answer:
    reference = {"id": source, "type": "incident_reference"}
    return client.put(f"/incidents/{target}/merge", {"source_incidents": [reference]})


def test_a_merge_moves_the_alerts_and_resolves_the_sources_with_the_reason(
    pagerduty: RunningSimulator, client: Client
) -> None:
    target, source = pagerduty.trigger(), pagerduty.trigger()

    _merge(client, target.id, source.id)

    merged = client.incident(source.id)
    assert merged["status"] == "resolved"
    assert merged["resolve_reason"]["type"] == "merge_resolve_reason"
    assert merged["resolve_reason"]["incident"]["id"] == target.id
    assert client.incident(target.id)["alert_counts"] == {"all": 2, "triggered": 2, "resolved": 0}
    assert client.incident(source.id)["alert_counts"]["all"] == 0


def test_merging_into_itself_or_into_a_resolved_incident_is_refused(
    pagerduty: RunningSimulator, client: Client
) -> None:
    one, other = pagerduty.trigger(), pagerduty.trigger()

    assert _merge(client, one.id, one.id).error == (400, 2001)
    assert _merge(client, one.id, "QNOTHING").error == (404, 2100)
    pagerduty.resolve(one)
    assert _merge(client, one.id, other.id).error == (400, 2001)
    assert other.status == "triggered"


def test_an_alert_that_recovers_after_a_merge_leaves_the_other_open(
    pagerduty: RunningSimulator, client: Client
) -> None:
    target, source = pagerduty.trigger(dedup_key="one"), pagerduty.trigger(dedup_key="two")
    _merge(client, target.id, source.id)
    resolve = {"routing_key": "routing-chatops-gateway", "event_action": "resolve"}

    client.post("/v2/enqueue", {**resolve, "dedup_key": "two"})
    assert client.incident(target.id)["status"] == "triggered"
    client.post("/v2/enqueue", {**resolve, "dedup_key": "one"})
    assert client.incident(target.id)["status"] == "resolved"


def test_alerts_can_be_filtered(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger(severity="error", dedup_key="the-alert")
    path = f"/incidents/{incident.id}/alerts"

    (alert,) = client.get(path).json["alerts"]

    assert (alert["severity"], alert["alert_key"], alert["status"]) == ("error", "the-alert", "triggered")
    assert "threshold" in alert["body"]["details"]["body"]
    assert client.get(path, **{"statuses[]": "resolved"}).json["alerts"] == []
    assert client.get(path, alert_key="another").json["alerts"] == []


def test_a_status_update_is_answered_with_its_sender(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()

    answer = client.post(f"/incidents/{incident.id}/status_updates", {"message": "A fix is under way."})

    assert answer.json["status_update"]["sender"]["id"] == "PRESP01"
    assert client.post(f"/incidents/{incident.id}/status_updates", {}).error == (400, 2001)


def test_related_changes_are_those_of_the_service_before_the_incident(
    pagerduty: RunningSimulator, client: Client
) -> None:
    for service in ("chatops-gateway", "chatops-engine"):
        client.post(
            "/v2/change/enqueue",
            {"routing_key": f"routing-{service}", "payload": {"summary": f"Deploy {service} v1.2.4", "source": "ci"}},
        )
    pagerduty.advance(60)
    incident = pagerduty.trigger(service="chatops-gateway")

    related = client.get(f"/incidents/{incident.id}/related_change_events").json["change_events"]
    everything = client.get("/change_events").json["change_events"]

    assert [change["summary"] for change in related] == ["Deploy chatops-gateway v1.2.4"]
    assert related[0]["correlation_reason"] == {"reason": "most_recent"}
    assert len(everything) == 2


def test_change_events_take_dates_in_utc_only(client: Client) -> None:
    assert client.get("/change_events", since="2026-01-01T00:00:00Z").status == 200
    assert client.get("/change_events", since="2026-01-01T00:00:00+08:00").error == (400, 2004)
    assert client.get("/change_events", since="2026-01-01T00:00:00").error == (400, 2004)
