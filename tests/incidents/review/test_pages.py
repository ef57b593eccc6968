"""The page of a review: who sees what, what saving answers, and the files it offers."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.note_people import person_of
from incidents.enums import Status
from incidents.models import FollowUp, Incident, Review
from incidents.review.parts import ReviewPart
from shifts.models import Notice
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.incidents.review.stored import finished, follow_up, over, soon, write

pytestmark = pytest.mark.django_db
READ_QUERIES, WRITE_QUERIES = 17, 20
HTMX = {"HX-Request": "true"}


def address(incident: Incident, more: str = "") -> str:
    return f"/incidents/{incident.number}/review/{more}"


def read(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def given(cast: Cast, **more: Any) -> dict[str, Any]:
    usual = {"text": "Add the index", "owner": person_of(cast.teammate).pk, "due_on": soon().isoformat()}
    return usual | more


def test_before_it_is_resolved_a_sentence_says_so(cast: Cast) -> None:
    incident = make_incident()
    client = browser_of(cast.responder)
    assert "The review is written once the incident is resolved." in read(client, address(incident))
    answer = client.post(address(incident, "parts/root_cause/"), {"text": "typed <in> vain", "version": "1"})
    assert answer.status_code == 422
    assert "is not resolved yet" in answer.content.decode()
    assert "typed &lt;in&gt; vain</textarea>" in answer.content.decode()
    assert client.get(address(incident, "export/md/")).status_code == 404
    assert client.get(address(incident, "document/")).status_code == 404
    assert client.get("/incidents/999999/review/").status_code == 404
    assert client.post("/incidents/999999/review/finish/").status_code == 404


def test_of_a_merged_incident_it_leads_to_the_other(cast: Cast) -> None:
    other, merged, deleted = over(1), over(2), over(3)
    Incident.objects.filter(pk=merged.pk).update(merged_into=other)
    Incident.objects.filter(pk=deleted.pk).update(deleted_at=database_now())
    assert f'href="{address(other)}"' in read(browser_of(cast.viewer), address(merged))
    assert "so it has no review" in read(browser_of(cast.viewer), address(deleted))


def test_viewers_read_and_do_not_write(cast: Cast) -> None:
    incident = over()
    finished(cast.responder, incident, cause="<b>DB</b> query")
    page = read(browser_of(cast.viewer), address(incident))
    assert "&lt;b&gt;DB&lt;/b&gt; query" in page
    assert "<textarea" not in page
    assert "Finish the review" not in page
    assert "data-editing" not in page
    assert "<textarea" in read(browser_of(cast.responder), address(incident))


def test_a_page_whose_answer_was_lost_is_not_stale(cast: Cast) -> None:
    incident = over()
    path = address(incident, "parts/root_cause/")

    def save(user: User, text: str, page: str, version: str = "1") -> int:
        return browser_of(user).post(path, {"text": text, "version": version, "page": page}, headers=HTMX).status_code

    assert save(cast.responder, "one", "here") == save(cast.responder, "one two", "here") == 200
    assert save(cast.teammate, "other", "there") == 409
    assert save(cast.teammate, "other", "there", "3") == 200
    assert save(cast.responder, "one two three", "here") == 409


def test_saving_as_it_is_typed(cast: Cast) -> None:
    incident = over()
    client, path = browser_of(cast.responder), address(incident, "parts/root_cause/")
    answer = client.post(path, {"text": "of the first tab", "version": "1"}, headers=HTMX)
    assert 'name="version" value="2"' in answer.content.decode()
    assert "Saved" in answer.content.decode()
    assert answer["HX-Trigger"] == "review-saved"
    assert "of the first tab" in read(client, address(incident, "document/"))
    answer = browser_of(cast.teammate).post(path, {"text": "of the second", "version": "1"}, headers=HTMX)
    assert answer.status_code == 409
    assert "HX-Trigger" not in answer
    page = answer.content.decode()
    assert "Stored is: «of the first tab»" in page
    assert 'name="version" value="2"' in page
    answer = client.post(path, {"text": "x" * 9_000, "version": "2"}, headers=HTMX)
    assert (answer.status_code, "longer than 8000" in answer.content.decode()) == (422, True)
    assert client.post(address(incident, "parts/moon/"), {"text": "x"}).status_code == 404


def test_without_javascript_both_versions_are_on_the_page(cast: Cast) -> None:
    incident = over()
    client, path = browser_of(cast.responder), address(incident, "parts/went_well/")
    assert (
        client.post(path, {"text": "a <first>\nb", "version": "1"})["Location"] == address(incident) + "#part-went_well"
    )
    answer = client.post(path, {"text": "of the <second> tab", "version": "1"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Stored is: «a &lt;first&gt;<br>b»" in page
    assert "of the &lt;second&gt; tab</textarea>" in page


def test_finishing_names_what_is_missing(cast: Cast) -> None:
    incident = over()
    client = browser_of(cast.responder)
    answer = client.post(address(incident, "finish/"))
    assert (answer.status_code, "Missing: Root cause." in answer.content.decode()) == (422, True)
    write(cast.responder, incident, ReviewPart.ROOT_CAUSE, "DB query")
    page = client.post(address(incident, "finish/"), follow=True).content.decode()
    assert "The review is finished." in page
    assert "Finished by Lin Yu-ting" in page
    assert Review.objects.get().is_finished


def test_the_old_form_with_anything_else_in_it_is_another_follow_up(cast: Cast) -> None:
    incident = over()
    client = browser_of(cast.responder)
    for other in ({}, {"text": "Another"}, {"owner": person_of(cast.manager).pk}, {"due_on": soon(8).isoformat()}):
        client.post(address(incident, "follow-ups/"), given(cast, key="one page", **other))
    assert FollowUp.objects.count() == 4


def test_adding_once_and_what_was_typed_in_vain(cast: Cast) -> None:
    incident = over()
    client = browser_of(cast.responder)
    key = re.findall(r'name="key" value="(\w+)"', read(client, address(incident)))[0]
    for _each in range(2):
        client.post(address(incident, "follow-ups/"), given(cast, key=key))
    assert FollowUp.objects.count() == 1
    for wrong, words in (
        ({"text": " "}, "Say what is to be done."),
        ({"due_on": "2001-01-01"}, "That day is over."),
        ({"due_on": "soon"}, "Choose a day."),
        ({"owner": "999999"}, "Choose who does it."),
    ):
        answer = client.post(
            address(incident, "follow-ups/"), given(cast, key="other", **{"text": "kept <it>"} | wrong)
        )
        page = answer.content.decode()
        assert (answer.status_code, words in page) == (422, True), wrong
        assert ("kept &lt;it&gt;" in page) is ("text" not in wrong)
    assert FollowUp.objects.count() == 1
    assert "Lin Yu-ting gave you a follow-up" in read(browser_of(cast.teammate), "/shifts/notices/")
    assert f'href="{address(incident)}"' in read(browser_of(cast.teammate), "/shifts/notices/")
    assert Notice.objects.count() == 1


def test_changing_and_what_somebody_else_did_meanwhile(cast: Cast) -> None:
    incident = over()
    made = follow_up(cast.responder, incident, cast.teammate)
    client, path = browser_of(cast.responder), address(incident, f"follow-ups/{made.pk}/")
    assert client.post(path, given(cast, text="Add two", version="1")).status_code == 302
    answer = client.post(path, given(cast, text="Add <three>", version="1"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Stored is: «Add two», Kenji Sato" in page
    assert 'value="Add &lt;three&gt;"' in page
    assert 'name="version" value="2"' in page
    assert client.post(path, given(cast, text="", version="2")).status_code == 422
    client.post(f"{path}mark/", {"do": "done"})
    assert FollowUp.objects.get().is_done
    assert client.post(f"{path}remove/", {"version": "2"}).status_code == 409
    answer = client.post(f"{path}remove/", {"version": "3"}, follow=True)
    assert "Removed; the timeline keeps that it was there." in answer.content.decode()
    answer = client.post(path, given(cast, text="for nothing", version="3"))
    page = answer.content.decode()
    assert (answer.status_code, "Somebody removed this follow-up meanwhile" in page) == (422, True)
    assert 'value="for nothing"' in page


def test_a_follow_up_of_another_incident_is_not_found(cast: Cast) -> None:
    one, other = over(1), over(2)
    made = follow_up(cast.responder, one, cast.teammate)
    path = address(other, f"follow-ups/{made.pk}/")
    client = browser_of(cast.responder)
    for more in ("", "mark/", "remove/"):
        assert client.post(path + more, given(cast, version="1")).status_code == 404


def test_the_room_and_the_history_lead_to_it(cast: Cast) -> None:
    incident = over()
    client, path = browser_of(cast.responder), address(incident)
    room = f"/incidents/{incident.number}/"
    assert re.search(rf'(?s)href="{path}"[^>]*>.{{,900}}?Write the review', read(client, room))
    assert "What the review will be written from" in read(browser_of(cast.viewer), room)
    write(cast.responder, incident, ReviewPart.ROOT_CAUSE, "DB query")
    assert "Go on with the review" in read(client, room)
    assert "reviewed" not in read(client, "/incidents/")
    finished(cast.responder, incident)
    assert "Review finished" in read(client, room)
    assert "finished the review: DB query" in read(client, room)
    assert re.search(rf'(?s)href="{path}"[^>]*>.{{,900}}?reviewed', read(client, "/incidents/"))
    assert 'href="/reviews/"' in read(client, "/guide/")
    assert "/review/" not in read(client, f"/incidents/{make_incident(9).number}/")


def test_open_again_it_stays(cast: Cast) -> None:
    incident = over()
    write(cast.responder, incident, ReviewPart.ROOT_CAUSE, "first guess")
    Incident.objects.update(status=Status.TRIGGERED, resolved_at=None)
    client = browser_of(cast.responder)
    page = read(client, address(incident))
    assert "The incident is open again." in page
    assert "first guess</textarea>" in page
    assert client.post(address(incident, "finish/")).status_code == 422
    assert "open again" in read(client, address(incident, "export/md/"))


def test_files(cast: Cast, tmp_path: Path) -> None:
    incident = over(title="[P1] ](http://evil.example.com) <b>x - chatops-gateway")
    finished(cast.responder, incident)
    client = browser_of(cast.viewer)
    answer = client.get(address(incident, "export/md/"))
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert re.fullmatch(rf'attachment; filename="review-{incident.number}-[\d-]+\.md"', answer["Content-Disposition"])
    text = answer.content.decode()
    assert text.startswith("# Incident review: \\](http://evil.example.com) \\<b\\>x\n")
    answer = client.get(address(incident, "export/pdf/"))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert client.get(address(incident, "export/exe/")).status_code == 404
    written = io.StringIO()
    call_command("export_review", incident.number, stdout=written)
    assert written.getvalue() == text
    output = tmp_path / "review.pdf"
    call_command("export_review", incident.number, "--shape", "pdf", "--output", output)
    assert output.read_bytes().startswith(b"%PDF-")
    with pytest.raises(CommandError, match="say where with --output"):
        call_command("export_review", incident.number, "--shape", "pdf")
    with pytest.raises(CommandError, match="No incident of that number"):
        call_command("export_review", make_incident(2).number)


@pytest.mark.parametrize("count", [1, 40])
def test_what_the_page_costs(count: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    incident = over()
    finished(cast.responder, incident)
    for number in range(count):
        follow_up(cast.responder, incident, cast.teammate, key=f"k{number}")
    for user, queries in ((cast.viewer, READ_QUERIES), (cast.responder, WRITE_QUERIES)):
        client = browser_of(user)
        read(client, address(incident))
        with django_assert_num_queries(queries):
            assert read(client, address(incident)).count("Add the index") >= count
