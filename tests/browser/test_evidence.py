"""Evidence in a real browser: it arrives by itself, its tabs answer to keys, and it is there without JavaScript, too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, expect

from incidents.models import Incident
from simulators.kubernetes.testing import RunningCluster, running_cluster
from simulators.pagerduty.testing import RunningSimulator
from tests.browser.axe import violations
from tests.cast import browser_of, make_cast
from tests.conftest import WEBHOOK_SECRET, SignIn
from tests.servers import PortalUnderTest, running_processes

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TITLE = "[P1] High Error Rate - chatops-gateway"


@pytest.fixture
def cluster() -> Iterator[RunningCluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def portal_with_cluster(
    portal: PortalUnderTest, pagerduty: RunningSimulator, cluster: RunningCluster, tmp_path: Path
) -> Iterator[PortalUnderTest]:
    """The portal with all its processes, PagerDuty calling its webhook, and the cluster's worker reading the demo cluster."""
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(cluster.kubeconfig())
    pagerduty.set_webhook(f"{portal.url}/hooks/pagerduty/", WEBHOOK_SECRET)
    addresses = {"PAGERDUTY_BASE_URL": pagerduty.url, "KUBECONFIG": str(kubeconfig)}
    with running_processes(str(connection.settings_dict["NAME"]), **addresses):
        yield portal


def test_evidence_arrives_and_is_captured_again(
    portal_with_cluster: PortalUnderTest,
    sign_in: SignIn,
    page: Page,
    pagerduty: RunningSimulator,
    cluster: RunningCluster,
) -> None:
    cast = make_cast()
    sign_in(cast.responder)
    page.goto("/")
    pagerduty.trigger(TITLE)
    page.locator(".row-card").get_by_role("link", name="High Error Rate").click()
    evidence = page.locator("#room-evidence")
    expect(evidence).to_contain_text("after the trigger", timeout=20_000)
    expect(page.locator("#room-actions")).to_contain_text("pods")
    expect(page.locator("#room-timeline")).to_contain_text("Evidence captured")
    loaded_at = page.evaluate("performance.timeOrigin")

    logs, rollouts = page.get_by_role("tab", name="Logs"), page.get_by_role("tab", name="Rollouts")
    logs.click()
    expect(page.get_by_role("tabpanel", name="Logs")).to_be_visible()
    expect(page.get_by_role("tabpanel")).to_have_count(1)
    logs.press("ArrowRight")
    expect(rollouts).to_be_focused()
    expect(rollouts).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel", name="Rollouts")).to_contain_text("v1.2.3")
    rollouts.press("Home")
    expect(page.get_by_role("tab", name="Pods")).to_be_focused()
    page.get_by_role("tab", name="Pods").press("End")
    logs.click()
    page.locator(".log-raw summary").first.click()
    expect(page.locator(".log-all .log-line").first).to_be_visible()
    assert violations(page) == []

    cluster.deploy("chatops-gateway", image="chatops/gateway:v1.2.4")
    cluster.advance(120)
    page.get_by_role("button", name="Capture again").click()
    expect(page.locator("#notice")).to_contain_text("Looking")
    expect(page.locator("#room-timeline")).to_contain_text("ran a diagnosis")
    expect(evidence.get_by_label("Compare with")).to_be_visible(timeout=20_000)
    expect(evidence).not_to_contain_text("being captured", timeout=20_000)
    expect(logs).to_have_attribute("aria-selected", "true")
    expect(page.locator("#room-clocks")).to_contain_text("met in")
    assert page.evaluate("performance.timeOrigin") == loaded_at, "the page must not reload"

    # Who reads far below is left alone when somebody else's evidence arrives.
    page.set_viewport_size({"width": 360, "height": 740})
    alert = page.locator("#alert-title")
    alert.scroll_into_view_if_needed()
    before = alert.bounding_box()
    browser_of(cast.teammate).post(f"/incidents/{Incident.objects.get().pk}/evidence/capture/")
    expect(evidence.get_by_label("Compare with").locator("option", has_text="3")).to_have_count(1, timeout=20_000)
    expect(evidence).not_to_contain_text("being captured", timeout=20_000)
    after = alert.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 60
    page.set_viewport_size({"width": 1280, "height": 720})

    evidence.get_by_label("Compare with").select_option("1")
    evidence.get_by_label("Capture", exact=True).select_option("2")
    evidence.get_by_role("button", name="Show").click()
    expect(page.locator(".sheet-evidence #room-evidence.is-tabbed")).to_be_visible()
    page.get_by_role("tab", name="Rollouts").click()
    changed = page.get_by_role("tabpanel", name="Rollouts").locator(".difference.is-new")
    expect(changed).to_contain_text("v1.2.4")
    assert violations(page) == []


def unfold(page: Page, kind: str) -> None:
    """Opens a part, unless it stands open since it has something to show."""
    part = page.locator(f'details[data-part="{kind}"]')
    if part.get_attribute("open") is None:
        part.locator("summary").first.click()


def test_it_is_there_without_javascript(
    portal_with_cluster: PortalUnderTest,
    sign_in: SignIn,
    page: Page,
    browser: Browser,
    context: BrowserContext,
    pagerduty: RunningSimulator,
) -> None:
    sign_in(make_cast().responder)
    page.goto("/")
    pagerduty.trigger(TITLE)
    page.locator(".row-card").get_by_role("link", name="High Error Rate").click()
    expect(page.locator("#room-evidence")).to_contain_text("after the trigger", timeout=20_000)
    plain = browser.new_context(java_script_enabled=False, base_url=portal_with_cluster.url)
    plain.add_cookies(
        [{"name": c["name"], "value": c["value"], "url": portal_with_cluster.url} for c in context.cookies()]
    )
    room = plain.new_page()
    number = Incident.objects.get().pk
    for path in (f"/incidents/{number}/", f"/incidents/{number}/evidence/"):
        room.goto(path)
        expect(room.get_by_role("tab")).to_have_count(0)
        unfold(room, "rollouts")
        expect(room.locator("#part-rollouts")).to_contain_text("v1.2.3")
    unfold(room, "logs")
    room.locator(".log-raw summary").first.click()
    room.get_by_role("link", name="Open the last lines").first.click()
    expect(room.locator(".log-line").first).to_be_visible()
    plain.close()
