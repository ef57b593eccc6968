"""The room's panel, the page of one mitigation, and the posts that lead from one state to the next."""

import json
import re
from html import unescape

import pytest
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from cluster.models import CatalogueEntry
from incidents.models import Incident, Mitigation
from incidents.services.ask_pagerduty import Act
from incidents.services.check_mitigation import check_mitigation
from incidents.services.confirm_mitigation import withdraw_mitigation
from incidents.services.read_target import Reach
from incidents.services.run_mitigation import run_mitigation
from simulators.kubernetes.testing import RunningCluster
from tests.cast import Cast, browser_of
from tests.factories import make_incident, make_resolved
from tests.incidents.mitigations.doing import GATEWAY, called, checked, look, propose, watched

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
    page = browser_of(cast.viewer).get(address(mitigation)).content.decode()
    assert "<form" not in page[page.index("<article") : page.index("</article>")]
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
    incident = make_incident()
    browser = browser_of(cast.responder)
    answer = browser.post(f"/incidents/{incident.pk}/mitigations/propose/", {"verb": "scale", "to": "4"})
    mitigation = Mitigation.objects.get()
    page = address(mitigation)
    assert answer.headers["Location"] == page
    assert "Dry run under way" in text_of(browser, page)
    check_mitigation(mitigation_id=mitigation.pk, reach=reach)
    ready = text_of(browser, page)
    assert "Replicas 3 → becomes 4" in ready
    assert "type chatops-gateway to confirm" in ready
    assert "kubectl --context demo -n chatops scale deployment/chatops-gateway --replicas=4" in ready
    refused = browser.post(f"{page}confirm/", {"typed": "gateway", "next": page}, follow=True)
    assert "To confirm, type the name “chatops-gateway” exactly; nothing was sent." in refused.content.decode()
    assert "Confirmed; it is being sent." in said(browser.post(f"{page}confirm/", {"typed": GATEWAY}, follow=True))
    run_mitigation(mitigation_id=mitigation.pk, reach=reach)
    look(reach, mitigation)
    assert "3 of 4 pods ready" in text_of(browser, page)
    watched(reach, cluster, mitigation)
    done = text_of(browser, page)
    assert "Pods healthy after" in done
    assert "The way back: scale chatops-gateway to 3 replicas" in done
    answer = browser.post(f"{page}way-back/")
    back = Mitigation.objects.get(way_back_of=mitigation)
    assert answer.headers["Location"] == address(back)
    assert "The way back" not in text_of(browser, page)
    assert "Withdrawn; nothing was sent." in said(browser.post(f"{address(back)}withdraw/", follow=True))
    assert "The way back" in text_of(browser, page), "what was withdrawn is offered again"


def text_of(browser: Client, address: str) -> str:
    """What the page's card says, without its markup."""
    html = browser.get(address).content.decode()
    card = html[html.index("<article") : html.index("</article>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", card)).split())


def said(answer: HttpResponseBase) -> str:
    assert isinstance(answer, HttpResponse)
    return unescape(answer.content.decode())


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"verb": "exec"},
        {"verb": "scale", "parameters": "{"},
        {"verb": "scale", "parameters": "[1]"},
        {"verb": "scale", "parameters": '{"by": 2}', "to": "5"},
        {"verb": "scale", "by": "many"},
        {"verb": "delete_pod", "pod": "../../secrets"},
        {"verb": "restart", "parameters": '{"force": true}'},
        {"verb": "scale", "parameters": '{"to": true}'},
        {"verb": "roll_back", "parameters": '{"revision": false}'},
        {"verb": "delete_pod", "parameters": '{"pod": "gw-1", "uid": "a\\u0000b"}'},
        {"verb": "delete_pod", "parameters": '{"pod": "gw-1", "uid": "\\ud800"}'},
        {"verb": "delete_pod", "parameters": '{"pod": "gw-1\\u0000"}'},
        {"verb": "reboot_rds", "parameters": '{"database": "a\\u0000"}'},
    ],
)
def test_what_is_no_proposal(cast: Cast, gateway: CatalogueEntry, fields: dict[str, str]) -> None:
    incident = make_incident()
    browser = browser_of(cast.responder, **{"HX-Request": "true"})
    answer = browser.post(f"/incidents/{incident.pk}/mitigations/propose/", fields)
    assert answer.status_code == 409
    assert "nothing was proposed" in answer.content.decode()
    assert not Mitigation.objects.exists()


