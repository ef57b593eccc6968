"""Who is on call, as PagerDuty has it."""

from typing import ClassVar

from django.db import models

from accounts.models import Person


class OnCall(models.Model):
    """Whom an escalation policy names at a level, for `[start_at, end_at)`; null stands for «always»."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="on_calls")
    policy_id = models.CharField(max_length=32)
    policy_name = models.CharField(max_length=255)
    level = models.PositiveSmallIntegerField()
    schedule_id = models.CharField(max_length=32, blank=True, default="")
    schedule_name = models.CharField(max_length=255, blank=True, default="")
    start_at = models.DateTimeField(null=True)
    end_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "on calls"
        ordering: ClassVar = ["level", "policy_name"]
        indexes: ClassVar = [models.Index(fields=["policy_id", "level"], name="on_call_level")]

    def __str__(self) -> str:
        return f"{self.person} at level {self.level} of {self.policy_name}"
