"""The calendar: weeks of local days, a lane for every schedule and level, and in each lane who is on call when."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, QuerySet, Subquery, prefetch_related_objects

from accounts.database_time import DatabaseNow
from shifts.days import Day
from shifts.enums import LIVE_OVERRIDES, OverrideState
from shifts.models import Override, Schedule, Shift
from shifts.rotation import within_hours

#: A week is drawn in slots of this length: 336, two fewer or more where the clocks change.
SLOT = timedelta(minutes=30)


class Stretch(NamedTuple):
    """`[start, end)`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Piece:
    """A part of a lane: a shift, a gap, or nothing to say. `start` and `end` are its own, which may lie outside the week.

    `slots` is how wide it is drawn, at least 1. `changing` is an override of it that is not yet where the schedule lives.
    """

    start: datetime
    end: datetime
    slots: int = 1
    shift: Shift | None = None
    is_gap: bool = False
    is_mine: bool = False
    changing: Override | None = None


@dataclass(frozen=True)
class Lane:
    """One row of a week. `name` is the schedule's; `level` is shown where the schedule has several."""

    schedule: Schedule
    level: int
    has_levels: bool
    pieces: list[Piece]


@dataclass(frozen=True)
class Week:
    days: list[tuple[Day, int]]
    lanes: list[Lane]


@dataclass(frozen=True)
class AgendaDay:
    """What begins on a day; on the first day also what goes on."""

    day: Day
    entries: list[tuple[Schedule, Piece]]


@dataclass(frozen=True)
class Calendar:
    """Everything the page shows. `agenda` begins today where the weeks have it, and `earlier` is what lies before.

    `current` is who has each schedule now; `changing` what is on its way to PagerDuty, or back; `gaps` those that are not over.
    """

    now: datetime
    schedules: list[Schedule]
    weeks: list[Week]
    agenda: list[AgendaDay]
    earlier: list[AgendaDay]
    current: list[tuple[Schedule, list[Shift]]]
    changing: list[Override]
    gaps: list[tuple[Schedule, Stretch]]


def schedules_and_now() -> tuple[list[Schedule], datetime | None]:
    """Every schedule there is or was, and the instant; None where there is no schedule to read it with. One query."""
    found = list(Schedule.objects.annotate(now=DatabaseNow()))
    return [*found], found[0].now if found else None


def gaps_of(schedule: Schedule, shifts: Iterable[Shift], window: Stretch) -> list[Stretch]:
    """Where nobody is on call and somebody should be, as `gaps` says; `layers` should be prefetched where it has off hours.

    Each that touches `window`, whole, within what is known of the schedule: since it is here, as far as it was read.
    `shifts` are those of the window and the next one on either side.
    """
    if schedule.mirrored_until is None:
        return []
    spans = [(shift.start_at, shift.end_at) for shift in shifts]
    # One that is kept here begins with its first shift, and none that is left out here would be within `window`.
    first = min(spans)[0] if schedule.is_kept_here and spans else schedule.created_at
    holes = holes_in(spans, Stretch(max(first, schedule.created_at), schedule.mirrored_until))
    if schedule.has_off_hours:
        hours, zone = [layer.hours for layer in schedule.layers.all()], ZoneInfo(schedule.time_zone)
        holes = [Stretch(*missed) for hole in holes if (missed := within_hours(hours, zone, *hole))]
    return [hole for hole in holes if hole.start < window.end and hole.end > window.start]


def holes_in(spans: Iterable[tuple[datetime, datetime]], window: Stretch) -> list[Stretch]:
    """What of the window no span covers."""
    at, holes = window.start, []
    for start, end in sorted(spans):
        if start >= window.end:
            break
        if start > at:
            holes.append(Stretch(at, start))
        at = max(at, end)
    if at < window.end:
        holes.append(Stretch(at, window.end))
    return holes


@dataclass
class _Known:
    """What was read of one schedule: the window, and who has it now."""

    shifts: list[Shift] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    gaps: list[Stretch] = field(default_factory=list)


def calendar_of(
    weeks: Sequence[Sequence[Day]], *, schedules: Sequence[Schedule], now: datetime, me: str, today: date
) -> Calendar:
    """The calendar of these weeks. `me` is the reader's person key.

    Two queries, however many schedules, and one where some have off hours.
    """
    window = Stretch(weeks[0][0].start, weeks[-1][-1].end)
    known = _read(schedules, window, now)
    alive = [each for each in schedules if each.gone_at is None or known[each.pk].shifts]
    agenda = {each.on: AgendaDay(each, []) for week in weeks for each in week}
    for schedule in alive:
        for piece in _pieces_of(known[schedule.pk], window, me):
            _file(agenda, weeks[0][0], schedule, piece)
    rows = [_sorted(each) for each in agenda.values() if each.entries or each.day.on == today]
    first = today if today in agenda else weeks[0][0].on
    return Calendar(
        now=now,
        schedules=list(alive),
        weeks=[_week(week, alive, known, me) for week in weeks],
        agenda=[each for each in rows if each.day.on >= first],
        earlier=[each for each in rows if each.day.on < first],
        current=[(each, _current(known[each.pk].shifts, now)) for each in alive if each.gone_at is None],
        changing=[override for each in alive for override in known[each.pk].overrides if _is_on_its_way(override)],
        gaps=[(each, gap) for each in alive for gap in known[each.pk].gaps if gap.end > now],
    )


