"""Display helpers of the templates: icons, instants and durations.

Instants leave the server in UTC; the browser puts them into the reader's zone (static/js/times.js), because one
rendered board row serves everybody who may see it. Without JavaScript the UTC text stays.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from django import forms, template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from lucide.templatetags.lucide import lucide

from incidents.enums import EntryKind, Verb
from incidents.lengths import in_words

if TYPE_CHECKING:
    from incidents.models import OutboxMessage

register = template.Library()
register.filter(in_words)

type Shown = Literal["moment", "clock", "age", "ago", "until"]

ROW_SYMBOLS = {
    "sev-P0": "octagon-alert",
    "sev-P1": "triangle-alert",
    "sev-P2": "circle-alert",
    "sev-P3": "info",
    "status-triggered": "bell-ring",
    "status-acknowledged": "circle-check",
    "status-resolved": "check-check",
    "snoozed": "alarm-clock",
    "respond": "hand",
    "acknowledge": "check",
    "nobody": "circle-dashed",
    "person": "user",
    "waiting": "hourglass",
}
"""What a board row draws, by the id it refers to. The page carries each drawing once, the rows only name it."""

SECONDS_TO_THE_TENTH = 60

ENTRY_ICONS: Mapping[EntryKind, str] = {
    EntryKind.TRIGGERED: "siren",
    EntryKind.ACKNOWLEDGED: "circle-check",
    EntryKind.UNACKNOWLEDGED: "alarm-clock-off",
    EntryKind.RESOLVED: "check-check",
    EntryKind.REOPENED: "undo-2",
    EntryKind.REASSIGNED: "user-plus",
    EntryKind.DELEGATED: "users",
    EntryKind.ESCALATED: "circle-arrow-up",
    EntryKind.MERGED: "git-merge",
    EntryKind.SNOOZED: "alarm-clock",
    EntryKind.SNOOZE_ENDED: "bell",
    EntryKind.NOTE: "message-square-text",
    EntryKind.RESPONDER_ADDED: "user-plus",
    EntryKind.RESPONDER_REPLIED: "user-check",
    EntryKind.PRIORITY_CHANGED: "gauge",
    EntryKind.TITLE_CHANGED: "pencil",
    EntryKind.URGENCY_CHANGED: "gauge",
    EntryKind.NOTIFIED: "bell",
    EntryKind.STATUS_UPDATE: "megaphone",
    EntryKind.EVIDENCE: "camera",
    EntryKind.EVIDENCE_FORGOTTEN: "eraser",
    EntryKind.DIAGNOSED: "stethoscope",
    EntryKind.RUNBOOK_STEP: "list-checks",
    EntryKind.MITIGATION_PROPOSED: "wrench",
    EntryKind.MITIGATION_STARTED: "wrench",
    EntryKind.MITIGATION_ENDED: "wrench",
    EntryKind.DELETED: "trash-2",
    EntryKind.RESPONDING: "hand",
    EntryKind.SEVERITY_JUDGED: "gauge",
    EntryKind.ESCALATION_DUE: "circle-arrow-up",
    EntryKind.CLOCK_AT_RISK: "timer",
    EntryKind.CLOCK_BREACHED: "octagon-alert",
    EntryKind.CLOCK_STOPPED: "timer-off",
    EntryKind.CLOCK_RETIMED: "timer-reset",
    EntryKind.CLOCK_CLOSED: "ban",
    EntryKind.BREACH_TAKEN_BACK: "undo-2",
    EntryKind.REQUESTED: "send",
    EntryKind.DELIVERED: "check",
    EntryKind.REFUSED: "ban",
    EntryKind.WAITING: "hourglass",
    EntryKind.REVIEW: "notebook-pen",
    EntryKind.FOLLOW_UP: "list-todo",
}
"""The Lucide drawing of each kind of timeline entry."""


@register.simple_tag
@cache
def icon(name: str, css_class: str = "") -> SafeString:
    """The Lucide icon as inline SVG, hidden from screen readers: words always stand beside it.

    Cached, since drawing one from the package's archive costs more than the rest of a table row.
    """
    classes = f"icon {css_class}".strip()
    drawing: str = lucide(name, size=20, aria_hidden="true", focusable="false", **{"class": classes})
    return mark_safe(drawing)  # noqa: S308  # the package's own SVG; the two arguments come from templates


@register.simple_tag
@cache
def row_symbols() -> SafeString:
    """One hidden SVG with every drawing that board rows refer to as `<use href="#i-…">`."""
    drawings = [(key, mark_safe(_inner(lucide(name)))) for key, name in ROW_SYMBOLS.items()]  # noqa: S308
    symbols = format_html_join("", '<symbol id="i-{}" viewBox="0 0 24 24">{}</symbol>', drawings)
    return format_html('<svg class="symbols" aria-hidden="true" width="0" height="0">{}</svg>', symbols)


def _inner(svg: str) -> str:
    """What stands between an SVG's root tags."""
    return svg[svg.index(">") + 1 : svg.rindex("</svg>")]


@register.simple_tag
def portal_time(at: datetime | None, show: Shown = "moment") -> SafeString:
    """A `<time>` with the instant in UTC; `show` says what the browser makes of it.

    moment: date and time in the reader's zone with UTC beside it · clock: time of day, the date where it is not
    today's · age: how long since, kept current; ago: the same as «… ago» · until: time of day, or the day too where it is another.
    """
    if at is None:
        return SafeString("")
    at = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-show="{}">{} UTC</time>', instant(at), show, at.strftime("%Y-%m-%d %H:%M:%S")
    )


@register.filter
def instant(at: datetime | str | None) -> str:
    """ISO 8601 in UTC to the millisecond, as data attributes carry it; '' for none (a template's missing value is '')."""
    if not isinstance(at, datetime):
        return ""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@register.filter
def fact(value: object) -> str:
    """A value of any kind as it reads: an instant, a length (to a tenth of a second below a minute), a number, a text."""
    if isinstance(value, datetime):
        return portal_time(value, "clock")
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        return in_words(value) if seconds >= SECONDS_TO_THE_TENTH else f"{max(seconds, 0):.1f} s"
    return "–" if value is None else str(value)


@register.filter
def until(start: datetime | None, end: datetime | None) -> timedelta | None:
    """How long from `start` to `end`; None where either is missing."""
    if start is None or end is None:
        return None
    return end - start


@register.filter
def entry_icon(kind: str) -> str:
    """The drawing of a kind of timeline entry; a dot where a kind has none yet."""
    return ENTRY_ICONS.get(EntryKind(kind), "circle-dot")


@register.filter
def verb_label(verb: str) -> str:
    """What the portal asks of PagerDuty, as a word."""
    return str(Verb(verb).label)


@register.filter
def asks(messages: "Iterable[OutboxMessage]", verb: str) -> bool:
    """Whether one of the waiting messages is of this verb, so that its button need not be offered again."""
    return any(message.verb == verb for message in messages)


@register.filter
def label_of(fields: Mapping[str, forms.Field], name: str) -> str:
    """The label of a form's field, "" where it has none of that name."""
    return str(fields[name].label or "") if name in fields else ""


PROMISES: Mapping[str, Any] = {
    "targets": _("Targets"),
    "at_risk_percent": _("At risk after"),
    "time_zone": _("Time zone"),
    "weekdays": _("Working days"),
    "opens_at": _("Opens"),
    "closes_at": _("Closes"),
    "country": _("Public holidays of"),
    "own_days": _("Own days"),
}


@register.filter
def promise_label(name: str) -> str:
    """A part of a policy, as a word."""
    return str(PROMISES[name])
