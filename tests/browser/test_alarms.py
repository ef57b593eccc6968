"""A responder's own clocks reach them on every page of a browser: counted, and each told once, as they consented to."""

import re

import pytest
from django.db import transaction
from playwright.sync_api import BrowserContext, Page, expect

from incidents.models import Assignment, Incident
from incidents.services.announce import bump_version
from oncall_portal.asgi import live
from oncall_portal.live_stream import Page as LivePage
from tests.browser.axe import violations
from tests.browser.clocks import make_ringing
from tests.browser.waiting import wait_until
from tests.cast import Cast, make_cast
from tests.conftest import SignIn
from tests.servers import PortalUnderTest

pytestmark = pytest.mark.browser

#: Notes what the browser is asked for, in every tab; what is asked for happens all the same.
NOTES = """
window.asked = 0;
if ("Notification" in window) {
    const Real = window.Notification;
    window.Notification = class extends Real {
        constructor(title, options) { super(title, options); window.noted(`notification ${title} / ${options.body ?? ""}`); }
        static requestPermission() { window.asked += 1; return Real.requestPermission(); }
    };
}
const { start } = OscillatorNode.prototype;
OscillatorNode.prototype.start = function (at) { window.noted(`tone ${this.frequency.value}`); start.call(this, at); };
"""


@pytest.fixture
def people(portal: PortalUnderTest) -> Cast:
    return make_cast()


@pytest.fixture
def noted(context: BrowserContext) -> list[str]:
    """Notifications and tones of all tabs, as they come."""
    heard: list[str] = []
    context.expose_function("noted", lambda line: heard.append(line))  # noqa: PLW0108  # Playwright wants a function
    context.add_init_script(NOTES)
    return heard


@pytest.fixture
def mine(people: Cast, sign_in: SignIn, page: Page, noted: list[str]) -> Page:
    """A page of the responder, to whom every new incident is assigned."""
    sign_in(people.responder)
    return page


def open_live(page: Page, path: str = "/incidents/") -> None:
    """Opens a page and waits for its stream; by default one that has none of its own."""
    with page.expect_response(re.compile("/live/")):
        page.goto(path)


def consent(page: Page, name: str) -> None:
    page.locator("#alarm-menu summary").click()
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")


@pytest.mark.parametrize("path", ["/", "/incidents/", "/accounts/profile/", "/sla/", "room"])
def test_every_page_counts_my_clocks(path: str, mine: Page) -> None:
    incident = make_ringing(due_in=100)
    open_live(mine, incident.get_absolute_url() if path == "room" else path)
    badge = mine.locator("#alarm-badge")
    expect(badge).to_contain_text("1 at risk")
    expect(mine).to_have_title(re.compile(r"^⚠ 1 "))
    expect(mine.locator("#announcer")).to_contain_text("Your clock is at risk: P1 High Error Rate · respond")
    badge.click()
    expect(mine).to_have_url(re.compile("/sla/$"))


def test_the_boards_own_number_stands_beside_it(mine: Page) -> None:
    make_ringing(due_in=100)
    open_live(mine, "/")
    expect(mine).to_have_title(re.compile(r"^⚠ 1 \(1\) Board · "))


def test_what_is_no_longer_mine_is_no_longer_counted(mine: Page) -> None:
    incident = make_ringing(due_in=-10)
    open_live(mine)
    badge = mine.locator("#alarm-badge")
    expect(badge).to_contain_text("1 breached")
    Assignment.objects.all().delete()
    bump_version(incident)
    expect(badge).to_be_hidden()
    expect(mine).to_have_title(re.compile("^History"))
    engaged = [{"name": "Lin Yu-ting", "pagerduty_id": "PRESP01"}]
    Incident.objects.filter(pk=incident.pk).update(engaged=engaged)
    bump_version(incident)
    # Handed on, but still helping.
    expect(badge).to_contain_text("1 breached")


def test_others_clocks_are_not_mine(people: Cast, sign_in: SignIn, page: Page) -> None:
    make_ringing(due_in=-10)
    sign_in(people.teammate)
    open_live(page)
    wait_until(page, "localStorage.getItem('alarms-list') !== null")
    expect(page.locator("#alarm-badge")).to_be_hidden()
    sign_in(people.viewer)
    page.goto("/incidents/")
    # Somebody whom PagerDuty does not know has no clocks, no menu and no stream for them.
    expect(page.locator("#alarm-menu")).to_have_count(0)


def test_a_clock_turns_by_itself_where_the_server_is_gone(mine: Page, context: BrowserContext) -> None:
    make_ringing(due_in=184)  # at risk 4 seconds from now
    open_live(mine)
    wait_until(mine, "localStorage.getItem('alarms-list')?.includes('High Error Rate')")
    expect(mine.locator("#alarm-badge")).to_be_hidden()
    context.set_offline(True)
    expect(mine.locator("#alarm-badge")).to_contain_text("1 at risk", timeout=8_000)


