"""One person's shifts, and what is asked of them."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.roles import Role
from shifts.enums import CoverState, OverrideState
from shifts.models import CoverRequest, Notice, Override, Shift


def shifts_of(person_key: str, *, since: datetime) -> QuerySet[Shift]:
    """A person's shifts that end after `since`, the next first."""
    shifts = Shift.objects.filter(person__pagerduty_id=person_key, withdrawn_at=None, end_at__gt=since)
    return shifts.select_related("schedule", "person").order_by("start_at", "pk")


def open_covers(now: datetime) -> QuerySet[CoverRequest]:
    """Requests that somebody may still accept, the most urgent first."""
    is_over = Q(end_at__lte=now) | Q(start_at__lte=now, requested_at__lt=F("start_at"))
    requests = CoverRequest.objects.filter(state=CoverState.OPEN).exclude(is_over)
    return requests.select_related("shift__schedule", "shift__person", "asked").order_by("start_at", "pk")


def covers_for(user: User, now: datetime) -> list[CoverRequest]:
    """What is asked of this user: of them alone, or of everybody who may act."""
    if not user.has_role(Role.RESPONDER):
        return []
    mine = Q(asked=None) | Q(asked__pagerduty_id=user.person_key)
    return list(open_covers(now).filter(mine).exclude(shift__person__pagerduty_id=user.person_key))


def covers_of(user: User, now: datetime) -> list[CoverRequest]:
    """What this user asks of others, or others ask for them."""
    mine = Q(requested_by=user) | Q(shift__person__pagerduty_id=user.person_key)
    return list(open_covers(now).filter(mine))


def covers_of_shift(shift: Shift) -> QuerySet[CoverRequest]:
    """Every request for cover of a shift, the newest first."""
    return shift.cover_requests.select_related("asked", "taken_by", "requested_by", "override").order_by("-pk")


def overrides_near(shift: Shift) -> list[Override]:
    """Every override that ever touched the time of a shift, or cut it, the newest first."""
    within = Q(start_at__lt=shift.end_at, end_at__gt=shift.start_at)
    cutting = Q(start_at=shift.end_at) | Q(end_at=shift.start_at)
    overrides = Override.objects.filter(within | cutting & Q(instead_of=shift.person_id), schedule=shift.schedule_id)
    return list(overrides.select_related("person", "instead_of", "requested_by").order_by("-pk"))


def covered_for(user: User, overrides: list[Override]) -> set[int]:
    """Those of the overrides by which somebody covers a shift of this user's, as they asked: they may have it back."""
    asked = CoverRequest.objects.filter(override__in=overrides, shift__person__pagerduty_id=user.person_key)
    return set(asked.values_list("override_id", flat=True))


def made_in_pagerduty() -> QuerySet[Shift]:
    """Shifts in which somebody stands in by an override that nobody made here: of that one only its shift is known."""
    made_here = Override.objects.exclude(state=OverrideState.REFUSED).filter(
        schedule=OuterRef("schedule"),
        person=OuterRef("person"),
        start_at__lt=OuterRef("end_at"),
        end_at__gt=OuterRef("start_at"),
    )
    there = Shift.objects.filter(is_override=True, schedule__pagerduty_id__isnull=False)
    return there.exclude(Exists(made_here))


def notices_of(person_key: str) -> QuerySet[Notice]:
    """What a person was told, the newest first."""
    return Notice.objects.filter(person__pagerduty_id=person_key).select_related("shift").order_by("-pk")
