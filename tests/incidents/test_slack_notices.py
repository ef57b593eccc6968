"""At risk and breached clocks reach the team's channel, each once, whatever Slack answers; old news does not."""

import logging
import os
import sys
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from django.db.models.functions import Now
from pytest_django import Settings

from accounts.database_time import database_now
from accounts.live_channel import take_turn
from embedded.configuration import ROOT
from embedded.processes import spawn, wait_until
from incidents import tasks
from incidents.channel import waiting_notices
from incidents.enums import NoticeKind
from incidents.models import Notice
from incidents.services.advance_clocks import breach_due_clocks
from incidents.services.send_notices import TURN, Round, forget_old_notices
from simulators.slack.testing import RunningSlack
from tests.cast import Cast, browser_of
from tests.incidents.channel import at_risk, breached, headlines, retry_now, send, told
from tests.incidents.test_sla_engine import at_the_same_time, let_pass

pytestmark = pytest.mark.django_db

HELD = [{"status": 429, "retry_after": 30}, {"status": 429}, {"reset": True}, {"hang_for": 30}]


def next_in() -> float:
    """Seconds until the only waiting notice's next attempt."""
    return (Notice.objects.get(state="waiting").next_attempt_at - database_now()).total_seconds()


def test_a_breach_is_told_once_however_often_it_is_asked(slack: RunningSlack) -> None:
    breached()
    assert send(slack) == Round(sent=1)
    assert [send(slack), send(slack)] == [Round(), Round()]
    (text,) = slack.texts
    assert text.startswith(":red_circle: P0 · Respond is breached: Burning · ")
    assert told(NoticeKind.BREACHED) == [("sent", "")]


def test_at_risk_is_told_and_then_the_breach(slack: RunningSlack) -> None:
    incident = at_risk()
    send(slack)
    let_pass(incident, 1)
    breach_due_clocks()
    send(slack)
    assert headlines(slack) == ["Respond is at risk", "Respond is breached"]


def test_without_a_webhook_nothing_is_written_and_nothing_sent(slack: RunningSlack, settings: Settings) -> None:
    settings.SLACK_WEBHOOK_URL = ""
    breached(1)
    at_risk(2)
    assert not Notice.objects.exists()
    assert tasks.send_notices() == "no Slack webhook"


@pytest.mark.django_db(transaction=True)
def test_rounds_at_the_same_time_send_each_notice_once(slack: RunningSlack) -> None:
    for number in range(12):
        breached(number, title=f"[P0] Number {number} - chatops-gateway")
    slack.fail(delay_for=0.02, times=None)
    sent: list[int] = []

    def work() -> None:
        sent.append(send(slack).sent)

    at_the_same_time(work, work, work, work)
    assert sum(sent) == len(slack.texts) == len(set(slack.texts)) == 12
    assert sum(count > 0 for count in sent) > 1


def test_the_task_sends_alone(slack: RunningSlack, valkey: object) -> None:
    """Another worker that is sending has the turn; it gives it back at its end, and time takes it from a dead one."""
    breached(1)
    assert take_turn(TURN, seconds=0.3)
    assert tasks.send_notices() == "under way"
    time.sleep(0.35)
    assert tasks.send_notices() == "1 sent, 0 dropped, 0 refused"
    breached(2)
    assert tasks.send_notices() == "1 sent, 0 dropped, 0 refused"


@pytest.mark.parametrize("fault", HELD, ids=["429 with Retry-After", "429 bare", "reset", "hang"])
def test_what_concerns_the_whole_channel_stops_everything_until_its_time_comes(
    slack: RunningSlack, fault: dict[str, object]
) -> None:
    breached(1)
    breached(2)
    slack.fail(**fault)
    assert send(slack, timeout=1).failure
    assert [state for state, _error in told(NoticeKind.BREACHED)] == ["waiting", "waiting"]
    breached(3)
    assert send(slack) == Round()
    assert slack.texts == []
    retry_now()
    assert send(slack) == Round(sent=3)
    assert len(slack.texts) == 3


def test_slack_says_for_how_long_it_wants_to_be_left_alone(slack: RunningSlack) -> None:
    breached()
    slack.fail(status=429, body="rate_limited", retry_after=30)
    send(slack)
    assert 28 < next_in() <= 30
    retry_now()
    slack.fail(status=429, retry_after=999_999)
    send(slack)
    assert 3_500 < next_in() <= 3_600


def test_it_waits_longer_after_each_failure_but_never_a_quarter_of_an_hour(slack: RunningSlack) -> None:
    breached()
    slack.fail(status=503, times=None)
    waits = []
    for _attempt in range(8):
        retry_now()
        send(slack)
        waits.append(round(next_in()))
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]


def test_one_message_that_slack_stumbles_over_holds_no_other_up(slack: RunningSlack) -> None:
    breached(1, title="[P0] Poison - chatops-gateway")
    breached(2, title="[P0] Harmless - chatops-gateway")
    slack.fail(status=500, body="rollup_error")
    assert send(slack).failure == "broken: HTTP 500 rollup_error"
    assert send(slack) == Round(sent=1)
    assert "Harmless" in slack.texts[0]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 404, "body": "no_service"}, "no_channel: HTTP 404 no_service"),
        ({"status": 410, "body": "channel_is_archived"}, "no_channel: HTTP 410 channel_is_archived"),
        ({"status": 403, "body": "invalid_token"}, "no_channel: HTTP 403 invalid_token"),
        ({"status": 400, "body": "invalid_blocks"}, "invalid: HTTP 400 invalid_blocks"),
        ({"status": 200, "body": "<html>Sign in</html>"}, "unexpected: HTTP 200"),
    ],
)
def test_what_slack_refuses_is_not_tried_again_and_shows(
    slack: RunningSlack, fault: dict[str, object], error: str
) -> None:
    breached()
    slack.fail(**fault)
    assert send(slack) == Round(refused=1)
    assert send(slack) == Round()
    assert told(NoticeKind.BREACHED) == [("refused", error)]
    state = waiting_notices()
    assert (state.waiting, state.refused, state.last_refusal) == (0, 1, error)


