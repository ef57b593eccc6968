"""A manager approves or declines leave. Approved, it is a line of the month that runs."""

from django.db import transaction

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.record_act import record_act
from compensation.enums import LeaveState, LineKind, Unit
from compensation.leave_balance import balance_of
from compensation.models import LeaveRequest
from compensation.money import plain
from compensation.refusals import CannotPay
from compensation.services.apply_for_leave import LONGEST_NOTE, waiting
from compensation.services.locking import lock_ledger
from compensation.services.months import add_line, running_month, terms_or_refuse
from integrations.text import clean_text
from shifts.enums import NoticeKind
from shifts.services.tell_person import tell_person


@transaction.atomic
def decide_leave(*, actor: User, request_id: int, is_approved: bool, word: str) -> LeaveRequest:
    """Decides; whoever applied is told. Declining needs a word.

    Raises CannotPay (own_leave, not_waiting, no_word, overdrawn, no_rule), LeaveRequest.DoesNotExist.
    """
    lock_ledger()
    request = waiting(request_id, actor, is_theirs=False)
    said, now = clean_text(word, limit=LONGEST_NOTE), database_now()
    if not is_approved and not said:
        raise CannotPay("no_word")
    left = balance_of(request.person).left
    if is_approved and left < 0:
        raise CannotPay("overdrawn", balance=plain(-left))
    request.state = LeaveState.APPROVED if is_approved else LeaveState.DECLINED
    request.decided_by, request.decided_at, request.word = actor, now, said
    request.save(update_fields=["state", "decided_by", "decided_at", "word"])
    if is_approved:
        add_line(
            month=running_month(now, terms_or_refuse(now)),
            person=request.person,
            kind=LineKind.LEAVE_TAKEN,
            unit=Unit.HOURS,
            amount=-request.hours,
            leave=request,
            created_by=actor,
        )
    tell_person(
        person=request.person,
        kind=NoticeKind.LEAVE_APPROVED if is_approved else NoticeKind.LEAVE_DECLINED,
        key=f"leave:{request.pk}",
        who=actor.display_name,
        hours=plain(request.hours),
        day=request.first_on.isoformat(),
        word=said,
        path=request.get_absolute_url(),
    )
    record_act(
        actor=actor,
        verb="approve_leave" if is_approved else "decline_leave",
        target=f"leave:{request.pk}",
        data={"word": said},
    )
    return request
