"""The simulator against PagerDuty's own OpenAPI document: what is asked and what is answered.

Runs where PAGERDUTY_OPENAPI names the document (github.com/PagerDuty/api-schema, `rest-openapi.json` of REST v2).
"""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse
from werkzeug.datastructures import MultiDict

from simulators.pagerduty.declaring import layer, weekly
from simulators.pagerduty.declaring_people import contact, rule
from simulators.pagerduty.declaring_v3 import event
from simulators.pagerduty.model import Incident
from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import ACCOUNT_TOKEN, RESPONDER, Answer, Client
from tests.simulators.openapi_document import Json, load, problems


@pytest.fixture(scope="session")
def openapi() -> OpenAPI:
    """The document, loaded once."""
    path = os.environ.get("PAGERDUTY_OPENAPI")
    if not path:
        pytest.skip("PAGERDUTY_OPENAPI does not name PagerDuty's OpenAPI document")
    # The document is no valid OpenAPI in one place, so it is not validated itself.
    return OpenAPI.from_dict(load(Path(path)), config=Config(spec_validator_cls=None))


class CheckedClient:
    """A client whose every exchange is validated."""

    def __init__(self, client: Client, openapi: OpenAPI) -> None:
        self._client = client
        self._openapi = openapi

    def _request(self, method: str, path: str, body: Any, query: Json | None) -> MockRequest:
        pairs = [
            (name, v) for name, value in (query or {}).items() for v in (value if isinstance(value, list) else [value])
        ]
        return MockRequest(
            "https://api.pagerduty.com",
            method.lower(),
            path,
            args=MultiDict(pairs),
            headers={
                "Accept": "application/vnd.pagerduty+json;version=2",
                "Content-Type": "application/json",
                "Authorization": f"Token token={ACCOUNT_TOKEN}",
                "From": RESPONDER,
            },
            data=json.dumps(body).encode() if body is not None else None,
        )

    def complaints(self, method: str, path: str, body: Any = None, query: Json | None = None) -> list[str]:
        """What the document has against a request; nothing is sent."""
        return problems(self._openapi.iter_request_errors(self._request(method, path, body, query)))

    def get(self, path: str, **query: Any) -> Answer:
        """A valid GET, answered with 200."""
        return self("GET", path, query=query)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int = 200,
        is_valid: bool = True,
        query: Json | None = None,
    ) -> Answer:
        """Sends, validates the answer, and the request unless it is meant to be wrong."""
        answer = self._client.request(method, path, body, **(query or {}))
        response = MockResponse(
            answer.body,
            status_code=answer.status,
            headers=answer.headers,
            content_type=answer.headers.get("content-type", ""),
        )
        request = self._request(method, path, body, query)
        answered = problems(self._openapi.iter_response_errors(request, response))
        asked = self.complaints(method, path, body, query)
        assert answer.status == status, answer.body
        assert (not asked) is is_valid, "\n".join(asked)
        assert not answered, "\n".join(answered)
        return answer


@pytest.fixture
def checked(client: Client, openapi: OpenAPI) -> CheckedClient:
    """Sends and validates."""
    return CheckedClient(client, openapi)


