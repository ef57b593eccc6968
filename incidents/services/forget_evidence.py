"""Forgetting evidence that is old: logs and pictures are large, and tell of people. What it found stays on the timeline."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.database_time import database_now
from accounts.services.record_act import record_act
from incidents.enums import OPEN_STATUSES, CaptureState, EntryKind, EntrySource
from incidents.models import Capture, EvidencePart, Incident, TimelineEntry
from incidents.services.announce import bump_version

#: Incidents at once; each is a transaction of its own.
MOST_AT_ONCE = 200


def forget_evidence(*, kept_for: timedelta) -> int:
    """Deletes what was captured longer ago than that, never of an open incident. Returns of how many incidents.

    Where that is MOST_AT_ONCE there may be more.
    """
    before = database_now() - kept_for
    old = _old_captures(before).exclude(incident__status__in=OPEN_STATUSES, incident__deleted_at__isnull=True)
    numbers = old.order_by("incident").values_list("incident", flat=True).distinct()[:MOST_AT_ONCE]
    return sum(_forget(number, before, kept_for) for number in list(numbers))


def _old_captures(before: datetime) -> QuerySet[Capture]:
    return Capture.objects.filter(forgotten_at__isnull=True, state=CaptureState.DONE, finished_at__lt=before)


@transaction.atomic
def _forget(number: int, before: datetime, kept_for: timedelta) -> bool:
    incident = Incident.objects.select_for_update().get(pk=number)
    captures = dict(_old_captures(before).filter(incident=incident).values_list("pk", "number"))
    if incident.is_open or not captures:
        # It was reopened meanwhile, or somebody else is at it.
        return False
    now = database_now()
    EvidencePart.objects.filter(capture__in=captures).delete()
    Capture.objects.filter(pk__in=captures).update(forgotten_at=now)
    told = {"days": kept_for.days, "captures": sorted(captures.values())}
    TimelineEntry.objects.create(
        incident=incident,
        kind=EntryKind.EVIDENCE_FORGOTTEN,
        occurred_at=now,
        source=EntrySource.PORTAL,
        source_id=f"evidence_forgotten:{max(captures)}",
        data=told,
    )
    record_act(actor=None, verb="forget_evidence", target=f"incident:{incident.pk}", data=told)
    bump_version(incident)
    return True
