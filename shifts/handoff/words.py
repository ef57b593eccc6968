"""Words that every shape of a handoff has. Pure."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shifts.handoff.report import Report


def period(report: Report) -> str:
    """In the schedule's zone, with its name."""
    return f"{local(report.start, report)} - {local(report.end, report)} ({report.zone.key})"


def local(at: datetime, report: Report) -> str:
    return f"{at.astimezone(report.zone):%Y-%m-%d %H:%M}"


def signatures(report: Report) -> list[tuple[str, str]]:
    """Who has signed ("" for who has not yet), and each as a sentence."""
    if report.signed_at is None:
        found = [("", _("Draft of %(name)s, not signed") % {"name": report.author})]
    else:
        at = local(report.signed_at, report)
        found = [(report.author, _("Handed over by %(name)s, %(at)s") % {"name": report.author, "at": at})]
    if report.accepted_at is not None:
        at = local(report.accepted_at, report)
        found.append((report.incoming, _("Taken over by %(name)s, %(at)s") % {"name": report.incoming, "at": at}))
    elif report.incoming:
        found.append(("", _("To be taken over by %(name)s") % {"name": report.incoming}))
    return found


def correction(report: Report) -> str:
    """Which correction it is; "" for the first version."""
    return _("Correction %(number)s") % {"number": report.number - 1} if report.number > 1 else ""


def nothing() -> str:
    return pgettext("a part of a handoff is empty", "Nothing")