@pytest.fixture
def storied(pagerduty: RunningSimulator, client: Client) -> Incident:
    """An incident to which nearly everything has happened: every type of log entry there is."""
    client.post(
        "/v2/change/enqueue",
        {
            "routing_key": "routing-chatops-gateway",
            "payload": {"summary": "Deploy v1.2.4", "source": "ci", "custom_details": {"version": "1.2.4"}},
            "links": [{"href": "https://ci.example.com/1", "text": "Build 1"}],
        },
    )
    incident, other = pagerduty.trigger(priority="P1"), pagerduty.trigger()
    assignee = [{"assignee": {"id": "PADM001", "type": "user_reference"}}]
    pagerduty.advance(1_801)
    client.update(incident.id, status="acknowledged")
    pagerduty.advance(1_801)
    client.update(incident.id, priority="P2", urgency="low", title="[P2] Renamed")
    client.update(incident.id, escalation_level=3)
    pagerduty.advance(1_801)
    client.update(incident.id, assignments=assignee)
    client.update(incident.id, escalation_policy={"id": "PEPCHAT", "type": "escalation_policy_reference"})
    client.post(f"/incidents/{incident.id}/notes", {"note": {"content": "Looking."}})
    client.post(f"/incidents/{incident.id}/snooze", {"duration": 60})
    client.put(
        f"/incidents/{incident.id}/merge", {"source_incidents": [{"id": other.id, "type": "incident_reference"}]}
    )
    client.update(incident.id, status="resolved", resolution="done")
    client.update(incident.id, status="triggered")
    client.post(f"/incidents/{incident.id}/status_updates", {"message": "Again."})
    client.post(
        f"/incidents/{incident.id}/responder_requests",
        {
            "requester_id": "PRESP01",
            "message": "Help",
            "responder_request_targets": [{"responder_request_target": {"id": "PADM001", "type": "user_reference"}}],
        },
    )
    client.update(incident.id, status="resolved")
    return incident


def test_every_type_of_log_entry_is_as_documented(checked: CheckedClient, storied: Incident) -> None:
    bare = checked.get("/log_entries", limit=100).json["log_entries"]
    checked.get("/log_entries", limit=100, **{"include[]": ["incidents", "channels", "services"]})
    checked.get(f"/incidents/{storied.id}/log_entries", limit=100, is_overview="true")
    for entry in bare:
        checked.get(f"/log_entries/{entry['id']}", **{"include[]": "channels"})

    assert {entry["type"].removesuffix("_log_entry") for entry in bare} == {
        "acknowledge", "annotate", "assign", "delegate", "escalate", "exhaust_escalation_path", "field_value_change",
        "notify", "priority_change", "reopen", "resolve", "responder_request", "snooze", "status_update", "trigger",
        "unacknowledge", "urgency_change",
    }  # fmt: skip


def test_incidents_in_every_state_are_as_documented(
    checked: CheckedClient, pagerduty: RunningSimulator, storied: Incident
) -> None:
    pagerduty.acknowledge(pagerduty.trigger())
    include = ["acknowledgers", "agents", "assignees", "escalation_policies", "first_trigger_log_entries", "services"]

    checked.get("/incidents", total="true")
    checked.get("/incidents", **{"include[]": include})
    checked.get("/incidents", date_range="all", **{"statuses[]": ["triggered", "acknowledged"]})
    checked.get("/incidents", sort_by="created_at:desc", since="2020-01-01", until="2020-02-01", time_zone="UTC")
    checked.get(f"/incidents/{storied.id}")
    checked.get(f"/incidents/{storied.id}/alerts")
    checked.get(f"/incidents/{storied.id}/notes")
    checked.get(f"/incidents/{storied.id}/related_change_events")


def test_writes_are_as_documented(checked: CheckedClient, pagerduty: RunningSimulator) -> None:
    incident, other = pagerduty.trigger(), pagerduty.trigger()
    path, reference = f"/incidents/{incident.id}", {"id": incident.id, "type": "incident_reference"}
    body = {
        "type": "incident",
        "title": "By hand",
        "service": {"id": "PENGINE", "type": "service_reference"},
        "body": {"type": "incident_body", "details": "It smells."},
        "priority": {"id": "PPRIOP2", "type": "priority_reference"},
    }

    def update(**fields: Any) -> None:
        checked("PUT", path, {"incident": {"type": "incident_reference", **fields}})

    checked("POST", "/incidents", {"incident": body}, status=201)
    update(status="acknowledged")
    update(escalation_level=2)
    update(priority={"id": "PPRIOP0", "type": "priority_reference"})
    update(assignments=[{"assignee": {"id": "PADM001", "type": "user_reference"}}])
    checked("POST", f"{path}/notes", {"note": {"content": "Looking."}})
    checked("POST", f"{path}/snooze", {"duration": 60}, status=201)
    checked("POST", f"{path}/status_updates", {"message": "Soon.", "subject": "S", "html_message": "<p>Soon.</p>"})
    checked("PUT", f"{path}/merge", {"source_incidents": [{"id": other.id, "type": "incident_reference"}]})
    checked("PUT", "/incidents", {"incidents": [{**reference, "status": "resolved"}]})


