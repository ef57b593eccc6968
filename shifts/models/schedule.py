"""Schedules: PagerDuty's as they were mirrored, and those that are kept here."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Person, validate_time_zone
from shifts.enums import ScheduleSource, TurnUnit
from shifts.rotation import Hours, Rotation


class Schedule(models.Model):
    """Who takes turns, and where that is decided. `pagerduty_id` is null for one that is kept here.

    `gone_at` says since when PagerDuty has it no more: its past shifts stay. `mirrored_at` is the last look that succeeded,
    `mirrored_until` how far ahead it saw, `last_error` the word of the one that failed since ("" where none did).
    `has_off_hours` says of one that is kept here that nobody is on call outside of its layers' hours and that is meant so: no gap.
    `idempotency_key` is that of the form that made it, null for PagerDuty's.
    """

    pagerduty_id = models.CharField(max_length=32, null=True, blank=True, unique=True)
    source = models.CharField(max_length=10, choices=ScheduleSource)
    name = models.CharField(max_length=255)
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    html_url = models.URLField(max_length=500, blank=True, default="")
    has_off_hours = models.BooleanField(default=False)
    idempotency_key = models.CharField(max_length=128, null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    gone_at = models.DateTimeField(null=True)
    mirrored_at = models.DateTimeField(null=True)
    mirrored_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(source=ScheduleSource.PORTAL, pagerduty_id=None)
                | (~Q(source=ScheduleSource.PORTAL) & Q(pagerduty_id__isnull=False)),
                name="schedule_lives_in_one_place",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_kept_here(self) -> bool:
        return self.source == ScheduleSource.PORTAL


class Layer(models.Model):
    """One rotation of a schedule that is kept here. Where several cover an instant, the highest `position` counts.

    A turn lasts `turn_length` local days or weeks and changes at `handoff_at` in the schedule's zone, the first one on
    `first_on`. `until_on` is the local day at whose `handoff_at` the layer ends, null for never. `only_from`/`only_to` restrict
    it to a part of each local day (over midnight where `only_to` is not later); both null for the whole day. `only_on` lists
    the weekdays (0 Monday) that such a part may begin on, empty for all.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="layers")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=255)
    turn_unit = models.CharField(max_length=4, choices=TurnUnit, default=TurnUnit.WEEK)
    turn_length = models.PositiveSmallIntegerField(default=1)
    handoff_at = models.TimeField()
    first_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    only_from = models.TimeField(null=True, blank=True)
    only_to = models.TimeField(null=True, blank=True)
    only_on: "models.JSONField[list[int], list[int]]" = models.JSONField(default=list, blank=True)
    members: "models.ManyToManyField[Person, LayerMember]" = models.ManyToManyField(
        Person, through="LayerMember", related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["schedule", "position"], name="layer_position"),
            models.CheckConstraint(condition=Q(turn_length__gte=1), name="layer_turn_at_least_one"),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gt=F("first_on")), name="layer_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(only_from=None, only_to=None) | Q(only_from__isnull=False, only_to__isnull=False),
                name="layer_part_of_day_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.schedule_id}"

    @property
    def hours(self) -> Hours:
        """When it is to have somebody, from its first day to its end."""
        return Hours(only_from=self.only_from, only_to=self.only_to, only_on=self.only_on)

    @property
    def rotation(self) -> Rotation:
        """What it says of whose turn it is; `places` should be prefetched."""
        return Rotation(
            people=[place.person_id for place in self.places.all()],
            handoff_at=self.handoff_at,
            first_on=self.first_on,
            turn_unit=TurnUnit(self.turn_unit),
            turn_length=self.turn_length,
            until_on=self.until_on,
            **vars(self.hours),
        )


class LayerMember(models.Model):
    """One person's place in a layer's order; a person may have several."""

    layer = models.ForeignKey(Layer, on_delete=models.CASCADE, related_name="places")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["layer", "position"], name="layer_member_position")]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.position}"
