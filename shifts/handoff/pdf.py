"""A handoff as a PDF. Pure: the page is `handoff.typ`, set by typst; what it says goes in as data and is never markup."""

import re
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from documents.typesetting import set_pdf
from shifts.enums import HandoffItem, HandoffSection
from shifts.handoff.report import Report
from shifts.handoff.words import correction, nothing, period, signatures

PAGE = Path(__file__).parent / "handoff.typ"
_SEVERITY = re.compile(r"^\[(P[0-3])\] (?=\S)")


def pdf(report: Report) -> bytes:
    """The document, the same bytes for the same report and language."""
    return set_pdf(PAGE, _data(report), at=report.signed_at or report.end)


def _data(report: Report) -> dict[str, Any]:
    """What `handoff.typ` asks for."""
    about = [(_("Period"), period(report)), (_("Schedule"), report.schedule)]
    return {
        "title": _("On-Call Handoff"),
        "language": (get_language() or "en").partition("-")[0],
        "schedule": report.schedule,
        "period": period(report),
        "outgoing": report.author,
        "about": [{"name": name, "value": value} for name, value in about],
        "notice": correction(report) or None,
        "sections": [
            {"label": str(section.label), "nothing": nothing(), "lines": [_line(text) for text in report.of(section)]}
            for section in HandoffSection
        ],
        "checklist": {
            "label": _("Checklist"),
            "items": [{"label": str(item.label), "is_ticked": item in report.ticked} for item in HandoffItem],
        },
        "signatures": {
            "label": _("Signatures"),
            "of": [{"name": name, "words": words} for name, words in signatures(report)],
        },
    }


def _line(text: str) -> dict[str, str | None]:
    found = _SEVERITY.match(text)
    return {"severity": found[1], "text": text[found.end() :]} if found else {"severity": None, "text": text}
