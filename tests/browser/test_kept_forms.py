"""What was typed into a form that is sent as a page survives a session that is over; what was answered is forgotten."""

import pytest
from playwright.sync_api import Page, expect

from shifts.models import CoverRequest, Shift
from tests.browser.test_shifts import people, shift
from tests.cast import PASSWORD, Cast
from tests.conftest import SignIn

__all__ = ["people", "shift"]
pytestmark = pytest.mark.browser
WHY = "Why (may stay empty)"


def test_a_session_that_is_over_loses_nothing(people: Cast, shift: Shift, sign_in: SignIn, page: Page) -> None:
    sign_in(people.responder)
    page.goto(f"/shifts/{shift.pk}/")
    page.get_by_label(WHY).fill("A wedding")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Ask for cover").click()
    page.get_by_label("Username").fill("responder")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Your unsent draft is back.")).to_be_visible()
    expect(page.get_by_label(WHY)).to_have_value("A wedding")
    page.get_by_role("button", name="Ask for cover").click()
    expect(page.get_by_text("Asked. The first to accept has it")).to_be_visible()
    assert CoverRequest.objects.get().reason == "A wedding"
    expect(page.get_by_label(WHY)).to_have_value("")
    page.reload()
    expect(page.get_by_text("Your unsent draft is back.")).to_have_count(0)


def test_what_was_typed_and_left_comes_back(people: Cast, shift: Shift, sign_in: SignIn, page: Page) -> None:
    sign_in(people.responder)
    page.goto(f"/shifts/{shift.pk}/")
    page.get_by_label(WHY).fill("A wedding")
    page.goto("/shifts/")
    page.goto(f"/shifts/{shift.pk}/")
    expect(page.get_by_label(WHY)).to_have_value("A wedding")
    sign_in(people.manager)
    page.goto(f"/shifts/{shift.pk}/")
    expect(page.get_by_label(WHY)).to_have_value("")


def test_a_portal_that_cannot_be_reached_loses_nothing(people: Cast, shift: Shift, sign_in: SignIn, page: Page) -> None:
    sign_in(people.responder)
    page.goto(f"/shifts/{shift.pk}/")
    page.get_by_label(WHY).fill("A wedding")
    page.route("**/cover/", lambda route: route.abort())
    page.get_by_role("button", name="Ask for cover").click()
    page.wait_for_url("chrome-error://**")
    page.unroute("**/cover/")
    page.goto(f"/shifts/{shift.pk}/")
    expect(page.get_by_label(WHY)).to_have_value("A wedding")
    assert not CoverRequest.objects.exists()
