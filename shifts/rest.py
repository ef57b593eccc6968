"""Whether a night was so bad that its person should rest. Pure.

Three reasons, each enough by itself:

* three interruptions in one night of 22:00–06:00 by their own clock: Google's «Site Reliability Engineering», chapter «Being
  On-Call», finds two incidents the most that one on-call shift of twelve hours bears;
* an hour or more of work between 00:00 and 05:00 after having been rung: the part of the night that Directive 2003/88/EC of
  the European Union, article 2(3), counts as night everywhere;
* a P0 that they took part in: nobody sleeps through what the guide wants answered in five minutes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from itertools import pairwise

from shifts.load import ONE_DAY, Span, instant_at, interruptions, night_of

ENOUGH_INTERRUPTIONS = 3
ENOUGH_WORK = timedelta(hours=1)
#: The part of a night in which work costs most sleep.
DEEP_FROM, DEEP_TO = time(0), time(5)
#: Between two acts nobody slept who had less time than one cycle of sleep takes.
NO_SLEEP = timedelta(minutes=90)


@dataclass(frozen=True)
class Reckoning:
    """What one night held. `worked_for` counts from 00:00 to 05:00 alone; `p0s` are the P0 they took part in."""

    interruptions: int
    worked_for: timedelta
    p0s: int

    @property
    def is_long(self) -> bool:
        """Whether they were rung and then worked for long."""
        return self.interruptions > 0 and self.worked_for >= ENOUGH_WORK

    @property
    def is_bad(self) -> bool:
        return self.interruptions >= ENOUGH_INTERRUPTIONS or self.is_long or self.p0s > 0


def newest_night(now: datetime, zone: tzinfo) -> Span:
    """The newest night that is over, by the person's own clock."""
    today = now.astimezone(zone).date()
    tonight = night_of(today - ONE_DAY, zone)
    return tonight if tonight[1] <= now else night_of(today - 2 * ONE_DAY, zone)


def reckon(
    night: Span, zone: tzinfo, *, rung: Iterable[datetime], acts: Iterable[tuple[datetime, int, bool]]
) -> Reckoning:
    """What a night `[start, end)` of one person held, of all that rang them and all that they did.

    An act is its instant, the incident's number and whether that is a P0.
    """
    within = [act for act in acts if _is_in(act[0], night)]
    return Reckoning(
        interruptions=len(interruptions(at for at in rung if _is_in(at, night))),
        worked_for=_worked_for(sorted(at for at, _number, _is_p0 in within), _deep_part(night, zone)),
        p0s=len({number for _at, number, is_p0 in within if is_p0}),
    )


def _is_in(at: datetime, span: Span) -> bool:
    return span[0] <= at < span[1]


def _deep_part(night: Span, zone: tzinfo) -> Span:
    morning = night[1].astimezone(zone).date()
    return instant_at(morning, DEEP_FROM, zone), instant_at(morning, DEEP_TO, zone)


def _worked_for(acts: list[datetime], part: Span) -> timedelta:
    """How much of the part lies between two acts with no sleep in between."""
    awake = [(one, other) for one, other in pairwise(acts) if other - one < NO_SLEEP]
    return sum((max(min(end, part[1]) - max(start, part[0]), timedelta()) for start, end in awake), timedelta())
