"""Who has an incident: levels of the escalation policy, direct assignment, and the notifications that follow."""

from __future__ import annotations

from datetime import datetime, timedelta

from simulators.pagerduty import errors
from simulators.pagerduty.directory import USERS, ContactMethod
from simulators.pagerduty.model import Agent, Assignment, Incident, PendingNotification
from simulators.pagerduty.refs import user_ref
from simulators.pagerduty.world import World

_CHANNEL_NAMES = {
    "email_contact_method": ("email", "email_notification"),
    "phone_contact_method": ("phone", "phone_notification"),
    "sms_contact_method": ("SMS", "sms_notification"),
    "push_notification_contact_method": ("push notification", "push_notification"),
}


def _names(user_ids: list[str]) -> str:
    return ", ".join(USERS[user_id].name for user_id in user_ids)


def put(incident: Incident, user_ids: list[str], at: datetime) -> None:
    """Makes exactly these users the assignees."""
    incident.assignments = [Assignment(user_id=user_id, at=at.replace(microsecond=0)) for user_id in user_ids]


def restart(world: World, incident: Incident, at: datetime) -> None:
    """Starts the wait for the next level (direct assignments have none), and notifies the assignees."""
    if incident.assigned_via == "escalation_policy":
        rule = world.policies[incident.escalation_policy_id].rules[incident.escalation_level - 1]
        incident.escalate_at = at + timedelta(minutes=rule.delay_minutes)
    else:
        incident.escalate_at = None
    incident.notifications = []
    for assignment in incident.assignments:
        for notification_rule in world.paging(assignment.user_id).notification_rules:
            if notification_rule.urgency != incident.urgency:
                continue
            due = PendingNotification(
                at=at + timedelta(minutes=notification_rule.delay_minutes),
                user_id=assignment.user_id,
                contact_method_id=notification_rule.contact_method_id,
            )
            if notification_rule.delay_minutes:
                incident.notifications.append(due)
            else:
                notify(world, incident, due)
    world.keep(incident)


def notify(world: World, incident: Incident, due: PendingNotification) -> None:
    """Writes the notification's log entry; a contact method that is blacklisted or not enabled gets none."""
    user = USERS[due.user_id]
    method: ContactMethod = next(m for m in world.paging(user.id).contact_methods if m.id == due.contact_method_id)
    if method.is_blacklisted or not method.is_enabled:
        return
    word, kind = _CHANNEL_NAMES[method.type]
    address = None if kind == "push_notification" else method.address
    where = f" at {address}" if address else ""
    world.log(
        incident,
        "notify_log_entry",
        agent=Agent(kind="service", id=incident.service_id),
        summary=f"Notified {user.name} by {word}{where}.",
        at=due.at,
        channel={
            "type": "auto",
            "notification": {"type": kind, **({"address": address} if address else {}), "status": "success"},
            "user": user_ref(user.id),
        },
        user_id=user.id,
    )


def assign_level(world: World, incident: Incident, level: int, at: datetime) -> None:
    """Assigns whom a level names, silently (the entry of what caused it says so); `assign_log_entry` for the record."""
    incident.assigned_via = "escalation_policy"
    incident.escalation_level, user_ids = world.first_on_call(incident.escalation_policy_id, level, at)
    put(incident, user_ids, at)
    world.log(
        incident,
        "assign_log_entry",
        agent=Agent(kind="service", id=incident.service_id),
        summary=f"Assigned to {_names(user_ids)}.",
        at=at,
        channel={"type": "auto"},
        assignee_ids=user_ids,
    )
    restart(world, incident, at)


def assign_directly(world: World, incident: Incident, user_ids: list[str], agent: Agent, at: datetime) -> None:
    """Assigns users by hand: from now on the incident does not escalate."""
    incident.assigned_via = "direct_assignment"
    put(incident, user_ids, at)
    by = f" by {USERS[agent.id].name}" if agent.kind == "user" else ""
    world.log(
        incident,
        "assign_log_entry",
        agent=agent,
        summary=f"Assigned to {_names(user_ids)}{by}.",
        at=at,
        assignee_ids=user_ids,
    )
    restart(world, incident, at)


