"""What people are told of their shifts, and how they want to be told; calendars that they subscribe to."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Person
from accounts.slack_post import SlackPost
from shifts.enums import NoticeKind
from shifts.models.schedule import Schedule
from shifts.models.shift import Shift


class Notice(SlackPost):
    """One thing one person is told, once: `key` says what it is about. `data` fills its sentence (`notice_words`); its
    `path`, where it has one, is the page that it is about.

    `seen_at` is when they saw it in a browser. Its `slack_` fields are for whoever wants it in Slack, too.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=NoticeKind)
    key = models.CharField(max_length=128)
    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, null=True, related_name="+")
    data: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "kind", "key"], name="notice_told_once")]
        indexes: ClassVar = [
            models.Index(fields=["person", "id"], name="notice_unseen", condition=Q(seen_at=None)),
            models.Index(fields=["slack_next_at"], name="notice_for_slack", condition=Q(slack_due=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} for {self.person_id}"


class ReminderChoice(models.Model):
    """How a person wants to be reminded of their shifts; nobody who has chosen nothing has a row.

    `hours_before` holds some of 168, 24 and 1.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminder_choice")
    in_browser = models.BooleanField(default=True)
    in_slack = models.BooleanField(default=False)
    hours_before: "models.JSONField[list[int], list[int]]" = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"reminders of {self.user_id}"


class CalendarFeed(models.Model):
    """A calendar that others may read who know its token. The token itself is shown once and kept only as SHA-256 (hex).

    `schedule` is null for the user's own shifts.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feeds")
    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, null=True, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    last_read_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
