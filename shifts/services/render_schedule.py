"""The shifts of a schedule that is kept here, 90 days ahead, worked out from its layers and overrides."""

from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.database_time import database_now
from shifts.enums import OverrideState, ScheduleSource
from shifts.models import Schedule
from shifts.rotation import StandIn, turns_of
from shifts.services.store_shifts import AHEAD, Window, store_shifts


@transaction.atomic
def render_schedule(*, schedule_id: int) -> int:
    """Makes the schedule's shifts what its layers and overrides say. Returns how many changed; what is over stays.

    Raises Schedule.DoesNotExist.
    """
    schedule = Schedule.objects.select_for_update().get(pk=schedule_id, source=ScheduleSource.PORTAL)
    now = database_now()
    # Up to the last rendering all is settled.
    window = Window(min(schedule.mirrored_at or now, now), now + AHEAD)
    rotations = [] if schedule.gone_at else [layer.rotation for layer in schedule.layers.prefetch_related("places")]
    standing = schedule.overrides.filter(state=OverrideState.STANDING, end_at__gt=window.since).order_by("pk")
    stand_ins = [] if schedule.gone_at else [StandIn(each.person_id, each.start_at, each.end_at) for each in standing]
    turns = turns_of(rotations, stand_ins, ZoneInfo(schedule.time_zone), window.since, window.until)
    changed = store_shifts(schedule=schedule, turns=turns, window=window, now=now)
    schedule.mirrored_at, schedule.mirrored_until = now, window.until
    schedule.save(update_fields=["mirrored_at", "mirrored_until"])
    return changed


def kept_schedules() -> list[int]:
    """The schedules that are kept here and go on."""
    kept = Schedule.objects.filter(source=ScheduleSource.PORTAL, gone_at=None)
    return list(kept.order_by("pk").values_list("pk", flat=True))
