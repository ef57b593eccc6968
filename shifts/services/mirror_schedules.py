"""The mirror of PagerDuty's schedules: who is on call for the next 90 days, by whom they are reached, and how.

A schedule costs one request. One that cannot be read keeps what was known of it, and says so; the others go on.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Person, validate_time_zone
from accounts.services.note_people import note_people
from integrations.errors import IntegrationError, Refused
from integrations.pagerduty.schedules import ScheduleClient
from integrations.types import PolicyTarget, Reference, RenderedSchedule
from shifts.enums import ScheduleSource
from shifts.matching import Wanted
from shifts.models import EscalationTarget, Schedule
from shifts.services.store_shifts import Window, store_shifts

AHEAD = timedelta(days=90)
#: What lies further back than this is settled, whether the mirror saw it or not.
LOOKS_BACK = timedelta(days=7)
#: So many schedules after each other that cannot be reached mean that none can.
MOST_FAILURES = 3


def mirror_schedules(*, pagerduty: ScheduleClient, now: datetime) -> int:
    """Mirrors every schedule. Returns how many shifts changed.

    Raises Unavailable, Refused or MalformedPayload where not even the lists can be read: everything then stays as it was.
    """
    layered, by_shifts = list(pagerduty.schedules()), list(pagerduty.schedules_v3())
    targets = list(pagerduty.escalation_targets())
    people = list(pagerduty.users())
    schedules = _store_lists(layered, by_shifts, people, targets, now)
    changed = failures = 0
    for schedule in schedules:
        try:
            changed += mirror_schedule(schedule_id=schedule.pk, pagerduty=pagerduty, now=now)
            failures = 0
        except IntegrationError as error:
            failures += not error.is_permanent
            if failures == MOST_FAILURES:
                raise
    return changed


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
        rendered = pagerduty.rendered(schedule.pagerduty_id, since=window.since, until=window.until, is_v3=is_v3)
    except IntegrationError as error:
        if isinstance(error, Refused) and error.code == "not_found":
            return _lose([schedule.pk], now)
        Schedule.objects.filter(pk=schedule.pk).update(last_error=str(error)[:1000])
        raise
    return _store(schedule.pk, rendered, window, now)


@transaction.atomic
def _store(schedule_id: int, rendered: RenderedSchedule, window: Window, now: datetime) -> int:
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
    schedule.mirrored_at, schedule.mirrored_until, schedule.last_error = now, window.until, ""
    schedule.save(update_fields=["name", "html_url", "time_zone", "mirrored_at", "mirrored_until", "last_error"])
    return changed


def _known_zone(name: str) -> str:
    try:
        validate_time_zone(name)
    except ValidationError:
        return "UTC"
    return name


@transaction.atomic
def _store_lists(
    layered: Iterable[Reference],
    by_shifts: Iterable[Reference],
    people: Iterable[Reference],
    targets: list[PolicyTarget],
    now: datetime,
) -> list[Schedule]:
    """The schedules that PagerDuty has, those that are new first of all as empty rows; what it has no more is gone."""
    sources = {each.id: (ScheduleSource.PAGERDUTY, each) for each in layered}
    sources |= {each.id: (ScheduleSource.PAGERDUTY_V3, each) for each in by_shifts}
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
    _lose([schedule.pk for key, schedule in stored.items() if key not in sources and schedule.gone_at is None], now)
    _store_targets(targets, {key: schedule for key, schedule in stored.items() if key}, note_people(people))
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
        if each.person is not None or each.schedule_id in schedules
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
