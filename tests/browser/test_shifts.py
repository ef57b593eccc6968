"""Cover of a shift, as two people arrange it in their browsers; what one is told reaches the other's open page."""

import re
from datetime import time
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.note_people import person_of
from shifts.enums import GuideKind, NoticeKind
from shifts.models import Override, Schedule, Shift
from shifts.rotation import Rotation
from shifts.services.edit_guide import GuideLine, add_guide_entry
from shifts.services.store_schedule import Plan, create_schedule
from shifts.services.tell_person import tell_person
from tests.browser.axe import violations
from tests.cast import Cast, make_cast
from tests.conftest import SignIn
from tests.servers import PortalUnderTest
from tests.shifts.making import DAY, HOUR, make_schedule, make_shift

pytestmark = pytest.mark.browser


@pytest.fixture
def people(portal: PortalUnderTest) -> Cast:
    return make_cast()


@pytest.fixture
def shift(people: Cast) -> Shift:
    schedule = make_schedule()
    make_shift(schedule, people.teammate, begins_in=-HOUR, lasts=HOUR + DAY)
    return make_shift(schedule, people.responder, begins_in=DAY, lasts=8 * HOUR)


def test_cover_is_asked_for_accepted_by_another_and_shown(
    people: Cast, shift: Shift, sign_in: SignIn, page: Page
) -> None:
    sign_in(people.responder)
    page.goto("/shifts/mine/")
    page.get_by_role("link", name="Ask for cover").click()
    page.get_by_label("Why (may stay empty)").fill("A wedding")
    page.get_by_role("button", name="Ask for cover").click()
    expect(page.get_by_text("Asked. The first to accept has it")).to_be_visible()

    sign_in(people.teammate)
    page.goto("/")
    expect(page.locator("#bell-count")).to_have_text("1")
    page.locator("#bell").click()
    expect(page.get_by_text("Lin Yu-ting asks for cover on chatops primary")).to_be_visible()
    page.get_by_role("button", name="Mark all as seen").click()
    expect(page.locator("#bell-count")).to_be_hidden()
    page.get_by_role("link", name="My shifts").click()
    page.get_by_role("button", name="I take it").click()
    expect(page.get_by_text("It is on its way to PagerDuty").first).to_be_visible()
    local = page.evaluate("new Date(Date.now() + 86400000).toLocaleDateString('sv-SE', { timeZone: 'Asia/Taipei' })")
    page.goto(f"/shifts/?view=week&on={local}")
    changing = page.locator(".bar-shift.is-changing", has_text="Lin Yu-ting")
    expect(changing).to_be_visible()
    expect(page.locator(".notice", has_text="On its way to PagerDuty")).to_contain_text("Kenji Sato")
    Override.objects.update(state="standing", next_attempt_at=database_now())
    Schedule.objects.update(mirrored_at=database_now())
    expect(changing).to_have_count(0, timeout=10_000)
    expect(page.locator("#shifts-now")).to_have_count(1)
    expect(page.locator("#shifts-drawn .bar-shift", has_text="Lin Yu-ting")).to_be_visible()

    sign_in(people.manager)
    page.goto(f"/shifts/{shift.pk}/")
    expect(page.get_by_text("Taken: Kenji Sato")).to_be_visible()
    expect(page.get_by_role("button", name="I take it")).to_have_count(0)


def test_what_somebody_is_told_reaches_their_open_page(people: Cast, sign_in: SignIn, page: Page) -> None:
    sign_in(people.responder)
    with page.expect_response(re.compile(r"/live/alarms/")):
        page.goto("/shifts/load/")
    expect(page.locator("#bell-count")).to_be_hidden()
    tell_person(
        person=person_of(people.responder), kind=NoticeKind.COVER_TAKEN, key="k", who="Kenji Sato", schedule="x"
    )
    expect(page.locator("#bell-count")).to_have_text("1")
    expect(page.locator("#announcer")).to_contain_text("Kenji Sato covers your shift")


def test_somebody_whom_pagerduty_does_not_know_hears_too(people: Cast, sign_in: SignIn, page: Page) -> None:
    sign_in(people.viewer)
    with page.expect_response(re.compile(r"/live/alarms/")):
        page.goto("/shifts/load/")
    tell_person(person=person_of(people.viewer), kind=NoticeKind.COVER_TAKEN, key="k", who="Kenji Sato", schedule="x")
    expect(page.locator("#bell-count")).to_have_text("1")


PAGES = [
    "/shifts/",
    "/shifts/?view=week",
    "/shifts/mine/",
    "/shifts/load/",
    "/shifts/override/",
    "/shifts/notices/",
    "/shifts/schedules/",
    "/shifts/schedules/new/",
    "/shifts/schedules/{schedule}/",
    "/shifts/schedules/{schedule}/edit/",
    "/shifts/{shift}/",
    "/shifts/{shift}/preflight/",
    "/guide/tools/",
    "/guide/support/",
    "/guide/contacts/",
    "/guide/feasibility/",
    "/guide/entries/{entry}/",
    "/guide/entries/{entry}/history/",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_pages_fit_and_are_accessible(
    scheme: Literal["light", "dark"], width: int, people: Cast, shift: Shift, sign_in: SignIn, page: Page
) -> None:
    layer = [("Weekly", Rotation([person_of(people.teammate).pk], time(9), database_now().date()))]
    kept = create_schedule(actor=people.manager, key="k", plan=Plan("warehouse", "Asia/Taipei", layer))
    said = GuideLine("Night desk", "#night-desk", "for the night", "+886 2 1234-5678")
    entry = add_guide_entry(actor=people.manager, kind=GuideKind.CONTACT, line=said)
    sign_in(User.objects.get(username="manager"))
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    for address in PAGES:
        path = address.format(shift=shift.pk, schedule=kept.pk, entry=entry.pk)
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert violations(page) == [], path


def test_the_calendar_works_without_javascript(
    people: Cast, shift: Shift, sign_in: SignIn, page: Page, browser: Browser, portal: PortalUnderTest
) -> None:
    sign_in(people.responder)
    plain = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state(), base_url=portal.url
    ).new_page()
    plain.goto("/shifts/?view=week")
    plain.get_by_role("link", name="Next").click()
    expect(plain).to_have_url(re.compile(r"\?view=week&on=\d{4}-\d\d-\d\d$"))
    plain.context.close()
