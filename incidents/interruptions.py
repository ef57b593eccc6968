"""Whom PagerDuty rang, and when: read from the lines of its log that say so.

Test pages of a preflight are not among them: they never become incidents (`selectors.is_to_be_left_out`).
"""

from collections import defaultdict
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform

from incidents.enums import EntryKind
from incidents.models import TimelineEntry
from shifts.load import rings


def notified(*, since: datetime, until: datetime) -> QuerySet[TimelineEntry]:
    """The lines that say in `[since, until)` whom something was sent to, in no order."""
    return TimelineEntry.objects.filter(
        kind=EntryKind.NOTIFIED, occurred_at__gte=since, occurred_at__lt=until
    ).order_by()


def rung(*, since: datetime, until: datetime) -> dict[str, list[datetime]]:
    """When something rang each person in `[since, until)`, by the person's key. One query.

    A line from before the portal kept whom it names by id counts where their name was nobody else's
    (the migration that named them), and else not at all.
    """
    found: dict[str, list[datetime]] = defaultdict(list)
    lines = notified(since=since, until=until).annotate(
        person_key=KeyTextTransform("to_id", "data"), channel=KeyTextTransform("channel", "data")
    )
    for person_key, channel, at in lines.values_list("person_key", "channel", "occurred_at"):
        if person_key and rings(channel or ""):
            found[person_key].append(at)
    return found


def rung_known_since() -> datetime | None:
    """When the oldest line that is known was written. One query."""
    oldest = TimelineEntry.objects.filter(kind=EntryKind.NOTIFIED).order_by("occurred_at")
    return oldest.values_list("occurred_at", flat=True).first()
