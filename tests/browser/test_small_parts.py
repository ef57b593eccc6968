"""Small parts of pages, as they are drawn: what folds shows it, words stay inside of what they stand in, boxes look like boxes."""

import pytest
from playwright.sync_api import Page, expect

from shifts.enums import GuideKind
from shifts.models import Shift
from shifts.services.edit_guide import GuideLine, add_guide_entry
from tests.browser.axe import violations
from tests.cast import Cast, make_cast
from tests.conftest import SignIn
from tests.servers import PortalUnderTest
from tests.shifts.making import DAY, HOUR, make_schedule, make_shift

pytestmark = pytest.mark.browser
#: The mark of a summary: how wide its strokes are, and which way it points.
MARK = """
(summary) => {
    const style = getComputedStyle(summary, "::after");
    return [style.borderBottomWidth, style.content, style.width, new DOMMatrix(style.transform).b > 0];
}
"""
#: How far the words of the ring reach from its middle, and how far its stroke is.
RING = """
(ring) => {
    const { left, top, width, height } = ring.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(ring.querySelector("p span"));
    const words = range.getBoundingClientRect();
    const below = words.bottom - top - height / 2;
    const reach = Math.max(...[words.left, words.right].map((x) => Math.hypot(x - left - width / 2, below)));
    return [reach, (width * (50 - 6)) / 120];
}
"""
#: The free room beside the words of a button.
ROOM = """
(button) => {
    const range = document.createRange();
    range.selectNodeContents(button);
    const [outer, inner] = [button.getBoundingClientRect(), range.getBoundingClientRect()];
    return Math.min(inner.left - outer.left, outer.right - inner.right, inner.top - outer.top);
}
"""


@pytest.fixture
def people(portal: PortalUnderTest) -> Cast:
    return make_cast()


@pytest.fixture
def shift(people: Cast) -> Shift:
    return make_shift(make_schedule(), people.responder, begins_in=HOUR, lasts=DAY)


def test_what_folds_shows_that_it_does(people: Cast, shift: Shift, sign_in: SignIn, page: Page) -> None:
    add_guide_entry(actor=people.manager, kind=GuideKind.CONTACT, line=GuideLine("Desk", "#desk", "nights", "+1 2"))
    sign_in(people.manager)
    for path in ("/guide/contacts/", "/guide/feasibility/"):
        page.goto(path)
        summary = page.locator("main details > summary").first
        width, content, size, is_downward = summary.evaluate(MARK)
        assert (width, content, is_downward) == ("2px", '""', True), path
        assert float(size.removesuffix("px")) > 5, path
        page.emulate_media(reduced_motion="reduce")
        summary.click()
        assert summary.evaluate(MARK)[3] is False, "open, it points up"


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_words_stay_inside_on_a_phone(language: str, people: Cast, shift: Shift, sign_in: SignIn, page: Page) -> None:
    people.responder.language = language
    people.responder.save()
    sign_in(people.responder)
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"/shifts/{shift.pk}/preflight/")
    reach, stroke = page.locator(".ring").evaluate(RING)
    assert reach < stroke
    page.goto("/shifts/mine/")
    assert page.locator("form[action$='/feeds/'] .btn").evaluate(ROOM) >= 4


def test_a_box_that_is_not_ticked_is_empty_in_the_dark(people: Cast, sign_in: SignIn, page: Page) -> None:
    sign_in(people.responder)
    page.emulate_media(color_scheme="dark")
    page.goto("/shifts/mine/")
    box = page.get_by_label("In Slack")
    expect(box).not_to_be_checked()
    expect(box).to_have_css("appearance", "none")
    expect(box).to_have_css("background-color", "rgb(18, 25, 32)")
    box.check()
    expect(box).to_have_css("background-color", "rgb(31, 111, 235)")
    assert violations(page) == []
