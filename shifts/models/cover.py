"""Standing in for somebody: overrides, and requests for cover."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Person
from shifts.enums import LIVE_OVERRIDES, CoverState, OverrideState
from shifts.models.schedule import Schedule
from shifts.models.shift import Shift


class Override(models.Model):
    """Somebody else for `[start_at, end_at)` of a schedule; a row first, then PagerDuty is told where it lives there.

    `pagerduty_id` is known once PagerDuty took it. One that was made in PagerDuty itself has no row, its shift alone shows it.
    """

    idempotency_key = models.CharField(max_length=128, unique=True)
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="overrides")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="overrides")
    instead_of = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True, default="")
    state = models.CharField(max_length=10, choices=OverrideState, default=OverrideState.WAITING)
    pagerduty_id = models.CharField(max_length=64, blank=True, default="")
    from_email = models.EmailField(max_length=255, blank=True, default="")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    last_error = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["start_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(start_at__lt=F("end_at")), name="override_ends_after_it_begins"),
            models.UniqueConstraint(
                fields=["schedule", "pagerduty_id"], condition=~Q(pagerduty_id=""), name="override_of_pagerduty_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                name="override_on_its_way",
                condition=Q(state__in=(OverrideState.WAITING, OverrideState.CANCELLING)),
            ),
            models.Index(
                fields=["schedule", "start_at"], name="override_of_a_schedule", condition=Q(state__in=LIVE_OVERRIDES)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.schedule_id} from {self.start_at}: {self.state}"


class CoverRequest(models.Model):
    """Somebody asks for cover of a shift or a part of it, `[start_at, end_at)`. The first to accept has it.

    `asked` is whom alone it asks, null for everybody. `override` is what came of it.
    """

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="cover_requests")
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True, default="")
    asked = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=CoverState, default=CoverState.OPEN)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(db_default=Now())
    taken_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)
    override = models.OneToOneField(Override, on_delete=models.PROTECT, null=True, related_name="cover_request")

    class Meta:
        ordering: ClassVar = ["start_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(start_at__lt=F("end_at")), name="cover_ends_after_it_begins"),
            # A double click asks once.
            models.UniqueConstraint(
                fields=["shift", "start_at", "end_at"], condition=Q(state=CoverState.OPEN), name="cover_asked_once"
            ),
        ]

    def __str__(self) -> str:
        return f"cover of {self.shift_id} from {self.start_at}: {self.state}"
