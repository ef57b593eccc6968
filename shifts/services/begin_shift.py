"""A shift that begins: who is not ready is warned, may begin all the same with a reason, and how it began is kept."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.note_people import managing_people
from accounts.services.record_act import record_act
from shifts.enums import NoticeKind
from shifts.models import Preflight
from shifts.preflight.rules import WARNED_BEFORE
from shifts.readiness import Readiness, readiness_of
from shifts.services.preparing import CannotPrepare, bump, few_words, lock_preflight
from shifts.services.tell_person import tell_person

#: A shift that began longer ago, unnoticed, is left as it is.
JUDGED_WITHIN = timedelta(hours=24)


@transaction.atomic
def start_anyway(*, actor: User, preflight_id: int, reason: str) -> Preflight:
    """The person or a manager says why the shift may begin although not everything is ready. Raises CannotPrepare."""
    preflight = lock_preflight(preflight_id, actor=actor)
    said = few_words(reason, missing="no_reason")
    now = database_now()
    found = readiness_of([preflight.shift_id], now)[preflight.shift_id]
    if found.is_ready:
        raise CannotPrepare("is_ready")
    preflight.overridden_by, preflight.overridden_at, preflight.override_reason = actor, now, said
    preflight.overridden_for = preflight.shift.start_at
    preflight.save(update_fields=["overridden_by", "overridden_at", "overridden_for", "override_reason"])
    bump(preflight.pk)
    record_act(
        actor=actor,
        verb="start_anyway",
        target=f"shift:{preflight.shift_id}",
        data={"reason": said, "missing": [item.value for item in found.missing]},
    )
    return preflight


def warn_unready(*, now: datetime) -> int:
    """Tells people whose shift begins within two hours and who are not ready, and the managers. Returns how many shifts.

    Whoever said why the shift may begin like this knows; they are not told again. A shift that moved begins anew.
    """
    begins = F("shift__start_at")
    coming = _current().filter(shift__start_at__gt=now, shift__start_at__lte=now + WARNED_BEFORE)
    due = coming.exclude(warned_for=begins).exclude(overridden_for=begins)
    preflights = list(due)
    found = readiness_of([preflight.shift_id for preflight in preflights], now)
    unready = [preflight for preflight in preflights if not found[preflight.shift_id].is_ready]
    return sum(_warn(preflight.pk, found[preflight.shift_id]) for preflight in unready)


@transaction.atomic
def _warn(preflight_id: int, found: Readiness) -> bool:
    preflight = _current().select_for_update(of=("self",)).get(pk=preflight_id)
    shift = preflight.shift
    if shift.start_at in (preflight.warned_for, preflight.overridden_for):
        return False
    preflight.warned_for = shift.start_at
    preflight.save(update_fields=["warned_for"])
    key = f"preflight:{preflight.pk}:{shift.start_at.isoformat()}"
    data: dict[str, Any] = {
        "schedule": shift.schedule.name,
        "start": shift.start_at.isoformat(),
        "end": shift.end_at.isoformat(),
        "missing": [item.value for item in found.missing],
    }
    tell_person(person=preflight.person, kind=NoticeKind.UNREADY, key=key, shift=shift, **data)
    for manager in managing_people():
        if manager != preflight.person:
            tell_person(
                person=manager,
                kind=NoticeKind.UNREADY_OTHER,
                key=key,
                shift=shift,
                who=preflight.person.name,
                **data,
            )
    return True


def judge_beginnings(*, now: datetime) -> int:
    """Keeps, once, how each shift that has begun did: with everything ready or not. Returns how many began unready.

    Of one whose preflight was opened after its beginning (somebody took over on the spot) nothing is said.
    """
    due = _current().filter(judged_at=None, shift__start_at__lte=now, shift__start_at__gt=now - JUDGED_WITHIN)
    preflights = list(due)
    found = readiness_of([preflight.shift_id for preflight in preflights], now)
    return sum(_judge(preflight.pk, found[preflight.shift_id], now) for preflight in preflights)


@transaction.atomic
def _judge(preflight_id: int, found: Readiness, now: datetime) -> bool:
    preflight = _current().select_for_update(of=("self",)).get(pk=preflight_id)
    if preflight.judged_at is not None:
        return False
    preflight.judged_at = now
    is_unready = not found.is_ready and preflight.opened_at < preflight.shift.start_at
    if is_unready:
        preflight.started_unready_at = preflight.shift.start_at
        preflight.missing = [item.value for item in found.missing]
    preflight.save(update_fields=["judged_at", "started_unready_at", "missing"])
    bump(preflight.pk)
    return is_unready


def _current() -> QuerySet[Preflight]:
    """Preflights of shifts that stand and are still the person's."""
    standing = Preflight.objects.filter(shift__withdrawn_at=None, person=F("shift__person"))
    return standing.select_related("shift__schedule", "person").order_by("pk")
