"""A handoff as two people write and sign it in their browsers; nothing that somebody types is lost."""

import re
from typing import Literal

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from shifts.models import Handoff, HandoffLine, Shift
from shifts.services.write_handoff import edit_line
from tests.browser.axe import violations
from tests.cast import PASSWORD, Cast, make_cast
from tests.conftest import SignIn
from tests.factories import make_incident, make_resolved
from tests.servers import MortalPortal, PortalUnderTest
from tests.shifts.handoff.making import make_ended, signed
from tests.shifts.making import make_schedule

pytestmark = pytest.mark.browser
#: Not the «being saved» of what was kept.
SAVED = re.compile(r"\bSaved\b")
SAVE = re.compile(r"/handoffs/lines/\d+/$")


@pytest.fixture
def people(portal: PortalUnderTest) -> Cast:
    return make_cast()


@pytest.fixture
def shift(people: Cast) -> Shift:
    make_resolved(1, minutes_old=200)
    make_incident(2, minutes_old=100)
    return make_ended(make_schedule(), people)


def test_from_draft_to_both_signatures(people: Cast, shift: Shift, sign_in: SignIn, page: Page) -> None:
    sign_in(people.responder)
    page.goto(f"/shifts/{shift.pk}/")
    page.get_by_role("link", name="Handoff", exact=True).click()
    line = page.get_by_label("Line of Events")
    expect(line).to_have_value(re.compile("Node failure"))
    with page.expect_response(SAVE):
        line.fill("[P2] Node failure, a cable (root cause: a cable)")
    expect(page.get_by_text(SAVED)).to_be_visible()
    page.get_by_label("Add to Notes").fill("Watch the disk of chatops-db")
    page.locator(".add-line", has=page.get_by_label("Add to Notes")).get_by_role("button", name="Add").click()
    expect(page.get_by_label("Line of Notes")).to_have_value("Watch the disk of chatops-db")
    for item in ("State of unresolved incidents", "Changes in progress", "Alerts to watch", "Special notes"):
        page.get_by_role("button", name=f"Tick {item}").click()
    expect(page.get_by_label("Who takes over")).to_have_value(re.compile(r"\d+"))
    page.get_by_role("button", name="Sign and hand over").click()
    expect(page.locator("#signatures").get_by_text("Lin Yu-ting handed over")).to_be_visible()
    expect(page.get_by_label("Line of Events")).to_have_count(0)

    sign_in(people.teammate)
    page.goto("/")
    page.locator("#bell").click()
    expect(page.get_by_text("Lin Yu-ting hands chatops primary over to you")).to_be_visible()
    page.goto(f"/shifts/{shift.pk}/handoff/")
    page.get_by_text("Ask about it").first.click()
    page.get_by_label("Question").first.fill("which cable?")
    page.get_by_role("button", name="Ask", exact=True).first.click()
    expect(page.get_by_text("which cable?")).to_be_visible()

    sign_in(people.responder)
    page.goto(f"/shifts/{shift.pk}/handoff/")
    page.get_by_label("Answer").fill("the blue one")
    page.get_by_role("button", name="Answer").click()

    sign_in(people.teammate)
    page.goto(f"/shifts/{shift.pk}/handoff/")
    expect(page.get_by_text("the blue one")).to_be_visible()
    for item in ("State of unresolved incidents", "Changes in progress", "Alerts to watch", "Special notes"):
        page.get_by_role("button", name=f"Tick {item}").click()
    page.get_by_role("button", name="Sign and take over").click()
    expect(page.locator("#signatures").get_by_text("Kenji Sato took over")).to_be_visible()


def test_two_tabs_do_not_overwrite_each_other(people: Cast, shift: Shift, sign_in: SignIn, page: Page) -> None:
    sign_in(people.responder)
    page.goto(f"/shifts/{shift.pk}/handoff/")
    line = HandoffLine.objects.earliest("pk")
    edit_line(actor=people.responder, line_id=line.pk, expected_version=1, text="typed in the other tab")
    field = page.get_by_label("Line of Events")
    field.fill("typed in this tab")
    expect(page.get_by_text("Stored is: «typed in the other tab»")).to_be_visible()
    expect(field).to_have_value("typed in this tab")
    line.refresh_from_db()
    assert line.text == "typed in the other tab"
    field.fill("typed in this tab, both read")
    expect(page.get_by_text(SAVED)).to_be_visible()
    line.refresh_from_db()
    assert line.text == "typed in this tab, both read"


