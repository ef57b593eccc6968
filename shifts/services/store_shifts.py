"""Storing who is on call by a schedule from an instant on: the same shift stays the same row, what is over stays as it was."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.models import Person
from shifts.enums import NoticeKind, OverrideState
from shifts.matching import Known, Wanted, levelled, match, united
from shifts.models import CoverRequest, Override, Schedule, Shift
from shifts.services.tell_person import News, tell_people

#: So far ahead every schedule is known.
AHEAD = timedelta(days=90)
#: PagerDuty keeps whole seconds.
SAME_INSTANT = timedelta(seconds=1)


@dataclass(frozen=True)
class Window:
    """`[since, until)`: what was asked for. Everything before `since` is settled."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class _Change:
    """What became of a shift: `was` is None for one that is new, and one that `is_gone` is nobody's now."""

    row: Shift
    was: Known | None
    is_gone: bool = False

    @property
    def key(self) -> str:
        """Of this change alone, and so of all that are told with it."""
        return f"{self.row.uid.hex}:{self.row.sequence}"

    @property
    def begins(self) -> datetime:
        """The earlier of what it was and what it is."""
        return min(start for start, _end in self._spans)

    @property
    def data(self) -> dict[str, str]:
        """For its sentence."""
        data: dict[str, str] = {}
        if self.was is not None:
            data |= {"was_start": self.was.start.isoformat(), "was_end": self.was.end.isoformat()}
        if not self.is_gone:
            data |= {"start": self.row.start_at.isoformat(), "end": self.row.end_at.isoformat()}
        return data

    def is_over(self, now: datetime) -> bool:
        """Whether it is on both sides, so that it is no news."""
        return max(end for _start, end in self._spans) <= now

    @property
    def _spans(self) -> list[tuple[datetime, datetime]]:
        was = [] if self.was is None else [(self.was.start, self.was.end)]
        return was if self.is_gone else [*was, (self.row.start_at, self.row.end_at)]


def store_shifts(*, schedule: Schedule, turns: Sequence[Wanted], window: Window, now: datetime) -> int:
    """Makes the rows of a window what was rendered, and tells whose shifts changed. Returns how many rows changed.

    The schedule's row must be locked, in the caller's transaction. `schedule.mirrored_until` is how far it was known before:
    nobody is told of what merely came into sight, nor of anything the first time, unless it is kept here: nobody knew it.
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
    changed, changes = 0, []
    for was in matching.gone:
        changed += 1
        _take_away(rows[was.shift], window.since, now)
        changes.append(_Change(rows[was.shift], was, is_gone=True))
    for was, turn in matching.kept:
        row = rows[was.shift]
        changed += _move(row, was, turn, window.since, now)
        if (row.start_at, row.end_at) != (was.start, was.end):
            changes.append(_Change(row, was))
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
    known_until = schedule.mirrored_until or (window.until if schedule.is_kept_here else None)
    if known_until is not None:
        changes += [_Change(row, None) for row in new if row.start_at < known_until]
        _tell([change for change in changes if not change.is_over(now)], schedule)
    return changed + len(new)


def _take_away(row: Shift, since: datetime, now: datetime) -> None:
    """A turn that is no more: one that had begun before the window ended with it."""
    if row.start_at < since:
        row.end_at = since
    else:
        row.withdrawn_at = now
    row.sequence, row.changed_at = row.sequence + 1, now
    row.save(update_fields=["end_at", "withdrawn_at", "sequence", "changed_at"])


def _move(row: Shift, was: Known, turn: Wanted, since: datetime, now: datetime) -> bool:
    """Whether anything of it changed. A shift that has begun keeps its beginning."""
    start = was.start if was.start < since else turn.start
    is_moved = abs(start - was.start) >= SAME_INSTANT or abs(turn.end - was.end) >= SAME_INSTANT
    if not is_moved and (row.level, row.is_override) == (turn.level, turn.is_override):
        return False
    row.level, row.is_override = turn.level, turn.is_override
    if is_moved:
        row.start_at, row.end_at, row.sequence, row.changed_at = start, turn.end, row.sequence + 1, now
    row.save(update_fields=["level", "is_override", "start_at", "end_at", "sequence", "changed_at"])
    return True


def _tell(changes: Sequence[_Change], schedule: Schedule) -> None:
    """Tells each person of all of theirs at once: an edit of a rotation may change ninety.

    They count as many as the person had of them, or has now; one that went while another came is one that moved.
    Whoever knows of it already, since they asked for it here or their cover was told, is not told again.
    """
    of_person: dict[int, list[_Change]] = defaultdict(list)
    for change in sorted(changes, key=lambda each: (each.begins, each.row.pk)):
        of_person[change.row.person_id].append(change)
    people = Person.objects.in_bulk(of_person)
    known = _known_to_them(people.values(), schedule)
    news = []
    for person_id, own in of_person.items():
        if all(any(since <= start and end <= until for since, until in known[person_id]) for start, end in _moved(own)):
            continue
        count = max(sum(each.was is not None for each in own), sum(not each.is_gone for each in own))
        named = own if count == 1 else own[:1]
        data: dict[str, Any] = {"schedule": schedule.name}
        for change in named:
            data |= change.data
        if count > 1:
            data["count"] = count
        shift = next((each.row for each in named if not each.is_gone), None)
        news.append(News(people[person_id], own[0].key, data, shift))
    tell_people(kind=NoticeKind.SHIFT_MOVED, news=news)


def _known_to_them(people: Collection[Person], schedule: Schedule) -> dict[int, list[tuple[datetime, datetime]]]:
    """By person, the times of standing overrides that put them on call or relieve them, and that they know of already.

    A second longer on either side, since PagerDuty keeps whole ones.
    """
    overrides = Override.objects.filter(
        Q(person__in=people) | Q(instead_of__in=people), schedule=schedule, state=OverrideState.STANDING
    ).annotate(is_cover=Exists(CoverRequest.objects.filter(override=OuterRef("pk"))))
    known: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for each in overrides.select_related("requested_by"):
        for person in people:
            is_theirs = person.pk in (each.person_id, each.instead_of_id)
            is_told = each.is_cover and person.pk == each.instead_of_id
            if is_theirs and (is_told or each.requested_by.person_key == person.pagerduty_id):
                known[person.pk].append((each.start_at - SAME_INSTANT, each.end_at + SAME_INSTANT))
    return known


def _moved(changes: Sequence[_Change]) -> Iterator[tuple[datetime, datetime]]:
    """Each stretch between two ends of one person's shifts that they have now and had not, or the other way round."""
    before = [(each.was.start, each.was.end) for each in changes if each.was is not None]
    after = [(each.row.start_at, each.row.end_at) for each in changes if each.row.withdrawn_at is None]
    ends = sorted({at for span in (*before, *after) for at in span})
    for start, end in pairwise(ends):
        was, is_now = (any(since <= start and end <= until for since, until in spans) for spans in (before, after))
        if was != is_now:
            yield start, end
