"""Telling both sides and the managers of a handoff that is not signed by both 15 minutes after the change of shift."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import Person
from accounts.services.note_people import managing_people, user_of
from shifts.enums import NoticeKind
from shifts.handoffs import who_comes_next
from shifts.models import Handoff, Notice, Shift
from shifts.services.tell_person import News, tell_people

PATIENCE = timedelta(minutes=15)
#: What ended longer ago was told of then, or ended before this portal was there.
LOOKS_BACK = timedelta(hours=24)


@transaction.atomic
def tell_unsigned(*, now: datetime) -> int:
    """Tells of every such shift, each person once. Returns how many notices were written.

    Where the same person goes on, or nobody comes, there is nobody to hand over to; whoever has no account cannot sign.
    """
    accepted = Handoff.objects.filter(shift=OuterRef("pk"), accepted_at__isnull=False)
    ended = Shift.objects.filter(withdrawn_at=None, end_at__lte=now - PATIENCE, end_at__gt=now - LOOKS_BACK)
    told = Notice.objects.filter(shift=OuterRef("pk"), kind=NoticeKind.HANDOFF_LATE)
    unsigned = list(ended.exclude(Exists(accepted)).exclude(Exists(told)).select_related("person", "schedule"))
    managers = managing_people() if unsigned else []
    news = []
    for shift in unsigned:
        incoming = _incoming(shift)
        if incoming is None or user_of(shift.person) is None:
            continue
        data = {
            "who": shift.person.name,
            "schedule": shift.schedule.name,
            "start": shift.start_at.isoformat(),
            "end": shift.end_at.isoformat(),
        }
        everybody = dict.fromkeys([shift.person, incoming, *managers])
        news += [News(person, f"handoff-of:{shift.pk}", data, shift) for person in everybody]
    tell_people(kind=NoticeKind.HANDOFF_LATE, news=news)
    return len(news)


def _incoming(shift: Shift) -> Person | None:
    """Whom it was handed to, or whose turn it is."""
    signed = shift.handoffs.filter(signed_at__isnull=False).select_related("incoming").order_by("-number").first()
    return (signed.incoming if signed else None) or who_comes_next(shift)
