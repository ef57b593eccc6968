"""Who people are: the user who signs in, the person as PagerDuty knows them, and the audit record of what was done."""

import zoneinfo
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role


def validate_time_zone(value: str) -> None:
    """Raises ValidationError where the IANA database has no such zone."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("%(value)s is not a known time zone, such as Asia/Taipei."), params={"value": value})


class Theme(models.TextChoices):
    AUTO = "auto", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractUser):
    """Someone who signs in. `pagerduty_id` says which PagerDuty user they are; acts go out under `pagerduty_email`."""

    first_name = last_name = None  # type: ignore[assignment]  # one name, in the order its owner writes it
    name = models.CharField(_("name"), max_length=150, blank=True, default="")
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.VIEWER)
    pagerduty_id = models.CharField(_("PagerDuty id"), max_length=32, null=True, blank=True, unique=True)
    pagerduty_email = models.EmailField(_("PagerDuty address"), blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Taipei", validators=[validate_time_zone])
    language = models.CharField(_("language"), max_length=16, choices=settings.LANGUAGES, default="en")
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.AUTO)
    version = models.PositiveIntegerField(default=1)

    class Meta(AbstractUser.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(condition=~models.Q(pagerduty_id=""), name="user_pagerduty_id_not_blank"),
        ]

    def has_role(self, role: Role) -> bool:
        """Whether this user may do what `role` may do."""
        return self.is_active and Role(self.role).includes(role)

    @property
    def display_name(self) -> str:
        return self.name or self.get_username()

    @property
    def acting_email(self) -> str:
        """The address PagerDuty is told in the From header."""
        return self.pagerduty_email or self.email

    @property
    def person_key(self) -> str:
        """The `Person.pagerduty_id` of whom this is: PagerDuty's, or one of our own for somebody PagerDuty does not know."""
        return self.pagerduty_id or f"portal-{self.pk}"


class Person(models.Model):
    """Who has an incident, who is on call: a PagerDuty user as last heard of, or `portal-<pk>` for a user PagerDuty does not know.

    Not everybody of them signs in here.
    """

    pagerduty_id = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=255)
    email = models.EmailField(max_length=255, blank=True, default="")
    html_url = models.URLField(max_length=500, blank=True, default="")

    class Meta:
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name


class AuditRecord(models.Model):
    """One act of one person, written in the act's own transaction and never changed.

    `digest` is the SHA-256 of the record's content and the digest before it, so that a removed or edited record breaks
    the chain (`manage.py verify_audit`). A trigger in the database refuses UPDATE, DELETE and TRUNCATE.
    """

    sequence = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=255)
    verb = models.CharField(max_length=64)
    target = models.CharField(max_length=128)
    data: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["sequence"]

    def __str__(self) -> str:
        return f"{self.sequence} {self.actor_name} {self.verb} {self.target}"
