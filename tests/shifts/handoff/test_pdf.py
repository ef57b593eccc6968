"""The PDF: the facts of every other shape, in both languages, and nothing of a line is ever read as markup."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from pypdf import PdfReader

from shifts.enums import HandoffItem, HandoffSection
from shifts.handoff.pdf import pdf
from shifts.handoff.report import Event, Report
from shifts.models import Schedule
from tests.cast import Cast, browser_of
from tests.shifts.handoff.making import make_ended, signed
from tests.shifts.handoff.test_exports import REPORT


def pages(report: Report) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf(report))).pages]


def squeezed(text: str) -> str:
    """Without blanks: a line that is broken has others than it was typed with."""
    return "".join(text.split())


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_the_same_facts(language: str) -> None:
    with translation.override(language):
        (page,) = pages(REPORT)
        labels = [str(each.label) for each in (*HandoffSection, *HandoffItem)]
    shown = squeezed(page)
    for line in REPORT.lines:
        assert squeezed(line.text.removeprefix("[P1] ").removeprefix("[P2] ")) in shown
    for words in (*labels, "P1", "Lin Yu-ting", "2026-01-16 09:00", "2026-01-23 09:05"):
        assert squeezed(words) in shown, words


def test_the_same_bytes_for_the_same_report() -> None:
    assert pdf(REPORT) == pdf(REPORT)
    assert pdf(REPORT) != pdf(replace(REPORT, author="Kenji Sato"))


@pytest.mark.parametrize(
    "text",
    [
        '#read("/etc/passwd")',
        '#import "x.typ"',
        "$ sum_(k=1)^n $ *bold* _lean_ `code` // a comment",
        "= a heading",
        '"); panic("',
        "] #panic() [",
        "<label> @label",
        "請留意 chatops-db 的磁碟使用率",
        "word" * 240,
        "🔥 \u0000\u202e",
    ],
)
def test_a_line_is_data(text: str) -> None:
    found = "".join(pages(replace(REPORT, lines=(Event(HandoffSection.NOTES, "", text),), author=text)))
    shown = squeezed(text.replace("🔥", "").replace("\u0000", "").replace("\u202e", ""))
    assert shown in squeezed(found)


def test_many_lines_are_several_pages() -> None:
    lines = tuple(Event(HandoffSection.EVENTS, f"incident:{n}", f"[P3] Failure {n} on 01-17") for n in range(200))
    found = pages(replace(REPORT, lines=lines))
    assert len(found) > 3
    assert "Failure 199" in "".join(found)
    assert f"1 / {len(found)}" in found[0]


def test_who_has_not_signed_has_no_name_on_the_line() -> None:
    (page,) = pages(replace(REPORT, accepted_at=None, number=2))
    assert page.count("Kenji Sato") == 1
    assert "To be taken over by Kenji Sato" in page
    assert "Correction 1" in page


@pytest.mark.django_db
def test_from_the_page_and_the_command(cast: Cast, schedule: Schedule, tmp_path: Path) -> None:
    handoff = signed(cast, make_ended(schedule, cast))
    answer = browser_of(cast.viewer).get(f"/handoffs/{handoff.pk}/export/pdf/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].endswith('.pdf"')
    assert answer.content.startswith(b"%PDF-")
    output = tmp_path / "handoff.pdf"
    call_command("export_handoff", handoff.shift_id, "--shape", "pdf", "--output", output)
    assert output.read_bytes().startswith(b"%PDF-")
    with pytest.raises(CommandError, match="say where with --output"):
        call_command("export_handoff", handoff.shift_id, "--shape", "pdf")
    text = io.StringIO()
    call_command("export_handoff", handoff.shift_id, stdout=text)
    assert text.getvalue().startswith("# 📋 On-Call Handoff")
    with pytest.raises(CommandError, match="No signed handoff"):
        call_command("export_handoff", 999_999)
