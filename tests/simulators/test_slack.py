"""The simulated Slack: what its webhook takes, its words for what it refuses, faults, and the control API."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from simulators.slack.channel import LONGEST_BODY, MOST_MESSAGES
from simulators.slack.testing import RunningSlack, running_slack
from simulators.slack.webhook import PATH
from tests.simulators.client import Answer, Client

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def _served() -> Iterator[RunningSlack]:
    with running_slack() as slack:
        yield slack


@pytest.fixture
def slack(_served: RunningSlack) -> RunningSlack:
    _served.reset()
    return _served


@pytest.fixture
def client(slack: RunningSlack) -> Client:
    return Client(slack.url, token=None, user=None)


def said(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body.decode()


def section(**parts: Any) -> dict[str, Any]:
    return {"text": "x", "blocks": [{"type": "section", **parts}]}


def test_a_message_is_kept_as_it_came(slack: RunningSlack, client: Client) -> None:
    message = section(text={"type": "mrkdwn", "text": "*hello*", "verbatim": True})
    assert said(client.post(PATH, message)) == (200, "ok")
    assert slack.messages == [message]
    assert client.get("/_sim/messages").json == {"messages": [message]}


def test_it_takes_the_older_form_field_too(slack: RunningSlack, client: Client) -> None:
    body = urlencode({"payload": '{"text": "hello"}'}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert said(client.request("POST", PATH, body, headers=headers)) == (200, "ok")
    assert slack.texts == ["hello"]


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        (PATH.replace("/T0", "/T1"), (404, "no_team")),
        (PATH.replace("/B0", "/B1"), (404, "no_service")),
        (f"{PATH}x", (403, "invalid_token")),
    ],
)
def test_other_addresses_are_refused(slack: RunningSlack, client: Client, path: str, refusal: tuple[int, str]) -> None:
    assert said(client.post(path, {"text": "hello"})) == refusal
    assert slack.messages == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "invalid_payload"),
        (b"{", "invalid_payload"),
        (b"[]", "invalid_payload"),
        (b"\xff", "invalid_payload"),
        (b"[" * 30_000, "invalid_payload"),
        (b'{"text": "' + b"x" * LONGEST_BODY + b'"}', "invalid_payload"),
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": "y"}, "invalid_blocks"),
        ({"text": "x", "blocks": [{}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        (section(), "invalid_blocks"),
        (section(text={"type": "mrkdwn", "text": ""}), "invalid_blocks"),
        (section(text={"type": "mrkdwn", "text": "x" * 3_001}), "invalid_blocks"),
        (section(text={"type": "html", "text": "x"}), "invalid_blocks"),
        (section(fields=[{"type": "mrkdwn", "text": "x" * 2_001}]), "invalid_blocks"),
        (section(fields=[{"type": "mrkdwn", "text": "x"}] * 11), "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]}, "invalid_blocks"),
    ],
)
def test_what_slack_would_not_take_is_refused(slack: RunningSlack, client: Client, body: Any, word: str) -> None:
    assert said(client.post(PATH, body)) == (400, word)
    assert slack.messages == []


def test_more_than_the_rate_is_told_to_wait(slack: RunningSlack, client: Client) -> None:
    assert client.put("/_sim/rate_limit", {"rate": 0.01, "burst": 2}).status == 200
    answers = [client.post(PATH, {"text": "hello"}) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert 50 <= int(answers[2].headers["retry-after"]) <= 100
    assert len(slack.messages) == 2


@pytest.mark.parametrize("asked", [{}, {"rate": 0}, {"rate": "much"}, {"rate": 1, "burst": 0}, []])
def test_a_rate_that_is_none_is_refused(client: Client, asked: Any) -> None:
    assert client.put("/_sim/rate_limit", asked).status == 400


def test_a_fault_answers_as_asked_and_is_used_up(slack: RunningSlack, client: Client) -> None:
    armed = {"status": 429, "body": "rate_limited", "retry_after": 7, "times": 2}
    assert client.post("/_sim/faults", armed).status == 201
    answers = [client.post(PATH, {"text": "hello"}) for _ in range(3)]
    assert [said(answer) for answer in answers] == [(429, "rate_limited")] * 2 + [(200, "ok")]
    assert answers[0].headers["retry-after"] == "7"


@pytest.mark.parametrize("is_applied", [False, True])
def test_a_connection_breaks_before_or_after_the_message_is_posted(
    slack: RunningSlack, client: Client, is_applied: bool
) -> None:
    slack.fail(reset=True, is_applied=is_applied)
    with pytest.raises(ConnectionResetError):
        client.post(PATH, {"text": "hello"})
    assert len(slack.messages) == int(is_applied)


def test_faults_can_be_read_and_disarmed(slack: RunningSlack, client: Client) -> None:
    assert client.post("/_sim/faults", {"no_such_field": 1}).status == 400
    assert client.post("/_sim/faults", []).status == 400
    client.post("/_sim/faults", {"status": 500, "times": None})
    assert [fault["status"] for fault in client.get("/_sim/faults").json["faults"]] == [500]
    assert [client.post(PATH, {"text": "x"}).status for _ in range(2)] == [500, 500]
    client.request("DELETE", "/_sim/faults")
    assert said(client.post(PATH, {"text": "x"})) == (200, "ok")


def test_only_the_newest_messages_are_kept(slack: RunningSlack, client: Client) -> None:
    for number in range(MOST_MESSAGES + 1):
        slack.channel.post({"text": str(number)})
    assert (slack.texts[0], len(slack.texts)) == ("1", MOST_MESSAGES)
    assert client.get("/_sim/health").json == {"status": "ok", "posted": MOST_MESSAGES + 1}
    client.request("DELETE", "/_sim/messages")
    assert slack.messages == []


def test_a_reset_leaves_nothing(slack: RunningSlack, client: Client) -> None:
    slack.fail(status=500, times=None)
    client.post(PATH, {"text": "x"})
    client.post("/_sim/reset", {})
    assert said(client.post(PATH, {"text": "x"})) == (200, "ok")
    assert client.get("/_sim/health").json["posted"] == 1


@pytest.mark.slow
def test_as_a_process_it_prints_one_harmless_line_for_each_message_and_ends_at_once() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators.slack", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().decode().split()[-1].removesuffix(PATH)
        client = Client(address, token=None, user=None)
        assert said(client.post(PATH, {"text": "P1 &lt;svc&gt;\n\x1b[2Jgone @\u2060here"})) == (200, "ok")
        assert process.stdout.readline().decode() == "P1 <svc> �[2Jgone @here\n"
        client.post("/_sim/faults", {"hang_for": 60})
        with pytest.raises(TimeoutError):
            client.request("POST", PATH, {"text": "x"}, timeout=0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
