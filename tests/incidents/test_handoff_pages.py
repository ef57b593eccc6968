"""The page of a handoff: who sees what, what saving answers, and the files it offers."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.services.note_people import person_of
from shifts.models import Handoff, HandoffLine, Schedule, Shift
from shifts.services.sign_handoff import sign_handoff
from tests.cast import Cast, browser_of
from tests.factories import make_incident, make_resolved
from tests.shifts.handoff.making import draft as draft_of_it
from tests.shifts.handoff.making import make_ended, signed, tick_all
from tests.shifts.making import DAY, HOUR, make_schedule, make_shift

pytestmark = pytest.mark.django_db
LIST_QUERIES, PAGE_QUERIES, DRAFT_QUERIES = 6, 11, 20
HTMX = {"HX-Request": "true"}


@pytest.fixture
def schedule(cast: Cast) -> Schedule:
    return make_schedule()


@pytest.fixture
def shift(schedule: Schedule, cast: Cast) -> Shift:
    make_resolved(1, minutes_old=200)
    make_incident(2, minutes_old=100)
    return make_ended(schedule, cast)


def address(shift: Shift) -> str:
    return f"/shifts/{shift.pk}/handoff/"


def read(client: Client, path: str, **more: Any) -> str:
    return client.get(path, **more).content.decode()


def test_it_drafts_itself_when_its_author_looks(cast: Cast, shift: Shift) -> None:
    page = read(browser_of(cast.responder), address(shift))
    assert "Node failure" in page
    assert "High Error Rate" in page
    handoff = Handoff.objects.get()
    assert {line.origin.partition(":")[0] for line in handoff.lines.all()} == {"incident", "open"}
    read(browser_of(cast.responder), address(shift))
    assert Handoff.objects.count() == 1


def test_a_draft_is_nobody_elses(cast: Cast, shift: Shift) -> None:
    read(browser_of(cast.responder), address(shift))
    handoff = Handoff.objects.get()
    line = handoff.lines.earliest("pk")
    for user in (cast.viewer, cast.teammate, cast.manager, cast.admin):
        client = browser_of(user)
        page = read(client, address(shift))
        assert "Nothing is signed yet. What Lin Yu-ting writes is shown here" in page
        assert line.text not in page
        assert client.get(f"/shifts/{shift.pk}/handoff/1/").status_code == 404
        assert client.get(f"/handoffs/{handoff.pk}/export/md/").status_code == 404
        expected = 403 if user == cast.viewer else 404
        assert client.get(f"/handoffs/{handoff.pk}/news/").status_code == expected
        for path, data in (
            (f"/handoffs/lines/{line.pk}/", {"text": "x", "version": "1"}),
            (f"/handoffs/lines/{line.pk}/strike/", {"do": "strike"}),
            (f"/handoffs/{handoff.pk}/lines/", {"section": "notes", "text": "x"}),
            (f"/handoffs/{handoff.pk}/take-in/", {}),
            (f"/handoffs/{handoff.pk}/tick/", {"item": "notes", "do": "tick"}),
            (f"/handoffs/{handoff.pk}/sign/", {"incoming": "1"}),
        ):
            assert client.post(path, data).status_code == expected, path
    line.refresh_from_db()
    assert (line.version, line.is_struck) == (1, False)


def test_before_it_begins_there_is_nothing(cast: Cast, schedule: Schedule) -> None:
    ahead = make_shift(schedule, cast.responder, begins_in=DAY)
    assert "The shift has not begun yet" in read(browser_of(cast.responder), address(ahead))
    assert browser_of(cast.viewer).get("/shifts/999999/handoff/").status_code == 404


def draft(cast: Cast, shift: Shift) -> tuple[Client, Handoff, HandoffLine]:
    client = browser_of(cast.responder)
    client.get(address(shift))
    handoff = Handoff.objects.get()
    return client, handoff, handoff.lines.earliest("pk")


def test_saving_as_it_is_typed(cast: Cast, shift: Shift) -> None:
    client, _handoff, line = draft(cast, shift)
    path = f"/handoffs/lines/{line.pk}/"
    answer = client.post(path, {"text": "of the first tab", "version": "1"}, headers=HTMX)
    assert 'name="version" value="2"' in answer.content.decode()
    assert "Saved" in answer.content.decode()
    answer = client.post(path, {"text": "of the <second> tab", "version": "1"}, headers=HTMX)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Stored is: «of the first tab»" in page
    assert 'name="version" value="2"' in page
    answer = client.post(path, {"text": " ", "version": "2"}, headers=HTMX)
    assert (answer.status_code, "A line says something" in answer.content.decode()) == (422, True)


def test_a_page_whose_answer_was_lost_is_not_stale(cast: Cast, shift: Shift) -> None:
    client, _handoff, line = draft(cast, shift)
    path = f"/handoffs/lines/{line.pk}/"

    def save(text: str, page: str) -> int:
        return client.post(path, {"text": text, "version": "1", "page": page}, headers=HTMX).status_code

    assert [save("one", "here"), save("one two", "here"), save("other", "there")] == [200, 200, 409]
    # What another page stored since, this one has not seen.
    assert client.post(path, {"text": "other", "version": "3", "page": "there"}, headers=HTMX).status_code == 200
    assert save("one two three", "here") == 409


def test_without_javascript_both_versions_are_on_the_page(cast: Cast, shift: Shift) -> None:
    client, _handoff, line = draft(cast, shift)
    path = f"/handoffs/lines/{line.pk}/"
    assert client.post(path, {"text": "mine", "version": "1"})["Location"] == f"{address(shift)}#line-{line.pk}"
    answer = client.post(path, {"text": "of the <second> tab", "version": "1"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Stored is: «mine»" in page
    assert "of the &lt;second&gt; tab</textarea>" in page


def test_adding_striking_and_what_was_typed_in_vain(cast: Cast, shift: Shift) -> None:
    client, handoff, line = draft(cast, shift)
    page = read(client, address(shift))
    key = re.findall(r'name="key" value="([^"]+-notes)"', page)[0]
    for _each in range(2):
        client.post(f"/handoffs/{handoff.pk}/lines/", {"section": "notes", "text": "watch the disk", "key": key})
    assert handoff.lines.filter(text="watch the disk").count() == 1
    client.post(f"/handoffs/lines/{line.pk}/strike/", {"do": "strike"})
    assert f"<del>{line.text}</del>" in read(client, address(shift))
    assert client.post(f"/handoffs/{handoff.pk}/lines/", {"section": "moon", "text": "x"}).status_code == 404
    answer = client.post(f"/handoffs/{handoff.pk}/lines/", {"section": "notes", "text": "  "})
    assert answer.status_code == 422


def test_what_happens_meanwhile_waits_to_be_taken_in(cast: Cast, shift: Shift) -> None:
    client, handoff, _line = draft(cast, shift)
    assert "Happened since you began" not in read(client, f"/handoffs/{handoff.pk}/news/")
    burning = make_incident(3, title="[P0] Burning - chatops-db")
    fragment = read(client, f"/handoffs/{handoff.pk}/news/")
    assert "Happened since you began" in fragment
    assert "[P0] Burning" in fragment
    assert "<html" not in fragment
    client.post(f"/handoffs/{handoff.pk}/take-in/")
    assert handoff.lines.filter(origin=f"open:{burning.number}").exists()
    assert "Happened since you began" not in read(client, f"/handoffs/{handoff.pk}/news/")


def test_another_language_makes_no_news(cast: Cast, shift: Shift) -> None:
    client, handoff, _line = draft(cast, shift)
    client.post("/accounts/language/", {"language": "zh-hant", "next": "/"})
    assert handoff.lines.exists()
    page = read(client, address(shift))
    assert "交接清單" in page
    assert "您開始撰寫後發生的事" not in page
    client.post(f"/handoffs/{handoff.pk}/take-in/")
    assert not [line for line in handoff.lines.all() if line.text != line.drafted or "自" in line.text]


def test_both_sign_on_their_pages(cast: Cast, shift: Shift) -> None:
    client, handoff, _line = draft(cast, shift)
    incoming = str(person_of(cast.teammate).pk)
    answer = client.post(f"/handoffs/{handoff.pk}/sign/", {"incoming": incoming}, follow=True)
    assert "Go through the whole checklist first." in answer.content.decode()
    for item in ("incidents", "changes", "alerts", "notes"):
        client.post(f"/handoffs/{handoff.pk}/tick/", {"item": item, "do": "tick"})
    assert client.post(f"/handoffs/{handoff.pk}/tick/", {"item": "moon", "do": "tick"}).status_code == 404
    answer = client.post(f"/handoffs/{handoff.pk}/sign/", {"incoming": incoming}, follow=True)
    page = answer.content.decode()
    assert "Signed. Whoever takes over is told" in page
    assert "<textarea" not in page
    teammate = browser_of(cast.teammate)
    assert "Sign and take over" in read(teammate, address(shift))
    line = handoff.lines.earliest("pk")
    teammate.post(f"/handoffs/lines/{line.pk}/ask/", {"text": "<b>which</b>?"})
    assert "&lt;b&gt;which&lt;/b&gt;?" in read(client, address(shift))
    client.post(f"/handoffs/lines/{line.pk}/answer/", {"text": "the third"})
    tick_all(cast.teammate, handoff)
    page = teammate.post(f"/handoffs/{handoff.pk}/accept/", follow=True).content.decode()
    assert "Taken over. Both have signed." in page
    assert "Sign and take over" not in page
    assert "signed by both" in read(browser_of(cast.viewer), "/handoffs/")


def test_files(cast: Cast, shift: Shift) -> None:
    handoff = signed(cast, shift)
    for shape, media_type in (("md", "text/markdown"), ("txt", "text/plain"), ("json", "application/json")):
        answer = browser_of(cast.viewer).get(f"/handoffs/{handoff.pk}/export/{shape}/")
        assert answer["Content-Type"] == f"{media_type}; charset=utf-8"
        assert answer["Content-Disposition"].startswith('attachment; filename="handoff-chatops-primary-')
        assert "Node failure" in answer.content.decode()
    assert browser_of(cast.viewer).get(f"/handoffs/{handoff.pk}/export/exe/").status_code == 404


def test_a_correction_shows_what_it_says_otherwise(cast: Cast, shift: Shift) -> None:
    handoff = signed(cast, shift)
    client = browser_of(cast.responder)
    page = client.post(f"/handoffs/{handoff.pk}/correct/", follow=True).content.decode()
    assert "What this correction says otherwise" in page
    assert f'href="/shifts/{shift.pk}/handoff/1/"' in page
    # Everybody else still reads what is signed.
    assert "Correction 1" not in read(browser_of(cast.viewer), address(shift))


@pytest.mark.parametrize("count", [1, 30])
def test_what_the_pages_cost(
    count: int, cast: Cast, schedule: Schedule, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = database_now().replace(microsecond=0)
    for number in range(count):
        make_incident(number + 1)
        shift = make_shift(schedule, cast.responder, start=now - (number + 2) * DAY, lasts=DAY)
        handoff = draft_of_it(cast, shift)
        tick_all(cast.responder, handoff)
        sign_handoff(actor=cast.responder, handoff_id=handoff.pk, incoming_id=person_of(cast.teammate).pk)
    client = browser_of(cast.viewer)
    read(client, "/handoffs/")
    with django_assert_num_queries(LIST_QUERIES):
        assert read(client, "/handoffs/").count("waits for the second signature") == count
    with django_assert_num_queries(PAGE_QUERIES):
        read(client, address(Shift.objects.latest("pk")))
    ahead = make_shift(schedule, cast.responder, start=now - HOUR, lasts=DAY)
    own = browser_of(cast.responder)
    read(own, address(ahead))
    with django_assert_num_queries(DRAFT_QUERIES):
        read(own, address(ahead))


def test_the_list_and_its_search(cast: Cast, shift: Shift) -> None:
    handoff = signed(cast, shift)
    client = browser_of(cast.viewer)
    assert f'href="/shifts/{shift.pk}/handoff/1/"' in read(client, "/handoffs/?words=node")
    assert "No handoff has these words." in read(client, "/handoffs/?words=nothing+of")
    Handoff.objects.filter(pk=handoff.pk).update(signed_at=None)
    assert "Nobody has signed a handoff yet." in read(client, "/handoffs/")
