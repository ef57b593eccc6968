"""Taking one override to PagerDuty, where its schedule lives.

The next attempt is pushed beyond the call's longest duration before it begins, so that nobody else sends the same meanwhile and
a crash in between is retried later. A retry looks first whether the earlier try had arrived, so that none is doubled.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now

from accounts.database_time import database_now
from accounts.models import Person
from accounts.work import CLUSTER_QUEUE, enqueue_on_commit
from integrations.errors import IntegrationError, Refused
from integrations.pagerduty.schedules import ScheduleClient
from integrations.retrying import CLAIMED_FOR, wait_after
from shifts.enums import NoticeKind, OverrideState, ScheduleSource
from shifts.models import Override
from shifts.services.request_cover import give_back
from shifts.services.request_override import whole_second
from shifts.services.store_shifts import SAME_INSTANT
from shifts.services.tell_person import tell_person

PENDING = (OverrideState.WAITING, OverrideState.CANCELLING)
LONGEST_WAIT = timedelta(minutes=1)


def deliver_override(*, override_id: int, pagerduty: ScheduleClient) -> int | None:
    """Delivers one override if it is its turn. Returns the id of the schedule's next one, where one waits."""
    override = _claim(override_id)
    if override is None:
        return None
    try:
        pagerduty_id = (
            _create(override, pagerduty) if override.state == OverrideState.WAITING else _delete(override, pagerduty)
        )
    except IntegrationError as error:
        _finish_failed(override, error)
    else:
        _finish_done(override, pagerduty_id)
    following = Override.objects.filter(schedule=override.schedule_id, state__in=PENDING, next_attempt_at__lte=Now())
    return following.order_by("pk").values_list("pk", flat=True).first()


def due_overrides(*, limit: int = 100) -> list[int]:
    """The overrides whose turn it is: the oldest of each schedule that waits, once its next attempt is due."""
    due = Override.objects.filter(state__in=PENDING, next_attempt_at__lte=Now()).filter(~Exists(_older()))
    return list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def _older() -> QuerySet[Override]:
    """What has to be delivered before: a cancellation makes room for what comes after it, and the last one made counts."""
    return Override.objects.filter(
        schedule=OuterRef("schedule"),
        state__in=PENDING,
        pk__lt=OuterRef("pk"),
        start_at__lt=OuterRef("end_at"),
        end_at__gt=OuterRef("start_at"),
    )


def _claim(override_id: int) -> Override | None:
    due = Override.objects.filter(pk=override_id, state__in=PENDING, next_attempt_at__lte=Now())
    claimed = due.filter(~Exists(_older())).update(next_attempt_at=Now() + CLAIMED_FOR, attempts=F("attempts") + 1)
    if not claimed:
        return None
    return Override.objects.select_related("schedule", "person", "instead_of", "requested_by").get(pk=override_id)


def _create(override: Override, pagerduty: ScheduleClient) -> str:
    """The id under which PagerDuty has it, "" where it tells none. Raises IntegrationError."""
    if override.attempts > 1:
        arrived = _find(override, pagerduty)
        if arrived or _is_on_call(override, pagerduty):
            return arrived
    if override.end_at <= database_now():
        raise Refused("too_late", "its time is over")
    return pagerduty.create_override(
        _schedule_id(override),
        person_id=override.person.pagerduty_id,
        start=override.start_at,
        end=override.end_at,
        is_v3=_is_v3(override),
        from_email=override.from_email,
        instead_of=override.instead_of.pagerduty_id if override.instead_of else "",
    )


def _delete(override: Override, pagerduty: ScheduleClient) -> str:
    """Takes it away, where it had arrived at all. Gives its id back. Raises IntegrationError."""
    pagerduty_id = override.pagerduty_id or _find(override, pagerduty)
    if not pagerduty_id:
        if _is_on_call(override, pagerduty):
            raise Refused("invalid", "PagerDuty tells no id of an override that has begun; it can be ended there")
        return ""
    try:
        pagerduty.delete_override(
            _schedule_id(override), pagerduty_id, is_v3=_is_v3(override), from_email=override.from_email
        )
    except Refused as refusal:
        # Somebody was faster, or an earlier try had arrived.
        if refusal.code != "not_found":
            raise
    return pagerduty_id


