"""The guide's night, in a browser: a bad rollout pages, the evidence and the suspect are there, rolling back mends it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from cluster.models import ClusterState
from embedded.processes import wait_until
from incidents.models import Incident, Mitigation
from simulators.aws.testing import running_aws
from simulators.kubernetes.testing import RunningCluster, running_cluster
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import make_cast
from tests.conftest import WEBHOOK_SECRET, SignIn
from tests.servers import PortalUnderTest, running_processes

pytestmark = pytest.mark.browser

GATEWAY = "chatops-gateway"
#: Pods take seconds to start, and the machine does much else.
PATIENCE_MS = 90_000


@pytest.fixture
def watched_cluster(portal: PortalUnderTest, pagerduty: RunningSimulator, tmp_path: Path) -> Iterator[RunningCluster]:
    """A demo cluster in which time passes, whose monitoring pages through the simulated PagerDuty; the portal's worker, the
    cluster's worker, beat and engine beside it."""
    pagerduty.set_webhook(f"{portal.url}/hooks/pagerduty/", WEBHOOK_SECRET)
    with running_cluster(is_live=True) as cluster, running_aws() as aws:
        cluster.simulator.watch_for(pagerduty.url)
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(cluster.kubeconfig())
        environment = {"KUBECONFIG": str(kubeconfig), "CLUSTER_POLL_SECONDS": "2", **aws.environment()}
        database = str(connection.settings_dict["NAME"])
        with running_processes(database, PAGERDUTY_BASE_URL=pagerduty.url, **environment):
            assert wait_until(ClusterState.objects.filter(succeeded_at__isnull=False).exists, within_s=60)
            yield cluster


def test_a_bad_rollout_is_found_and_rolled_back(watched_cluster: RunningCluster, sign_in: SignIn, page: Page) -> None:
    sign_in(make_cast().responder)
    with page.expect_response(re.compile(r"/live/board/")):
        page.goto("/")
    expect(page.locator("#cluster-panel")).to_contain_text(GATEWAY)

    watched_cluster.deploy(GATEWAY, image="chatops/gateway:v1.2.4")
    row = page.locator(".row-card", has_text="High Error Rate")
    expect(row).to_be_visible(timeout=PATIENCE_MS)
    row.get_by_role("link", name="High Error Rate").click()

    # The first assessment is there by itself: what looks wrong, and what was changed shortly before.
    evidence = page.locator("#room-evidence")
    expect(evidence).to_contain_text("after the trigger", timeout=PATIENCE_MS)
    expect(page.locator("#room-suspects")).to_contain_text("v1.2.3 → v1.2.4", timeout=PATIENCE_MS)
    evidence.get_by_role("tab", name=re.compile("Logs")).click()
    expect(evidence).to_contain_text("ERROR")
    expect(page.locator("#room-runbook")).to_contain_text("rror rate")

    page.locator("#room-actions").get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#room-head")).to_contain_text("Acknowledged")

    # Tried out first, with what it would change; done only when its name has been typed.
    mitigations = page.locator("#room-mitigations")
    mitigations.get_by_role("button", name=re.compile("^Roll .* back to the revision before")).click()
    card = mitigations.locator(".mitigation").first
    expect(card).to_contain_text("Dry run: the API server would accept it.", timeout=PATIENCE_MS)
    expect(card.locator(".is-new", has_text="image: chatops/gateway:v1.2.3")).to_be_visible()
    assert watched_cluster.count("PATCH") == 1, "the dry run"
    card.get_by_label(re.compile("in production: type")).fill(GATEWAY)
    card.get_by_role("button", name=re.compile("^Confirm: Roll")).dblclick()
    expect(card).to_contain_text("Succeeded", timeout=PATIENCE_MS)
    assert watched_cluster.count("PATCH") == 2, "one call, however often it was clicked"

    # The pods are well, so the alert clears, so PagerDuty resolves.
    expect(page.locator("#room-head")).to_contain_text("Resolved", timeout=PATIENCE_MS)
    timeline = page.locator("#room-timeline")
    for told in ("Triggered", "Evidence captured", "acknowledged", "rollout undo", "resolved"):
        expect(timeline).to_contain_text(told)
    mitigation = Mitigation.objects.get()
    assert mitigation.state == "succeeded"
    assert watched_cluster.deployment(GATEWAY)["spec"]["template"]["spec"]["containers"][0]["image"].endswith("v1.2.3")
    assert Incident.objects.get().resolved_at is not None
