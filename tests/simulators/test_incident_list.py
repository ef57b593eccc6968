"""Listing incidents: the default month, dates in zones, filters, order, includes."""

from datetime import UTC, datetime, timedelta

import pytest

from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import Client

DAY = 86_400


def _numbers(answer: object) -> list[int]:
    return [incident["incident_number"] for incident in answer.json["incidents"]]  # type: ignore[attr-defined]


def test_without_dates_only_incidents_created_in_the_last_month_are_listed(
    pagerduty: RunningSimulator, client: Client
) -> None:
    pagerduty.trigger(age_seconds=31 * DAY)
    recent = pagerduty.trigger(age_seconds=29 * DAY)

    assert _numbers(client.get("/incidents")) == [recent.number]


def test_date_range_all_lists_every_incident_and_ignores_dates(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.trigger(age_seconds=400 * DAY)
    pagerduty.trigger()

    answer = client.get("/incidents", date_range="all", since="2020-01-01T00:00:00Z", until="2020-02-01T00:00:00Z")

    assert len(_numbers(answer)) == 2


def test_since_and_until_count_from_creation_and_exclude_until(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger(age_seconds=3_600)
    created = incident.created_at

    def listed(since: datetime, until: datetime) -> list[int]:
        return _numbers(client.get("/incidents", since=since.isoformat(), until=until.isoformat()))

    assert listed(created, created + timedelta(seconds=1)) == [incident.number]
    assert listed(created - timedelta(hours=1), created) == []


def test_a_date_without_zone_is_in_the_accounts_zone(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()
    in_taipei = (incident.created_at + timedelta(hours=8, minutes=-1)).replace(tzinfo=None)
    in_utc = in_taipei - timedelta(hours=8)

    assert _numbers(client.get("/incidents", since=in_taipei.isoformat())) == [incident.number]
    assert _numbers(client.get("/incidents", since=in_utc.isoformat(), time_zone="UTC")) == [incident.number]
    # Read in Taipei, the same wall-clock time is eight hours earlier: the window ends before the incident.
    assert _numbers(client.get("/incidents", until=(in_utc + timedelta(minutes=2)).isoformat())) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"since": "yesterday"}, 2004),
        ({"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, 2005),
        ({"since": "2025-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, 2005),
        ({"time_zone": "Mars/Olympus"}, 2001),
        ({"statuses[]": "open"}, 2001),
        ({"urgencies[]": "medium"}, 2001),
        ({"date_range": "some"}, 2001),
        ({"sort_by": "title"}, 2001),
        ({"sort_by": "created_at,urgency,resolved_at"}, 2001),
    ],
)
def test_parameters_that_make_no_sense_are_refused(client: Client, query: dict[str, str], code: int) -> None:
    assert client.get("/incidents", **query).error == (400, code)


def test_filters_by_status_service_urgency_user_and_key(pagerduty: RunningSimulator, client: Client) -> None:
    gateway = pagerduty.trigger(service="chatops-gateway", dedup_key="the-key")
    engine = pagerduty.trigger("[P3] Slow", service="chatops-engine", severity="info")
    resolved = pagerduty.trigger(service="chatops-web")
    pagerduty.resolve(resolved)
    client.update(engine.id, assignments=[{"assignee": {"id": "PADM001", "type": "user_reference"}}])

    assert _numbers(client.get("/incidents", **{"statuses[]": ["triggered", "acknowledged"]})) == [
        gateway.number,
        engine.number,
    ]
    assert _numbers(client.get("/incidents", **{"service_ids[]": "PENGINE"})) == [engine.number]
    assert _numbers(client.get("/incidents", **{"urgencies[]": "low"})) == [engine.number]
    assert _numbers(client.get("/incidents", **{"user_ids[]": "PADM001"})) == [engine.number]
    assert _numbers(client.get("/incidents", incident_key="the-key")) == [gateway.number]


def test_sorts_by_up_to_two_fields(pagerduty: RunningSimulator, client: Client) -> None:
    first = pagerduty.trigger(severity="info", age_seconds=60)
    second = pagerduty.trigger(severity="critical", age_seconds=90)
    third = pagerduty.trigger(severity="critical", age_seconds=30)

    assert _numbers(client.get("/incidents")) == [first.number, second.number, third.number]
    assert _numbers(client.get("/incidents", sort_by="created_at:desc")) == [third.number, first.number, second.number]
    assert _numbers(client.get("/incidents", sort_by="urgency:desc,created_at")) == [
        second.number,
        third.number,
        first.number,
    ]


def test_includes_replace_references_by_whole_objects(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.acknowledge(pagerduty.trigger(measure="Error rate: 5.2% (threshold: 1%)"))
    include = ["services", "assignees", "acknowledgers", "escalation_policies", "first_trigger_log_entries"]

    bare = client.get("/incidents").json["incidents"][0]
    whole = client.get("/incidents", **{"include[]": include}).json["incidents"][0]

    assert bare["service"]["type"] == "service_reference"
    assert whole["service"]["acknowledgement_timeout"] == 1800
    assert whole["assignments"][0]["assignee"]["email"] == "responder@chatops.example.com"
    assert whole["acknowledgements"][0]["acknowledger"]["email"] == "responder@chatops.example.com"
    assert len(whole["escalation_policy"]["escalation_rules"]) == 3
    assert bare["first_trigger_log_entry"]["type"] == "trigger_log_entry_reference"
    assert whole["first_trigger_log_entry"]["channel"]["details"]["body"].endswith("Error rate: 5.2% (threshold: 1%)")


def test_a_deleted_incident_is_in_no_answer(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()
    pagerduty.delete(incident)

    assert client.get(f"/incidents/{incident.id}").error == (404, 2100)
    assert client.get("/incidents", date_range="all").json["incidents"] == []
    assert client.get("/log_entries").json["log_entries"] == []
    assert client.update(incident.id, status="resolved").error == (404, 2100)


def test_instants_are_utc_unless_a_zone_is_asked_for(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()

    utc = client.get("/incidents").json["incidents"][0]["created_at"]
    taipei = client.get("/incidents", time_zone="Asia/Taipei").json["incidents"][0]["created_at"]

    assert utc.endswith("Z")
    assert taipei.endswith("+08:00")
    assert datetime.fromisoformat(utc) == datetime.fromisoformat(taipei) == incident.created_at.astimezone(UTC)