def test_the_account_is_as_documented(checked: CheckedClient, pagerduty: RunningSimulator, storied: Incident) -> None:
    assert storied.status == "resolved"
    include = {"include[]": ["contact_methods", "notification_rules"]}
    checked.get("/users", limit=2, total="true")
    checked.get("/users", **include)
    checked.get("/users/PADM001", **include)
    checked.get("/users/PADM001/contact_methods")
    ways = [contact("email", is_enabled=False), contact("sms", is_blacklisted=True), contact("push"), contact("phone")]
    pagerduty.set_paging("PADM001", ways, [rule(way, 20) for way in ways])
    checked.get("/users/PADM001/contact_methods")
    checked.get("/users/PADM001/notification_rules", urgency="all", **{"include[]": "contact_methods"})
    checked.get("/services", **{"include[]": ["escalation_policies", "integrations"]})
    checked.get("/services/PWEBAPP")
    checked.get("/escalation_policies")
    checked.get("/escalation_policies/PEPCHAT")
    checked.get("/priorities")
    checked.get("/oncalls", until="2030-01-01T00:00:00Z", **{"include[]": ["users", "escalation_policies"]})
    checked.get("/schedules")
    checked.get("/schedules/PSCHPRI")
    checked.get("/schedules/PSCHSEC", since="2026-01-01T00:00:00Z", until="2026-01-20T00:00:00Z")
    checked.get("/schedules", since="2026-01-01T00:00:00Z", **{"include[]": "final_schedule"})
    checked.get("/schedules/PSCHPRI/users")
    checked.get("/change_events", since="2020-01-01T00:00:00Z")


def test_schedules_and_overrides_are_as_documented(checked: CheckedClient, pagerduty: RunningSimulator) -> None:
    now = pagerduty.world.clock.now().replace(microsecond=0)
    nights = layer(["PADM001"], now, restrictions=[weekly(1, "22:00", 8)], end=now + timedelta(days=90))
    schedule = pagerduty.declare_schedule(layer(["PRESP01"], now), nights, zone="Europe/Madrid")
    path = f"/schedules/{schedule.id}"
    spans = [(now + timedelta(hours=1), now + timedelta(hours=n)) for n in (2, 1)]
    user = {"id": "PMGR001", "type": "user_reference"}
    overrides = [{"start": start.isoformat(), "end": end.isoformat(), "user": user} for start, end in spans]

    made = checked("POST", f"{path}/overrides", {"overrides": overrides}, status=201).json
    assert [item["status"] for item in made] == [201, 400]
    until = now + timedelta(days=30)
    checked.get(path, since=now.isoformat(), until=until.isoformat(), include_next_oncall_for_user="PADM001")
    for editable in ({}, {"editable": "true"}):
        checked.get(f"{path}/overrides", since=now.isoformat(), until=until.isoformat(), **editable)
    checked("DELETE", f"{path}/overrides/{made[0]['override']['id']}", status=204)


