"""The report by which a shift is handed over (the guide, «End of a shift: handoff»)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Person
from accounts.slack_post import SlackPost
from shifts.enums import HandoffItem, HandoffSection, HandoffSide
from shifts.models.shift import Shift


class Handoff(SlackPost):
    """One version of a shift's report. A draft is its author's alone; once it is signed nothing of it changes.

    `period_start`, `period_end` are the shift's as they were when it was signed. A correction is another row with the next
    `number`. `accepted_at` is the incoming person's signature. `language` is that of the draft: what comes in is told in it.
    `slack_due` says that somebody wants it in the team's channel.
    """

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="handoffs")
    number = models.PositiveSmallIntegerField(default=1)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="handoffs")
    incoming = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="handoffs_to")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    language = models.CharField(max_length=10)
    created_at = models.DateTimeField(db_default=Now())
    signed_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-period_end", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shift", "author", "number"], name="handoff_version_once"),
            models.UniqueConstraint(
                fields=["shift", "author"], condition=Q(signed_at=None), name="handoff_one_draft_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(signed_at__isnull=False, accepted_at__gte=F("signed_at")),
                name="handoff_signed_before_accepted",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-signed_at", "-id"], name="handoff_signed", condition=Q(signed_at__isnull=False)),
            models.Index(fields=["slack_next_at"], name="handoff_for_slack", condition=Q(slack_due=True)),
        ]

    def __str__(self) -> str:
        return f"handoff {self.number} of shift {self.shift_id}"

    @property
    def is_signed(self) -> bool:
        return self.signed_at is not None


class HandoffLine(models.Model):
    """One line. `origin` names the fact that it was drafted from ("" for one that somebody added), `drafted` what that said.

    `text` is what stands, `saved_from` the open page that stored it last ("" where none did): what this one stored, it has seen,
    even where its answer was lost. A struck line stays and is left out of the report. `key` makes an added line one, however often
    it is sent. With `watch_for` it is a tripwire: for so long after the signature it stands on top of incidents of `watch_service`
    ("" for any) whose title has all of `watch_words`. `question` is the incoming person's, `answer` the author's.
    """

    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="lines")
    section = models.CharField(max_length=8, choices=HandoffSection)
    position = models.PositiveSmallIntegerField()
    origin = models.CharField(max_length=64, blank=True, default="")
    key = models.CharField(max_length=64)
    drafted = models.CharField(max_length=1000, blank=True, default="")
    text = models.CharField(max_length=1000)
    is_struck = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    saved_from = models.CharField(max_length=32, blank=True, default="")
    watch_service = models.CharField(max_length=255, blank=True, default="")
    watch_words = models.CharField(max_length=200, blank=True, default="")
    watch_for = models.DurationField(null=True)
    question = models.CharField(max_length=1000, blank=True, default="")
    answer = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handoff", "key"], name="handoff_line_once"),
            models.UniqueConstraint(
                fields=["handoff", "origin"], condition=~Q(origin=""), name="handoff_line_of_a_fact_once"
            ),
            models.CheckConstraint(
                condition=Q(watch_for=None) | ~Q(watch_service="", watch_words=""), name="tripwire_watches_something"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def watch_days(self) -> int:
        return self.watch_for.days if self.watch_for else 0

    @property
    def is_open_question(self) -> bool:
        return bool(self.question) and not self.answer


class HandoffTick(models.Model):
    """One of the checklist's four items, ticked by one side."""

    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="ticks")
    item = models.CharField(max_length=10, choices=HandoffItem)
    side = models.CharField(max_length=8, choices=HandoffSide)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ticked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handoff", "item", "side"], name="handoff_item_ticked_once")
        ]

    def __str__(self) -> str:
        return f"{self.item} of {self.handoff_id}"