def test_what_is_typed_while_the_portal_is_away_is_kept_and_sent(
    people: Cast, shift: Shift, sign_in: SignIn, page: Page
) -> None:
    sign_in(people.responder)
    page.goto(f"/shifts/{shift.pk}/handoff/")
    page.route(SAVE, lambda route: route.abort())
    page.get_by_label("Line of Events").fill("typed in the dark")
    expect(page.get_by_text("Not saved: the portal cannot be reached.")).to_be_visible()
    # The browser dies; another tab of it finds what was typed.
    page.goto("about:blank")
    page.unroute(SAVE)
    page.goto(f"/shifts/{shift.pk}/handoff/")
    expect(page.get_by_label("Line of Events")).to_have_value("typed in the dark")
    expect(page.get_by_text(SAVED)).to_be_visible()
    assert HandoffLine.objects.earliest("pk").text == "typed in the dark"
    page.reload()
    expect(page.get_by_text("Kept in this browser")).to_have_count(0)


def test_what_is_typed_while_the_server_is_killed_is_stored_once_it_is_back(
    people: Cast, shift: Shift, sign_in: SignIn, page: Page
) -> None:
    mortal = MortalPortal(str(connection.settings_dict["NAME"]))
    mortal.start()
    try:
        sign_in(people.responder)
        page.goto(f"{mortal.url}/shifts/{shift.pk}/handoff/")
        with page.expect_response(SAVE):
            page.get_by_label("Line of Events").fill("typed before")
        mortal.kill()
        page.get_by_label("Line of Events").press_sequentially(" and while it was dead")
        page.get_by_label("Add to Notes").fill("a note that nobody has sent")
        expect(page.get_by_text("Not saved: the portal cannot be reached.")).to_be_visible()
        with page.expect_response(SAVE, timeout=40_000):
            mortal.start()
        expect(page.get_by_text("Not saved: the portal cannot be reached.")).to_have_count(0)
        assert HandoffLine.objects.earliest("pk").text == "typed before and while it was dead"
        page.reload()
        expect(page.get_by_label("Line of Events")).to_have_value("typed before and while it was dead")
        expect(page.get_by_label("Add to Notes")).to_have_value("a note that nobody has sent")
    finally:
        mortal.kill()


def test_what_is_typed_after_the_session_is_over_is_kept_and_sent(
    people: Cast, shift: Shift, sign_in: SignIn, page: Page
) -> None:
    sign_in(people.responder)
    page.goto(f"/shifts/{shift.pk}/handoff/")
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("Line of Events").fill("typed without a session")
    page.wait_for_timeout(1_500)
    sign_in(people.responder)
    page.goto(f"/shifts/{shift.pk}/handoff/")
    expect(page.get_by_label("Line of Events")).to_have_value("typed without a session")
    expect(page.get_by_text(SAVED)).to_be_visible()


def test_a_line_that_is_added_after_the_session_is_over_comes_back(
    people: Cast, shift: Shift, sign_in: SignIn, page: Page
) -> None:
    sign_in(people.responder)
    page.goto(f"/shifts/{shift.pk}/handoff/")
    page.get_by_label("Add to Notes").fill("Watch the disk")
    page.context.clear_cookies(name="sessionid")
    page.locator(".add-line", has=page.get_by_label("Add to Notes")).get_by_role("button", name="Add").click()
    page.get_by_label("Username").fill("responder")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Add to Notes")).to_have_value("Watch the disk")
    expect(page.get_by_text("Your unsent draft is back.")).to_be_visible()
    page.locator(".add-line", has=page.get_by_label("Add to Notes")).get_by_role("button", name="Add").click()
    expect(page.get_by_label("Line of Notes")).to_have_value("Watch the disk")
    expect(page.get_by_label("Add to Notes")).to_have_value("")


def test_what_happens_meanwhile_is_shown_and_taken_in(people: Cast, shift: Shift, sign_in: SignIn, page: Page) -> None:
    sign_in(people.responder)
    page.clock.install()
    page.goto(f"/shifts/{shift.pk}/handoff/")
    make_incident(3, title="[P0] Burning - chatops-db")
    with page.expect_response(re.compile("/news/$")):
        page.clock.fast_forward(21_000)
    expect(page.get_by_text("Happened since you began")).to_be_visible()
    page.get_by_role("button", name="Take in").click()
    expect(page.get_by_label("Line of Ongoing").last).to_have_value(re.compile("Burning"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_pages_fit_and_are_accessible(
    scheme: Literal["light", "dark"], width: int, people: Cast, shift: Shift, sign_in: SignIn, page: Page
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)

    def look(path: str) -> None:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert violations(page) == [], path

    sign_in(people.viewer)
    look(f"/shifts/{shift.pk}/handoff/")
    sign_in(people.responder)
    look(f"/shifts/{shift.pk}/handoff/")
    signed(people, shift)
    sign_in(people.teammate)
    look(f"/shifts/{shift.pk}/handoff/")
    look("/handoffs/")
    assert Handoff.objects.count() == 1
