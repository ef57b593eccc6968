"""The shapes in which a handoff leaves the portal: the same facts in each. Pure.

Source of the Markdown: the guide's template (交接模板).
"""

import csv
import io
import json
import re
from datetime import datetime

from django.utils.translation import gettext as _

from documents.markdown import escaped
from documents.shapes import Shape
from integrations.spreadsheet import cell
from shifts.enums import HandoffItem, HandoffSection
from shifts.handoff.pdf import pdf
from shifts.handoff.report import Report
from shifts.handoff.words import correction, nothing, period, signatures

#: https://docs.slack.dev/reference/block-kit/blocks/section-block/, and «blocks» of a message.
LONGEST_BLOCK, MOST_BLOCKS = 3_000, 50
#: Slack's three: https://docs.slack.dev/messaging/formatting-message-text/ («Escaping text»).
_SLACK = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def file_name(report: Report) -> str:
    """Without its ending: the schedule's letters and the local day on which the shift ended."""
    name = re.sub(r"[^\w-]+", "-", report.schedule).strip("-").lower() or "shift"
    return f"handoff-{name}-{report.end.astimezone(report.zone):%Y-%m-%d}"


def markdown(report: Report) -> str:
    """Exactly the guide's shape, with the checklist and the signatures below."""
    parts = [f"# 📋 {_('On-Call Handoff')}", f"**{_('Period')}:** {period(report)}"]
    for section in HandoffSection:
        lines = [f"- {_escaped(text)}" for text in report.of(section)] or [f"- {nothing()}"]
        parts.append("\n".join([f"## {section.label}", "", *lines]))
    ticks = [f"- [{'x' if item in report.ticked else ' '}] {item.label}" for item in HandoffItem]
    parts.append("\n".join([f"## {_('Checklist')}", "", *ticks]))
    parts.append("\n".join([f"## {_('Signatures')}", "", *(f"- {_escaped(each)}" for each in _foot(report))]))
    return "\n\n".join(parts) + "\n"


def slack_text(report: Report) -> str:
    """Slack's mrkdwn; nothing of a line becomes a mention or a link."""
    parts = [f":clipboard: *{_('On-Call Handoff')}*\n{_('Period')}: {period(report)}"]
    for section in HandoffSection:
        lines = [f"• {text.translate(_SLACK)}" for text in report.of(section)] or [f"• {nothing()}"]
        parts.append("\n".join([f"*{section.label}*", *lines]))
    parts.append("\n".join(each.translate(_SLACK) for each in _foot(report)))
    return "\n\n".join(parts) + "\n"


def slack_headline(report: Report) -> str:
    """What a notification shows."""
    words = f"{_('On-Call Handoff')}: {report.schedule}, {report.author} → {report.incoming or '–'}"
    return words.translate(_SLACK)


def slack_blocks(report: Report) -> list[dict[str, object]]:
    """The same as blocks, of which each has at most 3,000 characters and a message at most 50; what is longer is cut."""
    blocks, block = list[str](), ""
    for line in slack_text(report).splitlines():
        if len(block) + len(line) + 1 > LONGEST_BLOCK:
            blocks.append(block)
            block = ""
        block += f"{line}\n"
    # Verbatim: Slack looks for names and addresses in nothing.
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": each, "verbatim": True}}
        for each in [*blocks, block][:MOST_BLOCKS]
        if each.strip()
    ]


def json_text(report: Report) -> str:
    """For programs: instants in UTC, words as they stand, codes instead of labels."""
    content = {
        "schedule": report.schedule,
        "time_zone": report.zone.key,
        "period": {"start": report.start.isoformat(), "end": report.end.isoformat()},
        "version": report.number,
        "outgoing": report.author,
        "incoming": report.incoming or None,
        **{
            section.value: [
                {"text": each.text, "origin": each.origin or None} for each in report.lines if each.section == section
            ]
            for section in HandoffSection
        },
        "checklist": {item.value: item in report.ticked for item in HandoffItem},
        "signed_at": _iso(report.signed_at),
        "accepted_at": _iso(report.accepted_at),
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def events_csv(report: Report) -> str:
    """One row a line of the events. A cell that a spreadsheet would run begins with an apostrophe."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(["schedule", "period_start", "period_end", "origin", "event"])
    period = [report.start.isoformat(), report.end.isoformat()]
    for each in report.lines:
        if each.section == HandoffSection.EVENTS:
            writer.writerow([cell(report.schedule), *period, each.origin, cell(each.text)])
    return sheet.getvalue()


def _escaped(text: str) -> str:
    """Brackets of a severity stay as the guide has them: they make a link only before another bracket or parenthesis."""
    return re.sub(r"^\\\[(P[0-3])\\\](?= )", r"[\1]", escaped(text))


def _foot(report: Report) -> list[str]:
    """The signatures as sentences, and which correction it is."""
    return [words for _name, words in signatures(report)] + [each for each in [correction(report)] if each]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


SHAPES = {
    "md": Shape(markdown, "text/markdown; charset=utf-8"),
    "txt": Shape(slack_text, "text/plain; charset=utf-8"),
    "json": Shape(json_text, "application/json; charset=utf-8"),
    "csv": Shape(events_csv, "text/csv; charset=utf-8"),
    "pdf": Shape(pdf, "application/pdf"),
}
