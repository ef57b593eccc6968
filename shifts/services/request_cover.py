"""Asking somebody to cover a shift or a part of it. The first to accept has it, and the override that it becomes."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.database_time import database_now
from accounts.models import Person, User
from accounts.roles import Role
from accounts.services.note_people import person_of
from accounts.services.record_act import record_act
from integrations.text import clean_text
from shifts.enums import CoverState, NoticeKind
from shifts.models import CoverRequest, Override, Schedule, Shift
from shifts.refusals import CannotChange
from shifts.services.request_override import JUST_NOW, LONGEST_REASON, Turn, newest_override, put_on_call
from shifts.services.tell_person import tell_person
from shifts.spans import instant_in_both


@transaction.atomic
def request_cover(
    *, actor: User, shift_id: int, start_at: datetime, end_at: datetime, asked_id: int | None = None, reason: str = ""
) -> tuple[CoverRequest, bool]:
    """Asks one person, or everybody (`asked_id` None), to cover `[start_at, end_at)` of a shift.

    Asking the same again gives the same row. Returns it, and whether it is new. Raises CannotChange, Shift.DoesNotExist.
    """
    shift = Shift.objects.select_for_update().get(pk=shift_id)
    if shift.person.pagerduty_id != actor.person_key and not actor.has_role(Role.MANAGER):
        raise CannotChange("not_yours")
    now = database_now()
    asked = _asked(shift, asked_id)
    start_at, end_at = _within(shift, start_at, end_at, now)
    open_ones = CoverRequest.objects.filter(
        shift=shift, state=CoverState.OPEN, start_at__lt=end_at, end_at__gt=start_at
    )
    known = open_ones.first()
    if known is not None:
        if known.end_at == end_at and known.asked_id == (asked.pk if asked else None):
            return known, False
        raise CannotChange("asked_already")
    request = CoverRequest.objects.create(
        shift=shift,
        start_at=start_at,
        end_at=end_at,
        reason=clean_text(reason, limit=LONGEST_REASON),
        asked=asked,
        requested_by=actor,
        requested_at=now,
    )
    for person in [asked] if asked else _everybody_but(shift.person):
        tell_person(
            person=person,
            kind=NoticeKind.COVER_ASKED,
            key=f"cover:{request.pk}",
            shift=shift,
            who=shift.person.name,
            schedule=shift.schedule.name,
            start=start_at.isoformat(),
            end=end_at.isoformat(),
            reason=request.reason,
        )
    _record(actor, "request_cover", request, person=asked.name if asked else "")
    return request, True


@transaction.atomic
def accept_cover(*, actor: User, request_id: int, person_id: int | None = None) -> CoverRequest:
    """Takes what is asked for; a manager may give it to somebody else (`person_id`). The row's lock lets one be first.

    Raises CannotChange (`taken` names who has it), CoverRequest.DoesNotExist.
    """
    request = _locked(request_id)
    person = Person.objects.filter(pk=person_id).first() if person_id else person_of(actor)
    if person is None:
        raise CannotChange("unknown_person")
    is_manager = actor.has_role(Role.MANAGER)
    if person.pagerduty_id != actor.person_key and not is_manager:
        raise CannotChange("not_yours")
    if request.state == CoverState.TAKEN and request.taken_by_id == person.pk:
        # A double click.
        return request
    now = database_now()
    _raise_unless_open(request, now)
    if request.asked is not None and request.asked_id != person.pk and not is_manager:
        raise CannotChange("not_asked", name=request.asked.name)
    if person.pk == request.shift.person_id:
        raise CannotChange("own_shift")
    schedule = Schedule.objects.select_for_update().get(pk=request.shift.schedule_id)
    turn = Turn(person, max(request.start_at, now), request.end_at, request.reason)
    override, _is_new = put_on_call(
        actor=actor,
        key=f"cover:{request.pk}:{now.timestamp()}",
        schedule=schedule,
        turn=turn,
        above=newest_override(schedule, turn, whose=request.shift.person),
    )
    request.state, request.taken_by, request.override, request.finished_at = CoverState.TAKEN, person, override, now
    request.save(update_fields=["state", "taken_by", "override", "finished_at"])
    tell_person(
        person=request.shift.person,
        kind=NoticeKind.COVER_TAKEN,
        key=f"cover:{request.pk}:{override.pk}",
        shift=request.shift,
        who=person.name,
        schedule=schedule.name,
        start=turn.start_at.isoformat(),
        end=turn.end_at.isoformat(),
    )
    _record(actor, "accept_cover", request, person=person.name)
    return request


@transaction.atomic
def withdraw_cover(*, actor: User, request_id: int) -> CoverRequest:
    """Nobody needs to cover it any more. Raises CannotChange, CoverRequest.DoesNotExist."""
    request = _locked(request_id)
    is_own = request.requested_by_id == actor.pk or request.shift.person.pagerduty_id == actor.person_key
    if not is_own and not actor.has_role(Role.MANAGER):
        raise CannotChange("not_yours")
    now = database_now()
    _raise_unless_open(request, now)
    request.state, request.finished_at = CoverState.WITHDRAWN, now
    request.save(update_fields=["state", "finished_at"])
    _record(actor, "withdraw_cover", request)
    return request


@transaction.atomic
def expire_covers() -> int:
    """Closes what nobody took until its time came, and what the schedule has overtaken; tells whose shift it is.

    What was asked for in the middle of its own time may be taken until that ends. Returns how many.
    """
    over = Q(start_at__lte=Now(), requested_at__lt=F("start_at")) | Q(end_at__lte=Now())
    overtaken = Q(shift__withdrawn_at__isnull=False)
    requests = CoverRequest.objects.filter(over | overtaken, state=CoverState.OPEN).order_by("pk")
    closed = 0
    for request in requests.select_for_update(of=("self",), skip_locked=True).select_related(
        "shift__person", "shift__schedule"
    ):
        request.state, request.finished_at = CoverState.EXPIRED, database_now()
        request.save(update_fields=["state", "finished_at"])
        tell_person(
            person=request.shift.person,
            kind=NoticeKind.COVER_EXPIRED,
            key=f"cover:{request.pk}",
            shift=request.shift,
            schedule=request.shift.schedule.name,
            start=request.start_at.isoformat(),
            end=request.end_at.isoformat(),
        )
        closed += 1
    return closed


def open_again(override: Override) -> None:
    """What an override was to cover is asked for again, since PagerDuty refused it; call it inside that transaction."""
    CoverRequest.objects.filter(override=override, state=CoverState.TAKEN).update(
        state=CoverState.OPEN, taken_by=None, override=None, finished_at=None
    )


def _locked(request_id: int) -> CoverRequest:
    # Alone: what is joined would be as it was before the wait for the lock.
    return CoverRequest.objects.select_for_update().get(pk=request_id)


def _raise_unless_open(request: CoverRequest, now: datetime) -> None:
    match CoverState(request.state):
        case CoverState.TAKEN:
            raise CannotChange("taken", name=request.taken_by.name if request.taken_by else "?")
        case CoverState.WITHDRAWN:
            raise CannotChange("withdrawn")
        case CoverState.EXPIRED:
            raise CannotChange("expired")
        case CoverState.OPEN:
            pass
    if request.end_at <= now or request.requested_at < request.start_at <= now:
        raise CannotChange("expired")
    if request.shift.withdrawn_at is not None:
        raise CannotChange("shift_gone")


def _asked(shift: Shift, asked_id: int | None) -> Person | None:
    if asked_id is None:
        return None
    person = Person.objects.filter(pk=asked_id).first()
    if person is None:
        raise CannotChange("unknown_person")
    if person.pk == shift.person_id:
        raise CannotChange("own_shift")
    return person


def _within(shift: Shift, start_at: datetime, end_at: datetime, now: datetime) -> tuple[datetime, datetime]:
    """The stretch as it is stored: what differs from the shift's own ends by less than a form's minute is those ends."""
    if shift.withdrawn_at is not None:
        raise CannotChange("shift_gone")
    if shift.end_at <= now:
        raise CannotChange("shift_over")
    if end_at <= start_at:
        raise CannotChange("ends_before")
    first = max(shift.start_at, now)
    if abs(start_at - shift.start_at) < JUST_NOW or now - JUST_NOW < start_at < now:
        start_at = first
    if abs(end_at - shift.end_at) < JUST_NOW:
        end_at = shift.end_at
    if start_at < now:
        raise CannotChange("in_past")
    if start_at < shift.start_at or end_at > shift.end_at:
        zone = timezone.get_current_timezone()
        begins, ends = instant_in_both(shift.start_at, zone), instant_in_both(shift.end_at, zone)
        raise CannotChange("outside_shift", **{"from": begins, "to": ends})
    return start_at, end_at


def _everybody_but(person: Person) -> list[Person]:
    """The people who may be on call here: everybody who may act."""
    roles = [role for role in Role if role.includes(Role.RESPONDER)]
    users: QuerySet[User] = User.objects.filter(is_active=True, role__in=roles).order_by("pk")
    return [each for each in map(person_of, users) if each.pk != person.pk]


def _record(actor: User, verb: str, request: CoverRequest, **data: object) -> None:
    record_act(actor=actor, verb=verb, target=f"cover:{request.pk}", data={"shift": request.shift_id, **data})
