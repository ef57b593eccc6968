"""What a line of the guide ever said, for everybody to read; and who stands behind a contact."""

from datetime import timedelta
from html import unescape

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from shifts.enums import GuideKind
from shifts.guide_words import differences
from shifts.models import ContactConfirmation, GuideEntry
from shifts.services.edit_guide import GuideLine, add_guide_entry, edit_guide_entry, remove_guide_entry
from shifts.services.give_word import confirm_contact
from tests.cast import Cast, browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(cast: Cast) -> GuideEntry:
    said = GuideLine("Night desk", "#night-desk", "for the night", "+886 2 1234-5678")
    return add_guide_entry(actor=cast.manager, kind=GuideKind.CONTACT, line=said)


def read(cast: Cast, address: str, role: str = "viewer") -> str:
    return unescape(browser_of(getattr(cast, role)).get(address).content.decode())


def test_fields_that_came_went_and_stayed() -> None:
    was = {"name": "Desk", "where": "", "purpose": "for the night", "phone": "119"}
    found = differences(was, {"name": "Desk", "where": "#desk", "purpose": "for the day", "phone": ""})
    assert [(each.before, each.after, each.is_changed) for each in found] == [
        ("Desk", "Desk", False),
        ("", "#desk", True),
        ("for the night", "for the day", True),
        ("119", "", True),
    ]
    assert [each.is_changed for each in differences(None, was)] == [False, False, False]


def test_everybody_reads_the_history_and_a_manager_says_it_again(cast: Cast, line: GuideEntry) -> None:
    edit_guide_entry(actor=cast.admin, entry_id=line.pk, expected_version=1, line=GuideLine("Day desk", "#night-desk"))
    page = read(cast, f"/guide/entries/{line.pk}/history/")
    assert "<del>Night desk</del> <ins>Day desk</ins>" in page
    assert "<del>+886 2 1234-5678</del>" in page, "a number that was taken out is a change, too"
    assert "<ins>#night-desk</ins>" not in page
    assert "Sofia Garcia" in page
    assert "Chen Wei-han" in page
    assert "/restore/" not in page
    assert f"/guide/entries/{line.pk}/history/" in read(cast, "/guide/contacts/")
    assert f"/guide/entries/{line.pk}/restore/1/" in read(cast, f"/guide/entries/{line.pk}/history/", "manager")
    answer = browser_of(cast.responder).post(f"/guide/entries/{line.pk}/restore/1/", {"version": "2"})
    assert answer.status_code == 403
    assert browser_of(cast.viewer).get("/guide/entries/999999/history/").status_code == 404


def test_the_history_outlives_the_line_for_those_who_can_bring_it_back(cast: Cast, line: GuideEntry) -> None:
    remove_guide_entry(actor=cast.manager, entry_id=line.pk, expected_version=1)
    page = read(cast, f"/guide/entries/{line.pk}/history/", "manager")
    assert "Taken away" in page
    assert "Night desk" in page
    for user in (cast.viewer, cast.responder):
        answer = browser_of(user).get(f"/guide/entries/{line.pk}/history/")
        assert answer.status_code == 404
        assert "1234-5678" not in answer.content.decode()
        assert "Night desk" not in browser_of(user).get("/guide/contacts/").content.decode()


def test_bringing_back_an_old_version_overwrites_nobody(cast: Cast, line: GuideEntry) -> None:
    edit_guide_entry(actor=cast.admin, entry_id=line.pk, expected_version=1, line=GuideLine("Day desk"))
    answer = browser_of(cast.manager).post(f"/guide/entries/{line.pk}/restore/1/", {"version": "1"})
    assert answer.status_code == 409
    assert "Day desk" in answer.content.decode()
    line.refresh_from_db()
    assert (line.name, line.version) == ("Day desk", 2)


def test_who_confirmed_a_contact_and_when_it_is_old(cast: Cast, line: GuideEntry) -> None:
    confirm_contact(actor=cast.teammate, entry_id=line.pk, version=1)
    confirm_contact(actor=cast.responder, entry_id=line.pk, version=1)
    page = read(cast, "/guide/contacts/")
    assert "Confirmed by Lin Yu-ting" in page
    assert "Kenji Sato" not in page.split('id="entry-')[1]
    assert "more than 30 days ago" not in page
    assert "/confirm/" not in page
    assert f"/guide/entries/{line.pk}/confirm/" in read(cast, "/guide/contacts/", "responder")
    ContactConfirmation.objects.update(confirmed_at=database_now() - timedelta(days=30, minutes=1))
    assert "more than 30 days ago" in read(cast, "/guide/contacts/")
    edit_guide_entry(actor=cast.admin, entry_id=line.pk, expected_version=1, line=GuideLine("Day desk", phone="119"))
    assert "not confirmed yet" in read(cast, "/guide/contacts/")


def test_a_form_says_what_is_wrong_where_its_field_points_to(cast: Cast) -> None:
    page = browser_of(cast.manager).post("/guide/contacts/add/", {"name": "Desk", "phone": "call me"}).content.decode()
    assert 'aria-invalid="true"' in page
    for pointed in ("id_phone_error", "id_phone_helptext"):
        assert page.count(f'id="{pointed}"') == 1
        assert pointed in page.split('name="phone"')[1].split(">")[0]


#: Session, user, frame, heard of, the line, its versions.
HISTORY_QUERIES = 6


@pytest.mark.parametrize("many", [1, 60])
def test_the_cost_of_a_history(
    cast: Cast, line: GuideEntry, many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(many):
        said = GuideLine(f"Night {number}")
        edit_guide_entry(actor=cast.manager, entry_id=line.pk, expected_version=number + 1, line=said)
    browser = browser_of(cast.viewer)
    browser.get(f"/guide/entries/{line.pk}/history/")
    with django_assert_num_queries(HISTORY_QUERIES):
        page = browser.get(f"/guide/entries/{line.pk}/history/").content.decode()
    assert page.count("Version ") == min(many + 1, 50)
