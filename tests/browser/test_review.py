"""A review as people write it in their browsers; nothing that somebody types is lost or overwritten."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from incidents.models import Incident, Review
from incidents.review.parts import ReviewPart
from tests.browser.axe import violations
from tests.cast import Cast, make_cast
from tests.conftest import SignIn
from tests.incidents.review.stored import finished, follow_up, over, soon, write
from tests.servers import PortalUnderTest

pytestmark = pytest.mark.browser
#: Not the «being saved» of what was kept.
SAVED = re.compile(r"\bSaved\b")
SAVE = re.compile(r"/review/parts/\w+/$")


@pytest.fixture
def people(portal: PortalUnderTest) -> Cast:
    return make_cast()


@pytest.fixture
def incident(people: Cast) -> Incident:
    return over()


def test_from_the_room_to_a_finished_review(people: Cast, incident: Incident, sign_in: SignIn, page: Page) -> None:
    sign_in(people.responder)
    page.goto(f"/incidents/{incident.number}/")
    page.get_by_role("link", name="Write the review").click()
    page.get_by_role("button", name="Finish the review").click()
    expect(page.get_by_text("Missing: Root cause.")).to_be_visible()
    page.get_by_label("What is to be done").last.fill("Alert on the pool")
    page.get_by_label("Who does it").last.select_option("Kenji Sato")
    page.get_by_label("Until").last.fill(soon().isoformat())
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#follow-ups").get_by_text(f"Kenji Sato, due {soon()}")).to_be_visible()
    page.get_by_role("button", name="Done Alert on the pool").click()
    expect(page.get_by_role("button", name="Not done after all")).to_be_visible()
    with page.expect_response(SAVE):
        page.get_by_role("textbox", name="Root cause").fill("DB query")
    expect(page.locator("#part-root_cause").get_by_text(SAVED)).to_be_visible()
    expect(page.locator(".review-document").get_by_text("(root cause: DB query)")).to_be_visible()
    page.get_by_role("button", name="Finish the review").click()
    expect(page.locator("#finish").get_by_text("Finished by Lin Yu-ting")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="PDF").click()
    assert waiting.value.suggested_filename.startswith(f"review-{incident.number}-")
    page.goto("/reviews/")
    expect(page.locator("#finished").get_by_text("DB query")).to_be_visible()


def test_two_people_do_not_overwrite_each_other(people: Cast, incident: Incident, sign_in: SignIn, page: Page) -> None:
    sign_in(people.responder)
    page.goto(f"/incidents/{incident.number}/review/")
    write(people.teammate, incident, ReviewPart.ROOT_CAUSE, "typed by Kenji")
    field = page.get_by_role("textbox", name="Root cause")
    field.fill("typed by Lin")
    expect(page.get_by_text("Stored is: «typed by Kenji»")).to_be_visible()
    expect(field).to_have_value("typed by Lin")
    assert Review.objects.get().root_cause == "typed by Kenji"
    # Another part is in nobody's way.
    page.get_by_role("textbox", name="What went well").fill("the evidence")
    expect(page.locator("#part-went_well").get_by_text(SAVED)).to_be_visible()
    field.fill("typed by Lin, both read")
    expect(page.locator("#part-root_cause").get_by_text(SAVED)).to_be_visible()
    review = Review.objects.get()
    assert (review.root_cause, review.went_well) == ("typed by Lin, both read", "the evidence")


def test_what_is_typed_while_the_portal_is_away_is_kept_and_sent(
    people: Cast, incident: Incident, sign_in: SignIn, page: Page
) -> None:
    sign_in(people.responder)
    page.goto(f"/incidents/{incident.number}/review/")
    page.route(SAVE, lambda route: route.abort())
    page.get_by_role("textbox", name="Root cause").fill("typed in the dark")
    expect(page.get_by_text("Not saved: the portal cannot be reached.")).to_be_visible()
    page.goto("about:blank")
    page.unroute(SAVE)
    page.goto(f"/incidents/{incident.number}/review/")
    expect(page.get_by_role("textbox", name="Root cause")).to_have_value("typed in the dark")
    expect(page.locator("#part-root_cause").get_by_text(SAVED)).to_be_visible()
    assert Review.objects.get().root_cause == "typed in the dark"


def test_what_was_kept_does_not_overwrite_what_others_wrote_meanwhile(
    people: Cast, incident: Incident, sign_in: SignIn, page: Page
) -> None:
    sign_in(people.responder)
    page.goto(f"/incidents/{incident.number}/review/")
    page.route(SAVE, lambda route: route.abort())
    page.get_by_role("textbox", name="Root cause").fill("typed in the dark")
    expect(page.get_by_text("Not saved: the portal cannot be reached.")).to_be_visible()
    page.goto("about:blank")
    page.unroute(SAVE)
    write(people.teammate, incident, ReviewPart.ROOT_CAUSE, "typed by Kenji")
    page.goto(f"/incidents/{incident.number}/review/")
    expect(page.get_by_text("Stored is: «typed by Kenji»")).to_be_visible()
    expect(page.get_by_role("textbox", name="Root cause")).to_have_value("typed in the dark")
    assert Review.objects.get().root_cause == "typed by Kenji"
    page.reload()
    expect(page.get_by_role("textbox", name="Root cause")).to_have_value("typed by Kenji")
    expect(page.get_by_text("Kept in this browser")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_pages_fit_and_are_accessible(
    scheme: Literal["light", "dark"], width: int, people: Cast, incident: Incident, sign_in: SignIn, page: Page
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)

    def look(path: str) -> None:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert violations(page) == [], path

    follow_up(people.responder, incident, people.teammate, text="word" * 100)
    sign_in(people.responder)
    look(f"/incidents/{incident.number}/review/")
    finished(people.responder, incident)
    over(2, minutes_old=60 * 24 * 30)
    look("/reviews/")
    look(f"/incidents/{incident.number}/")
    sign_in(people.viewer)
    look(f"/incidents/{incident.number}/review/")
