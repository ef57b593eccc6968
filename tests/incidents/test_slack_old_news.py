"""What is no news any more is not posted, and says why: old, met meanwhile, taken back, told of otherwise."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from incidents.channel import waiting_notices
from incidents.enums import NoticeKind
from incidents.models import Notice, SlaClock
from incidents.services.advance_clocks import breach_due_clocks
from incidents.services.escalate_unresolved import escalate_unresolved
from incidents.services.send_notices import Round
from simulators.slack.testing import RunningSlack
from tests.factories import make_incident
from tests.incidents.channel import acknowledged, at_risk, breached, headlines, resolved, send, told
from tests.incidents.test_sla_engine import let_pass

pytestmark = pytest.mark.django_db


def test_old_news_is_dropped_and_says_so(slack: RunningSlack) -> None:
    breached(1)
    at_risk(2)
    Notice.objects.filter(kind="breached").update(due_at=Now() - timedelta(minutes=61))
    Notice.objects.filter(kind="at_risk").update(created_at=Now() - timedelta(minutes=61))
    assert send(slack) == Round(dropped=2)
    assert slack.texts == []
    assert told(NoticeKind.BREACHED) == told(NoticeKind.AT_RISK) == [("refused", "old_news: older than 1:00:00")]
    assert (waiting_notices().late, waiting_notices().refused) == (2, 0)


def test_a_clock_that_was_met_meanwhile_is_not_told_of(slack: RunningSlack) -> None:
    incident = at_risk(1)
    acknowledged(incident)
    assert send(slack) == Round(dropped=1)
    assert told(NoticeKind.AT_RISK) == [("refused", "overtaken: the clock has stopped")]
    assert slack.texts == []
    assert (waiting_notices().late, waiting_notices().refused) == (0, 0)


def test_of_a_clock_breached_meanwhile_only_the_breach_is_told(slack: RunningSlack) -> None:
    let_pass(at_risk(1), 1)
    Notice.objects.update(due_at=F("due_at") - timedelta(minutes=1))
    breach_due_clocks()
    assert send(slack) == Round(sent=1, dropped=1)
    assert headlines(slack) == ["Respond is breached"]
    assert told(NoticeKind.AT_RISK) == [("refused", "overtaken: the clock is breached")]


def test_a_breach_taken_back_before_it_was_told_is_not_told(slack: RunningSlack) -> None:
    acknowledged(breached(1))
    assert send(slack) == Round(dropped=1)
    assert told(NoticeKind.BREACHED) == [("refused", "overtaken: the breach is taken back")]


def test_a_clock_that_late_news_undid_is_not_told_of(slack: RunningSlack) -> None:
    incident = breached(1)
    SlaClock.objects.filter(incident=incident).delete()
    assert send(slack) == Round(dropped=1)
    assert told(NoticeKind.BREACHED) == [("refused", "overtaken: the clock never ran")]


def test_of_a_clock_that_was_retimed_only_the_new_deadline_is_told(slack: RunningSlack) -> None:
    incident = breached(1)
    SlaClock.objects.filter(incident=incident).update(breached_at=None, due_at=F("due_at") + timedelta(minutes=10))
    assert send(slack) == Round(dropped=1)
    assert told(NoticeKind.BREACHED) == [("refused", "overtaken: the clock is due at another time")]


def test_an_escalation_at_its_deadline_is_one_line(slack: RunningSlack) -> None:
    let_pass(make_incident(1, title="[P1] Burning - chatops-gateway"), 29.05)
    assert (breach_due_clocks(), escalate_unresolved()) == (3, 1)
    assert send(slack) == Round(sent=3, dropped=1)
    assert headlines(slack) == [
        "Respond is breached",
        "Acknowledge is breached",
        "Not resolved in time: somebody has to escalate it",
    ]
    assert ("refused", "overtaken: told of as an escalation") in told(NoticeKind.BREACHED)


def test_a_reminder_is_needless_once_it_is_resolved(slack: RunningSlack) -> None:
    incident = make_incident(1, title="[P1] Burning - chatops-gateway")
    let_pass(incident, 29.05)
    breach_due_clocks()
    escalate_unresolved()
    resolved(incident)
    send(slack)
    assert told(NoticeKind.REMINDED) == [("refused", "overtaken: the clock has stopped")]


def test_a_breach_that_was_met_late_is_told_all_the_same(slack: RunningSlack) -> None:
    acknowledged(breached(1), after=timedelta(minutes=5, seconds=1))
    assert SlaClock.objects.get(kind="respond").stopped_at is not None
    assert send(slack) == Round(sent=1)
