"""Where nobody will be on call: holes in what is known of a schedule for the next 14 days, and who is reached meanwhile.

A schedule matters where an escalation policy names it, or it is kept here and shall never be without somebody.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

AHEAD = timedelta(days=14)

#: One row a hole. `rings`: for each policy that names the schedule, the first of its levels that reaches somebody else all
#: the while, or null. A hole that runs begins where the last shift ended, so that it is the same hole at every look.
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
                     WHERE target.schedule_id = schedule.id) AS own)::text AS rings
      FROM shifts_schedule AS schedule
     CROSS JOIN LATERAL unnest(
             tstzmultirange(tstzrange(%(now)s, least(schedule.mirrored_until, %(until)s)))
             - coalesce((SELECT range_agg(tstzrange(shift.start_at, shift.end_at)) FROM shifts_shift AS shift
                          WHERE shift.schedule_id = schedule.id AND shift.withdrawn_at IS NULL
                            AND shift.end_at > %(now)s AND shift.start_at < %(until)s), '{}')
           ) AS hole
     WHERE schedule.gone_at IS NULL AND schedule.mirrored_until > %(now)s
       AND (schedule.source = 'portal' AND NOT schedule.has_off_hours
            OR EXISTS (SELECT FROM shifts_escalationtarget AS target WHERE target.schedule_id = schedule.id))
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


def gap_of(schedule_id: int, name: str, start: datetime, end: datetime, rings: str | None) -> Gap:
    """A row of HOLES."""
    return Gap(schedule_id, name, start, end, tuple(Ring(*each) for each in json.loads(rings or "[]")))


def worst_first(gaps: list[Gap]) -> list[Gap]:
    """Where a page would reach nobody comes first, then what is soonest."""
    return sorted(gaps, key=lambda each: (not each.is_silent, each.start, each.schedule_name))


def gaps_ahead(now: datetime) -> list[Gap]:
    """Every gap of the next 14 days, the worst first. One query, however many schedules."""
    with connection.cursor() as cursor:
        cursor.execute(HOLES, {"now": now, "until": now + AHEAD})
        return worst_first([gap_of(*row) for row in cursor.fetchall()])
