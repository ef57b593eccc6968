"""Whether the person is ready: the checks before a shift, each with what was seen."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Person
from shifts.enums import CheckSide, CheckVerdict, PreflightItem
from shifts.models.shift import Shift


class Preflight(models.Model):
    """The six items of one person's shift, opened a day before it begins. Whether it is ready is computed (`readiness`).

    A shift that goes to somebody else has another preflight: what one person proved says nothing of the next.
    `judged_at`: it was seen to begin. `started_unready_at`: then not everything was ready, and `missing` lists the items;
    `override_reason` is why somebody said that it may. `warned_for` and `overridden_for` are the beginning that the shift had
    then: for another one, nobody was warned and nobody said so.
    """

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="preflights")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(db_default=Now())
    overridden_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    overridden_at = models.DateTimeField(null=True)
    overridden_for = models.DateTimeField(null=True)
    override_reason = models.CharField(max_length=500, blank=True, default="")
    warned_for = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(null=True)
    started_unready_at = models.DateTimeField(null=True)
    missing: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["shift", "person"], name="preflight_once")]
        indexes: ClassVar = [
            models.Index(fields=["shift"], name="preflight_to_judge", condition=Q(judged_at=None)),
        ]

    def __str__(self) -> str:
        return f"preflight of {self.shift_id}"


class PreflightCheck(models.Model):
    """One look at one item. Never changed: a later look is another row, and the newest of an item and side counts.

    `seen` is what was seen, for people to read: `[{"verdict", "code", "data"}]`, by `preflight.words`. `words` are the person's
    own, where it is their word. `stale_at` is when it no longer proves anything.
    """

    preflight = models.ForeignKey(Preflight, on_delete=models.CASCADE, related_name="checks")
    item = models.CharField(max_length=10, choices=PreflightItem)
    side = models.CharField(max_length=6, choices=CheckSide)
    verdict = models.CharField(max_length=7, choices=CheckVerdict)
    seen: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    words = models.CharField(max_length=500, blank=True, default="")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(db_default=Now())
    stale_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["preflight", "item", "side", "-id"], name="newest_check")]

    def __str__(self) -> str:
        return f"{self.item} of {self.preflight_id}: {self.verdict}"


class LaptopToken(models.Model):
    """Lets the laptop's script answer once, for one preflight. Kept as SHA-256 (hex) alone; a newer one revokes it."""

    preflight = models.ForeignKey(Preflight, on_delete=models.CASCADE, related_name="laptop_tokens")
    token_digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"laptop token of {self.preflight_id}"


class PagingTest(models.Model):
    """A page that the person sends to themself and must acknowledge until `due_at`.

    `incident_id` is PagerDuty's, "" until it took it. `key` stands in the page's title, so that the portal knows it again.
    `resolve_at` is set of one that was given up and left open in PagerDuty: when resolving it is tried again. Where `last_error`
    stays on one that is finished, nobody knows whether it was acknowledged in time.
    """

    preflight = models.ForeignKey(Preflight, on_delete=models.CASCADE, related_name="test_pages")
    key = models.CharField(max_length=64, unique=True)
    incident_id = models.CharField(max_length=32, blank=True, default="")
    html_url = models.URLField(max_length=500, blank=True, default="")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    resolve_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["preflight"], condition=Q(finished_at=None), name="test_page_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"test page of {self.preflight_id}"


class SeenChange(models.Model):
    """A change that the person says to have read before the shift."""

    preflight = models.ForeignKey(Preflight, on_delete=models.CASCADE, related_name="seen_changes")
    change = models.ForeignKey("cluster.Change", on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["preflight", "change"], name="change_seen_once"),
        ]

    def __str__(self) -> str:
        return f"{self.change_id} seen for {self.preflight_id}"
