"""The guide's own pages: tools, support, emergency contacts, with everything they ever said."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from accounts.models import Person
from shifts.enums import GuideKind


class GuideEntry(models.Model):
    """One line of a guide page. `where` is an address, a channel or a path; `phone` a number to call (contacts).

    `reached_at` is when a tool's address last answered; `looked_at` when it was last asked, `reach_error` why it then did not.
    """

    kind = models.CharField(max_length=8, choices=GuideKind)
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=255)
    where = models.CharField(max_length=500, blank=True, default="")
    purpose = models.CharField(max_length=500, blank=True, default="")
    phone = models.CharField(max_length=32, blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    removed_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(null=True)
    reach_error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["kind", "position", "pk"]
        verbose_name_plural = "guide entries"

    def __str__(self) -> str:
        return self.name

    @property
    def link(self) -> str:
        """Where a browser can go; "" for a channel, a name, a path."""
        return self.where if self.where.lower().startswith(("https://", "http://")) else ""

    @property
    def call(self) -> str:
        """The number as a `tel:` link takes it."""
        return "".join(each for each in self.phone if each in "+0123456789")

    @property
    def content(self) -> dict[str, str]:
        """What it says, as a revision keeps it."""
        return {"name": self.name, "where": self.where, "purpose": self.purpose, "phone": self.phone}


class GuideRevision(models.Model):
    """What an entry said from `at` on; `was_removed` where it said nothing more. Only added."""

    entry = models.ForeignKey(GuideEntry, on_delete=models.CASCADE, related_name="revisions")
    version = models.PositiveIntegerField()
    content: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    was_removed = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["-version"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["entry", "version"], name="guide_revision_once")]

    def __str__(self) -> str:
        return f"version {self.version} of {self.entry_id}"


class ContactConfirmation(models.Model):
    """Somebody says that an emergency contact is right. It holds for 30 days, while the contact stays as it was."""

    entry = models.ForeignKey(GuideEntry, on_delete=models.CASCADE, related_name="confirmations")
    entry_version = models.PositiveIntegerField()
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.entry_id} confirmed at {self.confirmed_at}"
