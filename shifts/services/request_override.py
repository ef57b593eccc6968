"""Somebody else for a while: a row first, in one commit with its audit record, then PagerDuty where the schedule lives there.

`key` makes a repeated request one act. Whoever changes overrides of a schedule has the schedule's row locked, so that no two
of them can come to overlap.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.database_time import database_now
from accounts.models import Person, User
from accounts.roles import Role
from accounts.services.note_people import person_of, user_of
from accounts.services.record_act import record_act
from accounts.work import enqueue_on_commit
from integrations.text import clean_text
from shifts.enums import OverrideState
from shifts.models import CoverRequest, Override, Schedule, Shift
from shifts.my_shifts import made_in_pagerduty
from shifts.refusals import CannotChange
from shifts.services.render_schedule import render_schedule
from shifts.spans import instant_in_both

LONGEST = timedelta(days=90)
FURTHEST_AHEAD = timedelta(days=366)
LONGEST_REASON = 500
#: A form's times are cut to the minute: what it calls now began up to a minute ago.
JUST_NOW = timedelta(minutes=1)


@dataclass(frozen=True)
class Turn:
    """Who shall be on call, when and why; `instead_of` is who is relieved, null for nobody."""

    person: Person
    start_at: datetime
    end_at: datetime
    reason: str = ""
    instead_of: Person | None = None


@transaction.atomic
def request_override(
    *, actor: User, key: str, schedule_id: int, person_id: int, start_at: datetime, end_at: datetime, reason: str = ""
) -> tuple[Override, bool]:
    """Puts somebody on call for `[start_at, end_at)` of a schedule. Returns the override, and whether it is new.

    Raises CannotChange, Schedule.DoesNotExist.
    """
    schedule = Schedule.objects.select_for_update().get(pk=schedule_id)
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise CannotChange("unknown_person")
    if person.pagerduty_id != actor.person_key and not actor.has_role(Role.MANAGER):
        raise CannotChange("not_yours")
    turn = Turn(person, start_at, end_at, reason, _whose_turn(schedule, start_at))
    if _known(actor, key) is None:
        _raise_if_stood_in_there(schedule, turn)
    return put_on_call(actor=actor, key=key, schedule=schedule, turn=turn)


@transaction.atomic
def take_now(*, actor: User, key: str, shift_id: int) -> tuple[Override, bool]:
    """«I have it»: the actor is on call from now until the running shift ends, at most for as long as an override may last.

    Who stands in at the moment is relieved. The same `key` again gives the same override.

    Raises CannotChange, Shift.DoesNotExist.
    """
    shift = Shift.objects.get(pk=shift_id)
    schedule = Schedule.objects.select_for_update().get(pk=shift.schedule_id)
    known = _known(actor, key)
    if known is not None:
        return known, False
    now, me = database_now(), person_of(actor)
    shift.refresh_from_db()
    if shift.withdrawn_at is not None or not shift.start_at <= now < shift.end_at:
        raise CannotChange("not_running")
    if shift.person_id == me.pk:
        raise CannotChange("yours_already")
    turn = Turn(me, now, min(shift.end_at, now + LONGEST), instead_of=shift.person)
    above = newest_override(schedule, turn)
    # Theirs, or what the mirror has not seen yet; the one on top alone: what lies under it goes on after this shift.
    begun = _live(schedule, turn).filter(Q(person=shift.person) | Q(instead_of=shift.person), start_at__lte=now)
    for standing in locked(begun.filter(pk__in=begun.order_by("-pk").values("pk")[:1])):
        call_off(standing, now)
        # Once it is called off, it is their turn again.
        turn = replace(turn, instead_of=standing.instead_of)
    return put_on_call(actor=actor, key=key, schedule=schedule, turn=turn, above=above)


def put_on_call(
    *, actor: User, key: str, schedule: Schedule, turn: Turn, above: int = 0, cover: CoverRequest | None = None
) -> tuple[Override, bool]:
    """The override itself, in the caller's transaction, which has the schedule's row locked. Raises CannotChange.

    It may lie over those up to `above`, a key: the one that was made last counts, here as in PagerDuty. `cover` is the request
    that it answers.
    """
    known = _known(actor, key)
    if known is not None:
        return known, False
    turn = _checked(schedule, turn, database_now(), above)
    if not schedule.is_kept_here and not actor.acting_email:
        raise CannotChange("no_address")
    override = Override.objects.create(
        idempotency_key=_own_key(actor, key),
        schedule=schedule,
        person=turn.person,
        instead_of=turn.instead_of,
        start_at=turn.start_at,
        end_at=turn.end_at,
        reason=turn.reason,
        state=OverrideState.STANDING if schedule.is_kept_here else OverrideState.WAITING,
        from_email=actor.acting_email,
        requested_by=actor,
    )
    if cover is not None:
        # Before the shifts change: whom the cover is told is not told of them.
        cover.override = override
        cover.save(update_fields=["override"])
    if schedule.is_kept_here:
        render_schedule(schedule_id=schedule.pk)
    else:
        enqueue_on_commit("shifts.deliver_override", override.pk)
    record_act(
        actor=actor,
        verb="override",
        target=f"override:{override.pk}",
        data={
            "schedule": schedule.name,
            "person": turn.person.name,
            "start": turn.start_at.isoformat(),
            "end": turn.end_at.isoformat(),
            "reason": turn.reason,
        },
    )
    return override, True


def _checked(schedule: Schedule, turn: Turn, now: datetime, above: int) -> Turn:
    """The turn as it is stored: a start that is just now becomes now, to the second as PagerDuty keeps it."""
    person = turn.person
    user = user_of(person)
    if schedule.gone_at is not None:
        raise CannotChange("schedule_gone")
    if user is not None and not user.is_active:
        raise CannotChange("inactive_person", name=person.name)
    if not schedule.is_kept_here and person.pagerduty_id.startswith("portal-"):
        raise CannotChange("not_in_pagerduty", name=person.name)
    if turn.end_at <= turn.start_at:
        raise CannotChange("ends_before")
    if turn.start_at < now - JUST_NOW or turn.end_at <= now:
        raise CannotChange("in_past")
    if turn.start_at > now + FURTHEST_AHEAD:
        raise CannotChange("too_far")
    if turn.end_at - turn.start_at > LONGEST:
        raise CannotChange("too_long")
    checked = replace(
        turn,
        start_at=whole_second(max(turn.start_at, now)),
        end_at=whole_second(turn.end_at),
        reason=clean_text(turn.reason, limit=LONGEST_REASON),
    )
    other = _live(schedule, checked).filter(pk__gt=above).first()
    if other is not None:
        raise _overlaps("overlaps", other)
    return checked


def _raise_if_stood_in_there(schedule: Schedule, turn: Turn) -> None:
    there = made_in_pagerduty().filter(schedule=schedule, withdrawn_at=None)
    other = there.filter(start_at__lt=turn.end_at, end_at__gt=turn.start_at).select_related("person").first()
    if other is not None:
        raise _overlaps("overlaps_there", other)


def _overlaps(reason: str, other: Override | Shift) -> CannotChange:
    zone = timezone.get_current_timezone()
    begins, ends = instant_in_both(other.start_at, zone), instant_in_both(other.end_at, zone)
    return CannotChange(reason, **{"name": other.person.name, "from": begins, "to": ends})


def newest_override(schedule: Schedule, turn: Turn, whose: Person | None = None) -> int:
    """The key of the override made last, of somebody or anybody, that counts in the time of a turn; 0 where none does."""
    live = _live(schedule, turn)
    newest = (live.filter(person=whose) if whose else live).order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def _live(schedule: Schedule, turn: Turn) -> QuerySet[Override]:
    """Overrides that count, or may yet, in the time of a turn."""
    live = Override.objects.filter(schedule=schedule, state__in=(OverrideState.WAITING, OverrideState.STANDING))
    return live.filter(start_at__lt=turn.end_at, end_at__gt=turn.start_at).select_related("person")


def locked(overrides: QuerySet[Override]) -> QuerySet[Override]:
    """Delivery claims a row without the schedule's lock: what is read here must still be so when it is changed."""
    return overrides.select_for_update(of=("self",)).select_related("person", "schedule")


