"""People, how they are reached, and escalation policies, by declaration. Call within a transaction of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from simulators.pagerduty import ids
from simulators.pagerduty.directory import CROWD, ContactMethod, NotificationRule
from simulators.pagerduty.paging import EscalationPolicy, EscalationRule, Paging, Target
from simulators.pagerduty.world import World

Kind = Literal["email", "phone", "sms", "push"]
_TYPES: dict[
    Kind,
    Literal["email_contact_method", "phone_contact_method", "sms_contact_method", "push_notification_contact_method"],
] = {
    "email": "email_contact_method",
    "phone": "phone_contact_method",
    "sms": "sms_contact_method",
    "push": "push_notification_contact_method",
}


def contact(kind: Kind, address: str = "", *, is_enabled: bool = True, is_blacklisted: bool = False) -> ContactMethod:
    """A way to reach somebody; without an address, one that fits the kind."""
    is_phone = kind in ("phone", "sms")
    usual = {"email": "somebody@chatops.example.com", "push": "device-1"}.get(kind, "912000001")
    return ContactMethod(
        id=ids.short_id(),
        type=_TYPES[kind],
        label=kind.capitalize(),
        address=address or usual,
        country_code=886 if is_phone else None,
        is_blacklisted=is_blacklisted,
        is_enabled=is_enabled,
    )


def rule(method: ContactMethod, minutes: int = 0, urgency: Literal["high", "low"] = "high") -> NotificationRule:
    """Rings that way so many minutes after an assignment."""
    return NotificationRule(ids.short_id(), method.id, minutes, urgency)


def set_paging(
    world: World, user_id: str, methods: Sequence[ContactMethod], rules: Sequence[NotificationRule]
) -> Paging:
    """How a user is reached from now on."""
    paging = Paging(id=user_id, contact_methods=tuple(methods), notification_rules=tuple(rules))
    world.keep(paging)
    return paging


def delay_high_urgency(world: World, user_id: str, minutes: int) -> Paging:
    """No rule of high urgency rings before so many minutes."""
    paging = world.paging(user_id)
    rules = [
        replace(each, delay_minutes=max(each.delay_minutes, minutes)) if each.urgency == "high" else each
        for each in paging.notification_rules
    ]
    return set_paging(world, user_id, paging.contact_methods, rules)


def declare_people(world: World, count: int) -> list[str]:
    """Takes people of the crowd into the account; their ids."""
    user_ids = [user.id for user in CROWD[:count]]
    if len(user_ids) < count:
        raise ValueError(f"the crowd has only {len(CROWD)} people")
    world.take_in(user_ids)
    return user_ids


def declare_policy(
    world: World,
    levels: Sequence[Sequence[str]],
    *,
    name: str = "",
    delay_minutes: int = 30,
    num_loops: int = 0,
    id_: str | None = None,
) -> EscalationPolicy:
    """Files a policy: each level by the ids of its users and schedules. ValueError for one that is neither."""
    rules = []
    for level in levels:
        targets = []
        for target_id in level:
            if target_id in world.members:
                targets.append(Target(kind="user", id=target_id))
            elif target_id in world.schedules or target_id in world.schedules_v3:
                targets.append(Target(kind="schedule", id=target_id))
            else:
                raise ValueError(f"{target_id!r} is no user and no schedule of this account")
        rules.append(EscalationRule(id=ids.short_id(), targets=targets, delay_minutes=delay_minutes))
    policy = EscalationPolicy(id=id_ or ids.short_id(), name=name, rules=rules, num_loops=num_loops)
    policy.name = name or f"policy {policy.id}"
    world.keep(policy)
    return policy