def _back_to_triggered(incident: Incident) -> None:
    # A new assignee has not acknowledged: whoever had the incident before takes the acknowledgement along.
    incident.status = "triggered"
    incident.acknowledgements = []
    incident.unacknowledge_at = None


def reassign(
    world: World, incident: Incident, user_ids: list[str], agent: Agent, *, at: datetime | None = None
) -> None:
    """A user gives the incident to others."""
    now = world.instant(at)
    if not incident.is_open:
        raise errors.already_resolved()
    if not user_ids:
        raise errors.invalid("Assignments cannot be empty.")
    _back_to_triggered(incident)
    assign_directly(world, incident, user_ids, agent, now)
    world.emit("incident.reassigned", incident, agent, now)


def delegate(world: World, incident: Incident, policy_id: str, agent: Agent, *, at: datetime | None = None) -> None:
    """A user gives the incident to an escalation policy: level 1 of that policy."""
    now = world.instant(at)
    if not incident.is_open:
        raise errors.already_resolved()
    _back_to_triggered(incident)
    incident.escalation_policy_id = policy_id
    incident.escalation_loops = 0
    _level, user_ids = world.first_on_call(policy_id, 1, now)
    world.log(
        incident,
        "delegate_log_entry",
        agent=agent,
        summary=f"Delegated to {world.policies[policy_id].name} by {USERS[agent.id].name}.",
        at=now,
        assignee_ids=user_ids,
    )
    assign_level(world, incident, 1, now)
    world.emit("incident.delegated", incident, agent, now)


def check_escalation(world: World, incident: Incident, level: int) -> None:
    """Raises what PagerDuty answers when an incident cannot go to that level."""
    if not incident.is_open:
        raise errors.already_resolved()
    if incident.assigned_via == "direct_assignment":
        raise errors.cannot_be_escalated("The incident is assigned directly and does not escalate.")
    levels = len(world.policies[incident.escalation_policy_id].rules)
    if not 1 <= level <= levels:
        raise errors.cannot_be_escalated(f"The escalation policy has {levels} levels.")


def escalate(world: World, incident: Incident, level: int, agent: Agent, *, at: datetime | None = None) -> None:
    """To a level of the policy, by a user or by the policy's own delay (then the agent is the service)."""
    now = world.instant(at)
    check_escalation(world, incident, level)
    _back_to_triggered(incident)
    incident.escalation_level, user_ids = world.first_on_call(incident.escalation_policy_id, level, now)
    put(incident, user_ids, now)
    by = f"by {USERS[agent.id].name}" if agent.kind == "user" else "due to timeout"
    world.log(
        incident,
        "escalate_log_entry",
        agent=agent,
        summary=f"Escalated to {_names(user_ids)} {by}.",
        at=now,
        channel={"type": "api"} if agent.kind == "user" else {"type": "timeout"},
        assignee_ids=user_ids,
    )
    restart(world, incident, now)
    world.emit("incident.escalated", incident, agent, now)


def escalate_on_timeout(world: World, incident: Incident, at: datetime) -> None:
    """The delay of a level ran out: the next level, the policy again from the start, or the end of the path."""
    policy = world.policies[incident.escalation_policy_id]
    service = Agent(kind="service", id=incident.service_id)
    if incident.escalation_level < len(policy.rules):
        escalate(world, incident, incident.escalation_level + 1, service, at=at)
        return
    is_last = incident.escalation_loops >= policy.num_loops
    world.log(
        incident,
        "exhaust_escalation_path_log_entry" if is_last else "repeat_escalation_path_log_entry",
        agent=service,
        summary="Escalation policy exhausted." if is_last else "Escalation policy starts again.",
        at=at,
        channel={"type": "timeout"},
    )
    if is_last:
        incident.escalate_at = None
        world.keep(incident)
    else:
        incident.escalation_loops += 1
        escalate(world, incident, 1, service, at=at)
