"""Which of the turns that are now wanted is which shift that is known. Pure: persons and shifts are their keys."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count, groupby

#: A turn that moved by more than this is another one.
NEAR = timedelta(hours=24)


@dataclass(frozen=True)
class Wanted:
    """Somebody on call for `[start, end)`."""

    person: int
    start: datetime
    end: datetime
    is_override: bool = False
    level: int = 1


@dataclass(frozen=True)
class Known:
    """A shift as it is stored."""

    shift: int
    person: int
    start: datetime
    end: datetime
    level: int = 1


@dataclass
class Matching:
    """`kept` pairs a known shift with what becomes of it."""

    kept: list[tuple[Known, Wanted]] = field(default_factory=list)
    new: list[Wanted] = field(default_factory=list)
    gone: list[Known] = field(default_factory=list)


def united(turns: Iterable[Wanted]) -> Iterator[Wanted]:
    """The turns, overlapping ones of one person as one."""
    ordered = sorted(turns, key=lambda each: (each.person, each.start, each.end))
    for _person, own in groupby(ordered, key=lambda each: each.person):
        last: Wanted | None = None
        for turn in own:
            if last is not None and turn.start < last.end:
                is_override = last.is_override and turn.is_override
                last = replace(last, end=max(last.end, turn.end), is_override=is_override)
                continue
            if last is not None:
                yield last
            last = turn
        if last is not None:
            yield last


def match(known: Sequence[Known], wanted: Sequence[Wanted], since: datetime) -> Matching:
    """Pairs each person's own, first what is the same, then what overlaps most, then what is near.

    What had begun before `since` goes on as a turn that had begun, too, and nothing else does: cut in two it is the first
    part, however short, and whole again it is that one.
    """
    matching = Matching()
    people = {each.person for each in known} | {each.person for each in wanted}
    for person in sorted(people):
        mine = [each for each in known if each.person == person]
        theirs = [each for each in wanted if each.person == person]
        # Most looks find most turns as they were; only what is left is compared each with each.
        same = {(each.start, each.end): each for each in theirs}
        matching.kept += [(old, same[old.start, old.end]) for old in mine if (old.start, old.end) in same]
        unmoved = {(old.start, old.end) for old, _new in matching.kept if old.person == person}
        mine = [each for each in mine if (each.start, each.end) not in unmoved]
        theirs = [each for each in theirs if (each.start, each.end) not in unmoved]
        pairs = sorted(
            (
                (_distance(old, new), old.start, new.start, old, new)
                for old in mine
                for new in theirs
                if not (old.start < since < new.start or new.start < since <= old.start)
            ),
            key=lambda pair: pair[:3],
        )
        for distance, _old_start, _new_start, old, new in pairs:
            if distance < NEAR and old in mine and new in theirs:
                matching.kept.append((old, new))
                mine.remove(old)
                theirs.remove(new)
        matching.gone += mine
        matching.new += theirs
    return matching


def levelled(matching: Matching, since: datetime) -> Matching:
    """Each turn on a level of its own: that of its shift, where nobody else has it, else the lowest that is free.

    A shift that had begun before `since` keeps its level whatever comes: it is on it already.
    """
    busy: dict[int, list[tuple[datetime, datetime]]] = {}

    def is_free(level: int, start: datetime, end: datetime) -> bool:
        return all(until <= start or end <= begins for begins, until in busy.get(level, []))

    def placed(turn: Wanted, start: datetime, level: int | None) -> Wanted:
        if level is None or not is_free(level, start, turn.end):
            level = next(each for each in count(1) if is_free(each, start, turn.end))
        busy.setdefault(level, []).append((start, turn.end))
        return replace(turn, level=level)

    found = Matching(gone=matching.gone)
    pending: list[tuple[Known | None, Wanted]] = [*matching.kept, *((None, turn) for turn in matching.new)]
    # Those that have begun first, then whoever begins first.
    pending.sort(
        key=lambda pair: (pair[0] is None or pair[0].start >= since, pair[1].start, pair[1].end, pair[1].person)
    )
    for known, turn in pending:
        if known is None:
            found.new.append(placed(turn, turn.start, None))
        else:
            start = known.start if known.start < since else turn.start
            found.kept.append((known, placed(turn, start, known.level)))
    return found


def _distance(old: Known, new: Wanted) -> timedelta:
    """Negative where they overlap, by how much; the least for the same."""
    if (old.start, old.end) == (new.start, new.end):
        return timedelta.min
    overlap = min(old.end, new.end) - max(old.start, new.start)
    return -overlap if overlap > timedelta(0) else abs(old.start - new.start)
