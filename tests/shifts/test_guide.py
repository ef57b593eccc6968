"""The guide's pages: what they say, who may change it, what they ever said, and whether a tool is there."""

from html import unescape

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import AuditRecord
from shifts.enums import GuideKind
from shifts.models import ContactConfirmation, GuideEntry
from shifts.services.edit_guide import GuideLine, StaleEntry, add_guide_entry, edit_guide_entry, remove_guide_entry
from shifts.services.look_at_tools import look_at_tools
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of

pytestmark = pytest.mark.django_db


def words(cast: Cast, address: str, role: str = "viewer") -> str:
    return unescape(browser_of(getattr(cast, role)).get(address).content.decode())


@pytest.fixture
def line(cast: Cast) -> GuideEntry:
    said = GuideLine("Night desk", "#night-desk", "for the night", "+886 2 1234-5678")
    return add_guide_entry(actor=cast.manager, kind=GuideKind.CONTACT, line=said)


def test_it_begins_with_the_guides_own_words(cast: Cast) -> None:
    tools = words(cast, "/guide/tools/")
    for said in ("PagerDuty", "grafana.chatops.example.com", "#chatops-oncall", "deploy/ops/runbooks/"):
        assert said in tools
    assert "#oncall-support" in words(cast, "/guide/support/")
    assert "@engineering-manager" in words(cast, "/guide/support/")
    assert "Nothing stands here yet." in words(cast, "/guide/contacts/")
    assert "Keep stakeholders informed." in words(cast, "/guide/")
    assert browser_of(cast.viewer).get("/guide/secrets/").status_code == 404


def test_a_contact_is_a_tap_to_call_and_is_confirmed(cast: Cast, line: GuideEntry) -> None:
    page = words(cast, "/guide/contacts/", "responder")
    assert 'href="tel:+886212345678"' in page
    assert "not confirmed yet" in page
    answer = browser_of(cast.responder).post(f"/guide/entries/{line.pk}/confirm/", {"version": "1"}, follow=True)
    assert "Confirmed for 30 days." in answer.content.decode()
    edit_guide_entry(
        actor=cast.manager, entry_id=line.pk, expected_version=1, line=GuideLine("Night desk", phone="999")
    )
    answer = browser_of(cast.responder).post(f"/guide/entries/{line.pk}/confirm/", {"version": "1"}, follow=True)
    assert "edited meanwhile" in answer.content.decode()
    assert ContactConfirmation.objects.count() == 1
    assert browser_of(cast.viewer).post(f"/guide/entries/{line.pk}/confirm/", {"version": "2"}).status_code == 403


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("name", "", "This field is required."),
        ("name", "\u202e\u200b", "no name that can be read"),
        ("where", "javascript:alert(1)", "no web address"),
        ("where", "https://user:secret@example.com/", "no web address"),
        ("where", 'https://example.com/"onmouseover=x', "no web address"),
        ("where", "data:text/html,x", "no web address"),
        ("phone", "call me", "digits, spaces and dashes"),
        ("phone", "12", "digits, spaces and dashes"),
        ("name", "x" * 256, "at most 255 characters"),
        ("purpose", "nul\x00", "Null characters are not allowed"),
    ],
)
def test_bad_words_are_refused_and_nothing_is_lost(cast: Cast, field: str, value: str, why: str) -> None:
    before = GuideEntry.objects.count()
    sent = {"name": "Night desk", "where": "#night-desk", "purpose": "for the night", "phone": "119 119"} | {
        field: value
    }
    answer = browser_of(cast.manager).post("/guide/contacts/add/", sent)
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert why in page
    for name, kept in sent.items():
        assert name == field or kept in page
    assert GuideEntry.objects.count() == before


