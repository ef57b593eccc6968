"""The main job, through a real browser, a real worker and a PagerDuty that keeps state."""

import re
from datetime import UTC, datetime

import pytest
import requests
from playwright.sync_api import BrowserContext, Page, expect

from incidents.models import Incident, OutboxMessage
from incidents.services.ingest import ingest_snapshot
from integrations.types import IncidentSnapshot, Reference
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import make_cast
from tests.conftest import SignIn
from tests.servers import PortalUnderTest

pytestmark = pytest.mark.browser


@pytest.fixture
def responder_page(whole_portal: PortalUnderTest, sign_in: SignIn, page: Page) -> Page:
    """The board, open and live, in the responder's browser."""
    sign_in(make_cast().responder)
    with page.expect_response(re.compile(r"/live/board/")):
        page.goto("/")
    return page


def status_in_pagerduty(pagerduty: RunningSimulator, incident_id: str) -> str:
    """What PagerDuty's REST says about an incident."""
    headers = {"Authorization": f"Token token={pagerduty.token}"}
    answer = requests.get(f"{pagerduty.url}/incidents/{incident_id}", headers=headers, timeout=5)
    status: str = answer.json()["incident"]["status"]
    return status


def test_a_page_rings_and_is_acknowledged_and_resolved(responder_page: Page, pagerduty: RunningSimulator) -> None:
    page = responder_page
    expect(page.get_by_text("All quiet")).to_be_visible()
    loaded_at = page.evaluate("performance.timeOrigin")

    ringing = pagerduty.trigger("[P1] High Error Rate - chatops-gateway", measure="Error rate: 5.2% (threshold: 1%)")
    row = page.locator(".row-card")
    expect(row).to_contain_text("High Error Rate")
    expect(row).to_contain_text("respond in")
    before = row.locator(".clock-text").inner_text()
    expect(row.locator(".clock-text")).not_to_have_text(before)

    row.get_by_role("button", name="Acknowledge").click()
    expect(row).to_have_attribute("data-status", "acknowledged")
    assert status_in_pagerduty(pagerduty, ringing.id) == "acknowledged"
    assert page.evaluate("performance.timeOrigin") == loaded_at, "the page must not reload"

    row.get_by_role("link", name="High Error Rate").click()
    clocks = page.locator(".clock-card")
    expect(clocks.nth(0)).to_contain_text("met in")
    expect(clocks.nth(1)).to_contain_text("met in")
    expect(page.locator("#room-timeline")).to_contain_text("acknowledged")
    # The measure is not in the webhook: the next poll brings it.
    expect(page.locator("#room-head")).to_contain_text("5.2%", timeout=20_000)

    page.get_by_label("Note", exact=True).fill("Rolled back; <b>watching</b>.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator("#room-timeline")).to_contain_text("Rolled back; <b>watching</b>.")
    expect(page.get_by_label("Note", exact=True)).to_have_value("")

    page.get_by_role("button", name="Resolve").click()
    expect(page.locator("#room-head")).to_contain_text("Resolved")
    expect(clocks.nth(2)).to_contain_text("met in")
    assert status_in_pagerduty(pagerduty, ringing.id) == "resolved"
    assert Incident.objects.get().resolved_at is not None


def test_a_resolved_row_leaves_the_board_by_itself(responder_page: Page, pagerduty: RunningSimulator) -> None:
    ringing = pagerduty.trigger("[P2] Node failure - chatops-engine")
    row = responder_page.locator(".row-card")
    expect(row).to_contain_text("Node failure")
    pagerduty.resolve(ringing)
    expect(row).to_contain_text("Resolved")
    expect(row).to_have_count(0, timeout=15_000)
    expect(responder_page.get_by_text("All quiet")).to_be_visible()


def test_two_clicks_send_one_acknowledgement(responder_page: Page, pagerduty: RunningSimulator) -> None:
    pagerduty.trigger()
    row = responder_page.locator(".row-card")
    row.get_by_role("button", name="Acknowledge").dblclick()
    expect(row).to_have_attribute("data-status", "acknowledged")
    assert OutboxMessage.objects.count() == 1
    assert pagerduty.count("PUT", "/incidents/") == 1


def test_with_pagerduty_down_the_act_waits_and_says_so(responder_page: Page, pagerduty: RunningSimulator) -> None:
    pagerduty.trigger()
    row = responder_page.locator(".row-card")
    expect(row).to_be_visible()
    pagerduty.fail(path_prefix="/incidents", status=503, times=3)
    row.get_by_role("button", name="Acknowledge").click()
    expect(row).to_contain_text("waiting for PagerDuty")
    expect(row).to_have_attribute("data-status", "acknowledged", timeout=30_000)
    expect(row).not_to_contain_text("waiting for PagerDuty")


def test_the_board_can_be_read_without_javascript(
    portal: PortalUnderTest, sign_in: SignIn, context: BrowserContext
) -> None:
    cast = make_cast()
    now = datetime.now(UTC)
    snapshot = IncidentSnapshot(
        id="PSNAP01",
        number=7,
        title="[P0] Database connections - chatops-db",
        status="triggered",
        urgency="high",
        priority="",
        service=Reference(id="PDATABS", name="chatops-db"),
        people=(),
        escalation_policy=None,
        created_at=now,
        as_of=now,
    )
    ingest_snapshot(snapshot=snapshot, facts=[])
    sign_in(cast.viewer)
    browser = context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, base_url=portal.url)
    plain.add_cookies([{"name": c["name"], "value": c["value"], "url": portal.url} for c in context.cookies()])
    page = plain.new_page()
    page.goto("/")
    expect(page.locator(".row-card")).to_contain_text("Database connections")
    page.get_by_role("link", name="Database connections").click()
    expect(page.locator("h1")).to_contain_text("Database connections")
    # Three of the SLA, and the next update of the stakeholders.
    expect(page.locator(".clock-card")).to_have_count(4)
    plain.close()


def test_the_room_of_an_open_incident_counts_down(responder_page: Page, pagerduty: RunningSimulator) -> None:
    pagerduty.trigger("[P1] High Error Rate - chatops-gateway")
    responder_page.locator(".row-card").get_by_role("link", name="High Error Rate").click()
    clocks = responder_page.locator(".clock-card")
    expect(clocks.nth(0)).to_contain_text("respond in")
    expect(clocks.nth(1)).to_contain_text("acknowledge in")
    expect(clocks.nth(2)).to_contain_text("escalates in")
    expect(responder_page.get_by_text("closed without a verdict")).to_have_count(0)
