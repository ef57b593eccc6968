"""The timeline as a room shows it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from incidents.enums import EntryKind, EntrySource, OutboxState
from incidents.models import Incident, OutboxMessage, TimelineEntry

#: A room shows so many entries; a longer story is cut at its beginning, where the trigger still stands first.
MOST_ENTRIES = 400


@dataclass(frozen=True)
class Timeline:
    """Entries oldest first. `has_earlier`: some between the trigger and the first shown are left out."""

    entries: list[TimelineEntry]
    has_earlier: bool


def timeline_of(incident: Incident) -> Timeline:
    """The trigger and the latest entries, without what only repeats: that PagerDuty accepted what then stands there as a
    fact. Two queries, three for a long story.
    """
    sent = OutboxMessage.objects.filter(incident=incident, state=OutboxState.SENT).values_list("pk", flat=True)
    repeats = Q(kind=EntryKind.DELIVERED) | Q(kind=EntryKind.REQUESTED, source_id__in=[f"outbox:{pk}" for pk in sent])
    entries = TimelineEntry.objects.filter(incident=incident).exclude(repeats).order_by("-occurred_at", "-pk")
    latest = list(entries[: MOST_ENTRIES + 1])
    shown, has_earlier = latest[:MOST_ENTRIES], len(latest) > MOST_ENTRIES
    if has_earlier and not any(entry.kind == EntryKind.TRIGGERED for entry in shown):
        shown += entries.filter(kind=EntryKind.TRIGGERED).order_by("occurred_at", "pk")[:1]
    return Timeline(entries=sorted(shown, key=_story_order), has_earlier=has_earlier)


def _story_order(entry: TimelineEntry) -> tuple[datetime, int, int]:
    """By time; within PagerDuty's one second the cause stands before its effects."""
    rank = {EntryKind.TRIGGERED: 0, EntryKind.NOTIFIED: 2}.get(EntryKind(entry.kind), 1)
    is_clocks = entry.source == EntrySource.ENGINE
    return entry.occurred_at, 3 if is_clocks else rank, entry.pk