def test_what_is_not_there(cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry) -> None:
    mine = checked(reach, cast.responder, make_incident(1), "restart")
    other = make_incident(2)
    browser = browser_of(cast.responder)
    assert browser.get(f"/incidents/{other.pk}/mitigations/{mine.pk}/").status_code == 404
    for path in ("999/confirm/", f"{mine.pk}/confirm/", f"{mine.pk}/withdraw/", f"{mine.pk}/way-back/"):
        assert browser.post(f"/incidents/{other.pk}/mitigations/{path}", {"typed": GATEWAY}).status_code == 404
    assert browser.post("/incidents/999/mitigations/propose/", {"verb": "restart"}).status_code == 404


def test_a_runbooks_step_is_a_proposal(cast: Cast, gateway: CatalogueEntry) -> None:
    incident = make_incident()
    html = browser_of(cast.responder).get(f"/incidents/{incident.pk}/").content.decode()
    runbook = html[html.index('id="room-runbook"') : html.index('id="room-mitigations"')]
    steps = re.findall(r'name="verb" value="(\w+)"><input type="hidden" name="parameters" value="([^"]*)"', runbook)
    verb, parameters = steps[0]
    fields = {"verb": verb, "parameters": unescape(parameters)}
    browser_of(cast.responder).post(f"/incidents/{incident.pk}/mitigations/propose/", fields)
    assert Mitigation.objects.get().verb == "roll_back"


def test_a_rollbacks_diff_hides_what_may_be_secret(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    cluster.deploy(GATEWAY, image="chatops/gateway:v1.2.4", env={"API_TOKEN": "another-secret-value"})
    cluster.advance(120)
    incident = make_incident()
    checked(reach, cast.responder, incident, "roll_back")
    html = panel(cast.viewer, incident)
    assert '<span class="diff-line is-gone">-' in html
    assert "chatops/gateway:v1.2.4" in html
    assert "secret-value" not in html
    assert "hunter2" not in html


def test_words_of_the_cluster_are_text(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    evil = "<script>alert(1)</script>"
    cluster.fail(method="PATCH", status=422, message=evil)
    incident = make_incident()
    checked(reach, cast.responder, incident, "restart")
    for path in ("", "live/"):
        html = browser_of(cast.responder).get(f"/incidents/{incident.pk}/{path}").content.decode()
        assert "&lt;script&gt;alert(1)" in html
        assert "<script>alert" not in html


def test_a_panel_that_has_not_changed_bears_the_same_stamp(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    incident = make_incident()

    def stamp() -> str:
        return panel(cast.responder, incident, "live/").partition('data-stamp="')[2][:16]

    stamps = [stamp(), stamp()]
    mitigation = propose(cast.responder, incident, "scale", by=1)
    stamps += [stamp(), stamp()]
    check_mitigation(mitigation_id=mitigation.pk, reach=reach)
    stamps += [stamp(), stamp()]
    assert [stamps.index(each) for each in stamps] == [0, 0, 2, 2, 4, 4]


def test_an_incident_that_is_over_offers_nothing(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    incident = make_incident()
    watched(reach, cluster, called(reach, cast.responder, incident, "scale", by=1))
    checked(reach, cast.responder, incident, "restart")
    Incident.objects.update(status="resolved")
    html = panel(cast.responder, incident)
    assert offered(html) == []
    assert "Confirm: " not in html
    assert "The way back" not in html
    assert "Nothing was done from here." in panel(cast.responder, make_resolved(2, minutes_old=60))


def test_a_service_that_nobody_has_mapped(cast: Cast, gateway: CatalogueEntry) -> None:
    incident = make_incident()
    CatalogueEntry.objects.update(deployment="")
    assert "so that nothing can be proposed here" in panel(cast.responder, incident)


ROOM_QUERIES, PAGE_QUERIES = 25, 8


@pytest.mark.parametrize("many", [1, 20])
def test_the_cost_does_not_grow_with_what_was_done(
    cast: Cast, gateway: CatalogueEntry, many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    incident = make_incident()
    last = propose(cast.teammate, incident, "scale", to=4)
    for number in range(1, many):
        last = propose(cast.responder if number % 2 else cast.teammate, incident, "scale", to=number + 4)
        withdraw_mitigation(act=Act(incident.pk, cast.teammate), mitigation_id=last.pk)
    browser = browser_of(cast.responder)
    browser.get(f"/incidents/{incident.pk}/")
    with django_assert_num_queries(ROOM_QUERIES):
        browser.get(f"/incidents/{incident.pk}/")
    with django_assert_num_queries(PAGE_QUERIES):
        browser.get(address(last))
