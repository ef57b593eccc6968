"""A poll that PagerDuty does not answer ends after bounded trying, says why, and leaves the next one to go on."""

import time
from typing import Any

import pytest

from incidents.models import Incident, PollState
from incidents.tasks import poll_pagerduty as task
from simulators.pagerduty.testing import RunningSimulator
from tests.incidents.story import poll

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 429}, "limited"),
        ({"status": 429, "headers": False}, "limited"),
        ({"status": 500}, "broken"),
        ({"status": 503}, "broken"),
        ({"reset": True}, "unreachable"),
        ({"raw_body": "<html>"}, "unreadable"),
        ({"raw_body": "[]"}, "malformed"),
        ({"raw_body": "{}"}, "malformed"),
        ({"raw_body": '{"log_entries": {}}'}, "malformed"),
        ({"status": 401}, "no_permission"),
        ({"status": 404}, "not_found"),
    ],
    ids=str,
)
def test_it_gives_up_soon_and_says_why(pagerduty: RunningSimulator, fault: dict[str, Any], code: str) -> None:
    pagerduty.trigger()
    pagerduty.fail(times=None, **fault)
    began = time.monotonic()
    assert task().startswith(f"failed: {code}")
    assert time.monotonic() - began < 10
    assert len(pagerduty.calls) <= 4
    assert PollState.objects.get().error.startswith(code)
    pagerduty.simulator.faults.clear()
    assert task().startswith("2 calls")
    assert PollState.objects.get().error == ""
    assert Incident.objects.exists()


@pytest.mark.parametrize("headers", [True, False])
def test_one_429_is_waited_out(pagerduty: RunningSimulator, headers: bool) -> None:
    pagerduty.trigger()
    pagerduty.fail(status=429, headers=headers)
    poll(pagerduty)
    assert Incident.objects.count() == 1


def test_nobody_listening_is_no_crash(pagerduty: RunningSimulator, settings: Any) -> None:
    settings.PAGERDUTY_BASE_URL = "http://127.0.0.1:9"
    assert task().startswith("failed: unreachable")


def test_without_a_token_nothing_is_asked(pagerduty: RunningSimulator, settings: Any) -> None:
    settings.PAGERDUTY_API_TOKEN = ""
    assert task() == "no PagerDuty token"
    assert pagerduty.calls == []