def test_two_who_edit_one_line(cast: Cast, line: GuideEntry) -> None:
    edit_guide_entry(actor=cast.admin, entry_id=line.pk, expected_version=1, line=GuideLine("Day desk"))
    sent = {"name": "Evening desk", "where": "", "purpose": "", "phone": "", "version": "1"}
    answer = browser_of(cast.manager).post(f"/guide/entries/{line.pk}/", sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Day desk" in page
    assert 'value="Evening desk"' in page
    assert 'name="version" value="2"' in page
    answer = browser_of(cast.manager).post(f"/guide/entries/{line.pk}/", sent | {"version": "2"}, follow=True)
    assert "Evening desk" in answer.content.decode()


def test_what_it_ever_said_is_kept_and_said_again(cast: Cast, line: GuideEntry) -> None:
    edit_guide_entry(actor=cast.manager, entry_id=line.pk, expected_version=1, line=GuideLine("Day desk"))
    remove_guide_entry(actor=cast.manager, entry_id=line.pk, expected_version=2)
    assert "Day desk" not in words(cast, "/guide/contacts/")
    history = words(cast, f"/guide/entries/{line.pk}/", "manager")
    assert "<del>Night desk</del> <ins>Day desk</ins>" in history
    answer = browser_of(cast.manager).post(f"/guide/entries/{line.pk}/restore/1/", {"version": "3"}, follow=True)
    assert "+886 2 1234-5678" in answer.content.decode()
    line.refresh_from_db()
    assert (line.version, line.removed_at, line.revisions.count()) == (4, None, 4)
    assert list(AuditRecord.objects.values_list("verb", flat=True)) == [
        "add_guide_entry",
        "edit_guide_entry",
        "remove_guide_entry",
        "edit_guide_entry",
    ]
    with pytest.raises(StaleEntry):
        remove_guide_entry(actor=cast.manager, entry_id=line.pk, expected_version=3)


def test_lines_are_moved(cast: Cast, line: GuideEntry) -> None:
    first, line = line, add_guide_entry(actor=cast.manager, kind=GuideKind.CONTACT, line=GuideLine("Day desk"))
    browser_of(cast.manager).post(f"/guide/entries/{line.pk}/move/", {"to": "up"})
    assert list(GuideEntry.objects.filter(kind="contact").values_list("pk", flat=True)) == [line.pk, first.pk]
    browser_of(cast.manager).post(f"/guide/entries/{line.pk}/move/", {"to": "down"})
    assert list(GuideEntry.objects.filter(kind="contact").values_list("pk", flat=True)) == [first.pk, line.pk]


def test_a_double_click_adds_one_line(cast: Cast) -> None:
    sent = {"name": "Status page", "where": "https://status.example.com/", "purpose": ""}
    for _ in range(2):
        assert browser_of(cast.manager).post("/guide/tools/add/", sent).status_code == 302
    assert GuideEntry.objects.filter(name="Status page").count() == 1
    assert browser_of(cast.responder).post("/guide/tools/add/", sent).status_code == 403


def test_whether_a_tool_is_there(cast: Cast, pagerduty: RunningSimulator) -> None:
    GuideEntry.objects.filter(kind="tool").delete()
    for name, where in (
        ("there", pagerduty.url),
        ("gone", "http://127.0.0.1:9/"),
        ("metadata", "http://169.254.169.254/"),
        ("channel", "#somewhere"),
    ):
        add_guide_entry(actor=cast.manager, kind=GuideKind.TOOL, line=GuideLine(name, where))
    assert "Nobody has looked yet." in words(cast, "/guide/tools/")
    assert look_at_tools() == 1
    found = {entry.name: entry for entry in GuideEntry.objects.filter(kind="tool")}
    assert {name: entry.reach_error for name, entry in found.items()} == {
        "there": "",
        "gone": "refused",
        "metadata": "link_local",
        "channel": "",
    }
    assert found["there"].reached_at is not None
    assert found["channel"].looked_at is None
    page = words(cast, "/guide/tools/")
    assert "Reached from the portal" in page
    assert "Never reached from the portal yet" in page
    assert found["there"].reached_at <= database_now()


PAGE_QUERIES, ENTRY_QUERIES = 8, 6


@pytest.mark.parametrize("many", [1, 40])
def test_the_cost_does_not_grow(
    cast: Cast, line: GuideEntry, many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(many):
        add_guide_entry(actor=cast.manager, kind=GuideKind.CONTACT, line=GuideLine(f"Desk {number}"))
        edit_guide_entry(
            actor=cast.manager, entry_id=line.pk, expected_version=number + 1, line=GuideLine(f"Night {number}")
        )
    browser = browser_of(cast.manager)
    browser.get("/guide/contacts/")
    with django_assert_num_queries(PAGE_QUERIES):
        browser.get("/guide/contacts/")
    with django_assert_num_queries(ENTRY_QUERIES):
        browser.get(f"/guide/entries/{line.pk}/")
