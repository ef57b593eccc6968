"""Words that every shape of a review has. Pure."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from incidents.enums import ClockPhase
from incidents.lengths import in_words, tersely
from incidents.review.document import Measure, ReviewDocument, first_line


def event_line(
    *,
    severity: str,
    what: str,
    triggered_at: datetime,
    resolved_at: datetime | None,
    zone: ZoneInfo,
    has_acted: bool,
    root_cause: str = "",
) -> str:
    """An incident that is over in one line, as the guide writes it (交接模板); `has_acted`: a person did something.

    `[P1] High latency on 01-17, resolved in 45min (root cause: DB query)`, `[P2] Node failure on 01-19, auto-recovered`
    """
    places = {"severity": severity, "what": what, "day": f"{triggered_at.astimezone(zone):%m-%d}"}
    if not has_acted:
        return _("[%(severity)s] %(what)s on %(day)s, auto-recovered") % places
    places["took"] = tersely((resolved_at or triggered_at) - triggered_at)
    cause = first_line(root_cause)
    if cause:
        places["cause"] = cause
        return _("[%(severity)s] %(what)s on %(day)s, resolved in %(took)s (root cause: %(cause)s)") % places
    return _("[%(severity)s] %(what)s on %(day)s, resolved in %(took)s") % places


def title(document: ReviewDocument) -> str:
    return _("Incident review: %(what)s") % {"what": document.what}


def local(at: datetime, document: ReviewDocument) -> str:
    return f"{at.astimezone(document.zone):%Y-%m-%d %H:%M:%S}"


def both(at: datetime | None, document: ReviewDocument) -> str:
    """In the team's zone and in UTC; a dash for none."""
    if at is None:
        return "–"
    return f"{local(at, document)} {document.zone.key} ({at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"


def clock_time(at: datetime, document: ReviewDocument) -> str:
    """Within the document's lists: month, day and time in the team's zone."""
    return f"{at.astimezone(document.zone):%m-%d %H:%M:%S}"


def head(document: ReviewDocument) -> list[tuple[str, str]]:
    """What was when, by name; every shape begins with it."""
    number = f"#{document.number}"
    if document.pagerduty_number:
        number += f" (PagerDuty #{document.pagerduty_number})"
    found = [
        (_("Incident"), number),
        (_("Severity"), document.severity_explanation),
        (_("Service"), document.service),
        (_("Measured"), document.measured),
        (pgettext("when", "Triggered"), both(document.triggered_at, document)),
        (pgettext("when", "Acknowledged"), both(document.acknowledged_at, document)),
    ]
    found += [(pgettext("when", "Reopened"), both(turn.began_at, document)) for turn in document.turns[1:]]
    ended = both(document.resolved_at, document) if document.resolved_at else _("open again")
    found.append((pgettext("when", "Resolved"), ended))
    if document.lasted is not None:
        found.append((_("Lasted"), in_words(document.lasted)))
    found.append((_("Who took part"), ", ".join(document.people)))
    return [(name, value) for name, value in found if value]


def turn_label(number: int, document: ReviewDocument) -> str:
    """Which trigger or reopening something is of; "" where there was only one."""
    if not document.was_reopened:
        return ""
    return _("First trigger") if number == 1 else _("Reopening %(n)s") % {"n": number - 1}


def verdict(measure: Measure) -> str:
    """What came of a clock: met in, breached by."""
    match measure.phase:
        case ClockPhase.MET if measure.took is not None:
            return _("met in %(time)s") % {"time": in_words(measure.took)}
        case ClockPhase.MET_LATE | ClockPhase.BREACHED if measure.over is not None:
            return _("breached by %(time)s") % {"time": in_words(measure.over)}
        case ClockPhase.CLOSED:
            return _("closed without a verdict")
    return str(measure.phase.label)


def tone(measure: Measure) -> str:
    """How a verdict is told: good, bad or quiet; its words say the same."""
    match measure.phase:
        case ClockPhase.MET:
            return "good"
        case ClockPhase.MET_LATE | ClockPhase.BREACHED:
            return "bad"
    return "quiet"


def state(document: ReviewDocument) -> str:
    """Whether it is finished, by whom, and whether it was corrected since."""
    if document.finished_at is None:
        return _("Draft, not finished")
    names = {"name": document.finished_by, "at": local(document.finished_at, document)}
    words = _("Finished by %(name)s, %(at)s") % names
    if document.corrected_at is not None:
        names = {"name": document.corrected_by, "at": local(document.corrected_at, document)}
        words += " · " + _("corrected by %(name)s, %(at)s") % names
    return words


def to_do(owner: str, day: str) -> str:
    return _("%(owner)s, due %(day)s") % {"owner": owner, "day": day}


def nothing() -> str:
    return pgettext("a part of a review is empty", "Nothing")


def not_named() -> str:
    return _("Nobody has named it yet.")


def left_out(count: int) -> str:
    return ngettext("and %d more", "and %d more", count) % count


def has_more() -> str:
    return _("What happened later is not listed; the incident's room has it.")
