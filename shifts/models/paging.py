"""How PagerDuty reaches people: the levels of its escalation policies, and each person's notification rules."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Person
from shifts.models.schedule import Schedule


class EscalationTarget(models.Model):
    """One target of one level of an escalation policy: a schedule or a person. `delay_minutes` is how long the level has.

    Neither stands for a schedule that PagerDuty does not show the portal: without the row the levels after it would move up.
    """

    policy_id = models.CharField(max_length=32)
    policy_name = models.CharField(max_length=255)
    level = models.PositiveSmallIntegerField()
    delay_minutes = models.PositiveIntegerField()
    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, null=True, related_name="escalation_targets")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["policy_name", "policy_id", "level", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(schedule=None) | Q(person=None), name="escalation_target_is_one_at_most"
            ),
        ]

    def __str__(self) -> str:
        return f"level {self.level} of {self.policy_name}"


class PagingSetup(models.Model):
    """A person's contact methods and notification rules in PagerDuty as they were at `read_at`.

    `contact_methods`: `[{"id", "kind", "label", "is_enabled", "is_blacklisted"}]`, never the number or address itself.
    `rules`: `[{"urgency", "delay_minutes", "contact_method_id"}]`.
    """

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="paging_setup")
    contact_methods: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    rules: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"paging of {self.person_id}"
