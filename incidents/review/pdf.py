"""A review as a PDF. Pure: the page is `review.typ`; what it says goes in as data and is never markup."""

from pathlib import Path
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from documents.typesetting import set_pdf
from incidents.lengths import in_words
from incidents.review import words
from incidents.review.document import ReviewDocument
from incidents.review.parts import ReviewPart

PAGE = Path(__file__).parent / "review.typ"


def pdf(document: ReviewDocument) -> bytes:
    """The document, the same bytes for the same facts and language."""
    at = document.corrected_at or document.finished_at or document.resolved_at or document.triggered_at
    return set_pdf(PAGE, _data(document), at=at)


def _data(document: ReviewDocument) -> dict[str, Any]:
    """What `review.typ` asks for."""
    return {
        "title": words.title(document),
        "heading": pgettext("of an incident", "Review"),
        "what": document.what,
        "severity": document.severity.value,
        "language": (get_language() or "en").partition("-")[0],
        "author": document.finished_by or ", ".join(document.people[:1]),
        "summary": document.summary,
        "about": [{"name": name, "value": value} for name, value in words.head(document)],
        "state": words.state(document),
        "is_finished": document.finished_at is not None,
        "nothing": words.nothing(),
        "cause": {
            "label": str(ReviewPart.ROOT_CAUSE.label),
            "lines": _lines(document.root_cause) or [words.not_named()],
            "is_named": bool(document.root_cause),
        },
        "lists": [
            {"label": str(ReviewPart.CONTRIBUTING_FACTORS.label), "items": list(document.factors)},
            {"label": str(ReviewPart.WENT_WELL.label), "items": list(document.went_well)},
        ],
        "follow_ups": {
            "label": _("Follow-ups"),
            "items": [
                {"text": each.text, "who": words.to_do(each.owner, each.due_on.isoformat()), "is_done": each.is_done}
                for each in document.follow_ups
            ],
        },
        "clocks": {"label": _("Clocks"), "rows": _clocks(document)},
        "timeline": {
            "label": _("Timeline"),
            "rows": [{"at": words.clock_time(each.at, document), "text": each.text} for each in document.timeline],
            "more": words.has_more() if document.has_more else None,
        },
        "talk": {
            "label": pgettext("of an incident", "Conversation"),
            "rows": [
                {"at": words.clock_time(each.at, document), "who": each.who, "lines": _lines(each.text)}
                for each in document.talk
            ],
        },
        "evidence": {"label": _("Evidence"), "sights": _sights(document)},
        "deeds": {
            "label": _("Mitigations"),
            "rows": [
                {
                    "at": words.clock_time(each.at, document),
                    "who": each.who,
                    "what": each.what,
                    "command": each.command,
                    "verdict": each.verdict,
                }
                for each in document.deeds
            ],
        },
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _clocks(document: ReviewDocument) -> list[dict[str, Any]]:
    return [
        {
            "name": str(each.kind.label),
            "turn": words.turn_label(each.turn, document),
            "target": in_words(each.target),
            "verdict": words.verdict(each),
            "tone": words.tone(each),
            "by": each.by,
        }
        for each in document.clocks
    ]


def _sights(document: ReviewDocument) -> list[dict[str, Any]]:
    return [
        {
            "label": words.turn_label(sight.turn, document),
            "caption": sight.caption,
            "findings": [
                {"label": each.label, "summary": each.summary, "lines": list(each.lines)} for each in sight.findings
            ],
        }
        for sight in document.sights
    ]
