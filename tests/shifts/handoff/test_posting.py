"""A signed report in the team's channel: once, when somebody asks, and nothing of a line is a mention."""

import json
from dataclasses import replace

import pytest
from pytest_django import Settings

from accounts.models import AuditRecord
from shifts.enums import HandoffSection
from shifts.handoff.exports import LONGEST_BLOCK, MOST_BLOCKS, slack_blocks, slack_headline, slack_text
from shifts.handoff.report import Event
from shifts.handoff_tasks import post_handoffs
from shifts.models import Handoff, Schedule, Shift
from shifts.services.write_handoff import add_line
from simulators.slack.testing import RunningSlack
from tests.cast import Cast, browser_of
from tests.incidents.conftest import _slack_simulator, slack
from tests.shifts.handoff.making import draft, make_ended, signed
from tests.shifts.handoff.test_exports import hostile

__all__ = ["_slack_simulator", "slack"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def shift(cast: Cast, schedule: Schedule) -> Shift:
    return make_ended(schedule, cast)


def ask(cast: Cast, handoff: Handoff) -> str:
    return browser_of(cast.teammate).post(f"/handoffs/{handoff.pk}/post/", follow=True).content.decode()


def test_it_is_there_once(cast: Cast, shift: Shift, slack: RunningSlack) -> None:
    written = draft(cast, shift)
    add_line(
        actor=cast.responder, handoff_id=written.pk, section=HandoffSection.NOTES, text="<!channel> & @here", key="k"
    )
    handoff = signed(cast, shift)
    assert "On its way to Slack." in ask(cast, handoff)
    assert "Slack has it, or is about to." in ask(cast, handoff)
    assert post_handoffs() == "1 sent"
    assert post_handoffs() == "0 sent"
    (message,) = slack.messages
    shown = json.dumps(message, ensure_ascii=False)
    assert "&lt;!channel&gt; &amp; @here" in shown
    assert "<!channel>" not in shown
    assert message["text"] == "On-Call Handoff: chatops primary, Lin Yu-ting → Kenji Sato"
    assert all(block["text"]["verbatim"] for block in message["blocks"])
    assert "In Slack since" in browser_of(cast.teammate).get(f"/shifts/{shift.pk}/handoff/").content.decode()
    assert AuditRecord.objects.filter(verb="post_handoff").count() == 1


def test_an_outage_is_waited_out_and_a_refusal_told(cast: Cast, shift: Shift, slack: RunningSlack) -> None:
    handoff = signed(cast, shift)
    ask(cast, handoff)
    slack.fail(status=503)
    assert post_handoffs().startswith("0 sent; broken")
    assert post_handoffs() == "0 sent", "not before its time"
    Handoff.objects.update(slack_next_at=handoff.created_at)
    slack.fail(status=404, body="no_service")
    assert "refused" in post_handoffs()
    page = browser_of(cast.teammate).get(f"/shifts/{shift.pk}/handoff/").content.decode()
    assert "Slack refused it:" in page
    Handoff.objects.update(slack_next_at=handoff.created_at)
    ask(cast, handoff)
    assert post_handoffs() == "1 sent"


def test_a_draft_is_nobody_elses_to_post(cast: Cast, shift: Shift, slack: RunningSlack) -> None:
    handoff = draft(cast, shift)
    assert browser_of(cast.teammate).post(f"/handoffs/{handoff.pk}/post/").status_code == 404
    own = browser_of(cast.responder).post(f"/handoffs/{handoff.pk}/post/", follow=True)
    assert "It is not signed yet." in own.content.decode()
    assert post_handoffs() == "0 sent"


def test_without_a_channel_there_is_no_button(cast: Cast, shift: Shift, settings: Settings) -> None:
    settings.SLACK_WEBHOOK_URL = ""
    signed(cast, shift)
    assert "Post to Slack" not in browser_of(cast.teammate).get(f"/shifts/{shift.pk}/handoff/").content.decode()
    assert post_handoffs() == "no Slack webhook"


def test_no_name_is_a_mention() -> None:
    report = replace(hostile(""), author="<!channel>", schedule="<!here>")
    assert "<!" not in slack_headline(report) + slack_text(report)


def test_a_long_report_is_cut_where_slack_ends() -> None:
    lines = tuple(Event(HandoffSection.NOTES, "", f"{number} " + "x" * 990) for number in range(200))
    blocks = slack_blocks(replace(hostile(""), lines=lines))
    assert len(blocks) == MOST_BLOCKS
    for block in blocks:
        text = block["text"]
        assert isinstance(text, dict)
        assert len(text["text"]) <= LONGEST_BLOCK
