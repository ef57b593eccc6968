"""Publishing a month: from then on nothing of it changes, and everybody reads what they get."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum
from django.urls import reverse

from accounts.database_time import database_now
from accounts.models import Person, User
from accounts.services.record_act import record_act
from compensation.enums import Unit
from compensation.models import PayMonth
from compensation.money import plain
from compensation.refusals import CannotPay
from compensation.services.draft_month import is_outdated, worked_out
from compensation.services.locking import lock_ledger
from compensation.services.months import drafted, terms_or_refuse
from shifts.enums import NoticeKind
from shifts.services.tell_person import News, tell_people

#: So many names a refusal has; the page has them all.
NAMED = 5


@transaction.atomic
def publish_month(*, actor: User, first: date, expected_version: int) -> PayMonth:
    """Locks a month that is over, approved for everybody by somebody else, and still what its shifts, P0s and rules come to.

    Publishing twice is publishing once. Raises CannotPay (not_drafted, changed_meanwhile, not_over, unapproved, outdated,
    no_rule).
    """
    lock_ledger()
    known = PayMonth.objects.filter(first=first, published_at__isnull=False).first()
    if known is not None:
        return known
    month, now = drafted(first), database_now()
    if month.version != expected_version:
        raise CannotPay("changed_meanwhile")
    reckoning = worked_out(first, terms_or_refuse(now, first=first), now)
    if reckoning.end > now:
        raise CannotPay("not_over")
    if month.drafted_at is None or is_outdated(month, reckoning):
        raise CannotPay("outdated")
    left = list(
        month.statements.filter(approved_at=None).order_by("person__name").values_list("person__name", flat=True)
    )
    if left:
        raise CannotPay("unapproved", names=", ".join([*left[:NAMED], *(["…"] if len(left) > NAMED else [])]))
    month.published_at, month.published_by = now, actor
    month.save(update_fields=["published_at", "published_by"])
    _tell(month)
    record_act(actor=actor, verb="publish_pay", target=f"pay:{month}", data={"version": month.version})
    return month


def _tell(month: PayMonth) -> None:
    sums = month.lines.order_by().values("person").annotate(
        money=Sum("amount", filter=Q(unit=Unit.MONEY), default=Decimal()),
        hours=Sum("amount", filter=Q(unit=Unit.HOURS), default=Decimal()),
    )  # fmt: skip
    people = Person.objects.in_bulk([each["person"] for each in sums])
    news = [
        News(
            people[each["person"]],
            f"pay:{month}",
            {
                "month": str(month),
                "money": f"{plain(each['money'])} {month.currency}",
                "hours": plain(each["hours"]),
                "path": reverse("compensation:own"),
            },
        )
        for each in sums
    ]
    tell_people(kind=NoticeKind.PAY_PUBLISHED, news=news)
