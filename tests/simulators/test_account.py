"""Users, services, policies, schedules and who is on call."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import Client


def test_the_demo_users_exist(client: Client) -> None:
    users = {user["id"]: user["email"] for user in client.get("/users").json["users"]}

    assert users == {
        "PRESP01": "responder@chatops.example.com",
        "PKENJI1": "kenji@chatops.example.com",
        "PMGR001": "manager@chatops.example.com",
        "PADM001": "admin@chatops.example.com",
    }
    assert [user["id"] for user in client.get("/users", query="garcia").json["users"]] == ["PADM001"]


def test_notification_rules_are_those_of_high_urgency_unless_all_are_asked_for(client: Client) -> None:
    def urgencies(**query: str) -> set[str]:
        rules = client.get("/users/PRESP01/notification_rules", **query).json["notification_rules"]
        return {rule["urgency"] for rule in rules}

    assert urgencies() == {"high"}
    assert urgencies(urgency="low") == {"low"}
    assert urgencies(urgency="all") == {"high", "low"}
    assert client.get("/users/PRESP01/notification_rules", urgency="some").error == (400, 2001)


def test_a_blacklisted_contact_method_says_so(client: Client) -> None:
    def phones(user_id: str) -> list[bool]:
        methods = client.get(f"/users/{user_id}/contact_methods").json["contact_methods"]
        return [method["blacklisted"] for method in methods if method["type"] == "phone_contact_method"]

    assert phones("PADM001") == [True]
    assert phones("PRESP01") == [False]


def test_a_user_can_include_contact_methods_and_rules(client: Client) -> None:
    user = client.get("/users/PRESP01", **{"include[]": ["contact_methods", "notification_rules"]}).json["user"]

    assert {method["type"] for method in user["contact_methods"]} >= {"email_contact_method", "phone_contact_method"}
    assert user["notification_rules"][0]["start_delay_in_minutes"] == 0


def test_a_services_status_follows_its_incidents(pagerduty: RunningSimulator, client: Client) -> None:
    def status() -> str:
        return str(client.get("/services/PGATEWY").json["service"]["status"])

    assert status() == "active"
    incident = pagerduty.trigger(service="chatops-gateway")
    assert status() == "critical"
    pagerduty.acknowledge(incident)
    assert status() == "warning"
    pagerduty.resolve(incident)
    assert status() == "active"


def test_services_are_listed_by_name_and_searched(client: Client) -> None:
    names = [service["name"] for service in client.get("/services").json["services"]]

    assert names == ["chatops-db", "chatops-engine", "chatops-gateway", "chatops-web", "chatops-worker"]
    assert [s["id"] for s in client.get("/services", query="engine").json["services"]] == ["PENGINE"]
    assert [s["name"] for s in client.get("/services", sort_by="name:desc").json["services"]] == names[::-1]


def test_priorities_come_highest_first(client: Client) -> None:
    assert [p["name"] for p in client.get("/priorities").json["priorities"]] == ["P0", "P1", "P2", "P3"]


def test_the_policy_has_three_levels_of_thirty_minutes(client: Client) -> None:
    policy = client.get("/escalation_policies/PEPCHAT").json["escalation_policy"]

    assert [(r["escalation_delay_in_minutes"], r["targets"][0]["id"]) for r in policy["escalation_rules"]] == [
        (30, "PSCHPRI"),
        (30, "PSCHSEC"),
        (30, "PMGR001"),
    ]


def test_now_the_responder_is_primary_and_kenji_secondary(client: Client) -> None:
    oncalls = client.get("/oncalls").json["oncalls"]

    assert [(entry["escalation_level"], entry["user"]["id"]) for entry in oncalls] == [
        (1, "PRESP01"),
        (2, "PKENJI1"),
        (3, "PMGR001"),
    ]
    assert (oncalls[2]["schedule"], oncalls[2]["start"], oncalls[2]["end"]) == (None, None, None)


def test_the_first_turn_ends_no_sooner_than_five_days_from_now(pagerduty: RunningSimulator, client: Client) -> None:
    end = datetime.fromisoformat(client.get("/oncalls").json["oncalls"][0]["end"])

    assert end - pagerduty.world.clock.now() > timedelta(days=5)


def test_a_week_later_primary_and_secondary_have_changed(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.advance(7 * 86_400)

    oncalls = client.get("/oncalls").json["oncalls"]
    assert [entry["user"]["id"] for entry in oncalls] == ["PKENJI1", "PRESP01", "PMGR001"]
    assert client.incident(pagerduty.trigger().id)["assignments"][0]["assignee"]["id"] == "PKENJI1"


def test_oncalls_of_a_range_can_be_filtered_and_cut_to_the_earliest(
    pagerduty: RunningSimulator, client: Client
) -> None:
    until = (pagerduty.world.clock.now() + timedelta(weeks=3)).isoformat()

    everything = client.get("/oncalls", until=until, **{"schedule_ids[]": "PSCHPRI"}).json["oncalls"]
    earliest = client.get("/oncalls", until=until, earliest="true", **{"schedule_ids[]": "PSCHPRI"}).json["oncalls"]
    mine = client.get("/oncalls", until=until, **{"user_ids[]": "PMGR001"}).json["oncalls"]

    assert [e["user"]["id"] for e in everything] == ["PRESP01", "PKENJI1", "PRESP01", "PKENJI1"]
    assert all(a["end"] == b["start"] for a, b in pairwise(everything))
    assert [e["user"]["id"] for e in earliest] == ["PRESP01", "PKENJI1"]
    assert [e["escalation_level"] for e in mine] == [3]


def test_oncalls_of_a_reversed_range_are_refused(client: Client) -> None:
    answer = client.get("/oncalls", since="2026-02-01T00:00:00Z", until="2026-01-01T00:00:00Z")

    assert answer.error == (400, 2005)


@pytest.mark.parametrize("overflow", [False, True])
def test_a_schedule_is_rendered_for_a_range(pagerduty: RunningSimulator, client: Client, overflow: bool) -> None:
    since = pagerduty.world.clock.now().replace(microsecond=0)
    until = since + timedelta(days=10)
    query = {"overflow": "true"} if overflow else {}

    schedule = client.get("/schedules/PSCHPRI", since=since.isoformat(), until=until.isoformat(), **query).json[
        "schedule"
    ]
    entries = schedule["final_schedule"]["rendered_schedule_entries"]

    assert [entry["user"]["id"] for entry in entries] == ["PRESP01", "PKENJI1"]
    assert (datetime.fromisoformat(entries[0]["start"]) < since) is overflow
    assert (datetime.fromisoformat(entries[-1]["end"]) > until) is overflow
    assert schedule["overrides_subschedule"]["rendered_schedule_entries"] == []


def test_without_a_range_a_schedule_is_not_rendered(client: Client) -> None:
    schedule = client.get("/schedules/PSCHPRI").json["schedule"]

    assert schedule["final_schedule"]["rendered_schedule_entries"] == []
    assert [user["id"] for user in schedule["users"]] == ["PRESP01", "PKENJI1"]
    assert {s["id"] for s in client.get("/schedules").json["schedules"]} == {"PSCHPRI", "PSCHSEC"}
