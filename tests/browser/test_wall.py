"""The SLA wall in a real browser: readable from afar, live, and without a hand on it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.clocks import make_ringing
from tests.browser.waiting import wait_until
from tests.cast import Cast, make_cast
from tests.conftest import SignIn
from tests.factories import make_incident
from tests.servers import PortalUnderTest

pytestmark = pytest.mark.browser

IN_SIGHT = ".wall-card:not([hidden])"


@pytest.fixture
def people(portal: PortalUnderTest) -> Cast:
    return make_cast()


@pytest.fixture
def screen(people: Cast, sign_in: SignIn, page: Page) -> Page:
    """A viewer's browser on a screen on the wall, not yet at the wall."""
    sign_in(people.viewer)
    page.set_viewport_size({"width": 1920, "height": 1080})
    return page


def open_wall(page: Page) -> Locator:
    """The wall, live; its cards."""
    with page.expect_response(re.compile("/live/wall/")):
        page.goto("/sla/")
    return page.locator(".wall-card")


def whats(page: Page) -> list[str]:
    return page.locator(f"{IN_SIGHT} h2").all_inner_texts()


def test_twelve_clocks_fit_and_are_large(screen: Page) -> None:
    for number in range(4):
        make_incident(number, title="[P1] High Error Rate of everything that anybody ever measured - chatops-gateway")
    cards = open_wall(screen)
    expect(cards).to_have_count(12)
    assert screen.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]") == [
        1080,
        1920,
    ]
    boxes = [card.bounding_box() for card in cards.all()]
    assert all(box and box["y"] + box["height"] <= 1080 and box["x"] + box["width"] <= 1920 for box in boxes)
    # About 6 cm on a screen of 55 inches.
    sizes = screen.locator(".clock-time").evaluate_all(
        "all => all.map(each => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert min(sizes) >= 90
    assert screen.locator(".clock-time").evaluate_all(
        "all => all.every(each => each.scrollWidth <= each.closest('.wall-card').clientWidth)"
    )
    expect(screen.locator("#wall-pages")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "auto", "dark"])
def test_it_is_dark_whatever_the_theme(theme: str, people: Cast, screen: Page) -> None:
    people.viewer.theme = theme
    people.viewer.save()
    screen.emulate_media(color_scheme="light")
    open_wall(screen)
    colour = screen.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", colour)[:3]) < 40
    screen.goto("/")
    assert screen.evaluate("document.documentElement.dataset.themeChoice") == theme


def test_a_breach_before_the_eyes(screen: Page) -> None:
    """No engine runs: the page turns the clock by itself, on time, and says so."""
    make_ringing(due_in=4)
    cards = open_wall(screen)
    expect(cards.first).to_contain_text("at risk · respond in")
    expect(cards.first).to_have_class(re.compile("is-breached"), timeout=6_000)
    expect(cards.first).to_contain_text("respond breached")
    expect(cards.first).to_contain_text("ago")
    expect(screen.locator("#announcer")).to_contain_text("Breached: Severity P1, High Error Rate, chatops-gateway")


def test_what_rings_appears_and_what_is_over_leaves_by_itself(screen: Page) -> None:
    cards = open_wall(screen)
    expect(screen.get_by_text("All quiet. No clock is running.")).to_be_visible()
    incident = make_incident(1, title="[P0] Burning - chatops-db")
    expect(cards).to_have_count(3)
    expect(cards.first).to_contain_text("Burning")
    expect(cards.first).to_contain_text("Lin Yu-ting")
    incident.clocks.filter(kind="respond").update(stopped_at="2030-01-01T00:00Z")
    make_incident(2, title="[P3] Calm - chatops-web")
    expect(cards).to_have_count(5)


def test_more_than_fit_take_turns_until_somebody_pauses(screen: Page) -> None:
    make_incident(1, title="[P0] First - svc")
    for number in range(2, 6):
        make_incident(number, title="[P3] Other - svc")
    screen.clock.install()
    open_wall(screen)
    expect(screen.locator("#wall-page")).to_have_text("1 of 2")
    assert len(whats(screen)) == 12
    assert "First" in whats(screen)
    screen.clock.run_for(12_500)
    expect(screen.locator("#wall-page")).to_have_text("2 of 2")
    assert len(whats(screen)) == 3
    assert "First" not in whats(screen)
    screen.keyboard.press("Space")
    expect(screen.get_by_role("button", name="Go on")).to_have_attribute("aria-pressed", "true")
    screen.clock.run_for(15_000)
    expect(screen.locator("#wall-page")).to_have_text("2 of 2")
    screen.keyboard.press("ArrowRight")
    expect(screen.locator("#wall-page")).to_have_text("1 of 2")
    screen.keyboard.press("ArrowLeft")
    expect(screen.locator("#wall-page")).to_have_text("2 of 2")
    screen.keyboard.press("Space")
    screen.clock.run_for(12_500)
    expect(screen.locator("#wall-page")).to_have_text("1 of 2")


def test_a_breach_on_another_page_turns_to_it(screen: Page) -> None:
    for number in range(1, 6):
        make_incident(number, title="[P1] Other - svc")
    make_ringing(9, due_in=6, title="[P2] Turning - svc")
    open_wall(screen)
    screen.keyboard.press("ArrowRight")
    expect(screen.locator("#wall-page")).to_have_text("2 of 2")
    expect(screen.locator(f"{IN_SIGHT}.is-breached h2").first).to_have_text("Turning", timeout=8_000)
    expect(screen.locator("#wall-page")).to_have_text("1 of 2")


def test_it_fills_the_screen_and_keeps_it_awake(screen: Page) -> None:
    screen.add_init_script(
        "window.asked = []; navigator.wakeLock.request = async (kind) => { window.asked.push(kind); return {}; };"
    )
    open_wall(screen)
    assert screen.evaluate("window.asked") == ["screen"]
    screen.keyboard.press("f")
    wait_until(screen, "document.fullscreenElement !== null")
    screen.keyboard.press("f")
    wait_until(screen, "document.fullscreenElement === null")


def test_single_keys_can_be_switched_off(screen: Page) -> None:
    open_wall(screen)
    screen.keyboard.press("?")
    screen.get_by_label("Single-key shortcuts on").uncheck()
    screen.get_by_role("button", name="Close").click()
    screen.keyboard.press("f")
    assert screen.evaluate("document.fullscreenElement === null")


def test_a_phone_has_a_plain_list(screen: Page) -> None:
    for number in range(6):
        make_incident(number)
    screen.set_viewport_size({"width": 360, "height": 740})
    cards = open_wall(screen)
    expect(cards).to_have_count(18)
    assert len(whats(screen)) == 18
    expect(screen.locator("#wall-pages")).to_be_hidden()
    assert screen.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("width", [360, 1920])
def test_axe(width: int, people: Cast, sign_in: SignIn, page: Page) -> None:
    sign_in(people.responder)
    page.set_viewport_size({"width": width, "height": 1080})
    open_wall(page)
    assert violations(page) == []
    for number, due_in in enumerate((-100, 100, 800, 800, 800)):
        make_ringing(number, due_in=due_in, title=f"[P{number % 4}] Burning - chatops-db")
    open_wall(page)
    expect(page.locator(".alarm-badge")).to_be_visible()
    page.locator("#alarm-menu summary").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