def _whose_turn(schedule: Schedule, at: datetime) -> Person | None:
    shifts = Shift.objects.filter(schedule=schedule, withdrawn_at=None, start_at__lte=at, end_at__gt=at)
    shift = shifts.order_by("level").select_related("person").first()
    return shift.person if shift else None


def call_off(override: Override, now: datetime) -> None:
    """One that has begun was in force until now, and ends; one that has not is no more."""
    is_here = override.schedule.is_kept_here
    if not is_here and (override.state == OverrideState.STANDING or override.attempts):
        override.state, override.next_attempt_at = OverrideState.CANCELLING, max(now, override.next_attempt_at)
        enqueue_on_commit("shifts.deliver_override", override.pk)
    elif is_here and override.start_at < whole_second(now):
        override.end_at = min(override.end_at, whole_second(now))
    else:
        override.state, override.finished_at = OverrideState.CANCELLED, now
    override.save(update_fields=["state", "next_attempt_at", "end_at", "finished_at"])


def whole_second(at: datetime) -> datetime:
    """The next whole second, as PagerDuty keeps them: the one before may be one that a mirror has seen already."""
    return at if at.microsecond == 0 else at.replace(microsecond=0) + timedelta(seconds=1)


def _known(actor: User, key: str) -> Override | None:
    return Override.objects.filter(idempotency_key=_own_key(actor, key)).select_related("person").first()


def _own_key(actor: User, key: str) -> str:
    return f"{actor.pk}:{key}"
