"""Keyset pages: a cursor says after (or before) which row to go on, so that page 10,000 costs what page 1 does. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q

#: Digits that surely fit the database's bigint.
LONGEST_NUMBER = 18


@dataclass(frozen=True)
class Cursor:
    """A place in a list ordered by (-triggered_at, -number)."""

    is_backwards: bool
    triggered_at: datetime
    number: int

    def __str__(self) -> str:
        return f"{'b' if self.is_backwards else 'a'}_{self.triggered_at.timestamp():.6f}_{self.number}"

    @property
    def condition(self) -> Q:
        """What lies beyond the place, in the cursor's direction."""
        if self.is_backwards:
            return Q(triggered_at__gt=self.triggered_at) | Q(triggered_at=self.triggered_at, number__gt=self.number)
        # The first, looser condition lets the index be entered at the right place.
        strictly = Q(triggered_at__lt=self.triggered_at) | Q(triggered_at=self.triggered_at, number__lt=self.number)
        return Q(triggered_at__lte=self.triggered_at) & strictly


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
