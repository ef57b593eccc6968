"""Keyset pages: a cursor says after (or before) which row to go on, so that page 10,000 costs what page 1 does."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Model, Q, QuerySet

#: Digits that surely fit the database's bigint.
LONGEST_NUMBER = 18


@dataclass(frozen=True)
class Cursor:
    """A place in a list that is ordered by an instant and, within it, by a number; newest first."""

    is_backwards: bool
    at: datetime
    number: int

    def __str__(self) -> str:
        return f"{'b' if self.is_backwards else 'a'}_{self.at.timestamp():.6f}_{self.number}"

    def condition(self, *, at: str, number: str) -> Q:
        """What lies beyond the place, in the cursor's direction; `at` and `number` name the fields of the order."""
        if self.is_backwards:
            return Q(**{f"{at}__gt": self.at}) | Q(**{at: self.at, f"{number}__gt": self.number})
        # The first, looser condition lets the index be entered at the right place.
        strictly = Q(**{f"{at}__lt": self.at}) | Q(**{at: self.at, f"{number}__lt": self.number})
        return Q(**{f"{at}__lte": self.at}) & strictly


@dataclass(frozen=True)
class Page[Row]:
    """Some rows, newest first, and the cursors of the pages beside them, "" where there is none."""

    rows: list[Row]
    previous: str
    following: str


def page_of[Row: Model](rows: QuerySet[Row], cursor: Cursor | None, *, at: str, number: str, size: int) -> Page[Row]:
    """One page of `rows`, beyond `cursor` or the first. One query."""
    rows = rows.order_by(f"-{at}", f"-{number}")
    is_backwards = cursor is not None and cursor.is_backwards
    if cursor is not None:
        rows = rows.filter(cursor.condition(at=at, number=number))
    if is_backwards:
        rows = rows.reverse()
    found = list(rows[: size + 1])
    has_more, found = len(found) > size, found[:size]
    if is_backwards:
        found.reverse()
    if not found:
        return Page([], "", "")

    def place(row: Row, *, backwards: bool) -> str:
        return str(Cursor(backwards, getattr(row, at), getattr(row, number)))

    has_previous = has_more if is_backwards else cursor is not None
    has_following = is_backwards or has_more
    return Page(
        rows=found,
        previous=place(found[0], backwards=True) if has_previous else "",
        following=place(found[-1], backwards=False) if has_following else "",
    )


def parse_cursor(text: str) -> Cursor | None:
    """The cursor a URL carries; None for none. Raises ValueError for anything this module did not write."""
    if not text:
        return None
    direction, instant, number = text.split("_")
    if direction not in ("a", "b") or len(number) > LONGEST_NUMBER:
        raise ValueError("no such place")
    try:
        return Cursor(direction == "b", datetime.fromtimestamp(float(instant), tz=UTC), int(number))
    except (OverflowError, OSError) as error:
        raise ValueError("no such instant") from error
