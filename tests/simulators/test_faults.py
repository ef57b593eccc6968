"""Faults on demand, and the log of calls that a product's tests count."""

import time
from email.utils import parsedate_to_datetime

import pytest

from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import Client


def test_every_answer_tells_the_rate_limit(client: Client) -> None:
    first, second = client.get("/users"), client.get("/users")

    assert first.headers["ratelimit-limit"] == "960"
    assert 0 < int(first.headers["ratelimit-reset"]) <= 60
    assert int(second.headers["ratelimit-remaining"]) < int(first.headers["ratelimit-remaining"])


def test_the_date_header_is_the_accounts_clock(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.advance(3 * 3600)

    date = parsedate_to_datetime(client.get("/users").headers["date"])

    assert abs((date - pagerduty.world.clock.now()).total_seconds()) < 5


def test_more_requests_than_the_limit_are_refused(client: Client) -> None:
    client.put("/_sim/rate_limit", {"limit": 2})

    # Six requests touch two windows of a minute at the most, which let four through.
    answers = [client.get("/users") for _ in range(6)]
    refused = [answer for answer in answers if answer.status == 429]

    assert refused
    assert refused[0].error == (429, 2020)
    assert refused[0].headers["ratelimit-remaining"] == "0"


@pytest.mark.parametrize("headers", [True, False])
def test_429_comes_as_often_as_asked_with_and_without_headers(
    pagerduty: RunningSimulator, client: Client, headers: bool
) -> None:
    pagerduty.fail(path_prefix="/incidents", status=429, headers=headers, times=2)

    answers = [client.get("/incidents") for _ in range(3)]

    assert [answer.status for answer in answers] == [429, 429, 200]
    assert answers[0].error == (429, 2020)
    assert ("ratelimit-reset" in answers[0].headers) is headers


def test_a_fault_is_for_its_path_and_method_alone(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.fail(path_prefix="/incidents", method="PUT", status=500)

    assert client.get("/incidents").status == 200
    assert client.get("/users").status == 200
    assert client.update(pagerduty.trigger().id, status="acknowledged").status == 500


def test_a_refusal_can_have_any_code_and_words(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.fail(status=403, code=2010, message="Access Denied", errors=["You may not."])

    assert client.get("/incidents").json == {
        "error": {"code": 2010, "message": "Access Denied", "errors": ["You may not."]}
    }


def test_a_connection_can_be_reset_before_and_after_the_work_is_done(
    pagerduty: RunningSimulator, client: Client
) -> None:
    incident = pagerduty.trigger()
    pagerduty.fail(reset=True)

    with pytest.raises(ConnectionResetError):
        client.update(incident.id, status="acknowledged")
    assert client.incident(incident.id)["status"] == "triggered"
    pagerduty.fail(reset=True, is_applied=True)
    with pytest.raises(ConnectionResetError):
        client.update(incident.id, status="acknowledged")
    assert client.incident(incident.id)["status"] == "acknowledged"


def test_a_request_can_hang(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.fail(hang_for=30)

    with pytest.raises(TimeoutError):
        client.request("GET", "/incidents", timeout=0.2)
    assert client.get("/incidents").status == 200


def test_an_answer_can_be_slow_or_no_json(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.fail(delay_for=0.1)
    pagerduty.fail(raw_body="<html>maintenance</html>", status=200)

    started = time.monotonic()
    assert client.get("/incidents").status == 200
    assert time.monotonic() - started >= 0.1
    assert client.get("/incidents").body == b"<html>maintenance</html>"


def test_faults_are_armed_and_cleared_over_http(client: Client) -> None:
    client.post("/_sim/faults", {"path_prefix": "/users", "status": 503, "times": None})
    assert [client.get("/users").status for _ in range(3)] == [503, 503, 503]

    client.request("DELETE", "/_sim/faults")

    assert client.get("/users").status == 200
    assert client.post("/_sim/faults", {"no_such_field": 1}).status == 400


def test_calls_are_counted_with_their_answers(pagerduty: RunningSimulator, client: Client) -> None:
    client.get("/incidents", limit=5)
    client.get("/incidents/QNOTHING")
    client.update(pagerduty.trigger().id, status="acknowledged")

    assert pagerduty.count() == 3
    assert pagerduty.count("GET") == 2
    assert pagerduty.count("PUT", "/incidents/") == 1
    first = pagerduty.calls[0]
    assert (first.method, first.path, first.query, first.status) == ("GET", "/incidents", [("limit", "5")], 200)
    assert pagerduty.calls[2].requester == "responder@chatops.example.com"
    assert client.get("/_sim/calls").json["counts"]["GET /incidents"] == 1


def test_a_reset_leaves_nothing(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.trigger()
    pagerduty.fail(status=500, times=None)
    pagerduty.advance(3600)
    client.get("/incidents")

    assert client.post("/_sim/reset", {}).status == 200

    assert pagerduty.calls == []
    assert client.get("/incidents", date_range="all").json["incidents"] == []
    assert pagerduty.trigger().number == 1001
    assert pagerduty.world.clock.offset.total_seconds() == 0
