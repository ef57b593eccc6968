"""What is learned from an incident once it is over: its review, and what is to be done."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Person
from incidents.models.incident import Incident
from incidents.review.parts import ReviewPart


class Review(models.Model):
    """The review of one incident. Finished once somebody says so, and stays so while its words are corrected.

    `contributing_factors` and `went_well` are lists, an item a line. Each part has a version of its own, which rises with
    every change of its words: two people who write different parts are in nobody's way. `saved_from` has the open page that
    stored each last, which has seen it even where its answer was lost.
    """

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="review")
    root_cause = models.TextField(blank=True, default="")
    contributing_factors = models.TextField(blank=True, default="")
    went_well = models.TextField(blank=True, default="")
    root_cause_version = models.PositiveIntegerField(default=1)
    contributing_factors_version = models.PositiveIntegerField(default=1)
    went_well_version = models.PositiveIntegerField(default=1)
    saved_from: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(null=True)
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
        indexes: ClassVar = [
            models.Index(
                fields=["-finished_at", "-id"], name="review_finished", condition=Q(finished_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.incident_id}"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    def words_of(self, part: ReviewPart) -> str:
        words: str = getattr(self, part.value)
        return words

    def version_of(self, part: ReviewPart) -> int:
        version: int = getattr(self, f"{part.value}_version")
        return version


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
        indexes: ClassVar = [models.Index(fields=["due_on", "id"], name="follow_up_open", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return self.text

    @property
    def is_done(self) -> bool:
        return self.done_at is not None