def _read(schedules: Sequence[Schedule], window: Stretch, now: datetime) -> dict[int, _Known]:
    """What overlaps the window, the shifts next to it, and those that run now wherever the window is."""
    known: dict[int, _Known] = defaultdict(_Known)
    in_window = Q(start_at__lt=window.end, end_at__gt=window.start)
    own = Shift.objects.filter(schedule__in=schedules, withdrawn_at=None).select_related("person")
    shifts = own.filter(in_window | Q(start_at__lte=now, end_at__gt=now))
    for shift in shifts.union(own.filter(pk__in=_next_to(window, schedules))).order_by("start_at"):
        known[shift.schedule_id].shifts.append(shift)
    overrides = Override.objects.filter(in_window, schedule__in=schedules, state__in=LIVE_OVERRIDES)
    for override in overrides.select_related("person", "instead_of", "schedule"):
        known[override.schedule_id].overrides.append(override)
    prefetch_related_objects([each for each in schedules if each.has_off_hours], "layers")
    for schedule in schedules:
        if schedule.gone_at is None:
            row = known[schedule.pk]
            row.gaps = gaps_of(schedule, row.shifts, window)
    return known


def _next_to(window: Stretch, schedules: Sequence[Schedule]) -> QuerySet[Any, Any]:
    """The keys of the last shift before and the first after the window of each schedule: there a gap of the window ends."""
    own = Shift.objects.filter(schedule=OuterRef("pk"), withdrawn_at=None).values("pk")
    before = own.filter(end_at__lte=window.start).order_by("-end_at")[:1]
    after = own.filter(start_at__gte=window.end).order_by("start_at")[:1]
    here = Schedule.objects.filter(pk__in=[each.pk for each in schedules], gone_at=None)
    first, last = (here.annotate(shift=Subquery(each)).values_list("shift") for each in (before, after))
    return first.union(last)


def _is_on_its_way(override: Override) -> bool:
    """Whether the shifts do not show it yet: PagerDuty has not taken it, or nobody has looked there since it did."""
    schedule = override.schedule
    if override.state != OverrideState.STANDING or schedule.is_kept_here or schedule.gone_at is not None:
        return override.state != OverrideState.STANDING
    return schedule.mirrored_at is None or override.next_attempt_at > schedule.mirrored_at


def _current(shifts: Iterable[Shift], now: datetime) -> list[Shift]:
    return sorted((each for each in shifts if each.start_at <= now < each.end_at), key=lambda each: each.level)


def _pieces_of(row: _Known, window: Stretch, me: str) -> list[Piece]:
    """Shifts and gaps of the window in order of time, whatever their level."""
    pieces = [_piece(each, row, me) for each in row.shifts if each.start_at < window.end and each.end_at > window.start]
    pieces += [Piece(gap.start, gap.end, is_gap=True) for gap in row.gaps]
    return sorted(pieces, key=lambda each: each.start)


def _piece(shift: Shift, row: _Known, me: str) -> Piece:
    near = (each for each in row.overrides if each.start_at < shift.end_at and each.end_at > shift.start_at)
    changing = next(filter(_is_on_its_way, near), None)
    is_mine = shift.person.pagerduty_id == me
    return Piece(shift.start_at, shift.end_at, shift=shift, is_mine=is_mine, changing=changing)


def _week(week: Sequence[Day], schedules: Iterable[Schedule], known: dict[int, _Known], me: str) -> Week:
    window = Stretch(week[0].start, week[-1].end)
    lanes = []
    for schedule in schedules:
        row = known[schedule.pk]
        pieces = _pieces_of(row, window, me)
        levels = sorted({each.shift.level for each in pieces if each.shift}) or [1]
        for level in levels:
            # A gap is the whole schedule's: it is drawn once.
            own = [each for each in pieces if (each.shift.level if each.shift else levels[0]) == level]
            lanes.append(Lane(schedule, level, len(levels) > 1, lay_out(own, window)))
    return Week([(day, _slot(day.end, day.start)) for day in week], lanes)


def _slot(at: datetime, start: datetime) -> int:
    return round((at - start) / SLOT)


def lay_out(pieces: Iterable[Piece], window: Stretch) -> list[Piece]:
    """The pieces of one lane, in order, with what lies between them, so that their slots add up to the window's.

    Each is at least one slot wide, however short, and takes it from its neighbour's width.
    """
    total, at, row = _slot(window.end, window.start), 0, list[Piece]()
    for piece in pieces:
        if piece.end <= window.start or piece.start >= window.end:
            continue
        begins = min(max(_slot(piece.start, window.start), at), total - 1)
        ends = min(max(_slot(piece.end, window.start), begins + 1), total)
        if begins < at:
            # No room is left behind it: the widest before it makes some.
            place = max(range(len(row)), key=lambda each: row[each].slots)
            row[place] = replace(row[place], slots=row[place].slots - (at - begins))
        elif begins > at:
            row.append(Piece(window.start + at * SLOT, window.start + begins * SLOT, slots=begins - at))
        row.append(replace(piece, slots=ends - begins))
        at = ends
    if at < total:
        row.append(Piece(window.start + at * SLOT, window.end, slots=total - at))
    return row


def _file(agenda: dict[date, AgendaDay], first: Day, schedule: Schedule, piece: Piece) -> None:
    """Puts a piece on the day on which it begins, one that began before on the first."""
    for row in agenda.values():
        if row.day.start <= piece.start < row.day.end:
            row.entries.append((schedule, piece))
            return
    if piece.start < first.start:
        agenda[first.on].entries.append((schedule, piece))


def _sorted(row: AgendaDay) -> AgendaDay:
    return AgendaDay(row.day, sorted(row.entries, key=lambda entry: (entry[1].start, entry[0].name)))
