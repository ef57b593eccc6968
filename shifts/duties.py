"""What every page's frame shows of shifts: who is on call now and next, where nobody will be, how many notices are unseen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from shifts.gaps import AHEAD, HOLES, Gap, Hole, gaps_of_holes
from shifts.readiness import Readiness

#: Everything in one statement, since every page asks it. A schedule's first level alone has a next one.
_STATEMENT = f"""
    SELECT 'on_call', on_call.level, on_call.schedule_id, on_call.schedule_name, person.name, person.pagerduty_id,
           on_call.start_at, on_call.end_at, NULL::bigint, NULL, NULL
      FROM shifts_oncall AS on_call JOIN accounts_person AS person ON person.id = on_call.person_id
     WHERE (on_call.start_at IS NULL OR on_call.start_at <= %(now)s)
       AND (on_call.end_at IS NULL OR on_call.end_at > %(now)s)
     UNION ALL
    SELECT 'shift', shift.level, coalesce(schedule.pagerduty_id, 'portal-' || schedule.id), schedule.name, person.name,
           person.pagerduty_id, shift.start_at, shift.end_at, shift.id, NULL, NULL
      FROM shifts_schedule AS schedule
     CROSS JOIN LATERAL (
             SELECT min(later.start_at) AS start_at FROM shifts_shift AS later
              WHERE later.schedule_id = schedule.id AND later.level = 1
                AND later.withdrawn_at IS NULL AND later.end_at > %(now)s AND later.start_at > %(now)s
           ) AS following
      JOIN shifts_shift AS shift ON shift.schedule_id = schedule.id
      JOIN accounts_person AS person ON person.id = shift.person_id
     WHERE schedule.gone_at IS NULL AND shift.withdrawn_at IS NULL AND shift.level = 1 AND shift.end_at > %(now)s
       AND shift.start_at <= coalesce(following.start_at, %(now)s)
     UNION ALL
    SELECT 'unseen', count(*)::int, '', '', '', '', NULL, NULL, NULL, NULL, NULL
      FROM shifts_notice AS notice JOIN accounts_person AS person ON person.id = notice.person_id
     WHERE person.pagerduty_id = %(me)s AND notice.seen_at IS NULL
     UNION ALL
    SELECT 'gap', 0, hole.schedule_id::text, hole.name, '', '', hole.start_at, hole.end_at, NULL, hole.rings, hole.hours
      FROM ({HOLES}) AS hole
     ORDER BY 2, 4, 7, 5
"""  # noqa: S608  # two constants


@dataclass(frozen=True)
class NextDuty:
    """Who has a schedule next, from when on. `readiness` is None where nothing is known of it."""

    person_name: str
    since: datetime
    shift_id: int
    is_me: bool
    readiness: Readiness | None = None


@dataclass(frozen=True)
class Duty:
    """One line of «on call now». `until` is None for somebody who is always on call; `next` only at the first level."""

    person_name: str
    person_id: str
    level: int
    schedule_name: str
    until: datetime | None
    is_me: bool = False
    shift_id: int | None = None
    next: NextDuty | None = None
    readiness: Readiness | None = None


@dataclass(frozen=True)
class _Row:
    kind: str
    level: int
    schedule_id: str
    schedule_name: str
    person_name: str
    person_id: str
    start_at: datetime | None
    end_at: datetime | None
    shift_id: int | None
    rings: str | None
    hours: str | None


class Frame(NamedTuple):
    """Everybody on call, first level first; how many notices the reader has not seen; the gaps ahead, the worst first."""

    duties: list[Duty]
    unseen: int
    gaps: list[Gap]


def duties_at(now: datetime, *, me: str) -> Frame:
    """What is so at `now` for the reader whose person key is `me`. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, {"now": now, "me": me, "until": now + AHEAD})
        rows = [_Row(*row) for row in cursor.fetchall()]
    running = {row.schedule_id: row for row in rows if row.kind == "shift" and row.start_at and row.start_at <= now}
    coming = {row.schedule_id: row for row in rows if row.kind == "shift" and row.start_at and row.start_at > now}
    unseen = next((row.level for row in rows if row.kind == "unseen"), 0)
    on_call = [row for row in rows if row.kind == "on_call"]
    # What is kept here stands in no escalation policy; whoever has it is on call all the same.
    kept_here = [row for row in running.values() if row.schedule_id.startswith("portal-")]
    duties: dict[tuple[str, int, str], Duty] = {}
    for row in [*on_call, *kept_here]:
        # A schedule that several policies use is one line.
        is_first = row.level == 1 and row.schedule_id != ""
        shift = running.get(row.schedule_id) if is_first else None
        duty = Duty(
            person_name=row.person_name,
            person_id=row.person_id,
            level=row.level,
            schedule_name=row.schedule_name,
            until=row.end_at,
            is_me=row.person_id == me,
            shift_id=shift.shift_id if shift and shift.person_id == row.person_id else None,
            next=_next(coming.get(row.schedule_id), me) if is_first else None,
        )
        duties.setdefault((row.person_id, row.level, row.schedule_id), duty)
    holes = [
        Hole(int(row.schedule_id), row.schedule_name, row.start_at, row.end_at, row.rings, row.hours)
        for row in rows
        if row.kind == "gap" and row.start_at and row.end_at
    ]
    on_call_now = sorted(duties.values(), key=lambda each: (each.level, not each.is_me))
    return Frame(on_call_now, unseen, gaps_of_holes(holes, now))


def _next(row: _Row | None, me: str) -> NextDuty | None:
    if row is None or row.start_at is None or row.shift_id is None:
        return None
    return NextDuty(row.person_name, row.start_at, row.shift_id, is_me=row.person_id == me)


def shift_ids_of(duties: Iterable[Duty]) -> list[int]:
    """The shifts whose readiness the lines show."""
    ids = {duty.shift_id for duty in duties} | {duty.next.shift_id for duty in duties if duty.next}
    return sorted(each for each in ids if each is not None)


def with_readiness(duties: Iterable[Duty], known: Mapping[int, Readiness]) -> list[Duty]:
    """The lines with the readiness of whoever has opened a preflight; the others say nothing of it."""

    def of(shift_id: int | None) -> Readiness | None:
        readiness = known.get(shift_id) if shift_id is not None else None
        return readiness if readiness is not None and readiness.is_open else None

    return [
        replace(
            duty,
            readiness=of(duty.shift_id),
            next=replace(duty.next, readiness=of(duty.next.shift_id)) if duty.next else None,
        )
        for duty in duties
    ]
