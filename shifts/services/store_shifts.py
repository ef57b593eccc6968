"""Storing who is on call by a schedule from an instant on: the same shift stays the same row, what is over stays as it was."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from accounts.models import Person
from shifts.enums import NoticeKind
from shifts.matching import Known, Wanted, levelled, match, united
from shifts.models import Schedule, Shift
from shifts.services.tell_person import tell_person

#: So far ahead every schedule is known.
AHEAD = timedelta(days=90)
#: PagerDuty keeps whole seconds.
SAME_INSTANT = timedelta(seconds=1)


@dataclass(frozen=True)
class Window:
    """`[since, until)`: what was asked for. Everything before `since` is settled."""

    since: datetime
    until: datetime


def store_shifts(*, schedule: Schedule, turns: Sequence[Wanted], window: Window, now: datetime) -> int:
    """Makes the rows of a window what was rendered, and tells whose shifts changed. Returns how many rows changed.

    The schedule's row must be locked, in the caller's transaction. `schedule.mirrored_until` is how far it was known before:
    nobody is told of what merely came into sight, nor of anything the first time.
    """
    rows = {
        row.pk: row
        for row in schedule.shifts.filter(withdrawn_at=None, end_at__gt=window.since, start_at__lt=window.until)
    }
    known = [Known(row.pk, row.person_id, row.start_at, row.end_at, row.level) for row in rows.values()]
    seen = [turn for turn in turns if turn.end > window.since and turn.start < window.until]
    matching = match(known, list(united(seen)), window.since)
    if schedule.mirrored_at is not None:
        # What was looked at before is settled, whoever is said to have had it.
        matching.new = [replace(turn, start=max(turn.start, window.since)) for turn in matching.new]
    matching = levelled(matching, window.since)
    known_until = schedule.mirrored_until
    changed = 0
    for was in matching.gone:
        changed += 1
        _take_away(rows[was.shift], window.since, now)
        if known_until is not None:
            _tell(rows[was.shift], was, None, now)
    for was, turn in matching.kept:
        changed += _move(rows[was.shift], was, turn, window.since, now, is_told=known_until is not None)
    new = Shift.objects.bulk_create(
        Shift(
            schedule=schedule,
            level=turn.level,
            person_id=turn.person,
            start_at=turn.start,
            end_at=turn.end,
            is_override=turn.is_override,
        )
        for turn in matching.new
    )
    for row, turn in zip(new, matching.new, strict=True):
        if known_until is not None and turn.start < known_until:
            _tell(row, None, turn, now)
    return changed + len(new)


def _take_away(row: Shift, since: datetime, now: datetime) -> None:
    """A turn that is no more: one that had begun before the window ended with it."""
    if row.start_at < since:
        row.end_at = since
    else:
        row.withdrawn_at = now
    row.sequence, row.changed_at = row.sequence + 1, now
    row.save(update_fields=["end_at", "withdrawn_at", "sequence", "changed_at"])


def _move(row: Shift, was: Known, turn: Wanted, since: datetime, now: datetime, *, is_told: bool) -> bool:
    """Whether anything of it changed. A shift that has begun keeps its beginning."""
    start = was.start if was.start < since else turn.start
    is_moved = abs(start - was.start) >= SAME_INSTANT or abs(turn.end - was.end) >= SAME_INSTANT
    if not is_moved and (row.level, row.is_override) == (turn.level, turn.is_override):
        return False
    row.level, row.is_override = turn.level, turn.is_override
    if is_moved:
        row.start_at, row.end_at, row.sequence, row.changed_at = start, turn.end, row.sequence + 1, now
    row.save(update_fields=["level", "is_override", "start_at", "end_at", "sequence", "changed_at"])
    if is_moved and is_told:
        _tell(row, was, turn, now)
    return True


def _tell(row: Shift, was: Known | None, turn: Wanted | None, now: datetime) -> None:
    """Tells the person of it, unless it is over on both sides."""
    if max(each.end for each in (was, turn) if each is not None) <= now:
        return
    data = {"schedule": row.schedule.name}
    if was is not None:
        data |= {"was_start": was.start.isoformat(), "was_end": was.end.isoformat()}
    if turn is not None:
        data |= {"start": row.start_at.isoformat(), "end": row.end_at.isoformat()}
    tell_person(
        person=Person.objects.get(pk=row.person_id),
        kind=NoticeKind.SHIFT_MOVED,
        key=f"{row.uid.hex}:{row.sequence}",
        shift=row if turn is not None else None,
        **data,
    )
