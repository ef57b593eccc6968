"""The changes that a person reads before a shift: those since their last one."""

from datetime import datetime

from django.db.models import DateTimeField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, Least

from cluster.models import Change
from shifts.models import Preflight, Shift
from shifts.preflight.rules import CHANGES_SINCE


def with_window(preflights: QuerySet[Preflight], now: datetime) -> QuerySet[Preflight]:
    """Annotates `changes_from` and `changes_until`: from the end of the person's last shift, until now or the shift's beginning.

    One that goes on beyond this one's beginning is not their last: nobody read anything at an end that is still to come.
    """
    earlier = Shift.objects.filter(
        person=OuterRef("person"), end_at__lte=OuterRef("shift__start_at"), withdrawn_at=None
    )
    farthest = F("shift__start_at") - CHANGES_SINCE
    return preflights.annotate(
        changes_from=Greatest(Coalesce(Subquery(earlier.order_by("-end_at").values("end_at")[:1]), farthest), farthest),
        changes_until=Least(Value(now, output_field=DateTimeField()), F("shift__start_at")),
    )


def changes_of_outer() -> QuerySet[Change]:
    """The changes in the window of the outer query's preflight."""
    return Change.objects.filter(
        occurred_at__gte=OuterRef("changes_from"), occurred_at__lte=OuterRef("changes_until"), cancelled_at=None
    )


def changes_of(preflight: Preflight, now: datetime) -> QuerySet[Change]:
    """The changes that a preflight asks to read, newest first. One query more than they themselves."""
    window = with_window(Preflight.objects.filter(pk=preflight.pk), now).values_list(
        F("changes_from"), F("changes_until")
    )
    since, until = window.get()
    return Change.objects.filter(occurred_at__gte=since, occurred_at__lte=until, cancelled_at=None)
