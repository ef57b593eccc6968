"""The mirror of PagerDuty's schedules: who is on call for the next 90 days, by whom they are reached, and how.

A schedule costs one request. One that cannot be read keeps what was known of it, and says so; the others go on.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from accounts.models import Person, validate_time_zone
from accounts.services.note_people import note_people
from integrations.errors import IntegrationError, MalformedPayload, Refused
from integrations.pagerduty.paging import PagingMethods
from integrations.pagerduty.schedules import ScheduleClient
from integrations.types import PolicyTarget, Reference, RenderedSchedule
from shifts.enums import ScheduleSource
from shifts.matching import Wanted
from shifts.models import EscalationTarget, Schedule
from shifts.services.look_at_paging import store_paging_of
from shifts.services.store_shifts import AHEAD, Window, store_shifts

#: What lies further back than this is settled, whether the mirror saw it or not.
LOOKS_BACK = timedelta(days=7)
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lists:
    """Every schedule that PagerDuty lists, and of which kind none was left out."""

    layered: list[Reference]
    by_shifts: list[Reference]
    is_layered_whole: bool
    is_by_shifts_whole: bool

    def is_whole(self, schedule: Schedule) -> bool:
        """Whether a schedule that is not among them is gone."""
        is_v3 = schedule.source == ScheduleSource.PAGERDUTY_V3
        return self.is_by_shifts_whole if is_v3 else self.is_layered_whole


#: So many schedules after each other that cannot be reached mean that none can.
MOST_FAILURES = 3


def mirror_schedules(*, pagerduty: ScheduleClient, now: datetime) -> int:
    """Mirrors every schedule. Returns how many shifts changed.

    Raises Unavailable, Refused or MalformedPayload where not even the lists can be read: everything then stays as it was.
    """
    try:
        listed = _read_lists(pagerduty)
        targets, people = list(pagerduty.escalation_targets()), list(pagerduty.people())
    except IntegrationError as error:
        _say(Schedule.objects.exclude(source=ScheduleSource.PORTAL), error)
        raise
    schedules = _store_lists(listed, people, targets, now)
    changed = failures = 0
    for schedule in schedules:
        try:
            changed += mirror_schedule(schedule_id=schedule.pk, pagerduty=pagerduty, now=now)
            failures = 0
        except IntegrationError as error:
            failures += not error.is_permanent
            if failures == MOST_FAILURES:
                raise
        except DatabaseError as error:
            # One schedule's trouble is not the others'.
            logger.exception("schedule %s was not mirrored", schedule.pagerduty_id)
            _say(Schedule.objects.filter(pk=schedule.pk), MalformedPayload("malformed", type(error).__name__))
    return changed


def _read_lists(pagerduty: ScheduleClient) -> Lists:
    """Both lists. Of one with a row that could not be read nobody can say what it lacks."""
    unreadable = pagerduty.unreadable
    layered = list(pagerduty.schedules())
    is_whole = pagerduty.unreadable == unreadable
    unreadable = pagerduty.unreadable
    try:
        by_shifts = list(pagerduty.schedules_v3())
    except IntegrationError as error:
        # Most accounts have none; of one that had some it says nothing about them.
        _say(Schedule.objects.filter(source=ScheduleSource.PAGERDUTY_V3), error)
        return Lists(layered, [], is_whole, False)
    return Lists(layered, by_shifts, is_whole, pagerduty.unreadable == unreadable)


def _say(schedules: QuerySet[Schedule], error: IntegrationError) -> None:
    schedules.filter(gone_at=None).update(last_error=str(error)[:1000])


def mirror_schedule(*, schedule_id: int, pagerduty: ScheduleClient, now: datetime) -> int:
    """Mirrors one schedule; one request. Returns how many shifts changed.

    Raises Unavailable, Refused or MalformedPayload, which the schedule then says; Schedule.DoesNotExist.
    """
    schedule = Schedule.objects.get(pk=schedule_id)
    if schedule.pagerduty_id is None or schedule.gone_at is not None:
        return 0
    since = max(schedule.mirrored_at or now, now - LOOKS_BACK)
    window = Window(min(since, now), now + AHEAD)
    is_v3 = schedule.source == ScheduleSource.PAGERDUTY_V3
    try:
        try:
            rendered = pagerduty.rendered(schedule.pagerduty_id, since=window.since, until=window.until, is_v3=is_v3)
        except Refused as refusal:
            # It may have been upgraded from layers to shifts since the lists were read.
            if refusal.code != "not_found":
                raise
            is_v3 = not is_v3
            rendered = pagerduty.rendered(schedule.pagerduty_id, since=window.since, until=window.until, is_v3=is_v3)
    except IntegrationError as error:
        _say(Schedule.objects.filter(pk=schedule.pk), error)
        raise
    return _store(schedule.pk, rendered, window, now, is_v3=is_v3)


@transaction.atomic
def _store(schedule_id: int, rendered: RenderedSchedule, window: Window, now: datetime, *, is_v3: bool) -> int:
    schedule = Schedule.objects.select_for_update().get(pk=schedule_id)
    if schedule.mirrored_at is not None and schedule.mirrored_at > now:
        # Somebody else has looked since.
        return 0
    people = note_people(turn.person for turn in rendered.turns)
    turns = [Wanted(people[each.person.id].pk, each.start, each.end, each.is_override) for each in rendered.turns]
    changed = store_shifts(schedule=schedule, turns=turns, window=window, now=now)
    schedule.name = rendered.schedule.name or schedule.name
    schedule.html_url = rendered.schedule.html_url or schedule.html_url
    schedule.time_zone = _known_zone(rendered.time_zone)
    schedule.source = ScheduleSource.PAGERDUTY_V3 if is_v3 else ScheduleSource.PAGERDUTY
    schedule.mirrored_at, schedule.mirrored_until, schedule.last_error = now, window.until, ""
    schedule.save(
        update_fields=["name", "source", "html_url", "time_zone", "mirrored_at", "mirrored_until", "last_error"]
    )
    return changed


def _known_zone(name: str) -> str:
    try:
        validate_time_zone(name)
    except ValidationError:
        return "UTC"
    return name


@transaction.atomic
def _store_lists(
    listed: Lists,
    people: Sequence[tuple[Reference, PagingMethods]],
    targets: list[PolicyTarget],
    now: datetime,
) -> list[Schedule]:
    """The schedules that PagerDuty has, those that are new first of all as empty rows; what it has no more is gone."""
    sources = {each.id: (ScheduleSource.PAGERDUTY, each) for each in listed.layered}
    sources |= {each.id: (ScheduleSource.PAGERDUTY_V3, each) for each in listed.by_shifts}
    mirrored = Schedule.objects.exclude(source=ScheduleSource.PORTAL).select_for_update().order_by("pk")
    stored = {schedule.pagerduty_id: schedule for schedule in mirrored}
    for pagerduty_id, (source, reference) in sources.items():
        schedule = stored.get(pagerduty_id)
        if schedule is None:
            stored[pagerduty_id] = Schedule.objects.create(
                pagerduty_id=pagerduty_id,
                source=source,
                name=reference.name or pagerduty_id,
                html_url=reference.html_url,
                time_zone="UTC",
            )
        elif (schedule.source, schedule.gone_at) != (source, None):
            # An upgrade from layers to shifts keeps the id.
            schedule.source, schedule.gone_at = source, None
            schedule.save(update_fields=["source", "gone_at"])
    missing = [schedule for key, schedule in stored.items() if key not in sources and schedule.gone_at is None]
    _lose([schedule.pk for schedule in missing if listed.is_whole(schedule)], now)
    known = note_people(reference for reference, _methods in people)
    store_paging_of({known[reference.id]: methods for reference, methods in people}, now=now)
    _store_targets(targets, {key: schedule for key, schedule in stored.items() if key}, known)
    return [schedule for key, schedule in stored.items() if key in sources]


def _store_targets(targets: list[PolicyTarget], schedules: dict[str, Schedule], people: dict[str, Person]) -> None:
    people |= note_people(each.person for each in targets if each.person is not None)
    rows = [
        EscalationTarget(
            policy_id=each.policy.id,
            policy_name=each.policy.name,
            level=each.level,
            delay_minutes=each.delay_minutes,
            schedule=schedules.get(each.schedule_id),
            person=people[each.person.id] if each.person is not None else None,
        )
        for each in targets
    ]
    EscalationTarget.objects.all().delete()
    EscalationTarget.objects.bulk_create(rows)


@transaction.atomic
def _lose(schedule_ids: list[int], now: datetime) -> int:
    """Schedules that PagerDuty has no more: their past stays, and whose turn would have come is told."""
    changed = 0
    for schedule in Schedule.objects.select_for_update().filter(pk__in=schedule_ids, gone_at=None).order_by("pk"):
        changed += store_shifts(schedule=schedule, turns=[], window=Window(now, now + 2 * AHEAD), now=now)
        schedule.gone_at = now
        schedule.save(update_fields=["gone_at"])
    return changed
