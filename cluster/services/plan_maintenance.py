"""Maintenance that somebody enters, so that an incident during it finds its reason."""

from datetime import datetime

from django.db import transaction

from accounts import live_channel
from accounts.database_time import database_now
from accounts.models import User
from accounts.services.record_act import record_act
from cluster.enums import ChangeKind
from cluster.models import Change


@transaction.atomic
def plan_maintenance(
    *, actor: User, key: str, title: str, service: str, starts_at: datetime, ends_at: datetime
) -> tuple[Change, bool]:
    """Enters maintenance for `[starts_at, ends_at)`; `service` is a service's name, "" for all. The same `key` again gives
    the same row. Returns it, and whether it is new."""
    change, is_new = Change.objects.get_or_create(
        kind=ChangeKind.MAINTENANCE,
        source_id=f"{actor.pk}:{key}",
        defaults={
            "title": title,
            "service": service,
            "occurred_at": starts_at,
            "ends_at": ends_at,
            "actor_name": actor.display_name,
            "created_by": actor,
        },
    )
    if is_new:
        _record(actor, "plan_maintenance", change, title=title, service=service)
    return change, is_new


@transaction.atomic
def cancel_maintenance(*, actor: User, change_id: int) -> bool:
    """Calls maintenance off, or ends it before its time. False where that has been done, or it is over.

    Raises Change.DoesNotExist.
    """
    change = Change.objects.select_for_update().get(pk=change_id, kind=ChangeKind.MAINTENANCE)
    now = database_now()
    if change.cancelled_at is not None or (change.ends_at is not None and change.ends_at <= now):
        return False
    if change.occurred_at < now:
        # It was under way until now, and an incident of that time may have come of it.
        change.ends_at = now
    else:
        change.cancelled_at = now
    change.save(update_fields=["ends_at", "cancelled_at"])
    _record(actor, "cancel_maintenance", change)
    return True


def _record(actor: User, verb: str, change: Change, **data: object) -> None:
    record_act(actor=actor, verb=verb, target=f"change:{change.pk}", data=data)
    transaction.on_commit(lambda: live_channel.publish({"cluster": 0}), robust=True)
