"""The P0s of a month: what each lacks for its bonus, and who took part."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import Person
from compensation.bonus import Answer, Handled
from incidents.attainment import verdict_of
from incidents.enums import ClockKind, EntryKind, Severity, SeveritySource
from incidents.models import Incident, SlaClock, TimelineEntry

#: A review that was finished longer before the month than this is not looked at again.
LOOKS_BACK = timedelta(days=400)
_TAKING_PART = (EntryKind.ACKNOWLEDGED, EntryKind.RESPONDING)


def p0s_of(start: datetime, until: datetime) -> list[Handled]:
    """Every P0 that `[start, until)` may have a line for, in order of number: open, resolved, reviewed or answered in it,
    or reviewed so lately before that its month may have been published without it. Five queries.
    """
    recent = Q(triggered_at__gte=start) | Q(resolved_at__gte=start) | Q(resolved_at=None)
    incidents = list(
        Incident.objects.filter(severity=Severity.P0, deleted_at=None, merged_into=None, triggered_at__lt=until)
        .filter(recent | Q(review__finished_at__gte=start - LOOKS_BACK))
        .select_related("review")
        .only("triggered_at", "resolved_at", "severity_source", "review__finished_at")
        .order_by("number")
    )
    numbers = [incident.number for incident in incidents]
    clocks: dict[int, list[SlaClock]] = defaultdict(list)
    for clock in SlaClock.objects.filter(incident__in=numbers):
        clocks[clock.incident_id].append(clock)
    answers = _answers(numbers)
    judges = _judges(incident.number for incident in incidents if incident.severity_source == SeveritySource.JUDGED)
    handled = []
    for incident in incidents:
        review = getattr(incident, "review", None)
        handled.append(
            Handled(
                incident=incident.number,
                triggered_at=incident.triggered_at,
                resolved_at=incident.resolved_at,
                has_review=review is not None,
                reviewed_at=review.finished_at if review else None,
                clocks=[(ClockKind(each.kind), verdict_of(each, until)) for each in clocks[incident.number]],
                answers=answers[incident.number],
                judged_by=judges.get(incident.number, ""),
            )
        )
    return handled


def _answers(numbers: Sequence[int]) -> dict[int, list[Answer]]:
    """The first act of each person on each incident. Two queries."""
    entries = (
        TimelineEntry.objects.filter(incident__in=numbers, kind__in=_TAKING_PART)
        .exclude(actor=None, actor_pagerduty_id="")
        .order_by("occurred_at", "pk")
        .values_list("incident", "occurred_at", "actor_name", "actor_pagerduty_id", "actor__pagerduty_id", "actor")
    )
    rows = [(number, at, name, key or own or f"portal-{user}") for number, at, name, key, own, user in entries]
    people = dict(Person.objects.filter(pagerduty_id__in={row[3] for row in rows}).values_list("pagerduty_id", "pk"))
    firsts: dict[int, dict[str, Answer]] = defaultdict(dict)
    for number, at, name, key in rows:
        firsts[number].setdefault(key, Answer(key, name, people.get(key), at))
    return defaultdict(list, {number: list(own.values()) for number, own in firsts.items()})


def _judges(numbers: Iterable[int]) -> dict[int, str]:
    """Who judged each incident last, by name. One query."""
    entries = TimelineEntry.objects.filter(incident__in=list(numbers), kind=EntryKind.SEVERITY_JUDGED)
    return dict(entries.order_by("occurred_at", "pk").values_list("incident", "actor_name"))
