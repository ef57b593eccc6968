"""Reads of reviews: one, those that are due or overdue, what is still to be done, and what was learned before."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from incidents.calendars import BusinessCalendar
from incidents.enums import Status
from incidents.models import FollowUp, Incident, Review
from incidents.review.due import REVIEWED, due_at, overdue_before


def review_of(number: int) -> Review | None:
    """The review of an incident with its people. One query."""
    people = Review.objects.select_related("finished_by", "changed_by", "incident__service")
    return people.filter(incident=number).first()


def is_reviewable(incident: Incident, review: Review | None) -> bool:
    """Whether there is a review to read or to write: there is one already, or the incident is over and one of its own."""
    is_own = incident.merged_into_id is None and incident.deleted_at is None
    return review is not None or (is_own and incident.status == Status.RESOLVED)


def unreviewed() -> QuerySet[Incident]:
    """Every severe incident that is over and has no finished review. The condition is the partial index's, to the letter."""
    over = Incident.objects.filter(
        severity__in=[each.value for each in REVIEWED],
        status=Status.RESOLVED,
        deleted_at__isnull=True,
        merged_into__isnull=True,
    )
    return over.filter(review__finished_at=None).select_related("service", "review")


@dataclass(frozen=True)
class Waiting:
    """The severe incidents without a finished review: those that are overdue, the longest first, and those that are due."""

    overdue: QuerySet[Incident]
    due: QuerySet[Incident]


def waiting_at(now: datetime, calendar: BusinessCalendar) -> Waiting:
    """By the team's calendar. Under one that has no business day in a year nothing is ever overdue."""
    oldest_first = unreviewed().order_by("resolved_at", "number")
    try:
        edge = overdue_before(now, calendar)
    except ValueError:
        return Waiting(oldest_first.none(), oldest_first)
    return Waiting(oldest_first.filter(resolved_at__lt=edge), oldest_first.filter(resolved_at__gte=edge))


def when_due(incident: Incident, calendar: BusinessCalendar) -> datetime | None:
    """Until when an incident's review is to be finished; None where it never is."""
    if incident.resolved_at is None or incident.severity not in REVIEWED:
        return None
    try:
        return due_at(incident.resolved_at, calendar)
    except ValueError:
        return None


def open_follow_ups() -> QuerySet[FollowUp]:
    """What is not done yet, the longest due first, then by whose it is."""
    not_done = FollowUp.objects.filter(done_at=None).select_related("owner", "review__incident__service")
    return not_done.order_by("due_on", "owner__name", "pk")


def finished_reviews(words: str = "") -> QuerySet[Review]:
    """Every finished review, the newest first; with `words` those that have them in their words or the incident's title."""
    found = Review.objects.filter(finished_at__isnull=False).select_related("incident__service", "finished_by")
    if words:
        in_words = Q(root_cause__icontains=words) | Q(contributing_factors__icontains=words)
        in_words |= Q(went_well__icontains=words) | Q(incident__title__icontains=words)
        in_follow_ups = FollowUp.objects.filter(text__icontains=words).values("review")
        found = found.filter(in_words | Q(pk__in=in_follow_ups))
    return found.order_by(F("finished_at").desc(), "-pk")
