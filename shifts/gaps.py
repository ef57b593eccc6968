"""Where nobody will be on call: holes in what is known of a schedule for the next 14 days, and who is reached meanwhile.

A schedule matters where an escalation policy names it, or it is kept here. Where the latter has off hours, a hole is a gap only
as far as it reaches into the hours of one of its layers, whether that layer has begun or ended: from the first such instant to the
last. So one whose layers have all ended is without somebody from its next working hour on. Before the first shift ever of one that
is kept here there is no gap: it has not begun.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from shifts.rotation import Hours, within_hours

AHEAD = timedelta(days=14)

#: One row a hole. `rings`: for each policy that names the schedule, the first of its levels that reaches somebody else all
#: the while, or null. A hole that runs begins where the last shift ended, so that it is the same hole at every look.
#: `hours`: the zone and the hours of every layer where times outside of them are meant so, else null.
HOLES = """
    SELECT schedule.id AS schedule_id, schedule.name,
           CASE WHEN lower(hole) > %(now)s THEN lower(hole)
                ELSE coalesce((SELECT max(past.end_at) FROM shifts_shift AS past
                                WHERE past.schedule_id = schedule.id AND past.withdrawn_at IS NULL
                                  AND past.end_at <= %(now)s), schedule.created_at)
            END AS start_at,
           upper(hole) AS end_at,
           (SELECT jsonb_agg(jsonb_build_array(own.policy_name, (
                     SELECT min(other.level) FROM shifts_escalationtarget AS other
                      WHERE other.policy_id = own.policy_id
                        AND (other.person_id IS NOT NULL OR hole <@ (
                              SELECT range_agg(tstzrange(shift.start_at, shift.end_at)) FROM shifts_shift AS shift
                               WHERE shift.schedule_id = other.schedule_id AND shift.withdrawn_at IS NULL
                                 AND shift.end_at > lower(hole) AND shift.start_at < upper(hole)))
                   )) ORDER BY own.policy_name, own.policy_id)
              FROM (SELECT DISTINCT target.policy_id, target.policy_name FROM shifts_escalationtarget AS target
                     WHERE target.schedule_id = schedule.id) AS own)::text AS rings,
           CASE WHEN schedule.has_off_hours
                THEN jsonb_build_object('zone', schedule.time_zone, 'layers', (
                     SELECT jsonb_agg(jsonb_build_array(layer.only_from, layer.only_to, layer.only_on))
                       FROM shifts_layer AS layer WHERE layer.schedule_id = schedule.id))
            END::text AS hours
      FROM shifts_schedule AS schedule
     CROSS JOIN LATERAL unnest(
             tstzmultirange(tstzrange(%(now)s, least(schedule.mirrored_until, %(until)s)))
             - coalesce((SELECT range_agg(tstzrange(shift.start_at, shift.end_at)) FROM shifts_shift AS shift
                          WHERE shift.schedule_id = schedule.id AND shift.withdrawn_at IS NULL
                            AND shift.end_at > %(now)s AND shift.start_at < %(until)s), '{}')
           ) AS hole
     WHERE schedule.gone_at IS NULL AND schedule.mirrored_until > %(now)s
       AND (schedule.source = 'portal'
            OR EXISTS (SELECT FROM shifts_escalationtarget AS target WHERE target.schedule_id = schedule.id))
       -- One that is kept here and has had no shift yet has not begun, where one is in sight.
       AND NOT (schedule.source = 'portal'
                AND NOT EXISTS (SELECT FROM shifts_shift AS earlier
                                 WHERE earlier.schedule_id = schedule.id AND earlier.withdrawn_at IS NULL
                                   AND earlier.start_at < upper(hole))
                AND EXISTS (SELECT FROM shifts_shift AS first
                             WHERE first.schedule_id = schedule.id AND first.withdrawn_at IS NULL))
"""


@dataclass(frozen=True)
class Ring:
    """A policy that names the schedule, and its first level that reaches somebody else all the while; None for none."""

    policy_name: str
    level: int | None


@dataclass(frozen=True)
class Gap:
    """`[start, end)` in which nobody has a schedule, as far as 14 days ahead. One that runs began at `start`."""

    schedule_id: int
    schedule_name: str
    start: datetime
    end: datetime
    rings: tuple[Ring, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Whether there is a page that would reach nobody."""
        return not self.rings or any(each.level is None for each in self.rings)


class Hole(NamedTuple):
    """A row of HOLES."""

    schedule_id: int
    name: str
    start: datetime
    end: datetime
    rings: str | None
    hours: str | None


def gaps_of_holes(holes: Iterable[Hole], now: datetime) -> list[Gap]:
    """The holes that are not meant so. Where a page would reach nobody comes first, then what is soonest."""
    return sorted(_gaps(holes, now), key=lambda each: (not each.is_silent, each.start, each.schedule_name))


def _gaps(holes: Iterable[Hole], now: datetime) -> Iterator[Gap]:
    for hole in holes:
        missed = (hole.start, hole.end) if hole.hours is None else _missed(hole, hole.hours)
        # Of a hole that runs the working hours may be over.
        if missed is not None and missed[1] > now:
            rings = tuple(Ring(*each) for each in json.loads(hole.rings or "[]"))
            yield Gap(hole.schedule_id, hole.name, *missed, rings)


def _missed(hole: Hole, hours: str) -> tuple[datetime, datetime] | None:
    known = json.loads(hours)
    layers = [
        Hours(only_from=_clock(since), only_to=_clock(to), only_on=days) for since, to, days in known["layers"] or []
    ]
    return within_hours(layers, ZoneInfo(known["zone"]), hole.start, hole.end)


def _clock(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def gaps_ahead(now: datetime) -> list[Gap]:
    """Every gap of the next 14 days, the worst first. One query, however many schedules."""
    with connection.cursor() as cursor:
        cursor.execute(HOLES, {"now": now, "until": now + AHEAD})
        return gaps_of_holes((Hole(*row) for row in cursor.fetchall()), now)
