"""The room: one incident with everything there is, at a cost that does not grow with it."""

import pytest
from pytest_django import DjangoAssertNumQueries

from incidents.enums import EntryKind, EntrySource
from incidents.models import Incident, TimelineEntry
from simulators.pagerduty import edits
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of
from tests.incidents.acting import act, ring
from tests.incidents.story import poll

pytestmark = pytest.mark.django_db
QUERIES = 25


@pytest.mark.parametrize("notes", [1, 200])
def test_it_costs_the_same_at_one_entry_and_at_many(
    notes: int, cast: Cast, pagerduty: RunningSimulator, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _page, incident = ring(pagerduty)
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            incident=incident,
            kind=EntryKind.NOTE,
            occurred_at=incident.triggered_at,
            source=EntrySource.PORTAL,
            actor=cast.responder,
            actor_name="Yu-ting Lin",
            data={"text": f"observation {number}"},
        )
        for number in range(notes)
    )
    client = browser_of(cast.responder)
    client.get(f"/incidents/{incident.pk}/")
    with django_assert_num_queries(QUERIES):
        page = client.get(f"/incidents/{incident.pk}/")
    assert page.content.decode().count("observation") == notes


@pytest.mark.parametrize("path", ["", "live/"])
def test_markup_in_anything_is_text(cast: Cast, pagerduty: RunningSimulator, path: str) -> None:
    evil = "<script>alert(1)</script>"
    page = pagerduty.trigger(f"[P1] {evil} - chatops-gateway", measure=f"{evil}: 5% (threshold: {evil})")
    with pagerduty.world.transaction():
        edits.annotate(pagerduty.world, page, "PRESP01", f"{evil}\n<img src=x onerror=alert(1)>")
    poll(pagerduty)
    number = Incident.objects.get().pk
    html = browser_of(cast.responder).get(f"/incidents/{number}/{path}").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_a_viewer_reads_everything_and_has_no_button(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty)
    for user, buttons in ((cast.viewer, False), (cast.responder, True)):
        html = browser_of(user).get(f"/incidents/{incident.pk}/").content.decode()
        assert "High Error Rate" in html
        assert (f"/incidents/{incident.pk}/acknowledge/" in html) is buttons


def test_it_speaks_traditional_chinese(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty)
    act(cast.responder, incident, "note", text="seen")
    cast.viewer.language = "zh-hant"
    cast.viewer.save()
    answer = browser_of(cast.viewer).get(f"/incidents/{incident.pk}/")
    assert answer.headers["Content-Language"] == "zh-hant"
    assert "確認" in answer.content.decode()


def test_an_incident_that_is_not_there(cast: Cast) -> None:
    client = browser_of(cast.responder)
    for path in ("/incidents/1/", "/incidents/1/live/", f"/incidents/{2**63 - 1}/", f"/incidents/{10**30}/"):
        assert client.get(path).status_code == 404
    assert client.post("/incidents/1/acknowledge/").status_code == 404
