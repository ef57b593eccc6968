"""The log: window, order, where the alert's text stands, zones, overview."""

import re
from datetime import datetime, timedelta
from itertools import pairwise

from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import Client


def test_without_dates_the_last_day_is_listed_newest_first(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.trigger(age_seconds=25 * 3600)
    pagerduty.trigger(age_seconds=600)
    pagerduty.trigger()

    entries = client.get("/log_entries", limit=100).json["log_entries"]
    instants = [datetime.fromisoformat(entry["created_at"]) for entry in entries]

    assert sum(entry["type"] == "trigger_log_entry" for entry in entries) == 2
    assert instants == sorted(instants, reverse=True)


def test_windows_that_meet_hold_every_entry_once(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.seed_past(incidents=20, log_entries_each=3, within_hours=2)
    now = pagerduty.world.clock.now()
    bounds = [now - timedelta(hours=hours) for hours in (3, 1.3, 0.7)] + [now + timedelta(seconds=1)]

    found = [
        entry["id"]
        for since, until in pairwise(bounds)
        for entry in client.get("/log_entries", limit=100, since=since.isoformat(), until=until.isoformat()).json[
            "log_entries"
        ]
    ]

    assert len(found) == len(set(found)) == 60


def test_the_alerts_text_stands_in_the_trigger_entrys_channel(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.trigger("[P1] High Error Rate - chatops-gateway", measure="Error rate: 5.2% (threshold: 1%)")

    with_channels = client.get("/log_entries", **{"include[]": "channels"}).json["log_entries"]
    without = client.get("/log_entries").json["log_entries"]
    channel = next(e["channel"] for e in with_channels if e["type"] == "trigger_log_entry")

    assert channel["type"] == "api"
    assert channel["description"] == "[P1] High Error Rate - chatops-gateway"
    first, second = channel["details"]["body"].split("\n")
    assert re.fullmatch(r"Triggered at: \d{4}-\d\d-\d\d \d\d:\d\d UTC", first)
    assert second == "Error rate: 5.2% (threshold: 1%)"
    assert channel["cef_details"]["details"] == channel["details"]
    assert {tuple(entry["channel"]) for entry in without} == {("type",)}


def test_an_incident_opened_by_hand_has_its_text_as_a_string(client: Client) -> None:
    client.post(
        "/incidents",
        {
            "incident": {
                "type": "incident",
                "title": "[P2] By hand",
                "service": {"id": "PENGINE", "type": "service_reference"},
                "body": {"type": "incident_body", "details": "CPU usage: 93% (threshold: 80%)"},
            }
        },
    )

    entries = client.get("/log_entries", **{"include[]": "channels"}).json["log_entries"]
    channel = next(e["channel"] for e in entries if e["type"] == "trigger_log_entry")

    assert (channel["type"], channel["subject"], channel["details"]) == (
        "web_trigger",
        "[P2] By hand",
        "CPU usage: 93% (threshold: 80%)",
    )


def test_entries_can_include_their_whole_incident(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()
    pagerduty.acknowledge(incident)

    entries = client.get("/log_entries", **{"include[]": ["incidents", "channels"]}).json["log_entries"]

    assert {entry["incident"]["status"] for entry in entries} == {"acknowledged"}
    assert {entry["incident"]["incident_number"] for entry in entries} == {incident.number}


def test_instants_are_in_the_accounts_zone_unless_another_is_asked_for(
    pagerduty: RunningSimulator, client: Client
) -> None:
    pagerduty.trigger()

    assert client.get("/log_entries").json["log_entries"][0]["created_at"].endswith("+08:00")
    assert client.get("/log_entries", time_zone="UTC").json["log_entries"][0]["created_at"].endswith("+00:00")


def test_the_overview_leaves_notifications_out(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()

    everything = client.log_types(incident.id)
    overview = client.get(f"/incidents/{incident.id}/log_entries", is_overview="true").json["log_entries"]

    assert everything == ["trigger", "assign", "notify", "notify"]
    assert [entry["type"] for entry in overview] == ["assign_log_entry", "trigger_log_entry"]


def test_one_entry_can_be_read(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()

    entry = client.get(f"/log_entries/{incident.first_trigger_log_entry_id}").json["log_entry"]

    assert (entry["type"], entry["incident"]["id"]) == ("trigger_log_entry", incident.id)
    assert client.get("/log_entries/RNOTHING").error == (404, 2100)
