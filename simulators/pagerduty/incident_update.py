"""The fields of a PUT on incidents: all checked first, then applied, so that a refused request changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

from simulators.pagerduty import assignment, edits, errors, lifecycle
from simulators.pagerduty.directory import PRIORITIES, USERS, priority_by_name
from simulators.pagerduty.model import Agent, Incident, Status, Urgency
from simulators.pagerduty.request import id_of, text_of
from simulators.pagerduty.world import World

_UNSET: Literal["unset"] = "unset"


@dataclass(frozen=True)
class IncidentUpdate:
    """One incident's checked changes; null means not asked for."""

    incident: Incident
    status: Status | None
    resolution: str | None
    title: str | None
    priority_id: str | None
    urgency: Urgency | None
    escalation_level: int | None
    assignee_ids: list[str] | None
    policy_id: str | None


def _choice(body: dict[str, Any], name: str, allowed: tuple[str, ...], code: int) -> str | None:
    value = body.get(name)
    if value is not None and value not in allowed:
        message = "Invalid Status Provided" if code == 1003 else "Invalid Input Provided"
        raise errors.ApiError(400, code, message, f"{name} must be one of {', '.join(allowed)}.")
    return cast("str | None", value)


def priority_id_of(value: Any) -> str:
    """The id of a priority given as an object or, as PagerDuty allows, by its name; `unset` for null: take it away."""
    if value is None:
        return _UNSET
    if isinstance(value, str):
        named = priority_by_name(value)
        if named is None:
            raise errors.invalid(f"There is no priority {value!r}.")
        return named.id
    id_ = id_of(value, "priority")
    if id_ not in PRIORITIES:
        raise errors.invalid("Priority not found.")
    return id_


def assignees_of(value: Any) -> list[str]:
    """The user ids of `assignments`; 400 if it is malformed or a user is unknown (1007)."""
    if not isinstance(value, list):
        raise errors.invalid("assignments must be a list.")
    user_ids = [id_of(a.get("assignee") if isinstance(a, dict) else None, "assignee") for a in value]
    if any(user_id not in USERS for user_id in user_ids):
        raise errors.ApiError(400, 1007, "Assigned User Not Found")
    return user_ids


def policy_id_of(world: World, value: Any) -> str:
    """The id of an escalation policy that exists."""
    id_ = id_of(value, "escalation_policy")
    if id_ not in world.policies:
        raise errors.invalid("Escalation policy not found.")
    return id_


def read_update(world: World, incident: Incident, body: dict[str, Any], agent: Agent) -> IncidentUpdate:
    """Checks a body's fields, and every rule that would refuse them on this incident."""
    if body.get("type") not in ("incident", "incident_reference"):
        raise errors.invalid("type must be incident or incident_reference.")
    level = body.get("escalation_level")
    if level is not None and (not isinstance(level, int) or isinstance(level, bool)):
        raise errors.invalid("escalation_level must be an integer.")
    update = IncidentUpdate(
        incident=incident,
        status=cast("Status | None", _choice(body, "status", ("triggered", "acknowledged", "resolved"), 1003)),
        resolution=text_of(body, "resolution"),
        title=text_of(body, "title", required="title" in body),
        priority_id=priority_id_of(body["priority"]) if "priority" in body else None,
        urgency=cast("Urgency | None", _choice(body, "urgency", ("high", "low"), 2001)),
        escalation_level=level,
        assignee_ids=assignees_of(body["assignments"]) if "assignments" in body else None,
        policy_id=policy_id_of(world, body["escalation_policy"]) if "escalation_policy" in body else None,
    )
    _check_rules(world, update, agent)
    return update


def _check_rules(world: World, update: IncidentUpdate, agent: Agent) -> None:
    incident, status = update.incident, update.status
    if status == "resolved" and not incident.is_open:
        raise errors.already_resolved()
    if status == "triggered" and incident.is_open:
        raise errors.ApiError(400, 1003, "Invalid Status Provided", "Only a resolved incident can be set to triggered.")
    if status == "acknowledged" and any(held.agent == agent for held in incident.acknowledgements):
        raise errors.already_acknowledged()
    is_reopening = status in ("triggered", "acknowledged") and not incident.is_open
    if update.escalation_level is not None:
        assignment.check_escalation(world, incident, update.escalation_level)
    moves = update.assignee_ids is not None or update.policy_id is not None
    if moves and not incident.is_open and not is_reopening:
        raise errors.already_resolved()
    if update.assignee_ids is not None and update.policy_id is not None:
        raise errors.invalid("assignments cannot be given together with an escalation policy.")
    if update.assignee_ids == []:
        raise errors.invalid("Assignments cannot be empty.")


def apply_update(world: World, update: IncidentUpdate, agent: Agent) -> None:
    """Carries out a checked update: fields first, then who has it, then the status."""
    _apply_fields(world, update, agent)
    if update.incident.is_open:
        _apply_assignment(world, update, agent)
    _apply_status(world, update, agent)


def _apply_fields(world: World, update: IncidentUpdate, agent: Agent) -> None:
    if update.title is not None:
        edits.set_title(world, update.incident, update.title, agent)
    if update.urgency is not None:
        edits.set_urgency(world, update.incident, update.urgency, agent)
    if update.priority_id is not None:
        priority_id = None if update.priority_id == _UNSET else update.priority_id
        edits.set_priority(world, update.incident, priority_id, agent)


def _apply_assignment(world: World, update: IncidentUpdate, agent: Agent) -> None:
    if update.policy_id is not None:
        assignment.delegate(world, update.incident, update.policy_id, agent)
    if update.assignee_ids is not None:
        assignment.reassign(world, update.incident, update.assignee_ids, agent)
    if update.escalation_level is not None:
        assignment.escalate(world, update.incident, update.escalation_level, agent)


def _apply_status(world: World, update: IncidentUpdate, agent: Agent) -> None:
    incident = update.incident
    if update.status == "acknowledged":
        lifecycle.acknowledge(world, incident, agent)
    elif update.status == "resolved":
        lifecycle.resolve(world, incident, agent, note=update.resolution)
    elif update.status == "triggered":
        if update.policy_id is not None:
            incident.escalation_policy_id = update.policy_id
        lifecycle.reopen(world, incident, agent, assignee_ids=update.assignee_ids)
