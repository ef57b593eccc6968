"""The pages of runbooks, and the panel of the room: what they show, to whom, at what cost."""

import re
from html import unescape
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import User
from cluster.models import CatalogueEntry
from incidents.models import Capture, Incident, Mitigation, PollState
from incidents.services.ask_pagerduty import Act
from incidents.services.tick_step import tick_step
from tests.cast import Cast, browser_of
from tests.factories import make_incident, make_resolved
from tests.incidents.runbooks.files import GENERAL, text_of, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("runbooks")]
CPU = "[P2] High CPU - chatops-gateway"


def panel(user: User, incident: Incident, choice: str = "", *, path: str = "") -> str:
    """The panel's HTML, from its section's tag to the end of it."""
    page: str = browser_of(user).get(f"/incidents/{incident.pk}/{path}{choice}").content.decode()
    start = page.index('id="room-runbook"')
    return page[start : page.index("</section>", start)]


def stamp(html: str) -> str:
    return str(re.findall(r'data-stamp="(\w+)"', html)[0])


def test_the_list_says_when_each_applies(cast: Cast) -> None:
    CatalogueEntry.objects.create(pagerduty_id="PGATEWY", name="chatops-gateway", runbooks=["high-cpu"])
    page = browser_of(cast.viewer).get("/runbooks/").content.decode()
    card = page[page.index("/runbooks/high-cpu/") :]
    assert "cpu usage" in card
    assert "chatops-gateway" in card
    assert "Any incident that no other runbook fits" in page


def test_broken_ones_are_told_to_managers_with_file_and_line(cast: Cast, folder: Path) -> None:
    write(folder, broken=text_of("title: <b>Broken</b>\nsteps:\n  - key: a\n    text: b\n    check: <i>tea</i>"))
    said = "“check” cannot be “&lt;i&gt;tea&lt;/i&gt;”"
    for user, is_told in ((cast.viewer, False), (cast.responder, False), (cast.manager, True)):
        page = browser_of(user).get("/runbooks/").content.decode()
        assert (said in page) is is_told
        assert ("broken.md:6" in page) is is_told
        assert "High CPU" in page


