"""What the team's channel reads of a clock, as Slack's mrkdwn. Pure; titles and names are untrusted.

Untrusted text is one line, bounded, and escaped: it can make neither a mention nor a link, and it stands in text objects of
its own, so that its asterisks and backticks reach nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.enums import ClockKind, NoticeKind, Severity
from integrations.slack_words import escaped, field, line, link, mrkdwn

#: Characters of each part before escaping, which makes at most five of one: well within Slack's 2,000 for a field.
LONGEST_WHAT, LONGEST_NAME, MOST_NAMES = 300, 80, 3

HEADLINES: Mapping[NoticeKind, Any] = {
    NoticeKind.AT_RISK: gettext_lazy("%(clock)s is at risk"),
    NoticeKind.BREACHED: gettext_lazy("%(clock)s is breached"),
    NoticeKind.ESCALATED: gettext_lazy("Not resolved in time: the portal escalates it to the next level"),
    NoticeKind.REMINDED: gettext_lazy("Not resolved in time: somebody has to escalate it"),
}
#: Read before the words are, and never the only sign.
SIGNS: Mapping[NoticeKind, str] = {
    NoticeKind.AT_RISK: ":warning:",
    NoticeKind.BREACHED: ":red_circle:",
    NoticeKind.ESCALATED: ":arrow_up:",
    NoticeKind.REMINDED: ":bell:",
}


@dataclass(frozen=True)
class NoticeFacts:
    """All that is told. `due_at` is aware, `zone` the policy's; `link` leads to the incident's room, "" where unknown.

    `next_people`: at the escalate clock's deadline who is named as the next level, "" for nobody.
    """

    kind: NoticeKind
    clock: ClockKind
    severity: Severity
    what: str
    service: str
    people: Sequence[str]
    due_at: datetime
    zone: ZoneInfo
    link: str = ""
    next_people: str = ""


class NoticeText(NamedTuple):
    """`text` for a notification, `blocks` for the channel, both in the active language."""

    text: str
    blocks: list[dict[str, Any]]


def notice_text(facts: NoticeFacts) -> NoticeText:
    """One notice in the active language."""
    headline = f"{SIGNS[facts.kind]} {facts.severity.value} · " + escaped(
        HEADLINES[facts.kind] % {"clock": facts.clock.label}
    )
    what, due = line(facts.what, limit=LONGEST_WHAT), due_text(facts.due_at, facts.zone)
    blocks: list[dict[str, Any]] = [
        {"type": "section", "text": mrkdwn(f"*{headline}*")},
        {"type": "section", "text": mrkdwn(what or "?")},
        {
            "type": "section",
            "fields": [
                field(_("Due"), due),
                field(_("Who has it"), _names(facts.people)),
                field(_("Service"), line(facts.service, limit=LONGEST_NAME) or "?"),
                *_next_level(facts),
            ],
        },
    ]
    if facts.link:
        blocks.append({"type": "section", "text": link(facts.link, _("Open the incident"))})
    return NoticeText(text=f"{headline}: {what} · {due}", blocks=blocks)


def due_text(due_at: datetime, zone: ZoneInfo) -> str:
    """`2026-11-23 06:30:05 UTC (14:30:05 Asia/Taipei)`; with the date where it is another day there."""
    there, here = due_at.astimezone(zone), due_at.astimezone(UTC)
    local = f"{there:%H:%M:%S}" if there.date() == here.date() else f"{there:%Y-%m-%d %H:%M:%S}"
    return f"{here:%Y-%m-%d %H:%M:%S} UTC" + ("" if zone.key == "UTC" else f" ({local} {zone.key})")


def _next_level(facts: NoticeFacts) -> list[dict[str, Any]]:
    """Who is next, where somebody has to know."""
    if facts.kind not in (NoticeKind.ESCALATED, NoticeKind.REMINDED):
        return []
    nobody = escaped(_("nobody: its escalation policy has no next level"))
    return [field(_("Next level"), line(facts.next_people, limit=LONGEST_WHAT) or nobody)]


def _names(people: Sequence[str]) -> str:
    if not people:
        return escaped(_("nobody"))
    shown = ", ".join(line(name, limit=LONGEST_NAME) for name in people[:MOST_NAMES])
    more = len(people) - MOST_NAMES
    return shown if more <= 0 else escaped(_("%(names)s and %(count)d more")) % {"names": shown, "count": more}
