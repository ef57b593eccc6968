"""The header fits at every width, whatever stands in it: a page never scrolls sideways."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Person
from accounts.services.note_people import person_of
from shifts.enums import NoticeKind
from shifts.models import OnCall
from shifts.services.tell_person import tell_person
from tests.browser.clocks import make_ringing
from tests.cast import Cast, make_cast
from tests.conftest import SignIn
from tests.servers import PortalUnderTest
from tests.shifts.making import DAY, HOUR, make_schedule, make_shift

pytestmark = pytest.mark.browser
WIDTHS = [360, 768, 820, 900, 1024, 1100, 1200, 1344, 1345, 1424, 1425, 1520, 1521, 1600, 1872, 1873]
#: What of the header is out of the window, or out of its own place; the row of pages may be moved by the thumb.
OUTSIDE = """
() => [...document.querySelectorAll(".shell > *, .shell-tools > *")].filter((each) => {
    const { left, right, width } = each.getBoundingClientRect();
    const isTooWide = !each.matches(".shell-nav, .brand") && each.scrollWidth > each.clientWidth + 1;
    return width > 0 && (left < 0 || right > innerWidth || isTooWide);
}).map((each) => each.id || each.className)
"""


@pytest.fixture
def people(portal: PortalUnderTest) -> Cast:
    """On call is somebody with a long name, and after them another."""
    cast = make_cast()
    schedule = make_schedule()
    running = make_shift(schedule, cast.manager, begins_in=-HOUR, lasts=DAY)
    make_shift(schedule, cast.teammate, begins_in=DAY, lasts=DAY)
    OnCall.objects.create(
        person=running.person,
        policy_id="PP",
        policy_name="p",
        level=1,
        schedule_id="PSCHPRI",
        schedule_name=schedule.name,
        start_at=running.start_at,
        end_at=running.end_at,
    )
    Person.objects.update(name="Alexandra Papadopoulou")
    tell_person(person=person_of(cast.responder), kind=NoticeKind.COVER_TAKEN, key="k", who="Kenji", schedule="x")
    return cast


@pytest.mark.parametrize("language", ["en", "zh-hant"])
@pytest.mark.parametrize("alarms", ["", "1 · 1"])
def test_it_fits(language: str, alarms: str, people: Cast, sign_in: SignIn, page: Page) -> None:
    if alarms:
        make_ringing(1, due_in=-10)
        make_ringing(2, due_in=100)
    people.responder.language = language
    people.responder.save()
    sign_in(people.responder)
    page.goto("/shifts/load/")
    expect(page.locator("#alarm-badge")).to_be_visible(visible=bool(alarms))
    if alarms:
        expect(page.locator("#alarm-badge [data-alarm=breached]")).to_have_text(re.compile("1"))
        expect(page.locator("#alarm-badge [data-alarm=at_risk]")).to_have_text(re.compile("1"))
    expect(page.locator(".on-call-text b")).to_contain_text("Alexandra")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert page.evaluate(OUTSIDE) == [], width
