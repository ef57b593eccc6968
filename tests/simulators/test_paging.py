"""How people are reached, and escalation policies with several targets a level, as they are declared."""

from datetime import timedelta
from pathlib import Path

from simulators.pagerduty.declaring import layer
from simulators.pagerduty.declaring_people import contact, rule
from simulators.pagerduty.declaring_v3 import event
from simulators.pagerduty.testing import RunningSimulator, running_simulator
from tests.simulators.client import Client


def test_what_is_declared_of_a_user_is_what_every_answer_shows(pagerduty: RunningSimulator, client: Client) -> None:
    mail, phone, sms = contact("email", is_enabled=False), contact("phone", is_blacklisted=True), contact("sms")
    pagerduty.set_paging("PKENJI1", [mail, phone, sms], [rule(sms, 20), rule(mail, 0, "low")])
    include = {"include[]": ["contact_methods", "notification_rules"]}

    methods = client.get("/users/PKENJI1/contact_methods").json["contact_methods"]
    (first,) = client.get("/users/PKENJI1/notification_rules").json["notification_rules"]
    listed = next(u for u in client.get("/users", **include).json["users"] if u["id"] == "PKENJI1")

    assert [(m["type"].split("_")[0], m["enabled"], m.get("blacklisted")) for m in methods] == [
        ("email", False, None),
        ("phone", False, True),
        ("sms", True, False),
    ]
    assert (first["start_delay_in_minutes"], first["contact_method"]["id"]) == (20, sms.id)
    assert listed["contact_methods"] == methods
    assert [r["start_delay_in_minutes"] for r in listed["notification_rules"]] == [20, 0]


def test_only_ways_that_are_enabled_are_rung(pagerduty: RunningSimulator, client: Client) -> None:
    ways = [contact("email", is_enabled=False), contact("phone", is_blacklisted=True), contact("sms")]
    pagerduty.set_paging("PRESP01", ways, [rule(way) for way in ways])

    assert client.log_types(pagerduty.trigger().id).count("notify") == 1


def test_many_users_come_in_few_requests(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.declare_people(150)
    include = {"include[]": ["contact_methods", "notification_rules"]}
    pages = [client.get("/users", limit=100, offset=offset, **include).json for offset in (0, 100)]

    assert [(len(page["users"]), page["more"]) for page in pages] == [(100, True), (54, False)]
    assert client.get("/users/PC00150").status == 200
    pagerduty.reset()
    assert client.get("/users/PC00150").error == (404, 2100)


def test_on_call_names_every_target_of_a_level_of_either_kind(pagerduty: RunningSimulator, client: Client) -> None:
    now = pagerduty.world.clock.now().replace(microsecond=0)
    layers = pagerduty.declare_schedule(layer(["PADM001"], now))
    shifts = pagerduty.declare_schedule_v3([event(["PKENJI1"], now, now + timedelta(days=7))], name="shifts")
    policy = pagerduty.declare_policy([layers.id, shifts.id, "PMGR001"], ["PRESP01"], num_loops=2, delay_minutes=5)

    shown = client.get(f"/escalation_policies/{policy.id}").json["escalation_policy"]
    oncalls = client.get("/oncalls", **{"escalation_policy_ids[]": policy.id}).json["oncalls"]

    assert shown["num_loops"] == 2
    assert [rule["escalation_delay_in_minutes"] for rule in shown["escalation_rules"]] == [5, 5]
    types = ["schedule_reference", "schedule_v3_reference", "user_reference"]
    assert [target["type"] for target in shown["escalation_rules"][0]["targets"]] == types
    assert [(o["escalation_level"], o["user"]["id"], (o["schedule"] or {}).get("type")) for o in oncalls] == [
        (1, "PADM001", "schedule_reference"),
        (1, "PKENJI1", "schedule_v3_reference"),
        (1, "PMGR001", None),
        (2, "PRESP01", None),
    ]
    only = client.get("/oncalls", **{"escalation_policy_ids[]": policy.id, "schedule_ids[]": [shifts.id, "null"]})
    assert [o["user"]["id"] for o in only.json["oncalls"]] == ["PKENJI1", "PMGR001", "PRESP01"]


def test_a_level_in_whose_gap_it_is_is_passed(pagerduty: RunningSimulator, client: Client) -> None:
    now = pagerduty.world.clock.now()
    ended = pagerduty.declare_schedule(layer(["PADM001"], now - timedelta(days=9), end=now - timedelta(days=1)))
    policy = pagerduty.declare_policy([ended.id], ["PMGR001"])
    incident = pagerduty.trigger()
    client.update(incident.id, escalation_policy={"id": policy.id, "type": "escalation_policy_reference"})

    assert client.incident(incident.id)["assignments"][0]["assignee"]["id"] == "PMGR001"
    assert incident.escalation_level == 2


def test_what_is_declared_outlives_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "pagerduty.db"
    with running_simulator(state) as first:
        (person,) = first.declare_people(1)
        first.set_paging(person, [contact("email")])
        schedule = first.declare_schedules(1, overrides=2, seed=4)[0]
        policy = first.declare_policy([schedule.id], [person])
        path = f"/schedules/{schedule.id}?since=2026-01-01&until=2027-01-01"
        before = Client(first.url).get(path).json
    with running_simulator(state) as second:
        client = Client(second.url)
        assert client.get(path).json == before
        assert client.get(f"/escalation_policies/{policy.id}").status == 200
        assert len(client.get(f"/users/{person}/contact_methods").json["contact_methods"]) == 1


def test_a_test_page_goes_to_one_person_who_acknowledges_it(pagerduty: RunningSimulator, client: Client) -> None:
    body = {
        "type": "incident",
        "title": "Test page for Kenji Sato",
        "service": {"id": "PGATEWY", "type": "service_reference"},
        "urgency": "high",
        "assignments": [{"assignee": {"id": "PKENJI1", "type": "user_reference"}}],
    }
    incident = client.post("/incidents", {"incident": body}).json["incident"]
    path = f"/_sim/incidents/{incident['id']}/acknowledge"

    assert [a["assignee"]["id"] for a in incident["assignments"]] == ["PKENJI1"]
    assert (incident["urgency"], client.log_types(incident["id"])) == (
        "high",
        ["trigger", "assign", "notify", "notify"],
    )
    assert client.post(path, {"by": "nobody@example.com"}).error == (400, 2001)
    assert client.post(path, {"by": "kenji@chatops.example.com"}).json["incident"]["status"] == "acknowledged"
    assert client.post(path, {"by": "kenji@chatops.example.com"}).error == (400, 1002)


def test_a_test_page_must_be_whole(client: Client) -> None:
    whole = {"type": "incident", "title": "Test", "service": {"id": "PGATEWY", "type": "service_reference"}}
    people = [{"assignee": {"id": "PNOBODY", "type": "user_reference"}}]
    policy = {"id": "PEPCHAT", "type": "escalation_policy_reference"}

    assert client.post("/incidents", {"incident": {**whole, "assignments": people}}).error == (400, 1007)
    assert client.post("/incidents", {"incident": {**whole, "urgency": "highest"}}).error == (400, 2001)
    both = {**whole, "assignments": [], "escalation_policy": policy}
    assert client.post("/incidents", {"incident": both}).error == (400, 2001)
    assert Client(client.url, user=None).post("/incidents", {"incident": whole}).error == (400, 2001)