def test_shift_based_schedules_are_as_documented(checked: CheckedClient, pagerduty: RunningSimulator) -> None:
    now = pagerduty.world.clock.now().replace(microsecond=0)
    ends = (now + timedelta(hours=8), now + timedelta(hours=2))
    schedule = pagerduty.declare_schedule_v3(
        [event(["PRESP01", None], now, ends[0]), event(["PADM001"], now, ends[0], is_everybody=True)],
        custom_shifts=[("PKENJI1", now, ends[1])],
    )
    path, rotation, shift = f"/v3/schedules/{schedule.id}", schedule.rotations[0], schedule.custom_shifts[0]
    span = {"since": now.isoformat(), "until": (now + timedelta(days=20)).isoformat()}
    member = {"overridden_member": {"type": "user_member", "user_id": "PRESP01"}, "rotation_id": rotation.id}
    override = {
        "type": "override_shift",
        "start_time": (now + timedelta(hours=1)).isoformat(),
        "end_time": ends[1].isoformat(),
        "overriding_member": {"type": "empty_member"},
    }

    made = checked("POST", f"{path}/overrides", {"overrides": [{**override, **member}]}, status=201).json
    one = f"{path}/overrides/{made['overrides'][0]['id']}"
    checked("POST", f"{path}/overrides", {"overrides": [override]}, status=400, is_valid=False)
    checked("PUT", one, {"override": {"end_time": ends[0].isoformat()}})
    for address in (f"{path}/rotations/{rotation.id}", f"{path}/rotations", f"{path}/custom_shifts/{shift.id}", one):
        checked.get(address)
    checked.get(f"{path}/rotations/{rotation.id}/events")
    checked.get(f"{path}/rotations/{rotation.id}/events/{rotation.events[0].id}")
    checked.get(f"{path}/overrides", **span)
    checked.get(f"{path}/custom_shifts", **span)
    checked.get("/v3/schedules")
    checked.get(path)
    checked.get(path, **span, **{"include[]": "final_schedule"})
    checked("DELETE", one, status=204)
    checked("GET", "/v3/schedules/PSCHPRI", status=404)
    pagerduty.declare_policy([schedule.id, "PADM001"])
    checked.get("/escalation_policies")
    checked.get("/oncalls", **{"schedule_ids[]": [schedule.id]})


def test_a_users_own_profile_is_as_documented(pagerduty: RunningSimulator, openapi: OpenAPI) -> None:
    CheckedClient(Client(pagerduty.url, token="demo-token-PRESP01"), openapi).get("/users/me")


def test_refusals_are_as_documented(checked: CheckedClient, pagerduty: RunningSimulator) -> None:
    incident = pagerduty.trigger()
    pagerduty.fail(path_prefix="/users", status=429)
    many = [{"id": incident.id, "type": "incident_reference", "status": "resolved"}] * 251

    checked("GET", "/incidents/QNOTHING", status=404)
    checked("GET", "/users", status=429)
    checked("GET", "/incidents", status=400, query={"offset": 10_000})
    checked("PUT", "/incidents", {"incidents": many}, status=413)
    checked("POST", f"/incidents/{incident.id}/snooze", {"duration": 0}, status=400, is_valid=False)
    checked("POST", f"/incidents/{incident.id}/notes", {"note": {"content": "x" * 2001}}, status=400)
    checked("GET", "/incidents", status=400, is_valid=False, query={"statuses[]": "open"})


@pytest.mark.parametrize(
    "fields",
    [
        {"urgency": "medium"},
        {"status": "mitigated"},
        {"title": 5},
        {"escalation_level": "two"},
        {"assignments": "me"},
        {"priority": {"name": "P1"}},
        {"type": "page"},
    ],
)
def test_what_the_document_calls_malformed_the_simulator_refuses(
    checked: CheckedClient, pagerduty: RunningSimulator, client: Client, fields: dict[str, Any]
) -> None:
    path = f"/incidents/{pagerduty.trigger().id}"
    body = {"incident": {"type": "incident_reference", **fields}}

    assert checked.complaints("PUT", path, body)
    assert client.put(path, body).status == 400


def test_the_checks_notice_a_wrong_answer(checked: CheckedClient, pagerduty: RunningSimulator) -> None:
    pagerduty.trigger()
    pagerduty.fail(path_prefix="/log_entries", raw_body='{"log_entries": [{"type": "unheard_of_log_entry"}]}')
    pagerduty.fail(path_prefix="/incidents", raw_body='{"incidents": [{"status": "burning"}]}')

    for path in ("/log_entries", "/incidents"):
        with pytest.raises(AssertionError, match="InvalidData"):
            checked.get(path)
