"""Every page under axe (WCAG 2.2 A and AA), on a phone and a desktop, light and dark; and nothing against the content policy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.browser.axe import violations
from tests.cast import Cast, make_cast
from tests.conftest import SignIn
from tests.factories import make_incident, make_resolved
from tests.servers import PortalUnderTest

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/incidents/",
    "/sla/",
    "/sla/attainment/",
    "/sla/attainment/clocks/",
    "/sla/policy/",
    "/sla/policy/1/",
    "/sla/severities/",
    "/sla/severities/P0/",
    "/sla/escalation/",
    "/runbooks/",
    "/runbooks/database-incident/",
    "/health/",
    "/accounts/profile/",
    "/accounts/users/",
    "/accounts/users/add/",
    "/no-such-page/",
]


@pytest.fixture
def people(portal: PortalUnderTest) -> Cast:
    return make_cast()


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the browser's console says of refused scripts, styles and connections, and uncaught errors."""
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "404" not in message.text:
            heard.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield heard
    assert heard == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_pages(scheme: str, width: int, people: Cast, sign_in: SignIn, page: Page, complaints: list[str]) -> None:
    incident = make_incident(1)
    make_incident(2, title="[P0] Burning - chatops-db", minutes_old=40)
    make_resolved(3, minutes_old=60)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto("/accounts/login/")
    assert violations(page) == []
    sign_in(people.admin)
    for address in [*PAGES, f"/incidents/{incident.number}/", f"/incidents/{incident.number}/#judge"]:
        page.goto(address)
        page.wait_for_load_state("load")
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
