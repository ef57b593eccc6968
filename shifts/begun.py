"""Shifts under way that began unready, and those that come next: what the board shows of preflights."""

from datetime import datetime

from django.db.models import F

from shifts.enums import PreflightItem
from shifts.models import Preflight, Shift
from shifts.preflight.rules import OPENED_BEFORE

MOST_COMING = 8


def begun_unready(now: datetime) -> list[tuple[Preflight, list[str]]]:
    """Preflights of shifts under way that began unready, each with the words for what was missing. One query."""
    under_way = Preflight.objects.filter(
        shift__withdrawn_at=None,
        shift__start_at__lte=now,
        shift__end_at__gt=now,
        person=F("shift__person"),
        started_unready_at__isnull=False,
    )
    rows = under_way.select_related("shift__schedule", "person", "overridden_by").order_by("shift__start_at", "pk")
    return [(row, [str(PreflightItem(item).label) for item in row.missing]) for row in rows]


def next_shifts(now: datetime) -> list[Shift]:
    """The next shift of each schedule and level that begins within a day, soonest first. One query."""
    coming = Shift.objects.filter(withdrawn_at=None, start_at__gt=now, start_at__lte=now + OPENED_BEFORE)
    first = coming.order_by("schedule_id", "level", "start_at").distinct("schedule_id", "level")
    return sorted(first.select_related("person", "schedule"), key=lambda shift: (shift.start_at, shift.pk))[
        :MOST_COMING
    ]
