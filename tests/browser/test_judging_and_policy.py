"""Judging, and trying a policy out, as a person does it in a browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from incidents.enums import Severity
from incidents.models import Incident, PolicyVersion
from incidents.services.ask_pagerduty import Act
from incidents.services.judge_severity import judge_severity
from tests.cast import make_cast
from tests.conftest import SignIn
from tests.factories import make_incident
from tests.servers import PortalUnderTest

pytestmark = pytest.mark.browser


@pytest.fixture
def incident(portal: PortalUnderTest) -> Incident:
    make_cast()
    return make_incident(minutes_old=20, title="[P2] Node failure - chatops-gateway")


@pytest.fixture
def room(incident: Incident, sign_in: SignIn, page: Page) -> Page:
    sign_in(responder())
    with page.expect_response(re.compile(r"/live/incidents/")):
        page.goto(incident.get_absolute_url())
    return page


def responder() -> User:
    return User.objects.get(username="responder")


def test_the_badge_leads_to_the_choice_and_the_clocks_follow_the_judgement(room: Page) -> None:
    room.locator("#room-head a.sev").click()
    expect(room.locator('#judge [type=radio][value="P2"]')).to_be_focused()
    room.keyboard.press("ArrowUp")
    room.keyboard.press("ArrowUp")
    expect(room.locator('#judge [type=radio][value="P0"]')).to_be_checked()
    room.get_by_label("Why?").fill("all nodes are gone")
    room.get_by_role("button", name="Judge", exact=True).click()
    expect(room.locator("#room-head a.sev")).to_contain_text("P0")
    expect(room.locator("#room-timeline")).to_contain_text("judged the severity P0 (was P2): all nodes are gone")
    expect(room.get_by_label("Why?")).to_have_value("")
    expect(room.locator("#judge .choice", has=room.locator('[value="P0"]'))).to_contain_text("now")


def test_a_missing_reason_loses_nothing(room: Page) -> None:
    room.locator("#judge summary").click()
    room.locator('#judge [type=radio][value="P0"]').check()
    room.get_by_role("button", name="Judge", exact=True).click()
    expect(room.locator("#notice")).to_contain_text("Say why")
    expect(room.locator('#judge [type=radio][value="P0"]')).to_be_checked()


def test_a_reason_outlives_a_reload(room: Page) -> None:
    room.locator("#judge summary").click()
    room.get_by_label("Why?").fill("half a sentence")
    expect(room.locator("#judge-state")).to_contain_text("Draft kept")
    room.reload()
    expect(room.locator("#judge")).to_have_attribute("open", "")
    expect(room.get_by_label("Why?")).to_have_value("half a sentence")


def test_the_second_of_two_sees_what_the_first_judged(room: Page, incident: Incident) -> None:
    room.locator("#judge summary").click()
    room.locator('#judge [type=radio][value="P3"]').check()
    room.get_by_label("Why?").fill("only a label")
    teammate = Act(number=incident.pk, actor=User.objects.get(username="kenji"))
    judge_severity(act=teammate, seen=Severity.P2, severity=Severity.P1, reason="half of them are gone")
    expect(room.locator("#room-head a.sev")).to_contain_text("P1")
    room.get_by_role("button", name="Judge", exact=True).click()
    expect(room.locator("#notice")).to_contain_text("Kenji Sato judged the severity P1 (was P2): half of them are gone")
    expect(room.get_by_label("Why?")).to_have_value("only a label")
    expect(room.locator('#judge [type=radio][value="P3"]')).to_be_checked()
    room.get_by_role("button", name="Judge", exact=True).click()
    expect(room.locator("#room-head a.sev")).to_contain_text("P3")


def test_a_policy_is_tried_out_before_it_is_stored(portal: PortalUnderTest, sign_in: SignIn, page: Page) -> None:
    sign_in(make_cast().manager)
    page.goto("/sla/policy/")
    page.get_by_label("P0 Respond").fill("20")
    expect(page.locator("#preview")).to_contain_text("P0 Respond: Responding may not take longer than acknowledging")
    page.get_by_label("P0 Respond").fill("2")
    expect(page.locator("#preview")).to_contain_text("an incident would be due:")
    page.get_by_label("Why it changes").fill("we got faster")
    page.get_by_role("button", name="Store as a new version").click()
    expect(page.locator("#notice")).to_contain_text("Version 2 is in force")
    expect(page.get_by_text("within 2 min")).to_be_visible()
    assert PolicyVersion.objects.count() == 2
