"""What the pages of schedules show: who has each now and next, where nobody has it, how old what is known of it is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.dates import WEEKDAYS

from accounts.models import Person
from cluster.enums import Obstacle
from shifts.enums import LIVE_OVERRIDES
from shifts.gaps import AHEAD, Gap, gaps_ahead
from shifts.models import EscalationTarget, Layer, Override, Schedule, Shift

#: PagerDuty's are read every five minutes, those that are kept here are worked out every hour.
MIRROR_STALE_AFTER, RENDER_STALE_AFTER = timedelta(minutes=15), timedelta(hours=3)


@dataclass(frozen=True)
class Line:
    """One schedule. `stale_since` is the last look that succeeded, where it is too long ago; `trouble` why the next did not."""

    schedule: Schedule
    running: list[Shift] = field(default_factory=list)
    coming: Shift | None = None
    gaps: list[Gap] = field(default_factory=list)
    stale_since: datetime | None = None
    trouble: Obstacle | None = None


@dataclass(frozen=True)
class LayerWords:
    """A layer with what a reader wants of it in words."""

    layer: Layer
    people: list[Person]
    weekdays: str


@dataclass(frozen=True)
class Panel:
    """One schedule's page. `targets` are the levels of policies that name it."""

    line: Line
    shifts: list[Shift]
    overrides: list[Override]
    targets: list[EscalationTarget]
    layers: list[LayerWords]


def lines_of(schedules: Sequence[Schedule], now: datetime) -> list[Line]:
    """Every schedule with what is so at `now`. Three queries, however many."""
    running: dict[int, list[Shift]] = defaultdict(list)
    live = Shift.objects.filter(schedule__in=schedules, withdrawn_at=None).select_related("person")
    for shift in live.filter(start_at__lte=now, end_at__gt=now).order_by("level"):
        running[shift.schedule_id].append(shift)
    next_ones = live.filter(start_at__gt=now).order_by("schedule_id", "start_at", "level").distinct("schedule_id")
    coming = {shift.schedule_id: shift for shift in next_ones}
    gaps: dict[int, list[Gap]] = defaultdict(list)
    for gap in sorted(gaps_ahead(now), key=lambda each: each.start):
        gaps[gap.schedule_id].append(gap)
    return [
        Line(
            schedule=each,
            running=running[each.pk],
            coming=coming.get(each.pk),
            gaps=gaps[each.pk],
            stale_since=_stale_since(each, now),
            trouble=Obstacle.of_error(each.last_error),
        )
        for each in schedules
    ]


def _stale_since(schedule: Schedule, now: datetime) -> datetime | None:
    patience = RENDER_STALE_AFTER if schedule.is_kept_here else MIRROR_STALE_AFTER
    is_stale = schedule.gone_at is None and schedule.mirrored_at is not None and now - schedule.mirrored_at > patience
    return schedule.mirrored_at if is_stale else None


def panel_of(schedule: Schedule, now: datetime) -> Panel:
    """Everything of one schedule, 14 days ahead. Six queries, and three for the layers of one that is kept here."""
    (line,) = lines_of([schedule], now)
    shifts = schedule.shifts.filter(withdrawn_at=None, end_at__gt=now, start_at__lt=now + AHEAD)
    overrides = schedule.overrides.filter(state__in=LIVE_OVERRIDES, end_at__gt=now)
    return Panel(
        line=line,
        shifts=list(shifts.select_related("person")),
        overrides=list(overrides.select_related("person", "requested_by").order_by("start_at")),
        targets=list(schedule.escalation_targets.all()),
        layers=layers_of(schedule) if schedule.is_kept_here else [],
    )


def layers_of(schedule: Schedule) -> list[LayerWords]:
    """The layers of a schedule that is kept here, the lowest first."""
    return [
        LayerWords(
            layer=each,
            people=[place.person for place in each.places.all()],
            weekdays=", ".join(str(WEEKDAYS[day]) for day in each.only_on),
        )
        for each in schedule.layers.prefetch_related("places__person")
    ]
