"""Who may talk to the REST API, and as whom."""

import pytest

from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import Client


@pytest.mark.parametrize("token", [None, "wrong", "demo-token-PNOBODY"])
def test_a_request_without_a_token_of_the_account_is_not_authenticated(
    pagerduty: RunningSimulator, token: str | None
) -> None:
    assert Client(pagerduty.url, token=token).get("/incidents").error == (401, 2006)


def test_a_token_outside_its_header_syntax_is_not_authenticated(client: Client) -> None:
    answer = client.request("GET", "/incidents", headers={"Authorization": "Bearer demo-token"})

    assert answer.error == (401, 2006)


def test_another_version_of_the_api_is_refused(client: Client) -> None:
    answer = client.request("GET", "/incidents", headers={"Accept": "application/vnd.pagerduty+json;version=1"})

    assert answer.error == (400, 2001)


def test_a_write_needs_the_from_header(pagerduty: RunningSimulator) -> None:
    incident = pagerduty.trigger()

    answer = Client(pagerduty.url, user=None).update(incident.id, status="acknowledged")

    assert answer.error == (400, 2001)
    assert incident.status == "triggered"


def test_a_write_needs_a_from_address_of_a_user(pagerduty: RunningSimulator) -> None:
    incident = pagerduty.trigger()

    answer = Client(pagerduty.url, user="stranger@example.com").update(incident.id, status="acknowledged")

    assert answer.error == (400, 1008)
    assert incident.status == "triggered"


def test_a_read_needs_no_from_header(pagerduty: RunningSimulator) -> None:
    assert Client(pagerduty.url, user=None).get("/incidents").status == 200


def test_a_read_only_token_may_read_and_not_write(pagerduty: RunningSimulator) -> None:
    incident = pagerduty.trigger()
    reader = Client(pagerduty.url, token="demo-token-readonly")

    assert reader.get("/incidents").status == 200
    assert reader.update(incident.id, status="resolved").error == (403, 2010)
    assert incident.status == "triggered"


def test_a_users_own_token_acts_as_that_user(pagerduty: RunningSimulator) -> None:
    incident = pagerduty.trigger()

    answer = Client(pagerduty.url, token="demo-token-PKENJI1", user=None).update(incident.id, status="acknowledged")

    assert answer.json["incident"]["acknowledgements"][0]["acknowledger"]["id"] == "PKENJI1"


def test_users_me_names_the_owner_of_a_users_token_and_refuses_the_accounts(pagerduty: RunningSimulator) -> None:
    mine = Client(pagerduty.url, token="demo-token-PADM001").get("/users/me")

    assert mine.json["user"]["email"] == "admin@chatops.example.com"
    assert Client(pagerduty.url).get("/users/me").error == (400, 2001)


@pytest.mark.parametrize(
    "path", ["/incidents/PNONE", "/services/PNONE", "/users/PNONE", "/schedules/PNONE", "/nothing"]
)
def test_what_does_not_exist_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).error == (404, 2100)
