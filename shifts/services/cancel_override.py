"""Calling off that somebody stands in; what it was to cover is asked for again."""

from django.db import transaction

from accounts.database_time import database_now
from accounts.models import User
from accounts.roles import Role
from accounts.services.record_act import record_act
from shifts.enums import OverrideState
from shifts.models import CoverRequest, Override, Schedule
from shifts.refusals import CannotChange
from shifts.services.render_schedule import render_schedule
from shifts.services.request_cover import give_back
from shifts.services.request_override import call_off, locked


@transaction.atomic
def cancel_override(*, actor: User, override_id: int) -> Override:
    """Calls an override off, or ends one that is under way now. Raises CannotChange, Override.DoesNotExist."""
    schedule_id = Override.objects.values_list("schedule_id", flat=True).get(pk=override_id)
    schedule = Schedule.objects.select_for_update().get(pk=schedule_id)
    override = locked(Override.objects.filter(pk=override_id)).get()
    is_own = actor.person_key == override.person.pagerduty_id or override.requested_by_id == actor.pk
    cover = CoverRequest.objects.filter(override=override).select_related("shift__person").first()
    # Who asked for cover may have their turn back.
    is_own = is_own or (cover is not None and cover.shift.person.pagerduty_id == actor.person_key)
    if not is_own and not actor.has_role(Role.MANAGER):
        raise CannotChange("not_yours")
    if override.state not in (OverrideState.WAITING, OverrideState.STANDING):
        raise CannotChange("cancelled_already")
    now = database_now()
    if override.end_at <= now:
        raise CannotChange("override_over")
    call_off(override, now)
    if schedule.is_kept_here:
        render_schedule(schedule_id=schedule.pk)
    give_back(override, by=actor)
    record_act(actor=actor, verb="cancel_override", target=f"override:{override.pk}")
    return override