def test_no_runbooks_at_all(cast: Cast, folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    assert "There are no runbooks." in browser_of(cast.viewer).get("/runbooks/").content.decode()
    assert "There are no runbooks." in panel(cast.responder, make_incident())


def test_one_to_read(cast: Cast) -> None:
    page = browser_of(cast.viewer).get("/runbooks/high-cpu/").content.decode()
    assert "See which pods use the CPU of &lt;service&gt;." in page
    assert "Check: Top" in page
    assert "Scale up by 2 replicas" in page
    assert "<h2>By hand</h2>" in page
    general = browser_of(cast.viewer).get("/runbooks/general-incident/").content.decode()
    assert '<a href="/runbooks/high-cpu/" rel="noreferrer">High CPU</a>' in general


def test_in_chinese_and_what_is_not_translated_says_so(cast: Cast) -> None:
    cast.viewer.language = "zh-hant"
    cast.viewer.save()
    browser = browser_of(cast.viewer)
    assert "看哪些 Pod 在用 CPU。" in browser.get("/runbooks/high-cpu/").content.decode()
    english = browser.get("/runbooks/general-incident/").content.decode()
    assert '<article class="panel runbook-page" lang="en">' in english


@pytest.mark.parametrize("slug", ["no-such", "HIGH-CPU", "high-cpu.zh-hant", "..%2Fhigh-cpu"])
def test_runbooks_that_are_not_there(cast: Cast, slug: str) -> None:
    assert browser_of(cast.viewer).get(f"/runbooks/{slug}/").status_code == 404


def test_the_right_one_opens_by_itself_and_says_why(cast: Cast) -> None:
    html = panel(cast.responder, make_incident(title=CPU))
    assert "High CPU</a></h3>" in html
    assert "Opened because the title says “cpu”" in html
    assert "See which pods use the CPU of chatops-gateway." in html
    assert "kubectl top pods -l app=chatops-gateway" in html
    other = panel(cast.responder, make_incident(2, title="[P3] Certificate expires - chatops-web"))
    assert "General incident</a></h3>" in other
    assert "it fits every incident" in other


def test_the_catalogues_choice_goes_first(cast: Cast) -> None:
    CatalogueEntry.objects.create(pagerduty_id="PGATEWY", name="chatops-gateway", runbooks=["general-incident", "gone"])
    html = panel(cast.responder, make_incident(title="[P3] Certificate expires - chatops-gateway"))
    assert "Opened because the catalogue names it for this service · it fits every incident" in html


@pytest.mark.parametrize("name", ["x; rm -rf /", "$(id)", "`id`", "-rf", "a b", "<b>"])
def test_a_service_with_a_name_that_a_shell_would_read_is_put_into_no_command(cast: Cast, name: str) -> None:
    incident = make_incident(title=CPU)
    incident.service.name = name
    incident.service.save()
    assert "kubectl top pods -l app=&lt;service&gt;" in panel(cast.responder, incident)


def test_another_one_is_chosen_and_stays_chosen(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    choice = "?runbook=general-incident"
    for path in ("", "live/", "runbook/"):
        html = panel(cast.responder, incident, choice, path=path)
        assert 'data-chosen="general-incident"' in html
        assert "General incident</a></h3>" in html
    answer = browser_of(cast.responder, **{"HX-Request": "true"}).get(f"/incidents/{incident.pk}/runbook/{choice}")
    assert answer.headers["HX-Replace-Url"] == f"/incidents/{incident.pk}/{choice}"
    assert 'data-chosen=""' in panel(cast.responder, incident, "?runbook=no-such")


def test_the_choice_says_how_far_the_others_are(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    tick_step(act=Act(number=incident.pk, actor=cast.teammate), slug="general-incident", key="pods")
    assert "General incident ✓ (1/1)" in panel(cast.responder, incident)


def test_none_fits(cast: Cast, folder: Path) -> None:
    (folder / "general-incident.md").unlink()
    incident = make_incident(title="[P3] Certificate expires - chatops-web")
    assert "No runbook fits this incident." in panel(cast.responder, incident)
    assert "none of its rules fits" in panel(cast.responder, incident, "?runbook=high-cpu")


def test_the_stamp_changes_with_what_is_shown_and_only_then(cast: Cast, folder: Path) -> None:
    incident = make_incident(title=CPU)
    first = stamp(panel(cast.responder, incident))
    incident.body = "Something else"
    incident.save()
    assert stamp(panel(cast.teammate, incident, path="live/")) == first
    tick_step(act=Act(number=incident.pk, actor=cast.teammate), slug="high-cpu", key="look")
    ticked = stamp(panel(cast.responder, incident))
    assert ticked != first
    (folder / "high-cpu.md").write_text((folder / "high-cpu.md").read_text().replace("By hand", "Commands"))
    assert stamp(panel(cast.responder, incident)) not in (first, ticked)


def test_nothing_is_run_or_proposed_for_what_is_over_or_by_who_may_not(cast: Cast) -> None:
    over, open_one = make_resolved(1, minutes_old=60, title=CPU), make_incident(2, title=CPU)
    for user, incident in ((cast.responder, over), (cast.viewer, open_one)):
        html = panel(user, incident)
        assert "Check: Top" in html
        assert "Scale up by 2 replicas" in html
        assert "Propose" not in html
        assert "Run this check" not in html


def test_a_checks_button_asks_for_just_its_evidence(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    Capture.objects.all().delete()
    html = panel(cast.responder, incident)
    start = html.index("Run this check: Top")
    form = html[html.rindex("<form", 0, start) : start]
    address = re.findall(r' action="([^"]+)"', form)[0]
    fields = dict(re.findall(r'name="(kind)" value="([^"]+)"', form))
    assert browser_of(cast.responder).post(address, fields).status_code == 302
    assert Capture.objects.get().kinds == ["top"]


def test_a_mitigations_button_proposes_just_that(cast: Cast) -> None:
    mapped = {"namespace": "chatops", "deployment": "chatops-gateway"}
    CatalogueEntry.objects.update_or_create(pagerduty_id="PGATEWY", defaults={"name": "chatops-gateway", **mapped})
    incident = make_incident(title=CPU)
    html = panel(cast.responder, incident)
    start = html.index("Propose: Scale up by 2 replicas")
    form = html[html.rindex("<form", 0, start) : start]
    address = re.findall(r' action="([^"]+)"', form)[0]
    fields = {name: unescape(value) for name, value in re.findall(r'name="(verb|parameters)" value="([^"]+)"', form)}
    assert browser_of(cast.responder).post(address, fields).status_code == 302
    proposed = Mitigation.objects.get()
    assert (proposed.verb, proposed.parameters, proposed.target) == ("scale", {"by": 2}, "chatops-gateway")


def test_markup_in_a_runbook_is_text(cast: Cast, folder: Path) -> None:
    evil = "<script>alert(1)</script>"
    front = GENERAL.replace("General incident", evil).replace("Look at the pods.", evil)
    write(folder, general_incident=text_of(front, evil))
    incident = make_incident(title="[P3] Certificate expires - chatops-web")
    for address in ("/runbooks/", "/runbooks/general-incident/", f"/incidents/{incident.pk}/"):
        page = browser_of(cast.responder).get(address).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert" not in page


#: Session, user, heard of, on call, catalogue; one to read needs no catalogue.
LIST_QUERIES, READ_QUERIES = 5, 4
#: Session, user, the incident with its people, catalogue, ticks.
PANEL_QUERIES = 6


@pytest.mark.parametrize("how_many", [1, 3])
def test_queries_are_counted(
    how_many: int, cast: Cast, folder: Path, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    PollState.objects.create(name="pagerduty", succeeded_at=database_now())
    incident = make_incident(title=CPU)
    for number, key in zip(range(how_many), ("look", "scale-up", "tell"), strict=False):
        write(folder, **{f"other_{number}": text_of(GENERAL)})
        CatalogueEntry.objects.create(pagerduty_id=f"P{number}", name=f"service-{number}", runbooks=["high-cpu"])
        tick_step(act=Act(number=incident.pk, actor=cast.responder), slug="high-cpu", key=key)
    browser = browser_of(cast.responder)
    for address, queries in (
        ("/runbooks/", LIST_QUERIES),
        ("/runbooks/high-cpu/", READ_QUERIES),
        (f"/incidents/{incident.pk}/runbook/", PANEL_QUERIES),
    ):
        with django_assert_num_queries(queries):
            assert browser.get(address).status_code == 200