def test_nothing_sounds_or_pops_up_without_consent(mine: Page, noted: list[str]) -> None:
    make_ringing(due_in=2)
    open_live(mine)
    expect(mine.locator("#alarm-badge")).to_contain_text("1 breached", timeout=6_000)
    mine.locator("#alarm-menu summary").click()
    expect(mine.locator("#alarm-state")).to_have_text("Both are off.")
    mine.get_by_role("button", name="Try it").click()
    expect(mine.locator("#alarm-state")).to_have_text("Turn one of them on first.")
    assert noted == []
    assert mine.evaluate("window.asked") == 0


def test_sound_after_consent(mine: Page, noted: list[str]) -> None:
    make_ringing(1, due_in=-60)
    open_live(mine)
    expect(mine.locator("#alarm-badge")).to_be_visible()
    consent(mine, "Sound")
    # The sample, and nothing for what was late before.
    mine.wait_for_timeout(600)
    assert noted == ["tone 587", "tone 587"]
    noted.clear()
    make_ringing(2, due_in=2)
    expect(mine.locator("#alarm-badge")).to_contain_text("2 breached", timeout=8_000)
    mine.wait_for_timeout(600)
    assert noted == ["tone 587", "tone 587", "tone 880", "tone 659", "tone 880"]
    noted.clear()
    mine.reload()
    mine.wait_for_timeout(600)
    consent_is_kept = mine.evaluate("JSON.parse(localStorage.getItem('alerts')).sound")
    assert consent_is_kept is True
    assert noted == [], "what was told is not told again after a reload"


def test_two_tabs_tell_once(mine: Page, context: BrowserContext, noted: list[str]) -> None:
    context.grant_permissions(["notifications"])
    open_live(mine, "/")
    consent(mine, "Notification")
    other = context.new_page()
    open_live(other, "/")
    third = context.new_page()
    open_live(third)
    noted.clear()
    make_ringing(due_in=3)
    for tab in (mine, other, third):
        expect(tab.locator("#alarm-badge")).to_contain_text("1 breached", timeout=8_000)
    mine.wait_for_timeout(600)
    assert [line.split(" / ")[0] for line in noted] == [
        "notification Your clock is at risk: P1",
        "notification Your clock is breached: P1",
    ]


def test_many_at_once_are_one_notification(mine: Page, context: BrowserContext, noted: list[str]) -> None:
    context.grant_permissions(["notifications"])
    open_live(mine)
    consent(mine, "Notification")
    noted.clear()
    with transaction.atomic():
        for number in range(5):
            make_ringing(number, due_in=-10)
    expect(mine.locator("#alarm-badge")).to_contain_text("5 breached")
    mine.wait_for_timeout(500)
    assert noted == ["notification 5 clocks of yours are at risk or breached. / "]


def test_a_browser_that_blocks_notifications_is_told_as_that(mine: Page, noted: list[str]) -> None:
    open_live(mine)
    mine.locator("#alarm-menu summary").click()
    button = mine.get_by_role("button", name="Notification")
    button.click()
    expect(mine.locator("#alarm-state")).to_contain_text("This browser blocks notifications of the portal")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert noted == []


def test_pages_without_a_stream_share_one(mine: Page, context: BrowserContext) -> None:
    def streams() -> int:
        return sum(stream.page is LivePage.OTHER and not stream.has_left for stream in live.hub.streams)

    open_live(mine)
    other = context.new_page()
    other.goto("/accounts/profile/")
    make_ringing(due_in=100)
    for tab in (mine, other):
        expect(tab.locator("#alarm-badge")).to_contain_text("1 at risk")
    assert streams() == 1
    # The tab that held it goes; the other takes over.
    with other.expect_response(re.compile("/live/alarms/")):
        mine.close()
    make_ringing(2, due_in=-5)
    expect(other.locator("#alarm-badge")).to_contain_text("1 breached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_header_fits_a_phone(scheme: str, mine: Page) -> None:
    mine.set_viewport_size({"width": 360, "height": 740})
    mine.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_live(mine)
    height = mine.locator("header.shell").evaluate("each => each.offsetHeight")
    for number in range(4):
        make_ringing(number, due_in=-10)
    expect(mine.locator("#alarm-badge")).to_contain_text("4 breached")
    assert mine.evaluate("document.documentElement.scrollWidth") == 360
    # What is under the thumb must not move when a clock turns.
    assert mine.locator("header.shell").evaluate("each => each.offsetHeight") == height
    mine.locator("#alarm-menu summary").click()
    assert violations(mine) == []


def test_what_was_told_is_forgotten_two_days_after_it_was_last_asked_for(mine: Page) -> None:
    """As a page asks: at once, again within two days, and then not for three."""
    mine.clock.install()
    mine.goto("/incidents/")

    def claim(*keys: str) -> list[str]:
        told: list[str] = mine.evaluate(
            "async (keys) => (await import('/static/js/alarms/told.js')).claim('voice', keys)", list(keys)
        )
        return told

    assert claim("a", "b") == ["a", "b"]
    assert claim("a", "c") == ["c"]
    mine.clock.fast_forward("36:00:00")
    assert claim("a") == []
    mine.clock.fast_forward("36:00:00")
    assert claim("a", "b") == ["b"]
    for _day in range(3):
        mine.clock.fast_forward("24:00:00")
    assert claim("a") == ["a"]