def _find(override: Override, pagerduty: ScheduleClient) -> str:
    """The id of an override of PagerDuty's that is this one, and no other row's; "" where there is none."""
    others = Override.objects.filter(schedule=override.schedule_id).exclude(pk=override.pk)
    taken = set(others.values_list("pagerduty_id", flat=True))
    listed = pagerduty.overrides(
        _schedule_id(override), since=override.start_at, until=override.end_at, is_v3=_is_v3(override)
    )
    for each in listed:
        is_same = (
            each.person.id == override.person.pagerduty_id
            and abs(each.start - override.start_at) <= SAME_INSTANT
            and abs(each.end - override.end_at) <= SAME_INSTANT
        )
        if is_same and each.id not in taken:
            return each.id
    return ""


def _is_on_call(override: Override, pagerduty: ScheduleClient) -> bool:
    """Whether one that has begun is in force: PagerDuty lists overrides with their ids until they begin, and no longer."""
    if override.start_at > database_now():
        return False
    rendered = pagerduty.rendered(
        _schedule_id(override), since=override.start_at, until=override.end_at, is_v3=_is_v3(override)
    )
    return any(
        turn.is_override
        and turn.person.id == override.person.pagerduty_id
        and abs(turn.start - override.start_at) <= SAME_INSTANT
        for turn in rendered.turns
    )


def _schedule_id(override: Override) -> str:
    if override.schedule.pagerduty_id is None:
        raise Refused("invalid", "the schedule does not live in PagerDuty")
    return override.schedule.pagerduty_id


def _is_v3(override: Override) -> bool:
    return override.schedule.source == ScheduleSource.PAGERDUTY_V3


@transaction.atomic
def _finish_done(override: Override, pagerduty_id: str) -> None:
    current, now = _locked(override), database_now()
    if override.state == OverrideState.WAITING:
        current.pagerduty_id, current.next_attempt_at = pagerduty_id, now
        if current.state == OverrideState.WAITING:
            current.state = OverrideState.STANDING
    elif current.start_at < now and pagerduty_id:
        # PagerDuty cuts one that has begun: it was in force until now.
        current.state, current.end_at = OverrideState.STANDING, min(current.end_at, whole_second(now))
    else:
        current.state, current.finished_at = OverrideState.CANCELLED, now
    current.last_error = ""
    current.save(update_fields=["pagerduty_id", "next_attempt_at", "state", "end_at", "finished_at", "last_error"])
    # Whose shifts they are now is PagerDuty's to say.
    enqueue_on_commit("shifts.mirror_schedule", override.schedule_id, queue=CLUSTER_QUEUE)
    enqueue_on_commit("shifts.mirror_on_call")


@transaction.atomic
def _finish_failed(override: Override, error: IntegrationError) -> None:
    """Keeps what may succeed later; tells of what will not."""
    current, now = _locked(override), database_now()
    is_too_late = current.end_at <= now
    if not error.is_permanent and not is_too_late:
        current.next_attempt_at = now + wait_after(override.attempts, longest=LONGEST_WAIT)
        current.last_error = str(error)
        current.save(update_fields=["next_attempt_at", "last_error"])
        return
    current.last_error = str(error) if error.is_permanent else f"gave_up: {error}"
    if override.state == OverrideState.CANCELLING:
        current.state = OverrideState.STANDING
    else:
        current.state, current.finished_at = OverrideState.REFUSED, now
    current.save(update_fields=["state", "finished_at", "last_error"])
    if current.state == OverrideState.REFUSED:
        give_back(current)
    for person in _concerned(override):
        tell_person(
            person=person,
            kind=NoticeKind.OVERRIDE_REFUSED,
            key=f"override:{override.pk}:{override.attempts}",
            who=override.person.name,
            schedule=override.schedule.name,
            start=override.start_at.isoformat(),
            end=override.end_at.isoformat(),
            why=current.last_error,
            cancelled=override.state == OverrideState.CANCELLING,
        )


def _locked(override: Override) -> Override:
    return Override.objects.select_for_update().get(pk=override.pk)


def _concerned(override: Override) -> list[Person]:
    """Who shall stand in, who is relieved, and who asked for it."""
    ids = {override.person.pagerduty_id, override.requested_by.person_key}
    if override.instead_of_id is not None:
        ids.update(Person.objects.filter(pk=override.instead_of_id).values_list("pagerduty_id", flat=True))
    return list(Person.objects.filter(pagerduty_id__in=ids).order_by("pk"))
