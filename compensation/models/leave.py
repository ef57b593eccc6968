"""Applications for compensatory leave (補休)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from accounts.models import Person
from compensation.enums import LeaveState


class LeaveRequest(models.Model):
    """Somebody wants `hours` off from the day `first_on` on. `word` is what whoever decided said. `key` is that of its form."""

    key = models.CharField(max_length=128, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="leave_requests")
    first_on = models.DateField()
    hours = models.DecimalField(max_digits=6, decimal_places=2)
    note = models.CharField(max_length=500, blank=True, default="")
    state = models.CharField(max_length=9, choices=LeaveState, default=LeaveState.WAITING)
    created_at = models.DateTimeField(db_default=Now())
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    word = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(hours__gt=0), name="leave_is_some_time"),
            models.CheckConstraint(
                condition=Q(state=LeaveState.WAITING, decided_at=None)
                | ~Q(state=LeaveState.WAITING) & Q(decided_at__isnull=False, decided_by__isnull=False),
                name="leave_decided_by_somebody",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["first_on"], name="leave_waiting", condition=Q(state=LeaveState.WAITING)),
        ]

    def __str__(self) -> str:
        return f"{self.hours} h of {self.person_id} from {self.first_on}"

    def get_absolute_url(self) -> str:
        return reverse("compensation:leave", args=[self.pk])
