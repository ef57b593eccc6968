"""Pay as people meet it in their browsers: drafted, approved by two, published; leave applied for and approved."""

import re
from decimal import Decimal
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.cast import Cast, make_cast
from tests.compensation.making import at, last_month, make_p0, make_rule, published, shift_in
from tests.conftest import SignIn
from tests.servers import PortalUnderTest
from tests.shifts.making import DAY, HOUR, make_schedule, make_shift

pytestmark = pytest.mark.browser


@pytest.fixture
def people(portal: PortalUnderTest) -> Cast:
    """Last month Lin had a week and the manager another; a P0 has no review."""
    people = make_cast()
    make_rule(people.manager, rest_day_hours=Decimal(4), p0_bonus=Decimal(3000), weekend_factor=Decimal("1.5"))
    schedule = make_schedule()
    shift_in(schedule, people.responder, 0, days=7)
    shift_in(schedule, people.manager, 7, days=7)
    make_shift(schedule, people.responder, begins_in=-HOUR, lasts=2 * HOUR)
    make_p0(1, at(last_month() + DAY, 12))
    return people


def test_from_the_draft_to_leave(people: Cast, sign_in: SignIn, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    month = f"/compensation/months/{last_month():%Y-%m}/"
    sign_in(people.manager)
    page.goto("/shifts/")
    page.get_by_role("link", name="Pay", exact=True).click()
    page.get_by_role("link", name="Months", exact=True).click()
    page.get_by_role("link", name=f"{last_month():%Y-%m}").click()
    page.get_by_role("button", name="Draft it").click()
    expect(page.get_by_text("Its review is missing.")).to_be_visible()
    page.get_by_role("button", name="Approve all but mine").click()
    expect(page.get_by_text("another manager approves yours")).to_be_visible()
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)

    sign_in(people.admin)
    page.goto(month)
    page.get_by_role("button", name="Approve all but mine").click()
    page.get_by_label("I am sure").check()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Everybody is told")).to_be_visible()

    sign_in(people.responder)
    page.goto("/compensation/")
    page.get_by_role("link", name=f"{last_month():%Y-%m}", exact=True).click()
    page.get_by_role("link", name="chatops primary").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shift of Lin Yu-ting")
    page.goto("/compensation/")
    page.get_by_label("How much").fill("1000")
    page.get_by_label("Note (may stay empty)").fill("A wedding")
    page.get_by_role("button", name="Apply for leave").click()
    expect(page.get_by_text("that nothing is planned for")).to_be_visible()
    expect(page.get_by_label("Note (may stay empty)")).to_have_value("A wedding")
    page.get_by_label("How much").fill("2")
    page.get_by_role("button", name="Apply for leave").click()
    expect(page.get_by_text("Applied for.")).to_be_visible()

    sign_in(people.manager)
    page.goto("/shifts/notices/")
    page.locator(".notice-row", has_text="applies for").get_by_role("link", name="Open").click()
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_text("Say in a word why it is declined")).to_be_visible()
    page.get_by_label("A word with it").fill("Enjoy")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("dd", has_text="Approved")).to_contain_text("Enjoy")


def test_what_is_typed_into_a_correction_after_the_session_is_over_is_kept(
    people: Cast, sign_in: SignIn, page: Page
) -> None:
    published(people, last_month())
    sign_in(people.manager)
    page.goto(f"/compensation/months/{last_month():%Y-%m}/")
    page.get_by_role("link", name="Lin Yu-ting").click()
    page.get_by_text("Correct this line").first.click()
    page.get_by_label("Amount, with a minus to take back").first.fill("-100.50")
    page.get_by_label("Why").first.fill("The shift ended earlier")
    page.reload()
    page.get_by_text("Correct this line").first.click()
    expect(page.get_by_label("Why").first).to_have_value("The shift ended earlier")
    page.get_by_role("button", name="Add a correcting line").first.click()
    expect(page.get_by_text("which waits for its approval")).to_be_visible()
    expect(page.get_by_text("-NT$100.50").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_pages_fit_and_are_accessible(
    scheme: Literal["light", "dark"], width: int, people: Cast, sign_in: SignIn, page: Page
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    published(people, last_month())

    def look(path: str) -> None:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert violations(page) == [], path

    sign_in(people.responder)
    for path in ("/compensation/", "/compensation/rules/"):
        look(path)
    sign_in(people.manager)
    month = f"/compensation/months/{last_month():%Y-%m}/"
    for path in ("/compensation/months/", month, "/compensation/rules/new/"):
        look(path)
    page.goto(month)
    page.get_by_role("link", name="Lin Yu-ting").click()
    expect(page).to_have_url(re.compile("/people/"))
    look(page.url)
