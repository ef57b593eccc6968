"""What stakeholders are told of an incident, in which words, and who wants to hear of it."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.slack_post import SlackPost
from incidents.enums import OutboxState, Severity
from incidents.models.incident import Incident, Service
from incidents.models.outbox import OutboxMessage
from incidents.updates.kinds import UpdateChannel, UpdateOccasion, UpdateState
from incidents.wording import refusal


class StakeholderUpdate(SlackPost):
    """One update as a responder sent it; what was told and when stands on the timeline, too.

    `key` is that of the form that made it. `next_due_at` is what it promises, null for nothing. `message` is its way to
    PagerDuty, the `slack_` fields that to the team's channel. `severity` is what it was when it was sent.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="updates")
    key = models.CharField(max_length=128)
    state = models.CharField(max_length=13, choices=UpdateState)
    severity = models.CharField(max_length=2, choices=Severity)
    text = models.CharField(max_length=1000)
    channels: "ArrayField[list[str], list[str]]" = ArrayField(models.CharField(max_length=12, choices=UpdateChannel))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    next_due_at = models.DateTimeField(null=True)
    message = models.OneToOneField(
        OutboxMessage, on_delete=models.PROTECT, null=True, related_name="stakeholder_update"
    )

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "key"], name="update_once"),
            models.CheckConstraint(condition=~Q(channels=[]), name="update_told_somewhere"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["slack_next_at"], name="update_for_slack", condition=Q(slack_due=True)),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def slack_state(self) -> OutboxState:
        """How it fares on its way to the team's channel; it has to be one of `channels`."""
        if self.slack_due:
            return OutboxState.WAITING
        return OutboxState.SENT if self.slack_sent_at else OutboxState.REFUSED

    @property
    def slack_refusal(self) -> str:
        """Why it was not posted, in the active language."""
        return refusal(self.slack_error)


class UpdateTemplate(models.Model):
    """What the composer begins with, version by version. Without a row the portal's own words stand."""

    occasion = models.CharField(max_length=4, choices=UpdateOccasion)
    version = models.PositiveIntegerField()
    text = models.CharField(max_length=1000)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["occasion", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["occasion", "version"], name="update_template_once"),
        ]

    def __str__(self) -> str:
        return f"{self.occasion}, version {self.version}"


class Subscription(models.Model):
    """Whoever wants to be told of every update, or of those about one service (`service` null for all)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "service"], nulls_distinct=False, name="subscribed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} hears of {self.service_id or 'everything'}"
