"""PagerDuty's reference objects: `{"id", "type": "…_reference", "summary", "self", "html_url"}`."""

from __future__ import annotations

from typing import Any

from simulators.pagerduty.directory import (
    API_URL,
    PRIORITIES,
    SERVICES,
    SITE_URL,
    USERS,
)
from simulators.pagerduty.model import Agent, Incident
from simulators.pagerduty.paging import EscalationPolicy
from simulators.pagerduty.schedule import Schedule
from simulators.pagerduty.schedule_v3 import ScheduleV3

Json = dict[str, Any]


def reference(kind: str, id_: str, summary: str | None, path: str, site_path: str | None = None) -> Json:
    """Any reference; `path` below the API, `site_path` below the web application (default: the same)."""
    return {
        "id": id_,
        "type": f"{kind}_reference",
        "summary": summary,
        "self": f"{API_URL}/{path}/{id_}",
        "html_url": f"{SITE_URL}/{site_path or path}/{id_}",
    }


def user_ref(user_id: str) -> Json:
    """A user."""
    return reference("user", user_id, USERS[user_id].name, "users")


def service_ref(service_id: str) -> Json:
    """A service."""
    return reference("service", service_id, SERVICES[service_id].name, "services", "service-directory")


def policy_ref(policy: EscalationPolicy) -> Json:
    """An escalation policy."""
    return reference("escalation_policy", policy.id, policy.name, "escalation_policies")


def schedule_ref(schedule: Schedule | ScheduleV3) -> Json:
    """A schedule; a shift-based one says so by its type."""
    if isinstance(schedule, ScheduleV3):
        return reference("schedule_v3", schedule.id, schedule.name, "v3/schedules", "schedules")
    return reference("schedule", schedule.id, schedule.name, "schedules")


def priority_object(priority_id: str) -> Json:
    """A priority, whole: incidents carry it so."""
    priority = PRIORITIES[priority_id]
    return {
        "id": priority.id,
        "type": "priority",
        "summary": priority.name,
        "self": f"{API_URL}/priorities/{priority.id}",
        "html_url": f"{SITE_URL}/account/incident_priorities",
        "name": priority.name,
        "description": priority.description,
    }


def agent_ref(agent: Agent) -> Json:
    """Who did it."""
    return user_ref(agent.id) if agent.kind == "user" else service_ref(agent.id)


def incident_ref(incident: Incident) -> Json:
    """An incident."""
    return reference("incident", incident.id, f"[#{incident.number}] {incident.title}", "incidents")
