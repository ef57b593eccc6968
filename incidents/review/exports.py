"""The shapes in which a review leaves the portal: the same facts in each. Pure.

Titles, notes, logs and whatever people typed are untrusted: nothing of them becomes a mark, a link or HTML.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from documents.markdown import escaped, paragraph
from documents.shapes import Shape
from incidents.lengths import in_words
from incidents.review import words
from incidents.review.document import ReviewDocument
from incidents.review.parts import ReviewPart
from incidents.review.pdf import pdf


def file_name(document: ReviewDocument) -> str:
    """Without its ending: the incident's number and the local day of its trigger."""
    return f"review-{document.number}-{document.triggered_at.astimezone(document.zone):%Y-%m-%d}"


def markdown(document: ReviewDocument) -> str:
    """One file that any viewer of Markdown shows."""
    parts = [
        f"# {escaped(words.title(document))}",
        paragraph(document.summary, prefix="> "),
        "\n".join(f"- **{name}:** {escaped(value)}" for name, value in words.head(document)),
        _part(ReviewPart.ROOT_CAUSE.label, [paragraph(document.root_cause) or words.not_named()]),
        _part(ReviewPart.CONTRIBUTING_FACTORS.label, _list(document.factors)),
        _part(ReviewPart.WENT_WELL.label, _list(document.went_well)),
        _part(_("Follow-ups"), _follow_ups(document)),
        _part(_("Clocks"), _clocks(document)),
        _part(_("Timeline"), _timeline(document)),
        _part(pgettext("of an incident", "Conversation"), _talk(document)),
        _part(_("Evidence"), _sights(document)),
        _part(_("Mitigations"), _deeds(document)),
        f"---\n\n{escaped(words.state(document))}",
    ]
    return "\n\n".join(parts) + "\n"


def _part(label: object, lines: Iterable[str]) -> str:
    return "\n".join([f"## {label}", "", *(list(lines) or [words.nothing()])])


def _list(items: Iterable[str]) -> list[str]:
    return [f"- {escaped(item)}" for item in items]


def _follow_ups(document: ReviewDocument) -> list[str]:
    return [
        f"- [{'x' if each.is_done else ' '}] {escaped(each.text)} – "
        f"{escaped(words.to_do(each.owner, each.due_on.isoformat()))}"
        for each in document.follow_ups
    ]


def _clocks(document: ReviewDocument) -> list[str]:
    if not document.clocks:
        return []
    heads = [_("Clock"), pgettext("of an SLA clock", "target"), _("Outcome"), pgettext("a clock", "Stopped by")]
    rows = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for each in document.clocks:
        name = " · ".join(part for part in (str(each.kind.label), words.turn_label(each.turn, document)) if part)
        outcome = f"**{words.verdict(each)}**" if words.tone(each) == "bad" else words.verdict(each)
        rows.append(f"| {name} | {in_words(each.target)} | {outcome} | {escaped(each.by)} |")
    return rows


def _timeline(document: ReviewDocument) -> list[str]:
    lines = [f"- {words.clock_time(each.at, document)} – {escaped(each.text)}" for each in document.timeline]
    return [*lines, f"- {words.has_more()}"] if document.has_more else lines


def _talk(document: ReviewDocument) -> list[str]:
    """Each note as a quotation with its author above it."""
    told = []
    for each in document.talk:
        said = paragraph(each.text, prefix="> ")
        told.append(f"**{escaped(each.who)}**, {words.clock_time(each.at, document)}\n\n{said}\n")
    return ["\n".join(told).rstrip()] if told else []


def _sights(document: ReviewDocument) -> list[str]:
    lines = list[str]()
    for sight in document.sights:
        label = words.turn_label(sight.turn, document)
        lines += ["", f"### {label}", ""] if label else []
        lines.append(f"{escaped(sight.caption)}\n")
        for finding in sight.findings:
            lines.append(f"- **{finding.label}** {escaped(finding.summary)}".rstrip())
            lines += [f"  - {escaped(line)}" for line in finding.lines]
    return ["\n".join(lines).strip()] if lines else []


def _deeds(document: ReviewDocument) -> list[str]:
    lines = list[str]()
    for each in document.deeds:
        by = f", {escaped(each.who)}" if each.who else ""
        lines.append(f"- {words.clock_time(each.at, document)}{by}: **{escaped(each.what)}** – {escaped(each.verdict)}")
        if each.command:
            lines.append(f"  - {escaped(each.command)}")
    return lines


SHAPES = {
    "pdf": Shape(pdf, "application/pdf"),
    "md": Shape(markdown, "text/markdown; charset=utf-8"),
}
