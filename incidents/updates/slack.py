"""An update as the team's channel reads it. Pure; its words and the names in it are untrusted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from incidents.enums import Severity
from incidents.notices import LONGEST_NAME, LONGEST_WHAT, NoticeText, due_text
from incidents.updates.kinds import UpdateState
from integrations.slack_words import escaped, field, line, link, mrkdwn, plain


@dataclass(frozen=True)
class UpdateFacts:
    """All that is told. Instants are aware, `zone` the team's; `link` leads to the status page, "" where unknown."""

    state: UpdateState
    severity: Severity
    service: str
    text: str
    author: str
    sent_at: datetime
    next_due_at: datetime | None
    zone: ZoneInfo
    link: str = ""


def slack_update(facts: UpdateFacts) -> NoticeText:
    """One update in the active language."""
    headline = f":mega: {facts.severity.value} · {escaped(str(facts.state.label))} · " + line(
        facts.service, limit=LONGEST_NAME
    )
    fields = [
        field(_("Told by"), line(facts.author, limit=LONGEST_NAME) or "?"),
        field(_("Told at"), due_text(facts.sent_at, facts.zone)),
    ]
    if facts.next_due_at is not None:
        fields.append(field(_("Next update by"), due_text(facts.next_due_at, facts.zone)))
    blocks: list[dict[str, Any]] = [
        {"type": "section", "text": mrkdwn(f"*{headline}*")},
        {"type": "section", "text": plain(facts.text)},
        {"type": "section", "fields": fields},
    ]
    if facts.link:
        blocks.append({"type": "section", "text": link(facts.link, _("Status page"))})
    return NoticeText(text=f"{headline}: {line(facts.text, limit=LONGEST_WHAT)}", blocks=blocks)
