"""A whole preflight on a phone of 360 pixels: the server, a real laptop's script, a page that rings, until six of six are ready."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from integrations.probes import read_endpoints
from shifts.enums import CheckSide, CheckVerdict, PreflightItem
from shifts.models import PagingTest, Preflight, Shift
from simulators.aws.testing import RunningAws, running_aws
from simulators.kubernetes.testing import RunningCluster, running_cluster
from simulators.pagerduty.testing import RunningSimulator
from tests.browser.axe import violations
from tests.cast import Cast, make_cast
from tests.conftest import WEBHOOK_SECRET, SignIn
from tests.integrations.test_probes import listening, says
from tests.servers import PortalUnderTest, running_processes
from tests.shifts.preflight.things import HOUR, add_check, make_change, make_contact, make_preflight, make_shift

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "locale": "en"}
OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
TOOLS = Path(sys.executable).parent


@pytest.fixture
def cluster() -> Iterator[RunningCluster]:
    # kubectl sends no token over plain HTTP.
    with running_cluster(tls=True) as cluster:
        yield cluster


@pytest.fixture
def aws() -> Iterator[RunningAws]:
    with running_aws() as aws:
        yield aws


@pytest.fixture
def laptop(
    portal: PortalUnderTest,
    pagerduty: RunningSimulator,
    cluster: RunningCluster,
    aws: RunningAws,
    tmp_path: Path,
    settings: Settings,
) -> Iterator[dict[str, str]]:
    """The portal with all its processes in the demo world; the environment of the laptop on which the person works."""
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(cluster.kubeconfig(trusted=True))
    pagerduty.set_webhook(f"{portal.url}/hooks/pagerduty/", WEBHOOK_SECRET)
    world = {"KUBECONFIG": str(kubeconfig), **aws.environment()}
    with listening(says(OK)) as port:
        endpoints = f"grafana=http://127.0.0.1:{port}/api/health"
        settings.PREFLIGHT_ENDPOINTS = read_endpoints(endpoints)
        addresses = {
            "PAGERDUTY_BASE_URL": pagerduty.url,
            "PREFLIGHT_ENDPOINTS": endpoints,
            "PREFLIGHT_TEST_SERVICE": "PGATEWY",
            # The rollouts that a first poll finds would be changes to read in the middle of the test.
            "CLUSTER_POLL_SECONDS": "300",
        }
        with running_processes(str(connection.settings_dict["NAME"]), **world, **addresses):
            yield {"PATH": f"{TOOLS}:/usr/bin:/bin", "HOME": str(tmp_path), **world}


def card(page: Page, item: str, state: str) -> None:
    """Waits until an item is in a state."""
    expect(page.locator(f"#item-{item} .item-head .item-state")).to_have_text(state, timeout=25_000)


@pytest.mark.browser_context_args(**PHONE)
def test_from_nothing_to_ready(
    page: Page, sign_in: SignIn, laptop: dict[str, str], pagerduty: RunningSimulator
) -> None:
    cast: Cast = make_cast()
    # Whom no schedule of the account names: those are mirrored while this runs.
    person = cast.manager
    shift = make_shift(person, begins_in=3 * HOUR - timedelta(seconds=30))
    make_change(1)
    make_change(2)
    make_contact("Head of platform")
    sign_in(person)
    page.goto(f"/shifts/{shift.pk}/preflight/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your shift begins in 2 h 59 min")
    # How people are reached may have been read already.
    expect(page.locator("#ring")).to_contain_text(re.compile("[01] of 6 ready"))

    # What the server sees comes by itself.
    expect(page.locator("#item-kubectl")).to_contain_text("all 11 things", timeout=25_000)
    card(page, "pagerduty", "ready")
    card(page, "kubectl", "not checked")

    # Read and confirm. What is half typed elsewhere survives what comes in meanwhile.
    page.locator("#item-aws summary").click()
    page.locator("#word-aws").fill("half a sentence")
    page.get_by_role("button", name="I have read all 2").click()
    card(page, "changes", "ready")
    expect(page.locator("#word-aws")).to_have_value("half a sentence")
    page.get_by_role("button", name="Still right").click()
    card(page, "contacts", "ready")
    expect(page.get_by_role("link", name=re.compile("1234"))).to_have_attribute("href", "tel:+886212345678")

    # The laptop: one line, copied.
    page.get_by_role("button", name="Make a line to copy").click()
    line = page.locator("#laptop-command")
    expect(line).to_contain_text("| sh")
    expect(page.locator("#laptop-state")).to_contain_text("Waiting for the laptop")
    ran = subprocess.run(
        ["sh", "-c", line.inner_text()], env=laptop, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for item in ("vpn", "kubectl", "aws"):
        card(page, item, "ready")
    expect(page.locator("#laptop-state")).to_contain_text("The laptop answered")

    # A page that rings.
    page.get_by_role("button", name="Send me a test page").click()
    expect(page.locator("#item-pagerduty")).to_contain_text("Acknowledge it in PagerDuty by", timeout=25_000)
    test = PagingTest.objects.get()
    pagerduty.acknowledge(pagerduty.world.incidents[test.incident_id], person.acting_email)
    expect(page.locator("#item-pagerduty")).to_contain_text("The test page was acknowledged after", timeout=25_000)

    expect(page.locator("#ring")).to_contain_text("6 of 6 ready")
    expect(page.get_by_role("heading", name="Ready", exact=True)).to_be_visible()
    page.goto("/")
    expect(page.locator("#preflight-panel")).to_contain_text("6 of 6")
    expect(page.locator("#rows > li")).to_have_count(0)


@pytest.mark.browser_context_args(**PHONE)
def test_unready_it_begins_with_a_reason_or_somebody_else_has_it(
    page: Page, sign_in: SignIn, portal: PortalUnderTest
) -> None:
    cast: Cast = make_cast()
    preflight = make_preflight(make_shift(cast.responder))
    check = add_check(preflight, PreflightItem.VPN, CheckSide.LAPTOP, CheckVerdict.FAILED)
    name = "a-name-of-an-address-that-is-as-long-as-any"
    check.seen = [{"verdict": "failed", "code": "laptop_vpn", "data": {"subject": name, "trouble": "timeout"}}]
    check.save()
    make_change(1, title="chatops-gateway: " + "a-word-without-any-place-to-break-" * 4)
    make_contact("Somebody with a rather long name and a long title")
    sign_in(cast.responder)
    page.goto(f"/shifts/{preflight.shift_id}/preflight/")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert violations(page) == []
    page.get_by_role("button", name="Ask for cover").click()
    expect(page.locator("#notice")).to_contain_text("Everybody is asked")
    page.locator("#end summary").click()
    page.get_by_label("Why may the shift begin like this?").fill("the gateway is down for everybody")
    page.locator("#end").get_by_role("button", name="Start anyway").click()
    expect(page.locator("#end")).to_contain_text("the gateway is down for everybody", timeout=10_000)
    assert Preflight.objects.get().overridden_by == cast.responder
    assert Shift.objects.count() == 1


def test_it_can_be_read_and_acted_on_without_javascript(browser: Browser, portal: PortalUnderTest) -> None:
    cast: Cast = make_cast()
    preflight = make_preflight(make_shift(cast.responder))
    context = browser.new_context(base_url=portal.url, java_script_enabled=False)
    SignIn(portal, context)(cast.responder)
    page = context.new_page()
    page.goto(f"/shifts/{preflight.shift_id}/preflight/")
    page.locator("#item-vpn summary").click()
    page.locator("#word-vpn").fill("tried it on the train")
    page.locator("#item-vpn").get_by_role("button", name="That is my word").click()
    expect(page.locator("#item-vpn .item-state")).to_have_text("ready")
    page.get_by_role("button", name="Make a line to copy").click()
    expect(page.locator("#laptop-command")).to_contain_text("/preflight/script/")
    context.close()
