"""What the account keeps of being paged: escalation policies, and how each user wants to be reached."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from simulators.pagerduty.directory import ContactMethod, NotificationRule
from simulators.pagerduty.model import Record


class Target(BaseModel):
    """A user, or a schedule of either kind."""

    kind: Literal["user", "schedule"]
    id: str


class EscalationRule(BaseModel):
    """One level: whom it assigns, and after how many minutes the next level follows."""

    id: str
    targets: list[Target]
    delay_minutes: int = 30


class EscalationPolicy(Record):
    """The levels an unacknowledged incident climbs."""

    kind = "escalation_policy"

    name: str
    rules: list[EscalationRule]
    num_loops: int = 0

    def names(self, target_id: str) -> bool:
        """Whether one of its levels has this user or schedule."""
        return any(target.id == target_id for rule in self.rules for target in rule.targets)


class Paging(Record):
    """How a user (whose id it has) is reached, where that is not as in the directory."""

    kind = "paging"

    contact_methods: tuple[ContactMethod, ...]
    notification_rules: tuple[NotificationRule, ...]
