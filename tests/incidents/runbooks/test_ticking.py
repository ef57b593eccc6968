"""Steps are ticked by whom and when: once, on the timeline, on record, and never as a response."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse

from accounts.models import AuditRecord, User
from incidents.enums import ClockKind, EntryKind
from incidents.models import Incident, RunbookTick, SlaClock
from incidents.services.ask_pagerduty import Act
from incidents.services.tick_step import tick_step
from tests.cast import Cast, browser_of, make_cast
from tests.factories import make_incident, make_resolved
from tests.waiting import is_waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("runbooks")]
CPU = "[P2] High CPU - chatops-gateway"


def tick(user: User, incident: Incident, step: str = "high-cpu/steps/look", **fields: str) -> HttpResponse:
    slug, _steps, key = step.split("/")
    client = browser_of(user, **{"HX-Request": "true"})
    answer: Any = client.post(f"/incidents/{incident.pk}/runbooks/{slug}/steps/{key}/", fields)
    return answer  # type: ignore[no-any-return]


def told(incident: Incident) -> list[str]:
    return [entry.text for entry in incident.entries.filter(kind=EntryKind.RUNBOOK_STEP)]


def test_a_tick_says_who_and_when_and_stands_on_the_timeline_and_on_record(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    answer = tick(cast.responder, incident)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Lin Yu-ting" in page
    assert "1 of 3 done" in page
    assert 'aria-checked="true"' in page
    assert told(incident) == ["Lin Yu-ting ticked “See which pods use the CPU of <service>.” of the runbook “High CPU”"]
    record = AuditRecord.objects.get(verb="tick_step")
    assert record.actor == cast.responder
    assert record.data == {"runbook": "high-cpu", "step": "look", "cycle": 1}


def test_it_raises_the_version_so_that_others_see_it(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    before = incident.version
    tick(cast.responder, incident)
    incident.refresh_from_db()
    assert incident.version == before + 1
    assert "1 of 3 done" in browser_of(cast.viewer).get(f"/incidents/{incident.pk}/live/").content.decode()


def test_it_is_no_response(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    tick(cast.responder, incident)
    assert SlaClock.objects.get(incident=incident, kind=ClockKind.RESPOND).stopped_at is None


def test_ticked_twice_is_ticked_once(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    for _ in range(2):
        assert tick(cast.responder, incident).status_code == 200
    assert RunbookTick.objects.count() == 1
    assert len(told(incident)) == 1
    assert AuditRecord.objects.filter(verb="tick_step").count() == 1


def test_the_second_person_is_told_of_the_first(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    tick(cast.teammate, incident)
    page = tick(cast.responder, incident).content.decode()
    assert "Kenji Sato ticked that before you." in page
    assert RunbookTick.objects.get().ticked_by == cast.teammate


@pytest.mark.django_db(transaction=True)
def test_two_people_at_the_same_moment() -> None:
    cast = make_cast()
    incident = make_incident(title=CPU)
    found: list[bool] = []

    def other() -> None:
        try:
            act = Act(number=incident.pk, actor=cast.teammate)
            found.append(tick_step(act=act, slug="high-cpu", key="look").is_new)
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        act = Act(number=incident.pk, actor=cast.responder)
        assert tick_step(act=act, slug="high-cpu", key="look").is_new
        thread.start()
        while not is_waiting():
            assert thread.is_alive()
    thread.join()
    assert found == [False]
    assert RunbookTick.objects.get().ticked_by == cast.responder


def test_a_tick_is_taken_back_by_anybody_who_may_tick_and_made_anew(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    tick(cast.responder, incident)
    page = tick(cast.teammate, incident, take_back="1").content.decode()
    assert "0 of 3 done" in page
    assert told(incident)[-1] == (
        "Kenji Sato took the tick of “See which pods use the CPU of <service>.” of the runbook “High CPU” back"
    )
    back = RunbookTick.objects.get()
    assert (back.ticked_by, back.taken_back_by) == (cast.responder, cast.teammate)
    tick(cast.teammate, incident)
    assert RunbookTick.objects.count() == 2
    assert AuditRecord.objects.filter(verb="untick_step").count() == 1


def test_taking_back_what_is_not_ticked_changes_nothing(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    assert tick(cast.responder, incident, take_back="1").status_code == 200
    assert told(incident) == []


def test_the_last_steps_are_ticked_when_it_is_over(cast: Cast) -> None:
    incident = make_resolved(1, minutes_old=60, title=CPU)
    assert tick(cast.responder, incident).status_code == 200
    assert RunbookTick.objects.exists()


def test_a_reopened_incident_begins_anew(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    tick(cast.responder, incident)
    Incident.objects.update(cycle=2)
    assert "0 of 3 done" in browser_of(cast.viewer).get(incident.get_absolute_url()).content.decode()
    tick(cast.responder, incident)
    assert RunbookTick.objects.count() == 2


def test_the_timeline_speaks_the_readers_language(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    tick(cast.responder, incident)
    cast.viewer.language = "zh-hant"
    cast.viewer.save()
    page = browser_of(cast.viewer).get(incident.get_absolute_url()).content.decode()
    timeline = page[page.index('id="room-timeline"') :]
    assert "看哪些 Pod 在用 CPU。" in timeline
    assert "See which pods" not in timeline


def test_a_step_whose_words_are_edited_keeps_its_tick_and_the_timeline_its_words(cast: Cast, folder: Path) -> None:
    incident = make_incident(title=CPU)
    tick(cast.responder, incident)
    path = folder / "high-cpu.md"
    path.write_text(path.read_text().replace("See which pods use the CPU of <service>.", "Look at the pods."))
    page = browser_of(cast.viewer).get(incident.get_absolute_url()).content.decode()
    assert "Look at the pods." in page
    assert "1 of 3 done" in page
    assert told(incident)[0].startswith("Lin Yu-ting ticked “See which pods")


def test_a_viewer_reads_and_cannot_tick(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    assert tick(cast.viewer, incident).status_code == 403
    page = browser_of(cast.viewer).get(incident.get_absolute_url()).content.decode()
    assert "See which pods use the CPU of chatops-gateway." in page
    assert 'role="checkbox"' not in page
    assert not RunbookTick.objects.exists()


@pytest.mark.parametrize(
    "step", ["high-cpu/steps/nothing", "no-such/steps/look", "high-cpu/steps/Look", "HIGH-CPU/steps/look"]
)
def test_unknown_steps_are_not_found(cast: Cast, step: str) -> None:
    incident = make_incident(title=CPU)
    for fields in ({}, {"take_back": "1"}):
        assert tick(cast.responder, incident, step, **fields).status_code == 404
    assert not RunbookTick.objects.exists()


def test_an_unknown_incident_is_not_found(cast: Cast) -> None:
    assert browser_of(cast.responder).post("/incidents/77/runbooks/high-cpu/steps/look/").status_code == 404


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_the_wrong_method(cast: Cast, method: str) -> None:
    incident = make_incident(title=CPU)
    client = browser_of(cast.responder)
    answer = getattr(client, method)(f"/incidents/{incident.pk}/runbooks/high-cpu/steps/look/")
    assert answer.status_code == 405


def test_without_javascript_the_page_comes_back_with_the_runbook_that_was_open(cast: Cast) -> None:
    incident = make_incident(title=CPU)
    client = browser_of(cast.responder)
    room = f"/incidents/{incident.pk}/?runbook=general-incident"
    page = client.get(room).content.decode()
    back = f"{room}#room-runbook"
    assert f'name="next" value="{back}"' in page
    answer = client.post(f"/incidents/{incident.pk}/runbooks/general-incident/steps/pods/", {"next": back})
    assert (answer.status_code, answer.headers["Location"]) == (302, back)
    assert "1 of 1 done" in client.get(room).content.decode()
