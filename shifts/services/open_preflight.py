"""Opening the preflights of shifts that begin soon."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from accounts.work import CLUSTER_QUEUE, enqueue_on_commit
from shifts.enums import CheckSide
from shifts.models import Preflight, Shift
from shifts.preflight.rules import OPENED_BEFORE, RUN_EVERY

RUN_TASK = "shifts.run_preflight"


def shifts_to_open(now: datetime) -> list[int]:
    """Shifts that begin within a day and whose person has no preflight of them yet.

    One that is under way is left alone: nobody could have prepared for what was not asked.
    """
    own = Preflight.objects.filter(shift=OuterRef("pk"), person=OuterRef("person"))
    soon = Shift.objects.filter(withdrawn_at=None, start_at__gt=now, start_at__lte=now + OPENED_BEFORE)
    return list(soon.exclude(Exists(own)).order_by("start_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def open_preflight(*, shift_id: int) -> Preflight:
    """The preflight of whoever has the shift; opened, and the server's checks asked for, where there is none yet.

    Raises Shift.DoesNotExist.
    """
    shift = Shift.objects.select_related("person").get(pk=shift_id)
    preflight, is_new = Preflight.objects.get_or_create(shift=shift, person=shift.person)
    if is_new:
        enqueue_on_commit(RUN_TASK, preflight.pk, queue=CLUSTER_QUEUE)
    return preflight


def preflights_to_run(now: datetime) -> list[int]:
    """Preflights of shifts to come at which the server has not looked for a while, or ever."""
    looked = Max("checks__checked_at", filter=Q(checks__side=CheckSide.SERVER))
    due = Q(looked_at=None) | Q(looked_at__lte=now - RUN_EVERY)
    return list(_to_come(now).annotate(looked_at=looked).filter(due).values_list("pk", flat=True))


def _to_come(now: datetime) -> QuerySet[Preflight]:
    return Preflight.objects.filter(shift__withdrawn_at=None, shift__start_at__gt=now, person=F("shift__person"))
