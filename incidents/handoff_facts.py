"""What happened in a shift, line by line in the guide's wording: what a handoff is drafted from.

Source: the guide, «End of a shift: handoff» (交接模板).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from cluster.enums import ChangeKind
from cluster.models import Change
from cluster.rollouts import tag_of
from cluster.selectors import changes_around, maintenance_ahead
from incidents.enums import ACTS, OPEN_STATUSES, Status
from incidents.models import Incident, TimelineEntry
from incidents.review.words import event_line
from shifts.enums import HandoffSection
from shifts.handoff.report import Fact, one_line

#: A report with more lines than this is read by nobody; the newest count.
MOST_EVENTS, MOST_CHANGES = 200, 50
#: Maintenance that begins later is somebody else's to mind.
MAINTENANCE_AHEAD = timedelta(days=14)


def handoff_facts(*, start: datetime, end: datetime, now: datetime, zone: ZoneInfo) -> list[Fact]:
    """The facts of `[start, end)`, as far as it has passed, in the active language; days are `zone`'s. Five queries."""
    until = min(end, now)
    found = chain(_events(start, until, zone), _ongoing(zone), _maintenance(until, zone), _releases(start, until, zone))
    # Titles are whatever a monitor sent.
    return [replace(fact, text=one_line(fact.text)) for fact in found]


def _events(start: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Fact]:
    """Every incident that began or ended in the shift and is over; its root cause where a review names one."""
    by_somebody = TimelineEntry.objects.filter(incident=OuterRef("pk"), kind__in=ACTS).exclude(
        actor=None, actor_pagerduty_id=""
    )
    over = Incident.objects.filter(status=Status.RESOLVED, deleted_at=None, merged_into=None).filter(
        Q(triggered_at__gte=start, triggered_at__lt=until) | Q(resolved_at__gte=start, resolved_at__lt=until)
    )
    told = over.annotate(has_acted=Exists(by_somebody), root_cause=F("review__root_cause"))
    newest = told.order_by("-triggered_at", "-number")[:MOST_EVENTS]
    for incident in reversed(newest):
        yield Fact(
            section=HandoffSection.EVENTS,
            origin=f"incident:{incident.number}",
            text=event_line(
                severity=incident.severity,
                what=incident.what,
                triggered_at=incident.triggered_at,
                resolved_at=incident.resolved_at,
                zone=zone,
                has_acted=incident.has_acted,
                root_cause=incident.root_cause or "",
            ),
        )


def _ongoing(zone: ZoneInfo) -> Iterator[Fact]:
    """Every open incident, whenever it began: whoever comes has it."""
    open_ones = Incident.objects.filter(status__in=OPEN_STATUSES, deleted_at=None).order_by("severity", "triggered_at")
    for incident in open_ones.prefetch_related("people")[:MOST_EVENTS]:
        names = ", ".join(sorted(person.name for person in incident.people.all()))
        places = {
            "severity": incident.severity,
            "what": incident.what,
            "since": f"{_day(incident.triggered_at, zone)} {incident.triggered_at.astimezone(zone):%H:%M}",
            "status": incident.get_status_display().lower(),
            "names": names,
        }
        sentence = (
            _("[%(severity)s] %(what)s since %(since)s, %(status)s: %(names)s")
            if names
            else _("[%(severity)s] %(what)s since %(since)s, %(status)s")
        )
        yield Fact(
            section=HandoffSection.ONGOING,
            origin=f"open:{incident.number}",
            text=sentence % places,
        )


def _maintenance(now: datetime, zone: ZoneInfo) -> Iterator[Fact]:
    for change in maintenance_ahead(now).filter(occurred_at__lt=now + MAINTENANCE_AHEAD)[:MOST_CHANGES]:
        places = {"day": _day(change.occurred_at, zone), "title": change.title, "service": change.service}
        if change.occurred_at <= now:
            text = _("Maintenance under way since %(day)s: %(title)s") % places
        else:
            text = _("Scheduled maintenance on %(day)s: %(title)s") % places
        yield Fact(
            section=HandoffSection.ONGOING,
            origin=f"maintenance:{change.pk}",
            text=text,
        )


def _releases(start: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Fact]:
    """What was rolled out or told as changed in the shift."""
    changes = changes_around(since=start, until=until, most=MOST_CHANGES)
    for change in reversed([each for each in changes if each.kind != ChangeKind.MAINTENANCE]):
        yield Fact(
            section=HandoffSection.NOTES,
            origin=f"change:{change.pk}",
            text=_release(change, zone),
        )


def _release(change: Change, zone: ZoneInfo) -> str:
    day = _day(change.occurred_at, zone)
    for before, after in change.detail.get("images", {}).values():
        places = {"version": tag_of(after) or after, "deployment": change.deployment, "day": day}
        if before and "back_to" in change.detail:
            return _("%(deployment)s was rolled back to %(version)s on %(day)s") % places
        return _("New release %(version)s of %(deployment)s deployed on %(day)s, watch for regressions") % places
    return _("%(title)s on %(day)s") % {"title": change.title, "day": day}


def _day(at: datetime, zone: ZoneInfo) -> str:
    """As the guide writes it: 01-17."""
    return f"{at.astimezone(zone):%m-%d}"
