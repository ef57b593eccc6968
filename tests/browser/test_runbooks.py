"""Working by a runbook, as two people do it in their browsers at once."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from incidents.models import Incident
from incidents.services.ask_pagerduty import Act, respond_to_incident
from incidents.services.tick_step import tick_step
from tests.cast import make_cast
from tests.conftest import SignIn
from tests.factories import make_incident
from tests.servers import PortalUnderTest

pytestmark = pytest.mark.browser
FIRST, SECOND = "tick-usage", "tick-pods"


@pytest.fixture
def incident(portal: PortalUnderTest) -> Incident:
    make_cast()
    return make_incident(title="[P2] High CPU - chatops-gateway")


@pytest.fixture
def room(incident: Incident, sign_in: SignIn, page: Page) -> Page:
    sign_in(User.objects.get(username="responder"))
    with page.expect_response(re.compile(r"/live/incidents/")):
        page.goto(incident.get_absolute_url())
    return page


def teammate(incident: Incident) -> Act:
    return Act(number=incident.pk, actor=User.objects.get(username="kenji"))


def test_a_step_is_ticked_by_the_keyboard_and_taken_back(room: Page) -> None:
    step = room.locator(f"#{FIRST}")
    expect(room.get_by_role("checkbox", name=re.compile("Which pods use the CPU"))).to_have_id(FIRST)
    step.focus()
    room.keyboard.press("Space")
    expect(step).to_have_attribute("aria-checked", "true")
    expect(step).to_be_focused()
    expect(room.locator("#room-runbook")).to_contain_text("1 of 7 done")
    expect(room.locator("#room-timeline")).to_contain_text("Lin Yu-ting ticked “Which pods use the CPU?")
    room.keyboard.press("Enter")
    expect(step).to_have_attribute("aria-checked", "false")
    expect(room.locator("#room-timeline")).to_contain_text("Lin Yu-ting took the tick of")


def test_a_teammates_tick_arrives_and_what_was_open_stays_open(room: Page, incident: Incident) -> None:
    room.get_by_text("Background and commands").click()
    tick_step(act=teammate(incident), slug="high-cpu", key="pods")
    expect(room.locator(f"#{SECOND}")).to_have_attribute("aria-checked", "true")
    expect(room.locator("#room-runbook")).to_contain_text("Kenji Sato")
    expect(room.get_by_role("heading", name="Before you scale")).to_be_visible()


def test_news_of_something_else_leaves_the_runbook_as_it_is(room: Page, incident: Incident) -> None:
    room.evaluate("document.getElementById('room-runbook').isTheSame = true")
    respond_to_incident(act=teammate(incident))
    expect(room.locator("#room-timeline")).to_contain_text("Kenji Sato is on it")
    assert room.evaluate("document.getElementById('room-runbook').isTheSame") is True


def test_another_runbook_stays_through_news_and_a_reload(room: Page, incident: Incident) -> None:
    panel = room.locator("#room-runbook")
    room.get_by_label("Another runbook").select_option("general-incident")
    expect(panel.get_by_role("link", name="General incident", exact=True)).to_be_visible()
    tick_step(act=teammate(incident), slug="general-incident", key="own")
    expect(panel).to_contain_text("1 of 9 done")
    room.reload()
    expect(panel).to_contain_text("1 of 9 done")
    room.get_by_label("Another runbook").select_option("high-cpu")
    expect(panel).to_contain_text("0 of 7 done")
    expect(room).to_have_url(re.compile(r"\?runbook=high-cpu$"))


def test_without_javascript_it_works_too(
    incident: Incident, sign_in: SignIn, page: Page, browser: Browser, portal: PortalUnderTest
) -> None:
    sign_in(User.objects.get(username="responder"))
    plain = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state(), base_url=portal.url
    ).new_page()
    plain.goto(incident.get_absolute_url())
    plain.get_by_label("Another runbook").select_option("general-incident")
    plain.get_by_role("button", name="Open", exact=True).click()
    plain.locator("#tick-own").click()
    expect(plain.locator("#tick-own")).to_have_attribute("aria-checked", "true")
    expect(plain.locator("#room-runbook")).to_contain_text("1 of 9 done")
    plain.context.close()
