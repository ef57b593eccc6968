"""Asking somebody to cover a shift or a part of it. The first to accept has it, and the override that it becomes."""

from datetime import datetime

from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.database_time import database_now
from accounts.models import Person, User
from accounts.roles import Role
from accounts.services.note_people import person_of
from accounts.services.record_act import record_act
from integrations.text import clean_text
from shifts.enums import CoverState, NoticeKind, OverrideState
from shifts.models import CoverRequest, Override, Schedule, Shift
from shifts.refusals import CannotChange
from shifts.services.limit_covers import raise_if_asked_often
from shifts.services.request_override import JUST_NOW, LONGEST_REASON, Turn, newest_override, put_on_call
from shifts.services.tell_person import News, tell_people, tell_person
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
    _raise_if_on_its_way(shift, start_at, end_at)
    if known is not None:
        if known.end_at == end_at and known.asked_id == (asked.pk if asked else None):
            return known, False
        raise CannotChange("asked_already")
    raise_if_asked_often(shift, now)
    request = CoverRequest.objects.create(
        shift=shift,
        start_at=start_at,
        end_at=end_at,
        reason=clean_text(reason, limit=LONGEST_REASON),
        asked=asked,
        requested_by=actor,
        requested_at=now,
    )
    _ask(request, f"cover:{request.pk}")
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
    if not CoverRequest.objects.filter(_still_theirs(), pk=request.pk).exists():
        raise CannotChange("shift_moved")
    turn = Turn(person, max(request.start_at, now), request.end_at, request.reason, request.shift.person)
    override, _is_new = put_on_call(
        actor=actor,
        key=f"cover:{request.pk}:{now.timestamp()}",
        schedule=schedule,
        turn=turn,
        above=newest_override(schedule, turn, whose=request.shift.person),
        cover=request,
    )
    request.state, request.taken_by, request.finished_at = CoverState.TAKEN, person, now
    request.save(update_fields=["state", "taken_by", "finished_at"])
    _tell_owner(request, NoticeKind.COVER_TAKEN, f"cover:{request.pk}:{override.pk}", who=person.name)
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
    """Closes what nobody took until its time came, and tells whose shift it is; and what the schedule has overtaken.

    What was asked for in the middle of its own time may be taken until that ends. Returns how many.
    """
    over = Q(start_at__lte=Now(), requested_at__lt=F("start_at")) | Q(end_at__lte=Now())
    requests = CoverRequest.objects.annotate(is_theirs=ExpressionWrapper(_still_theirs(), BooleanField())).filter(
        over | Q(is_theirs=False)
    )
    waiting = requests.filter(state=CoverState.OPEN).order_by("pk").select_for_update(of=("self",), skip_locked=True)
    closed = 0
    for request in waiting.select_related("shift__person", "shift__schedule"):
        # Of what is not theirs any more they were told when it moved.
        request.state = CoverState.EXPIRED if request.is_theirs else CoverState.WITHDRAWN
        request.finished_at = database_now()
        request.save(update_fields=["state", "finished_at"])
        if request.is_theirs:
            _tell_owner(request, NoticeKind.COVER_EXPIRED, f"cover:{request.pk}")
        closed += 1
    return closed


def give_back(override: Override, *, by: User | None = None) -> None:
    """Asks again for what an override was to cover, since PagerDuty refused it or somebody called it off (`by`).

    Whose shift it is needs no cover where they called it off themselves. Call it inside that transaction.
    """
    request = CoverRequest.objects.select_for_update().filter(override=override, state=CoverState.TAKEN).first()
    now = database_now()
    if request is None or request.end_at <= now:
        return
    is_owner = by is not None and request.shift.person.pagerduty_id == by.person_key
    again = CoverRequest.objects.filter(
        shift__schedule=request.shift.schedule,
        shift__person=request.shift.person,
        state=CoverState.OPEN,
        start_at__lt=request.end_at,
        end_at__gt=request.start_at,
    )
    request.override = request.taken_by = None
    if is_owner or again.exists() or request.requested_at < request.start_at <= now:
        request.state, request.finished_at = CoverState.WITHDRAWN, now
    else:
        request.state, request.finished_at = CoverState.OPEN, None
    request.save(update_fields=["state", "taken_by", "override", "finished_at"])
    if by is not None and not is_owner:
        _tell_owner(request, NoticeKind.COVER_DROPPED, f"cover:{request.pk}:{override.pk}", who=by.display_name)
    if request.state == CoverState.OPEN:
        _ask(request, f"cover:{request.pk}:{override.pk}")


def _still_theirs() -> Q:
    """Whether the time of a request is within a shift of the person for whom it was asked, or will be.

    What was called off in PagerDuty is theirs again at the next look.
    """
    shifts = Shift.objects.filter(
        schedule=OuterRef("shift__schedule"),
        person=OuterRef("shift__person"),
        withdrawn_at=None,
        start_at__lte=OuterRef("start_at") + JUST_NOW,
        end_at__gte=OuterRef("end_at") - JUST_NOW,
    )
    called_off = Override.objects.filter(
        Q(state=OverrideState.CANCELLING)
        | Q(state=OverrideState.CANCELLED, finished_at__gte=OuterRef("shift__schedule__mirrored_at")),
        schedule=OuterRef("shift__schedule"),
        start_at__lt=OuterRef("end_at"),
        end_at__gt=OuterRef("start_at"),
    )
    return Q(Exists(shifts)) | Q(Exists(called_off))


def _raise_if_on_its_way(shift: Shift, start_at: datetime, end_at: datetime) -> None:
    """Somebody covers it already, and PagerDuty does not have that yet."""
    taken = CoverRequest.objects.filter(
        shift=shift,
        state=CoverState.TAKEN,
        start_at__lt=end_at,
        end_at__gt=start_at,
        override__state=OverrideState.WAITING,
    )
    request = taken.select_related("taken_by").first()
    if request is not None and request.taken_by is not None:
        raise CannotChange("taken", name=request.taken_by.name)


def _ask(request: CoverRequest, key: str) -> None:
    shift = request.shift
    data = {
        "who": shift.person.name,
        "schedule": shift.schedule.name,
        "start": request.start_at.isoformat(),
        "end": request.end_at.isoformat(),
        "reason": request.reason,
    }
    people = [request.asked] if request.asked else _everybody_but(shift.person)
    tell_people(kind=NoticeKind.COVER_ASKED, news=[News(person, key, data, shift) for person in people])


def _tell_owner(request: CoverRequest, kind: NoticeKind, key: str, **data: str) -> None:
    tell_person(
        person=request.shift.person,
        kind=kind,
        key=key,
        shift=request.shift,
        schedule=request.shift.schedule.name,
        start=request.start_at.isoformat(),
        end=request.end_at.isoformat(),
        **data,
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
