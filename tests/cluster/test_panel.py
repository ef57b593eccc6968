"""The board's panel: what runs, what was changed, what is planned; the same for everybody, whatever is wrong."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from cluster.models import Change
from cluster.services.poll_cluster import store_failure
from incidents.freshness import take_pulse
from integrations.errors import Refused, Unavailable
from tests.cast import Cast, browser_of
from tests.cluster.things import make_entry, make_state, workload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_rendered_before() -> None:
    cache.clear()


def panel(cast: Cast) -> str:
    cache.clear()
    return browser_of(cast.viewer).get("/cluster/panel/").content.decode()


def test_lights_tell_well_from_unwell_with_a_sign_and_numbers(cast: Cast) -> None:
    make_state(
        workload("fine"), workload("limping", ready=1), workload("down", ready=0), workload("stuck", state="failed")
    )
    html = panel(cast)
    assert html.count("light is-ok") == 1
    assert html.count("light is-warning") == 1
    assert html.count("light is-danger") == 2
    assert "rollout failed" in html
    assert "<b>1</b>/2" in html


def test_what_was_changed_in_the_last_hour_and_what_is_planned(cast: Cast) -> None:
    now = database_now()
    Change.objects.create(kind="rollout", source_id="1", title="new", occurred_at=now - timedelta(minutes=5))
    Change.objects.create(kind="rollout", source_id="2", title="ancient", occurred_at=now - timedelta(hours=2))
    coming = {"occurred_at": now + timedelta(days=1), "ends_at": now + timedelta(days=2)}
    Change.objects.create(kind="maintenance", source_id="3", title="switches", **coming)
    Change.objects.create(kind="maintenance", source_id="4", title="called off", cancelled_at=now, **coming)
    html = panel(cast)
    assert "new" in html
    assert "ancient" not in html
    assert "switches" in html
    assert "called off" not in html


def test_an_outage_says_since_when_and_keeps_what_was_known(cast: Cast) -> None:
    make_state(workload("fine"))
    store_failure(context="", namespace="chatops", error=Unavailable("unreachable", "connection refused"))
    html = panel(cast)
    assert "It cannot be reached." in html
    assert "Since" in html
    assert "fine" in html
    page = browser_of(cast.viewer).get("/cluster/").content.decode()
    assert "unreachable: connection refused" in page


def test_the_bar_of_every_page_tells_of_an_outage(cast: Cast) -> None:
    make_state(workload("fine"))
    assert take_pulse().cluster is None
    hidden = 'id="bar-cluster" hidden'
    assert hidden in browser_of(cast.viewer).get("/sla/severities/").content.decode()
    store_failure(context="", namespace="chatops", error=Unavailable("timeout"))
    assert hidden not in browser_of(cast.viewer).get("/sla/severities/").content.decode()


def test_without_a_cluster_nobody_is_alarmed(cast: Cast) -> None:
    store_failure(context="", namespace="chatops", error=Refused("not_configured", "neither KUBECONFIG nor a pod"))
    assert take_pulse().cluster is None
    assert "No cluster is connected." in panel(cast)
    assert "cluster-trouble" not in panel(cast)


def test_a_poll_that_stopped_is_noticed(cast: Cast) -> None:
    make_state(workload("fine"), succeeded_at=database_now() - timedelta(minutes=5))
    silence = take_pulse().cluster
    assert silence is not None
    assert silence.obstacle is None
    assert "has not been read for a while" in panel(cast)


def test_missing_metrics_and_permissions_have_their_own_words(cast: Cast) -> None:
    make_state(
        workload("fine"),
        metrics_error="no_metrics: 404",
        permissions={"list pods": True, "patch deployments.apps": False},
        permissions_at=database_now(),
    )
    assert "No metrics-server is installed" in panel(cast)
    page = browser_of(cast.viewer).get("/cluster/").content.decode()
    assert "patch deployments.apps" in page
    assert "list pods" not in page


def test_names_from_the_cluster_are_text(cast: Cast) -> None:
    make_state(
        workload("<script>x</script>"),
        unwell=[
            {"name": "<b>p", "app": "", "phase": "Running", "reason": "<i>", "restarts": 1, "is_ready": False},
        ],
        events=[{"type": "Warning", "reason": "<u>", "object": "Pod/<u>", "message": "<img>", "count": 2}],
    )
    page = browser_of(cast.viewer).get("/cluster/").content.decode()
    for tag in ("<script>x", "<b>p", "<i>", "<u>", "<img>"):
        assert tag not in page


@pytest.mark.parametrize("count", [1, 60])
def test_it_costs_the_same_at_one_and_at_many(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = database_now()
    make_state(*(workload(f"w{number}") for number in range(count)))
    for number in range(count):
        make_entry(number)
        Change.objects.create(kind="event", source_id=str(number), title="x", occurred_at=now)
    browser = browser_of(cast.viewer)
    with django_assert_num_queries(7):
        assert browser.get("/cluster/panel/").status_code == 200
    with django_assert_num_queries(2):
        assert browser.get("/cluster/panel/").status_code == 200
