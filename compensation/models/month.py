"""The ledger, month by month. What is published never changes: triggers of the database refuse it."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Person
from compensation.enums import LineKind, Unit
from compensation.models.leave import LeaveRequest
from compensation.models.rule import RuleVersion
from incidents.models import Incident
from shifts.models import Shift


class PayMonth(models.Model):
    """One month, `first` its first day. A draft until it is published. `version` rises with every change of its lines."""

    first = models.DateField(unique=True)
    currency = models.CharField(max_length=3)
    version = models.PositiveIntegerField(default=1)
    drafted_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-first"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(first__day=1), name="month_begins_on_the_first"),
            models.CheckConstraint(
                condition=Q(published_at=None, published_by=None)
                | Q(published_at__isnull=False, published_by__isnull=False, drafted_at__isnull=False),
                name="month_published_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


class Statement(models.Model):
    """What one person gets in one month, all of their lines; `approved_by` is another person. A change of lines takes it back."""

    month = models.ForeignKey(PayMonth, on_delete=models.PROTECT, related_name="statements")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="statements")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "person"], name="statement_once"),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="statement_approved_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.month_id}"


class LedgerLine(models.Model):
    """One line, and what proves it: a shift, an incident, an application for leave, or the line that it corrects.

    `amount` is money in the month's currency, or hours of leave. `detail` says how it came about (`compensation.how`). `key`
    is that of the form of a correction, null for all others.
    """

    month = models.ForeignKey(PayMonth, on_delete=models.PROTECT, related_name="lines")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="ledger_lines")
    position = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=LineKind)
    unit = models.CharField(max_length=5, choices=Unit)
    amount = models.DecimalField(max_digits=16, decimal_places=4)
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, null=True, related_name="ledger_lines")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, related_name="ledger_lines")
    leave = models.OneToOneField(LeaveRequest, on_delete=models.PROTECT, null=True, related_name="line")
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")
    rule = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, null=True, related_name="+")
    detail: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    key = models.CharField(max_length=128, null=True, unique=True)  # noqa: DJ001  # unique only where there is one
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["month", "person", "position", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="line_has_its_evidence",
                condition=Q(kind=LineKind.STIPEND, unit=Unit.MONEY, shift__isnull=False, rule__isnull=False)
                & Q(incident=None, leave=None, corrects=None)
                | Q(kind=LineKind.BONUS, unit=Unit.MONEY, incident__isnull=False, rule__isnull=False)
                & Q(shift=None, leave=None, corrects=None)
                | Q(kind=LineKind.LEAVE_EARNED, unit=Unit.HOURS, rule__isnull=False, leave=None, corrects=None)
                & (Q(shift__isnull=False, incident=None) | Q(shift=None, incident__isnull=False))
                | Q(kind=LineKind.LEAVE_TAKEN, unit=Unit.HOURS, leave__isnull=False)
                & Q(shift=None, incident=None, corrects=None, rule=None)
                | Q(kind=LineKind.CORRECTION, corrects__isnull=False, key__isnull=False, created_by__isnull=False)
                & Q(shift=None, incident=None, leave=None, rule=None),
            ),
            models.CheckConstraint(
                name="line_has_its_sign",
                condition=Q(kind__in=(LineKind.STIPEND, LineKind.BONUS, LineKind.LEAVE_EARNED), amount__gt=0)
                | Q(kind=LineKind.LEAVE_TAKEN, amount__lt=0)
                | Q(kind=LineKind.CORRECTION) & ~Q(amount=0),
            ),
            models.CheckConstraint(condition=~Q(corrects=F("pk")), name="line_does_not_correct_itself"),
            # Whatever a draft does: nobody is paid twice for one P0, nor for one shift by one rule in one month.
            models.UniqueConstraint(
                fields=["incident", "person", "kind"], name="line_of_an_incident_once", condition=Q(incident__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["month", "shift", "kind", "rule"], name="line_of_a_shift_once", condition=Q(shift__isnull=False)
            ),
        ]  # fmt: skip
        indexes: ClassVar = [models.Index(fields=["person", "month"], name="line_of_a_person")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} of {self.person_id}"
