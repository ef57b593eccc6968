"""Whom each escalation policy rings, and when: the mirror's rows as `feasibility` judges them."""

from collections import defaultdict
from datetime import datetime, timedelta

from accounts.models import Person
from shifts.feasibility import Policy, Ring, first_noise
from shifts.models import EscalationTarget, PagingSetup, Shift
from shifts.paging_setups import paging_kept

#: Who has a turn within this time counts as somebody the schedule rings.
LOOKS_AHEAD = timedelta(days=14)


def policies_rung(now: datetime) -> tuple[list[Policy], datetime | None]:
    """Every escalation policy with its people, and when the oldest of their settings was read. Three queries."""
    targets = list(EscalationTarget.objects.select_related("person", "schedule"))
    people = _people_of_schedules({each.schedule_id for each in targets if each.schedule_id}, now)
    setups = {setup.person_id: setup for setup in PagingSetup.objects.all()}
    grouped: dict[str, list[EscalationTarget]] = defaultdict(list)
    for target in targets:
        grouped[target.policy_id].append(target)
    policies, read = [], []
    for rows in grouped.values():
        rings: dict[tuple[int, int], Ring] = {}
        for row in rows:
            after = _level_after(rows, row.level)
            named = [row.person] if row.person else people.get(row.schedule_id or 0, [])
            for person in named:
                setup = setups.get(person.pk)
                rings.setdefault((row.level, person.pk), _ring(person, row.level, after, setup))
                read += [setup.read_at] if setup else []
        policies.append(Policy(rows[0].policy_name, list(rings.values()), max(row.level for row in rows)))
    return sorted(policies, key=lambda policy: policy.name), min(read, default=None)


def _people_of_schedules(schedule_ids: set[int], now: datetime) -> dict[int, list[Person]]:
    found: dict[int, dict[int, Person]] = defaultdict(dict)
    turns = Shift.objects.filter(
        schedule__in=schedule_ids, withdrawn_at=None, end_at__gt=now, start_at__lt=now + LOOKS_AHEAD
    )
    for turn in turns.select_related("person"):
        found[turn.schedule_id][turn.person_id] = turn.person
    return {schedule_id: list(people.values()) for schedule_id, people in found.items()}


def _level_after(rows: list[EscalationTarget], level: int) -> timedelta:
    """When a level is rung: once those before it have had their time."""
    delays = {row.level: row.delay_minutes for row in rows if row.level < level}
    return timedelta(minutes=sum(delays.values()))


def _ring(person: Person, level: int, level_after: timedelta, setup: PagingSetup | None) -> Ring:
    noise = first_noise(paging_kept(setup)) if setup else None
    return Ring(
        person=person.name,
        level=level,
        level_after=level_after,
        after=level_after + noise if noise is not None else None,
        is_known=setup is not None,
        html_url=person.html_url,
    )
