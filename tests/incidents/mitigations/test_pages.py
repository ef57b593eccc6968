"""The room's panel, the page of one mitigation, and the posts that lead from one state to the next."""

import json
import re

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from cluster.models import CatalogueEntry
from incidents.models import Incident, Mitigation
from incidents.services.read_target import Reach
from simulators.kubernetes.testing import RunningCluster
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.incidents.mitigations.doing import checked

pytestmark = pytest.mark.django_db


def panel(user: User, incident: Incident, path: str = "") -> str:
    """The section's HTML."""
    page: str = browser_of(user).get(f"/incidents/{incident.pk}/{path}").content.decode()
    start = page.index('id="room-mitigations"')
    return page[start : page.index("</section>", start)]


def offered(html: str) -> list[tuple[str, dict[str, object]]]:
    """Verb and parameters of each offer, in order."""
    found = re.findall(
        r'name="verb" value="(\w+)"><input type="hidden" name="parameters" value="([^"]*)"><input type="hidden" name="idem',
        html,
    )
    return [(verb, json.loads(parameters.replace("&quot;", '"'))) for verb, parameters in found]


@pytest.mark.parametrize(
    ("title", "first"),
    [
        ("[P1] High Error Rate - chatops-gateway", ("roll_back", {})),
        ("[P2] High CPU - chatops-gateway", ("scale", {"by": 2})),
        ("[P2] High memory - chatops-gateway", ("delete_pod", {"choose": "most_memory"})),
        ("[P2] Database connections - chatops-gateway", ("restart", {})),
    ],
)
def test_the_guides_fix_comes_first(cast: Cast, gateway: CatalogueEntry, title: str, first: object) -> None:
    html = panel(cast.responder, make_incident(title=title))
    offers = offered(html)
    assert offers[0] == first
    assert {verb for verb, _ in offers} == {"roll_back", "scale", "delete_pod", "restart"}
    assert html.count("by the runbook") >= 1


def test_only_what_the_service_allows_is_offered(cast: Cast, gateway: CatalogueEntry, settings: Settings) -> None:
    gateway.allowed_verbs = ["restart", "reboot_rds"]
    gateway.save()
    incident = make_incident()
    assert [verb for verb, _ in offered(panel(cast.responder, incident))] == ["restart"]
    settings.RDS_REBOOT_ALLOWED = True
    assert [verb for verb, _ in offered(panel(cast.responder, incident))] == ["restart", "reboot_rds"]


def test_a_viewer_sees_what_happens_and_may_do_nothing(
    cast: Cast, reach: Reach, cluster: RunningCluster, gateway: CatalogueEntry
) -> None:
    incident = make_incident()
    mitigation = checked(reach, cast.responder, incident, "scale", by=1)
    html = panel(cast.viewer, incident)
    assert "Scale chatops-gateway up by 1 replica" in html
    assert "<form" not in html
    assert "<form" not in browser_of(cast.viewer).get(address(mitigation)).content.decode().partition("<main")[2]
    before = list(Mitigation.objects.values())
    for path in ("propose/", f"{mitigation.pk}/confirm/", f"{mitigation.pk}/withdraw/", f"{mitigation.pk}/way-back/"):
        answer = browser_of(cast.viewer).post(f"/incidents/{incident.pk}/mitigations/{path}", {"verb": "restart"})
        assert answer.status_code == 403
        assert browser_of(cast.responder).get(f"/incidents/{incident.pk}/mitigations/{path}").status_code == 405
        assert Client().post(f"/incidents/{incident.pk}/mitigations/{path}").status_code == 302
    assert list(Mitigation.objects.values()) == before


def address(mitigation: Mitigation) -> str:
    return f"/incidents/{mitigation.incident_id}/mitigations/{mitigation.pk}/"


def test_from_the_proposal_to_the_way_back_without_javascript(
    cast: Cast, reach: Reach, cluster: RunningCluster, gateway: CatalogueEntry
) -> None:
    pass
