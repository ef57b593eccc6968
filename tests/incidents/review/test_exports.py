"""The shapes of a review: the same facts in each, to the letter, in both languages, and nothing untrusted is ever a mark."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from django.utils import translation
from markdown_it import MarkdownIt
from pypdf import PdfReader

from incidents.review.document import Happening, ReviewDocument, Said, ToDo
from incidents.review.exports import file_name, markdown
from incidents.review.pdf import pdf
from incidents.review.words import head
from tests.incidents.review.making import DOCUMENT, START, at

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = [
    "](http://evil.example.com)",
    "<script>alert(1)</script>",
    "![x](http://evil.example.com/x.png)",
    "`code` *stars* _lines_ ~~struck~~ | a | table |",
    "# a heading",
    "---",
    "===",
    "- a list",
    "1. a list",
    "&lt;b&gt;",
    "[x]: http://evil.example.com",
    "back\\slash \\",
]
TYPST = [
    '#read("/etc/passwd")',
    "$ sum $ *bold* `code` // a comment",
    "= a heading",
    '"); panic("',
    "] #panic() [",
    "<label> @label",
]


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_golden(language: str) -> None:
    with translation.override(language):
        assert markdown(DOCUMENT) == (GOLDEN / f"{language}.md").read_bytes().decode()


def hostile(text: str) -> ReviewDocument:
    """A document in which everything that somebody wrote is this."""
    return replace(
        DOCUMENT,
        what=text,
        service=text,
        summary=text,
        people=(text,),
        timeline=(Happening(START, "Triggered", text),),
        talk=(Said(START, text, f"{text}\n{text}"),),
        sights=(replace(DOCUMENT.sights[0], findings=(replace(DOCUMENT.sights[0].findings[0], lines=(text,)),)),),
        deeds=(replace(DOCUMENT.deeds[0], what=text, command=text, verdict=text, who=text),),
        root_cause=f"{text}\n{text}",
        factors=(text,),
        went_well=(text,),
        follow_ups=(ToDo(text, text, DOCUMENT.follow_ups[0].due_on, is_done=False),),
        clocks=(replace(DOCUMENT.clocks[0], by=text),),
        finished_by=text,
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_words_as_they_stand(text: str) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown(hostile(text)))
    plain = MarkdownIt("commonmark", {"html": True}).enable(["table"]).parse(markdown(hostile("plain words")))
    assert [each.type for each in tokens] == [each.type for each in plain]
    kinds = {part.type for each in tokens for part in each.children or []}
    assert kinds <= {"text", "text_special", "strong_open", "strong_close", "hardbreak"}
    shown = ["".join(part.content for part in each.children or []) for each in tokens if each.type == "inline"]
    squeezed = " ".join(text.split())
    assert sum(squeezed in line for line in shown) >= 14


def pages(document: ReviewDocument) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf(document))).pages)


def squeezed(text: str) -> str:
    """Without blanks: a line that is broken has others than it was typed with."""
    return "".join(text.split())


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_the_pdf_has_the_same_facts(language: str) -> None:
    with translation.override(language):
        shown = squeezed(pages(DOCUMENT))
        wanted = [value for _name, value in head(DOCUMENT)]
    wanted += [DOCUMENT.summary, *DOCUMENT.root_cause.splitlines(), *DOCUMENT.factors, *DOCUMENT.went_well]
    wanted += [each.text for each in DOCUMENT.timeline] + [each.text for each in DOCUMENT.follow_ups]
    wanted += [line for each in DOCUMENT.talk for line in each.text.splitlines()]
    wanted += [line for each in DOCUMENT.sights[0].findings for line in each.lines]
    wanted += [each.verdict for each in DOCUMENT.deeds]
    for words in wanted:
        assert squeezed(words) in shown, words


@pytest.mark.parametrize("text", [*HOSTILE[:4], *TYPST, "請留意 chatops-db", "word" * 200])
def test_the_pdf_takes_words_as_data(text: str) -> None:
    assert squeezed(pages(hostile(text))).count(squeezed(text)) >= 12


def test_the_same_bytes_for_the_same_facts() -> None:
    assert pdf(DOCUMENT) == pdf(DOCUMENT)
    assert pdf(DOCUMENT) != pdf(replace(DOCUMENT, what="Low latency"))


def test_a_draft_says_so_and_empty_parts_too() -> None:
    bare = replace(
        DOCUMENT,
        root_cause="",
        factors=(),
        went_well=(),
        follow_ups=(),
        clocks=(),
        timeline=(),
        talk=(),
        sights=(),
        deeds=(),
        finished_at=None,
        finished_by="",
    )
    written = markdown(bare)
    assert written.endswith("---\n\nDraft, not finished\n")
    assert "## Root cause\n\nNobody has named it yet.\n" in written
    assert written.count("\nNothing\n") == 8
    assert "Draft, not finished" in pages(bare)


def test_a_correction_and_a_long_story_say_so() -> None:
    written = markdown(replace(DOCUMENT, corrected_at=at(5_000), corrected_by="Kenji Sato", has_more=True))
    assert "corrected by Kenji Sato, 2026-01-20" in written
    assert "- What happened later is not listed; the incident's room has it.\n" in written


def test_its_name_is_of_our_own_making() -> None:
    assert file_name(hostile("../../etc")) == "review-42-2026-01-17"
