"""An update from the room's composer to the status page, as a responder on a telephone and a stakeholder see it."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from incidents.models import StakeholderUpdate
from tests.browser.axe import violations
from tests.cast import PASSWORD, Cast, make_cast
from tests.conftest import SignIn
from tests.factories import make_incident, make_resolved
from tests.incidents.updates.making import tell
from tests.servers import PortalUnderTest

pytestmark = pytest.mark.browser


@pytest.fixture
def people(portal: PortalUnderTest) -> Cast:
    return make_cast()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_from_the_composer_to_the_status_page(people: Cast, sign_in: SignIn, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    incident = make_incident(1, title="[P0] Down - chatops-gateway")
    sign_in(people.responder)
    page.goto(f"/incidents/{incident.pk}/")
    stakeholders = page.locator(".clock-card", has_text="Stakeholders")
    expect(stakeholders).to_contain_text("next update in")
    stakeholders.get_by_role("link", name="Write the update").click()
    words = page.get_by_label("What the stakeholders read")
    expect(words).to_be_focused()
    expect(words).to_have_value(re.compile(r"^chatops-gateway is down or unusable since .* Next update by \{next\}\.$"))
    expect(page.get_by_label("Next update in … minutes")).to_have_value("30")
    words.fill("Messages are lost. Next update by {next}.")
    page.get_by_label("Next update in … minutes").fill("20")
    preview = page.locator("#update-preview")
    expect(preview).to_contain_text(re.compile(r"Messages are lost\. Next update by \d\d:\d\d \(UTC\+8\)\."))
    page.get_by_label("Next update in … minutes").fill("3")
    expect(preview).to_contain_text("The next update comes in 5 minutes to 1440")
    page.get_by_label("Next update in … minutes").fill("20")
    expect(preview.locator(".preview-channel")).to_have_count(2)
    page.route(re.compile("/updates/preview/$"), lambda route: route.abort())
    page.get_by_label("State", exact=True).select_option("identified")
    expect(preview).to_have_text(re.compile("^The preview could not be made"))
    page.unroute(re.compile("/updates/preview/$"))
    page.get_by_label("State", exact=True).select_option("investigating")
    expect(preview.locator(".preview-channel")).to_have_count(2)
    assert violations(page) == []
    assert fits(page)
    page.get_by_role("button", name="Send the update").click()
    expect(page.get_by_text("The stakeholders are told.")).to_be_visible()
    expect(page.locator("#room-timeline .entry-status_update")).to_have_count(1)
    expect(page.locator("#room-updates")).to_contain_text("Messages are lost.")
    expect(page.locator("#room-updates")).to_contain_text("PagerDuty: on its way")
    expect(page.locator("#update-form textarea")).to_have_value(re.compile("chatops-gateway is down"))
    assert StakeholderUpdate.objects.count() == 1

    sign_in(people.viewer)
    page.goto("/")
    page.get_by_role("link", name="Status").click()
    card = page.locator(".status-card")
    expect(card).to_contain_text("Messages are lost. Next update by")
    expect(card.locator(".clock-text")).to_contain_text(re.compile(r"next update in\s+(20:00|19:\d\d)"))
    page.get_by_role("button", name="Tell me Everything").click()
    expect(page.get_by_text("You are told of it from now on.")).to_be_visible()
    expect(page.locator("#tell-me")).to_contain_text("you are told")
    assert violations(page) == []
    assert fits(page)

    tell(people.responder, incident, key="next", text="Half of it works again.")
    expect(page.locator("#bell-count")).to_have_text("1")


def test_an_open_status_page_looks_again(people: Cast, sign_in: SignIn, page: Page) -> None:
    incident = make_incident(1)
    sign_in(people.viewer)
    page.clock.install()
    page.goto("/status/")
    expect(page.get_by_text("No update yet")).to_be_visible()
    tell(people.responder, incident, text="We have it.")
    with page.expect_response(re.compile("/status/live/$")):
        page.clock.fast_forward(21_000)
    expect(page.locator(".status-card").get_by_text("We have it.")).to_be_visible()


def test_what_was_typed_survives_the_end_of_the_session(people: Cast, sign_in: SignIn, page: Page) -> None:
    incident = make_incident(1)
    sign_in(people.responder)
    page.goto(f"/incidents/{incident.pk}/#update")
    page.get_by_label("What the stakeholders read").fill("Typed at three in the morning.")
    expect(page.locator("#update-preview")).to_contain_text("Typed at three in the morning.")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Send the update").click()
    page.get_by_label("Username").fill("responder")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"/incidents/{incident.pk}/#update")
    expect(page.get_by_label("What the stakeholders read")).to_have_value("Typed at three in the morning.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_pages_fit_and_are_accessible(
    scheme: Literal["light", "dark"], width: int, people: Cast, sign_in: SignIn, page: Page
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    tell(people.responder, make_incident(1, title="[P0] Down - chatops-gateway"), text="x" * 1_000)
    make_incident(2, minutes_old=55)
    make_incident(3, minutes_old=65)
    over = make_resolved(4, minutes_old=20, title="[P1] Slow - chatops-gateway")
    sign_in(people.manager)
    for path in ("/status/", "/status/templates/", f"/incidents/{over.pk}/#update"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert fits(page), path
        assert violations(page) == [], path
