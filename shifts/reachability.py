"""Whom each escalation policy calls, and how they are reached: the mirror's rows as `feasibility` judges them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from accounts.models import Person
from shifts.feasibility import MINUTE, Level, Member, Policy, first_noise
from shifts.models import EscalationTarget, PagingSetup, Shift
from shifts.paging_setups import paging_kept
from shifts.preflight.paging import HIGH, LOW

#: Who has a turn within this time counts as somebody whom the schedule calls.
LOOKS_AHEAD = timedelta(days=14)
#: The mirror looks every five minutes; what is older than this may have changed since.
STALE_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Reachability:
    """Every escalation policy with its people. `read_at` is when the oldest of their settings was read, None where none was."""

    policies: list[Policy]
    read_at: datetime | None
    is_stale: bool


def policies_called(now: datetime) -> Reachability:
    """All of them, by name. Three queries."""
    grouped: dict[str, list[EscalationTarget]] = defaultdict(list)
    for target in EscalationTarget.objects.select_related("person", "schedule"):
        grouped[target.policy_id].append(target)
    schedule_ids = {row.schedule_id for rows in grouped.values() for row in rows if row.schedule_id}
    turns = _people_of_schedules(schedule_ids, now)
    setups = {setup.person_id: setup for setup in PagingSetup.objects.all()}
    called = {person.pk for rows in grouped.values() for row in rows for person in _people(row, turns)}
    read_at = min((setup.read_at for key, setup in setups.items() if key in called), default=None)
    return Reachability(
        policies=[_policy(rows, turns, setups) for rows in grouped.values()],
        read_at=read_at,
        is_stale=read_at is not None and now - read_at > STALE_AFTER,
    )


def _people_of_schedules(schedule_ids: set[int], now: datetime) -> dict[int, list[Person]]:
    """Who has a turn soon, the nearest first."""
    found: dict[int, dict[int, Person]] = defaultdict(dict)
    turns = Shift.objects.filter(
        schedule__in=schedule_ids, withdrawn_at=None, end_at__gt=now, start_at__lt=now + LOOKS_AHEAD
    )
    for turn in turns.select_related("person").order_by("start_at", "pk"):
        found[turn.schedule_id].setdefault(turn.person_id, turn.person)
    return {schedule_id: list(people.values()) for schedule_id, people in found.items()}


def _people(row: EscalationTarget, turns: Mapping[int, list[Person]]) -> list[Person]:
    return [row.person] if row.person else turns.get(row.schedule_id or 0, [])


def _is_seen(row: EscalationTarget) -> bool:
    """Whether the portal knows whom the target calls: not where it may not list the schedule, or never could read it."""
    return row.person is not None or (row.schedule is not None and row.schedule.mirrored_at is not None)


def _policy(
    rows: Sequence[EscalationTarget], turns: Mapping[int, list[Person]], setups: Mapping[int, PagingSetup]
) -> Policy:
    levels = []
    for number in sorted({row.level for row in rows}):
        targets = [row for row in rows if row.level == number]
        people = {person.pk: person for row in targets for person in _people(row, turns)}
        members = [_member(person, setups.get(person.pk)) for person in people.values()]
        if not all(_is_seen(row) for row in targets):
            members.append(Member(_("A schedule that the portal could not read"), is_known=False, is_seen=False))
        levels.append(Level(targets[0].delay_minutes * MINUTE, tuple(members)))
    return Policy(rows[0].policy_name, tuple(levels), _address(rows))


def _address(rows: Sequence[EscalationTarget]) -> str:
    """The policy's own page: PagerDuty has it under the account's host, as it has those of schedules and people."""
    for row in rows:
        target = row.schedule or row.person
        known = urlsplit(target.html_url if target else "")
        if known.netloc:
            return f"{known.scheme}://{known.netloc}/escalation_policies/{row.policy_id}"
    return ""


def _member(person: Person, setup: PagingSetup | None) -> Member:
    paging = paging_kept(setup) if setup else None
    noise = {urgency: first_noise(paging, urgency) for urgency in (HIGH, LOW)} if paging else {}
    return Member(person.name, noise, is_known=paging is not None, html_url=person.html_url)
