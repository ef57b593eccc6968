"""What being on call costs a person: hours, nights by their own clock, weekends, and how often they were rung. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.db import models
from django.utils.translation import gettext_lazy as _

#: A night is from here to there on the person's own clock; any part of it counts.
NIGHT_FROM, NIGHT_TO = time(22), time(6)
ONE_DAY = timedelta(days=1)
SATURDAY = 5
#: What rings within so long of an interruption's beginning is that interruption.
ONE_INTERRUPTION = timedelta(seconds=60)

type Span = tuple[datetime, datetime]


class Share(models.TextChoices):
    """How something of somebody's stands to the mean."""

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


@dataclass(frozen=True)
class Interruptions:
    """How often somebody was rung. One on a Saturday night is both `at_night` and `at_weekends`.

    `nights` are those with one or more: being woken twice costs one night.
    """

    count: int
    at_night: int
    nights: int
    at_weekends: int


@dataclass(frozen=True)
class Deviation:
    """How far somebody is from the mean: `percent` has its sign, `share` is the word for it."""

    percent: int
    share: Share

    @property
    def signed(self) -> str:
        """«+40 %», «−40 %», «±0 %»."""
        return f"{'±' if not self.percent else '+' if self.percent > 0 else '−'}{abs(self.percent)} %"


def load_of(spans: Iterable[Span], zone: tzinfo) -> Load:
    """The load of one person's shifts, `[start, end)` each, cut to what is asked about."""
    all_spans = sorted(spans)
    merged = _merged(all_spans)
    nights, weekends = set[date](), set[date]()
    for start, end in merged:
        for day in _days(start, end, zone):
            if _overlap((start, end), night_of(day, zone)):
                nights.add(day)
            whole_day = (instant_at(day, time(), zone), instant_at(day + ONE_DAY, time(), zone))
            if day.weekday() >= SATURDAY and _overlap((start, end), whole_day):
                weekends.add(day - timedelta(days=day.weekday()))
    length = sum((end - start for start, end in merged), timedelta())
    return Load(on_call_for=length, shifts=len(all_spans), nights=len(nights), weekends=len(weekends))


def rings(channel: str) -> bool:
    """Whether what PagerDuty sent by this channel interrupts: a call, a text or a push does, an e-mail rings nobody.

    `channel` is the notification's type in PagerDuty's log («phone_notification», older ones «phone»); one that is not
    known counts, since a load that is shown too small helps nobody.
    """
    return not channel.startswith("email")


def interruptions(rung: Iterable[datetime]) -> list[datetime]:
    """When each interruption of one person began, oldest first, of the instants at which something rang.

    Whatever rings until 60 s after an interruption's beginning is part of it, whichever incident it is about. It is not counted
    from what rang last: an hour of pages 50 s apart would be a single one.
    """
    began: list[datetime] = []
    for at in sorted(rung):
        if not began or at - began[-1] > ONE_INTERRUPTION:
            began.append(at)
    return began


def interruptions_of(rung: Iterable[datetime], zone: tzinfo) -> Interruptions:
    """One person's interruptions, by their own clock."""
    began = interruptions(rung)
    nights = [night for night in (_night_at(at, zone) for at in began) if night is not None]
    weekends = sum(at.astimezone(zone).weekday() >= SATURDAY for at in began)
    return Interruptions(count=len(began), at_night=len(nights), nights=len(set(nights)), at_weekends=weekends)


def instant_at(day: date, clock: time, zone: tzinfo) -> datetime:
    """A time of day of somebody's as an instant, in UTC: two local times of one zone would be compared by the wall."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def night_of(day: date, zone: tzinfo) -> Span:
    """The night that begins on the evening of `day`."""
    return instant_at(day, NIGHT_FROM, zone), instant_at(day + ONE_DAY, NIGHT_TO, zone)


def deviation_of(mine: float, everybody: Sequence[float]) -> Deviation:
    """How far `mine` is from the mean of everybody's. Where nobody has anything, everybody has the mean."""
    mean = sum(everybody) / len(everybody) if everybody else 0
    if not mean:
        return Deviation(0, Share.MEAN)
    share = next((share for bound, share in _BOUNDS if mine / mean < bound), Share.MUCH_MORE)
    return Deviation(round(100 * (mine / mean - 1)), share)


def _night_at(at: datetime, zone: tzinfo) -> date | None:
    """On which evening the night began that an instant is in; None by day."""
    local = at.astimezone(zone)
    if local.time() >= NIGHT_FROM:
        return local.date()
    return local.date() - ONE_DAY if local.time() < NIGHT_TO else None


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


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and one[1] > other[0]