def test_an_answer_lost_after_slack_took_it_is_the_one_way_to_hear_twice(slack: RunningSlack) -> None:
    breached()
    slack.fail(is_applied=True, reset=True)
    send(slack)
    retry_now()
    send(slack)
    send(slack)
    assert len(slack.texts) == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_who_is_killed_with_a_notice_leaves_it_to_be_sent_later(slack: RunningSlack) -> None:
    breached()
    slack.fail(hang_for=30)
    address = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))
    environment = {**os.environ, "DATABASE_URL": database, "SLACK_WEBHOOK_URL": slack.webhook_url}
    script = "from incidents.tasks import send_notices; send_notices()"
    process = spawn([sys.executable, "manage.py", "shell", "-v", "0", "-c", script], env=environment, cwd=ROOT)
    assert wait_until(lambda: Notice.objects.get().attempts == 1 and not slack.channel.faults, within_s=20)
    process.kill()
    process.wait()
    assert 80 < next_in() <= 90
    retry_now()
    assert send(slack) == Round(sent=1)
    assert len(slack.texts) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("late_answer", "expected"),
    [
        ({"status": 200, "body": "ok"}, ("sent", "")),
        ({"status": 404, "body": "no_service"}, ("waiting", "limited: HTTP 429")),
    ],
)
def test_of_one_too_slow_for_its_claim_only_a_success_counts(
    slack: RunningSlack, late_answer: dict[str, Any], expected: tuple[str, str]
) -> None:
    breached()
    slack.fail(delay_for=0.7, **late_answer)
    slack.fail(status=429)

    def overtake() -> None:
        assert wait_until(lambda: len(slack.channel.faults) == 1, within_s=5)
        retry_now()
        assert send(slack).failure == "limited: HTTP 429"

    at_the_same_time(lambda: send(slack), overtake)
    assert Notice.objects.get().attempts == 2
    assert told(NoticeKind.BREACHED) == [expected]


def test_the_health_page_hears_how_many_wait_since_when_and_why(slack: RunningSlack) -> None:
    breached(1)
    breached(2)
    slack.fail(reset=True)
    send(slack)
    state = waiting_notices()
    assert (state.waiting, state.failed) == (2, 1)
    # It depends on how much of the request was sent.
    assert state.failing in ("unreachable: ConnectionResetError", "unreachable: BrokenPipeError")
    assert state.waiting_since == Notice.objects.order_by("pk")[0].created_at
    assert state.last_sent_at is None
    retry_now()
    send(slack)
    state = waiting_notices()
    assert (state.waiting, state.failed, state.waiting_since, state.failing) == (0, 0, None, "")
    assert state.last_sent_at is not None


def test_the_health_page_warns_of_a_webhook_that_was_removed(slack: RunningSlack, cast: Cast) -> None:
    viewer = browser_of(cast.viewer)
    warning = "the webhook may have been removed"
    breached(1)
    send(slack)
    assert warning not in viewer.get("/health/").content.decode()
    breached(2)
    slack.fail(status=404, body="no_service")
    send(slack)
    page = viewer.get("/health/").content.decode()
    assert warning in page
    assert "no_channel: HTTP 404 no_service" in page


def test_the_address_is_said_nowhere(slack: RunningSlack, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = slack.webhook_url.rpartition("/")[2]
    faults: list[dict[str, Any]] = [
        {"status": 502, "body": f"cannot reach {slack.webhook_url}"},
        {"status": 404, "body": f"nothing at {slack.webhook_url}"},
        {"reset": True},
        {"status": 302, "body": slack.webhook_url},
    ]
    for number, fault in enumerate(faults):
        slack.fail(**fault)
        breached(number)
        retry_now()
        send(slack)
    assert Notice.objects.exclude(last_error="").count() > 1
    said = caplog.text + "".join(Notice.objects.values_list("last_error", flat=True))
    assert "refused" in said
    assert secret not in said


def test_a_round_of_many_ends_in_time(slack: RunningSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        breached(number)
    slack.fail(delay_for=0.3, times=None)
    monkeypatch.setattr("incidents.services.send_notices.ROUND_SECONDS", 0.5)
    started = time.monotonic()
    assert send(slack).sent == 2
    assert time.monotonic() - started < 1.5


def test_what_was_finished_long_ago_is_forgotten(slack: RunningSlack) -> None:
    breached(1)
    send(slack)
    breached(2)
    send(slack)
    breached(3)
    old = Notice.objects.order_by("pk")[0].pk
    Notice.objects.filter(pk=old).update(finished_at=Now() - timedelta(days=8))
    Notice.objects.filter(state="waiting").update(created_at=Now() - timedelta(days=8))
    assert forget_old_notices() == 1
    assert not Notice.objects.filter(pk=old).exists()
    assert Notice.objects.count() == 2
