"""The room's evidence and the page of captures: what they show, to whom, and at what cost."""

import pytest
from pytest_django import DjangoAssertNumQueries

from cluster.enums import ChangeKind, EvidenceKind
from cluster.models import CatalogueEntry, Change
from incidents.models import Capture, EvidencePart, Incident
from incidents.services.read_evidence import Sources
from simulators.kubernetes.testing import RunningCluster
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.incidents.evidence.capturing import capture

pytestmark = pytest.mark.django_db
PAGE_QUERIES, COMPARED_QUERIES = 11, 13
ROOM_QUERIES = 26


def captured(sources: Sources, *, times: int = 1) -> Incident:
    """An incident with so many captures, all but the first copies of it."""
    incident = make_incident(minutes_old=0.1)
    parts = capture(sources, incident)
    for number in range(2, times + 1):
        again = Capture.objects.create(
            incident=incident, number=number, cycle=1, cause="mitigation", kinds=[], state="done"
        )
        for part in parts.values():
            part.pk, part.capture = None, again
            part.save()
    return incident


@pytest.mark.parametrize("times", [1, 20])
def test_the_cost_does_not_grow_with_the_captures(
    times: int,
    sources: Sources,
    gateway: CatalogueEntry,
    cast: Cast,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    incident, client = captured(sources, times=times), browser_of(cast.responder)
    client.get(f"/incidents/{incident.pk}/evidence/")
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(f"/incidents/{incident.pk}/evidence/")
    with django_assert_num_queries(ROOM_QUERIES):
        client.get(f"/incidents/{incident.pk}/")


def test_a_database_says_whom_it_follows_and_how_far_back_it_can_be_brought(
    sources: Sources, gateway: CatalogueEntry, cast: Cast
) -> None:
    gateway.databases = ["chatops-prod", "chatops-replica"]
    gateway.save()
    incident = captured(sources)
    page = browser_of(cast.viewer).get(f"/incidents/{incident.pk}/evidence/").content.decode()
    assert "replica of chatops-prod" in page
    assert "restorable until <time" in page


def test_two_captures_beside_one_another(
    sources: Sources,
    gateway: CatalogueEntry,
    cluster: RunningCluster,
    cast: Cast,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    incident, client = captured(sources), browser_of(cast.viewer)
    cluster.deploy("chatops-gateway", image="chatops/gateway:v1.2.4")
    cluster.advance(120)
    Capture.objects.create(incident=incident, number=2, cycle=1, cause="mitigation", kinds=["pods", "rollouts"])
    capture(sources, incident)
    url = f"/incidents/{incident.pk}/evidence/?capture=2&compare=1"
    client.get(url)
    with django_assert_num_queries(COMPARED_QUERIES):
        html = client.get(url).content.decode()
    assert "chatops/gateway:v1.2.4" in html
    assert "gone" in html
    assert "new" in html
    assert "part-events" not in html


def test_a_capture_that_is_not_there(sources: Sources, gateway: CatalogueEntry, cast: Cast) -> None:
    incident, client = captured(sources), browser_of(cast.viewer)
    base = f"/incidents/{incident.pk}/evidence/"
    for path in ("?capture=9", "9/logs/0/", "1/logs/99/", "9/image/", f"?capture={10**8}"):
        assert client.get(base + path).status_code == 404, path
    for path in ("?capture=nonsense", "?compare=9", "?capture=1&compare=1"):
        assert client.get(base + path).status_code == 200, path
    assert client.get("/incidents/999/evidence/").status_code == 404


def test_all_lines_of_a_log(sources: Sources, gateway: CatalogueEntry, cast: Cast) -> None:
    incident = captured(sources)
    url = f"/incidents/{incident.pk}/evidence/1/logs/0/"
    page = browser_of(cast.viewer).get(url).content.decode()
    fragment = browser_of(cast.viewer, **{"HX-Request": "true"}).get(url).content.decode()
    line = EvidencePart.objects.get(kind=EvidenceKind.LOGS).data["raw"]["0"][0].partition("=")[0][:12]
    assert "<html" in page
    assert "<html" not in fragment
    assert line in page
    assert line in fragment


def test_the_picture(sources: Sources, gateway: CatalogueEntry, cast: Cast) -> None:
    incident = captured(sources)
    answer = browser_of(cast.viewer).get(f"/incidents/{incident.pk}/evidence/1/image/")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert "private" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["", "live/", "evidence/", "evidence/1/logs/0/"])
def test_markup_in_anything_is_text(
    path: str, sources: Sources, gateway: CatalogueEntry, cluster: RunningCluster, cast: Cast
) -> None:
    evil = "<script>alert(1)</script>"
    for pod in sources.cluster_of("").pods("chatops", selector="app=chatops-gateway"):
        cluster.set_log(pod.name, f"ERROR {evil}\n".encode())
    incident = captured(sources)
    Change.objects.create(
        kind=ChangeKind.EVENT,
        source_id="1",
        service=evil,
        title=evil,
        occurred_at=incident.triggered_at,
        actor_name=evil,
    )
    html = browser_of(cast.responder).get(f"/incidents/{incident.pk}/{path}").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html


def test_a_live_room_that_has_the_evidence_is_not_sent_it_again(
    sources: Sources, gateway: CatalogueEntry, cast: Cast
) -> None:
    incident, client = captured(sources), browser_of(cast.responder)
    html = client.get(f"/incidents/{incident.pk}/live/").content.decode()
    stamp = html.split('id="room-evidence"')[1].split('data-stamp="')[1].split('"')[0]
    assert 'id="room-evidence"' not in client.get(f"/incidents/{incident.pk}/live/?evidence={stamp}").content.decode()
    Capture.objects.create(incident=incident, number=2, cycle=1, cause="mitigation", kinds=["pods"])
    assert 'id="room-evidence"' in client.get(f"/incidents/{incident.pk}/live/?evidence={stamp}").content.decode()


def test_a_viewer_sees_it_and_cannot_ask(sources: Sources, gateway: CatalogueEntry, cast: Cast) -> None:
    incident = captured(sources)
    for user, may_ask in ((cast.viewer, False), (cast.responder, True)):
        html = browser_of(user).get(f"/incidents/{incident.pk}/").content.decode()
        assert 'id="part-pods"' in html
        assert (f'action="/incidents/{incident.pk}/evidence/capture/"' in html) is may_ask


def test_links_lead_to_the_minutes_around_the_trigger(sources: Sources, gateway: CatalogueEntry, cast: Cast) -> None:
    incident = captured(sources)
    html = browser_of(cast.viewer).get(f"/incidents/{incident.pk}/").content.decode()
    assert "var-service=chatops-gateway" in html
    assert "database:id=chatops-prod" in html


def test_a_service_without_a_place_says_so_calmly(cast: Cast) -> None:
    incident = make_incident(minutes_old=0.1)
    Capture.objects.all().delete()
    CatalogueEntry.objects.update(namespace="")
    html = browser_of(cast.responder).get(f"/incidents/{incident.pk}/").content.decode()
    assert "The catalogue does not say where this service runs" in html
    assert "Capture now" not in html


def test_what_cannot_be_read_later_does_not_hide_what_was(
    sources: Sources, gateway: CatalogueEntry, cast: Cast, cluster: RunningCluster
) -> None:
    incident = captured(sources)
    again = Capture.objects.create(
        incident=incident, number=2, cycle=1, cause="mitigation", kinds=["pods"], state="done"
    )
    EvidencePart.objects.create(capture=again, kind="pods", state="failed", error="timeout: read")
    page = browser_of(cast.responder).get(f"/incidents/{incident.pk}/").content.decode()
    assert "A later look at this failed" in page
    assert "chatops-gateway-" in page
    chosen = browser_of(cast.responder).get(f"/incidents/{incident.pk}/evidence/?capture=2").content.decode()
    assert "It does not answer in time." in chosen


def test_another_services_trouble_is_not_what_opens(
    sources: Sources, gateway: CatalogueEntry, cast: Cast, cluster: RunningCluster
) -> None:
    cluster.deploy("chatops-gateway", image="chatops/gateway:v1.2.4")
    cluster.advance(60)
    incident = captured(sources)
    # A report's pod is always pending; the gateway's log is full of errors.
    page = browser_of(cast.responder).get(f"/incidents/{incident.pk}/").content.decode()
    assert 'data-tab="logs" aria-controls="part-logs" aria-selected="true"' in page
    assert 'data-tab="pods" aria-controls="part-pods" aria-selected="false"' in page
