"""How much compensatory leave somebody has."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from accounts.models import Person
from compensation.enums import LeaveState, LineKind, Unit
from compensation.models import LeaveRequest, LedgerLine


@dataclass(frozen=True)
class Balance:
    """Hours: `earned` in published months, `taken` by approved applications, `waiting` in those that nobody has decided."""

    earned: Decimal
    taken: Decimal
    waiting: Decimal

    @property
    def left(self) -> Decimal:
        """What may still be applied for."""
        return self.earned - self.taken - self.waiting


def balance_of(person: Person) -> Balance:
    """Two queries. A line of leave taken is an application once more, so that it does not count; its correction does.

    What a correction takes back counts before its month is published: it cannot be spent meanwhile.
    """
    counts = Q(month__published_at__isnull=False) | Q(kind=LineKind.CORRECTION, amount__lt=0)
    lines = LedgerLine.objects.filter(counts, person=person, unit=Unit.HOURS)
    earned = lines.exclude(kind=LineKind.LEAVE_TAKEN).aggregate(sum=Sum("amount"))["sum"] or Decimal()
    asked = LeaveRequest.objects.filter(person=person, state__in=(LeaveState.WAITING, LeaveState.APPROVED))
    by_state = dict(asked.order_by().values_list("state").annotate(Sum("hours")))
    return Balance(earned, by_state.get(LeaveState.APPROVED, Decimal()), by_state.get(LeaveState.WAITING, Decimal()))
