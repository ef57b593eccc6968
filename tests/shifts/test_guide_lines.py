"""The edges of the guide's lines: what a number and an address may look like, and moves that move nothing."""

import pytest

from accounts.models import AuditRecord
from shifts.enums import GuideKind
from shifts.guide_forms import GuideForm
from shifts.models import GuideEntry
from shifts.services.edit_guide import GuideLine, add_guide_entry
from tests.cast import Cast, browser_of


@pytest.mark.parametrize("phone", ["119", "+886 2 1234 5678", "02-1234-5678", "1 1 0"])
def test_numbers_that_can_be_called(phone: str) -> None:
    form = GuideForm({"name": "Desk", "phone": phone}, kind=GuideKind.CONTACT)
    assert form.is_valid(), form.errors
    assert GuideEntry(phone=form.line.phone).call == "".join(each for each in phone if each in "+0123456789")


@pytest.mark.parametrize(
    "phone", ["1-- -", "12", "+", "1+19", "119;ext=1", "119,0", "tel:119", "１１９", "119\n0", "9" * 33]
)
def test_numbers_that_cannot(phone: str) -> None:
    assert not GuideForm({"name": "Desk", "phone": phone}, kind=GuideKind.CONTACT).is_valid()


@pytest.mark.parametrize(
    ("where", "link"),
    [
        ("https://status.example.com/now?x=1#top", "https://status.example.com/now?x=1#top"),
        ("HTTPS://Status.example.com/", "HTTPS://Status.example.com/"),
        ("#chatops-oncall", ""),
        ("@engineering-manager", ""),
        ("deploy/ops/runbooks/", ""),
        ("//elsewhere.example.com/", ""),
    ],
)
def test_places(where: str, link: str) -> None:
    form = GuideForm({"name": "There", "where": where}, kind=GuideKind.TOOL)
    assert form.is_valid(), form.errors
    assert GuideEntry(where=form.line.where).link == link


@pytest.mark.parametrize(
    "where",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "https:evil",
        "https://",
        "https://a b/",
        "ftp://x/",
        "http://x:99999/",
        "a\\b",
    ],
)
def test_places_that_are_none(where: str) -> None:
    assert not GuideForm({"name": "There", "where": where}, kind=GuideKind.TOOL).is_valid()


@pytest.mark.django_db
def test_the_first_and_the_last_stay_where_they_are_and_nothing_is_on_record(cast: Cast) -> None:
    GuideEntry.objects.filter(kind=GuideKind.SUPPORT).delete()
    first, last = (
        add_guide_entry(actor=cast.manager, kind=GuideKind.SUPPORT, line=GuideLine(name)) for name in ("first", "last")
    )
    browser = browser_of(cast.manager)
    for entry, to in ((first, "up"), (last, "down")):
        assert browser.post(f"/guide/entries/{entry.pk}/move/", {"to": to}).status_code == 302
    assert list(GuideEntry.objects.filter(kind=GuideKind.SUPPORT)) == [first, last]
    assert not AuditRecord.objects.filter(verb="move_guide_entry").exists()
    browser.post(f"/guide/entries/{last.pk}/move/", {"to": "up"})
    assert list(GuideEntry.objects.filter(kind=GuideKind.SUPPORT)) == [last, first]
    assert AuditRecord.objects.filter(verb="move_guide_entry").count() == 1
