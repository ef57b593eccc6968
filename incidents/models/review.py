"""What is learned from an incident once it is over: its review, and what is to be done."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Person
from incidents.models.incident import Incident


class Review(models.Model):
    """The review of one incident. Finished once somebody says so, and stays so while its words are corrected.

    `contributing_factors` and `went_well` are lists, an item a line. `version` rises with every change of its words.
    """

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="review")
    root_cause = models.TextField(blank=True, default="")
    contributing_factors = models.TextField(blank=True, default="")
    went_well = models.TextField(blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(db_default=Now())
    finished_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(finished_at=None, finished_by=None)
                | Q(finished_at__isnull=False, finished_by__isnull=False),
                name="review_finished_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.incident_id}"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


class FollowUp(models.Model):
    """Something to be done after an incident, by whom and until when. `key` is that of the form that made it."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="follow_ups")
    key = models.CharField(max_length=40)
    text = models.CharField(max_length=500)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["due_on", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["review", "key"], name="follow_up_once")]

    def __str__(self) -> str:
        return self.text
