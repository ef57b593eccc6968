"""Who has an incident: escalation by hand and by delay, direct assignment, delegation, notifications."""

from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import Client

HALF_AN_HOUR = 30 * 60


def _assignees(client: Client, incident_id: str) -> list[str]:
    return [a["assignee"]["id"] for a in client.incident(incident_id)["assignments"]]


def _to(user_id: str) -> list[dict[str, dict[str, str]]]:
    return [{"assignee": {"id": user_id, "type": "user_reference"}}]


def test_a_new_incident_goes_to_whom_level_1_names(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()

    assert _assignees(client, incident.id) == ["PRESP01"]
    assert client.incident(incident.id)["assigned_via"] == "escalation_policy"


def test_escalating_assigns_the_level_and_triggers_again(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()
    client.update(incident.id, status="acknowledged")

    shown = client.update(incident.id, escalation_level=2).json["incident"]

    assert ([a["assignee"]["id"] for a in shown["assignments"]], shown["status"]) == (["PKENJI1"], "triggered")
    assert "escalate" in client.log_types(incident.id)


def test_a_level_the_policy_lacks_is_refused(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()

    assert client.update(incident.id, escalation_level=4).error == (400, 1006)
    assert client.update(incident.id, escalation_level=0).error == (400, 1006)
    assert _assignees(client, incident.id) == ["PRESP01"]


def test_an_incident_assigned_directly_cannot_be_escalated(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()

    shown = client.update(incident.id, assignments=_to("PADM001")).json["incident"]

    assert (shown["assigned_via"], shown["pending_actions"]) == ("direct_assignment", [])
    assert client.update(incident.id, escalation_level=2).error == (400, 1006)
    pagerduty.advance(3 * HALF_AN_HOUR)
    assert _assignees(client, incident.id) == ["PADM001"]


def test_nobody_acknowledges_and_the_policy_runs_to_its_end(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()
    seen = []
    for _ in range(3):
        pagerduty.advance(HALF_AN_HOUR + 1)
        seen.append(_assignees(client, incident.id))

    assert seen == [["PKENJI1"], ["PMGR001"], ["PMGR001"]]
    assert [t for t in client.log_types(incident.id) if t not in ("notify", "assign")] == [
        "trigger",
        "escalate",
        "escalate",
        "exhaust_escalation_path",
    ]


def test_an_acknowledged_incident_does_not_escalate(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()
    pagerduty.advance(20 * 60)
    client.update(incident.id, status="acknowledged")

    pagerduty.advance(20 * 60)

    assert _assignees(client, incident.id) == ["PRESP01"]


def test_delegation_gives_the_incident_to_a_policy(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()
    client.update(incident.id, assignments=_to("PADM001"))

    policy = {"id": "PEPCHAT", "type": "escalation_policy_reference"}
    shown = client.update(incident.id, escalation_policy=policy).json["incident"]

    assert (shown["assigned_via"], _assignees(client, incident.id)) == ("escalation_policy", ["PRESP01"])
    assert "delegate" in client.log_types(incident.id)


def test_moving_a_resolved_incident_is_refused(pagerduty: RunningSimulator, client: Client) -> None:
    incident = pagerduty.trigger()
    pagerduty.resolve(incident)

    assert client.update(incident.id, escalation_level=2).error == (400, 1001)
    assert client.update(incident.id, assignments=_to("PADM001")).error == (400, 1001)


def test_an_unknown_assignee_is_refused(pagerduty: RunningSimulator, client: Client) -> None:
    assert client.update(pagerduty.trigger().id, assignments=_to("PNOBODY")).error == (400, 1007)


def test_the_phone_rings_after_five_minutes_unless_it_is_blacklisted(
    pagerduty: RunningSimulator, client: Client
) -> None:
    mine, hers = pagerduty.trigger(), pagerduty.trigger()
    client.update(hers.id, assignments=_to("PADM001"))

    pagerduty.advance(5 * 60 + 1)

    def phone_calls(incident_id: str) -> list[str]:
        entries = client.get(f"/incidents/{incident_id}/log_entries").json["log_entries"]
        return [entry["summary"] for entry in entries if "by phone" in entry["summary"]]

    assert len(phone_calls(mine.id)) == 1
    assert phone_calls(hers.id) == []
