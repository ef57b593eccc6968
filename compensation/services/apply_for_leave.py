"""Applying for compensatory leave, and taking an application back."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from accounts.database_time import database_now
from accounts.models import Person, User
from accounts.services.note_people import managing_people
from accounts.services.record_act import record_act
from compensation.enums import LeaveState
from compensation.leave_balance import balance_of
from compensation.models import LeaveRequest
from compensation.money import HOUR_DIGITS, has_digits, plain
from compensation.refusals import CannotPay
from compensation.services.months import is_own
from integrations.text import clean_text, once_key
from shifts.enums import NoticeKind
from shifts.services.store_schedule import FIRST_DAY, LAST_DAY
from shifts.services.tell_person import News, tell_people

LONGEST_NOTE = 500
LEAST, MOST = Decimal("0.25"), Decimal(1000)


@transaction.atomic
def apply_for_leave(*, actor: User, first_on: date, hours: Decimal, note: str, key: str) -> tuple[LeaveRequest, bool]:
    """Asks for leave out of what is left of the actor's balance; the same again under the same `key` gives the same row, and False.

    The person's row is locked, so that two applications at once cannot both have the last hours. Raises CannotPay (no_person,
    bad_leave, bad_day, over_balance).
    """
    person = Person.objects.select_for_update(no_key=True).filter(pagerduty_id=actor.person_key).first()
    if person is None:
        raise CannotPay("no_person")
    own_key = f"{actor.pk}:{once_key(key, first_on, hours, note)}"
    known = LeaveRequest.objects.filter(key=own_key).first()
    if known is not None:
        return known, False
    if not hours.is_finite() or not LEAST <= hours <= MOST or not has_digits(hours, HOUR_DIGITS):
        raise CannotPay("bad_leave")
    if not FIRST_DAY <= first_on <= LAST_DAY:
        raise CannotPay("bad_day")
    left = balance_of(person).left
    if hours > left:
        raise CannotPay("over_balance", balance=plain(max(left, Decimal())))
    request = LeaveRequest.objects.create(
        key=own_key, person=person, first_on=first_on, hours=hours, note=clean_text(note, limit=LONGEST_NOTE)
    )
    data = {"who": person.name, "hours": plain(hours), "day": first_on.isoformat(), "path": request.get_absolute_url()}
    managers = [each for each in managing_people() if each.pk != person.pk]
    tell_people(kind=NoticeKind.LEAVE_ASKED, news=[News(each, f"leave:{request.pk}", data) for each in managers])
    record_act(actor=actor, verb="apply_for_leave", target=f"leave:{request.pk}", data={"hours": str(hours)})
    return request, True


@transaction.atomic
def withdraw_leave(*, actor: User, request_id: int) -> LeaveRequest:
    """Takes an application back that nobody has decided. Raises CannotPay (not_yours, not_waiting), LeaveRequest.DoesNotExist."""
    request = waiting(request_id, actor, is_theirs=True)
    request.state, request.decided_by, request.decided_at = LeaveState.WITHDRAWN, actor, database_now()
    request.save(update_fields=["state", "decided_by", "decided_at"])
    record_act(actor=actor, verb="withdraw_leave", target=f"leave:{request.pk}")
    return request


def waiting(request_id: int, actor: User, *, is_theirs: bool) -> LeaveRequest:
    """An application that nobody has decided, locked; the actor's own, or somebody else's.

    Raises CannotPay (not_yours, own_leave, not_waiting), LeaveRequest.DoesNotExist.
    """
    request = LeaveRequest.objects.select_for_update(of=("self",)).select_related("person").get(pk=request_id)
    if is_own(request.person, actor) is not is_theirs:
        raise CannotPay("not_yours" if is_theirs else "own_leave")
    if request.state != LeaveState.WAITING:
        raise CannotPay("not_waiting")
    return request
