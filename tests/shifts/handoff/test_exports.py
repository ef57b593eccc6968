"""The shapes of a handoff against files that somebody has read, and what untrusted words cannot do in them."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from markdown_it import MarkdownIt

from shifts.enums import HandoffItem, HandoffSection
from shifts.handoff.exports import SHAPES, events_csv, file_name, json_text, markdown, slack_text
from shifts.handoff.report import Event, Report

GOLDEN = Path(__file__).parent / "golden"
REPORT = Report(
    schedule="chatops primary",
    zone=ZoneInfo("Asia/Taipei"),
    start=datetime(2026, 1, 16, 1, tzinfo=UTC),
    end=datetime(2026, 1, 23, 1, tzinfo=UTC),
    number=1,
    author="Lin Yu-ting",
    incoming="Kenji Sato",
    lines=(
        Event(
            HandoffSection.EVENTS,
            "incident:1",
            "[P1] High latency on 01-17, resolved in 45min (root cause: DB query)",
        ),
        Event(HandoffSection.EVENTS, "incident:2", "[P2] Node failure on 01-19, auto-recovered"),
        Event(HandoffSection.ONGOING, "", "Monitoring increased memory usage on chatops-engine"),
        Event(HandoffSection.ONGOING, "maintenance:3", "Scheduled maintenance on 01-23"),
        Event(HandoffSection.NOTES, "change:4", "New release v1.2.4 deployed on 01-16, watch for regressions"),
    ),
    ticked=frozenset(HandoffItem),
    signed_at=datetime(2026, 1, 23, 0, 55, tzinfo=UTC),
    accepted_at=datetime(2026, 1, 23, 1, 5, tzinfo=UTC),
)


@pytest.mark.parametrize("language", ["en", "zh-hant"])
@pytest.mark.parametrize("shape", ["csv", "json", "md", "txt"])
def test_as_somebody_has_read_it(shape: str, language: str) -> None:
    with translation.override(language):
        written = SHAPES[shape].render(REPORT)
    assert written == (GOLDEN / f"{language}.{shape}").read_bytes().decode()


def test_the_same_lines_stand_in_each_shape() -> None:
    for shape in (markdown, slack_text, json_text):
        written = shape(REPORT)
        for line in REPORT.lines:
            assert line.text in written.replace("\\", ""), shape
    rows = list(csv.DictReader(io.StringIO(events_csv(REPORT))))
    assert [row["event"] for row in rows] == REPORT.of(HandoffSection.EVENTS)


def hostile(text: str) -> Report:
    return replace(REPORT, lines=(Event(HandoffSection.EVENTS, "", text),))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[click](javascript:alert(1))",
        "![x](http://example.com/x.png)",
        "# a heading",
        "- a list",
        "+ a list",
        "1. a list",
        "2) a list",
        "> a quotation",
        "`code` *stars* _lines_ ~~struck~~ | a | table |",
        "[P1] [link](http://example.com)",
        "[P1](http://example.com)",
        "[P2]: http://example.com",
        "back\\slash",
    ],
)
def test_markdown_shows_a_line_as_it_stands(text: str) -> None:
    tokens = MarkdownIt().parse(markdown(hostile(text)))
    shown = ["".join(part.content for part in each.children or []) for each in tokens if each.type == "inline"]
    assert text in shown
    kinds = {part.type for each in tokens for part in each.children or []}
    assert kinds <= {"text", "strong_open", "strong_close", "text_special"}
    assert [each.type for each in tokens].count("bullet_list_open") == 5


def test_slack_mentions_nobody() -> None:
    assert "&lt;!channel&gt; &amp; &lt;@U1&gt;" in slack_text(hostile("<!channel> & <@U1>"))


@pytest.mark.parametrize(
    ("text", "cell"), [("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\t=1", "'\t'=1")]
)
def test_no_spreadsheet_runs_a_cell(text: str, cell: str) -> None:
    (row,) = csv.DictReader(io.StringIO(events_csv(hostile(text))))
    assert row["event"] == cell


def test_a_draft_says_so_and_a_correction_too() -> None:
    draft = replace(REPORT, signed_at=None, accepted_at=None, number=3, ticked=frozenset({HandoffItem.NOTES}))
    written = markdown(draft)
    assert "- Draft of Lin Yu-ting, not signed" in written
    assert "- To be taken over by Kenji Sato" in written
    assert "- Correction 2" in written
    assert "- [ ] Alerts to watch\n- [x] Special notes" in written
    assert json.loads(json_text(draft))["checklist"] == {
        "incidents": False,
        "changes": False,
        "alerts": False,
        "notes": True,
    }


def test_an_empty_part_says_so() -> None:
    assert markdown(replace(REPORT, lines=())).count("- Nothing\n") == 3


@pytest.mark.parametrize(
    ("schedule", "name"),
    [("chatops primary", "chatops-primary"), ("../../etc", "etc"), ("值班 A", "值班-a"), ('"\r\n', "shift")],
)
def test_file_names(schedule: str, name: str) -> None:
    assert file_name(replace(REPORT, schedule=schedule)) == f"handoff-{name}-2026-01-23"
