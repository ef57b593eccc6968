"""What being on call costs a person: hours, nights by their own clock, weekends. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from django.db import models
from django.utils.translation import gettext_lazy as _

#: A night is from here to there on the person's own clock; any part of it counts.
NIGHT_FROM, NIGHT_TO = time(22), time(6)
ONE_DAY = timedelta(days=1)
SATURDAY = 5

type Span = tuple[datetime, datetime]


class Share(models.TextChoices):
    """How somebody's hours stand to the mean of everybody."""

    MUCH_LESS = "much_less", _("much less than the mean")
    LESS = "less", _("less than the mean")
    MEAN = "mean", _("about the mean")
    MORE = "more", _("more than the mean")
    MUCH_MORE = "much_more", _("much more than the mean")


#: Up to which part of the mean each word goes.
_BOUNDS = ((0.5, Share.MUCH_LESS), (0.9, Share.LESS), (1.1, Share.MEAN), (1.5, Share.MORE))


@dataclass(frozen=True)
class Load:
    """`on_call_for` counts an hour on two schedules at once a single time; `weekends` those of which any part was on call."""

    on_call_for: timedelta
    shifts: int
    nights: int
    weekends: int


def load_of(spans: Iterable[Span], zone: tzinfo) -> Load:
    """The load of one person's shifts, `[start, end)` each, cut to what is asked about."""
    all_spans = sorted(spans)
    merged = _merged(all_spans)
    nights, weekends = set[date](), set[date]()
    for start, end in merged:
        for day in _days(start, end, zone):
            if _overlaps((start, end), day, NIGHT_FROM, day + ONE_DAY, NIGHT_TO, zone):
                nights.add(day)
            if day.weekday() >= SATURDAY and _overlaps((start, end), day, time(), day + ONE_DAY, time(), zone):
                weekends.add(day - timedelta(days=day.weekday()))
    length = sum((end - start for start, end in merged), timedelta())
    return Load(on_call_for=length, shifts=len(all_spans), nights=len(nights), weekends=len(weekends))


def share_of(mine: timedelta, everybody: Sequence[timedelta]) -> Share:
    """The word for somebody's hours beside everybody's."""
    mean = sum(everybody, timedelta()) / len(everybody) if everybody else timedelta()
    if not mean:
        return Share.MEAN
    return next((share for bound, share in _BOUNDS if mine / mean < bound), Share.MUCH_MORE)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _days(start: datetime, end: datetime, zone: tzinfo) -> Iterable[date]:
    """The local dates it touches, and the one before, whose night may reach into it."""
    day = start.astimezone(zone).date() - ONE_DAY
    last = end.astimezone(zone).date()
    while day <= last:
        yield day
        day += ONE_DAY


def _overlaps(span: Span, from_day: date, from_time: time, to_day: date, to_time: time, zone: tzinfo) -> bool:
    begins = datetime.combine(from_day, from_time, tzinfo=zone)
    ends = datetime.combine(to_day, to_time, tzinfo=zone)
    # As instants: two local times of one zone would be compared by the wall.
    return span[0].timestamp() < ends.timestamp() and span[1].timestamp() > begins.timestamp()
