"""Shifts: one person's `[start_at, end_at)` on a schedule."""

from typing import ClassVar
from uuid import uuid4

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q
from django.db.models.functions import Now

from accounts.models import Person
from shifts.models.schedule import Schedule


class InstantRange(Func):
    """`tstzrange(start, end, '[)')`."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Shift(models.Model):
    """One person's turn. `level` is 1, or more where a schedule names several people at once (each then has a level of their own).

    `uid` stays the same while the shift moves, so that a calendar that shows it moves it, too; `sequence` counts the moves.
    `is_override` says that the person stands in for whose turn it was. `withdrawn_at` marks a shift that is no more: it is
    kept, since preflights and handoffs refer to it. A shift that has ended is never withdrawn and never changed.
    """

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="shifts")
    level = models.PositiveSmallIntegerField(default=1)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="shifts")
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    is_override = models.BooleanField(default=False)
    sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["start_at", "level", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(start_at__lt=F("end_at")), name="shift_ends_after_it_begins"),
            # Deferred: a mirror that moves several shifts at once may pass through an overlap, but not end in one.
            ExclusionConstraint(
                name="shift_alone_on_its_level",
                expressions=[
                    ("schedule", RangeOperators.EQUAL),
                    ("level", RangeOperators.EQUAL),
                    (InstantRange("start_at", "end_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(withdrawn_at=None),
                deferrable=Deferrable.DEFERRED,
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "start_at"], name="shift_of_a_person", condition=Q(withdrawn_at=None)),
            models.Index(fields=["end_at"], name="shift_by_end", condition=Q(withdrawn_at=None)),
            # Every page asks who has each schedule now and next, and where nobody has it.
            models.Index(fields=["schedule", "end_at"], name="shift_of_a_schedule", condition=Q(withdrawn_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.schedule_id} from {self.start_at}"
