"""Users, services, escalation policies and change events as REST v2 shows them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from simulators.pagerduty.clock import iso
from simulators.pagerduty.directory import (
    API_URL,
    SERVICES,
    SITE_URL,
    USERS,
    ContactMethod,
    NotificationRule,
    User,
)
from simulators.pagerduty.model import ChangeEvent
from simulators.pagerduty.refs import Json, policy_ref, reference, schedule_ref, service_ref, user_ref
from simulators.pagerduty.world import World

_ACCOUNT_CREATED_AT = datetime(2021, 11, 6, 3, 12, 51, tzinfo=UTC)


def contact_method_object(user: User, method: ContactMethod) -> Json:
    """One way to reach a user, with the fields of its kind."""
    shown: Json = {
        "id": method.id,
        "type": method.type,
        "summary": method.label,
        "self": f"{API_URL}/users/{user.id}/contact_methods/{method.id}",
        "html_url": None,
        "label": method.label,
        "address": method.address,
    }
    if method.type == "email_contact_method":
        shown |= {"send_short_email": False, "enabled": method.is_enabled}
    elif method.type == "push_notification_contact_method":
        shown |= {
            "device_type": "ios",
            "sounds": [{"type": "alert_high_urgency", "file": "default"}],
            "created_at": iso(_ACCOUNT_CREATED_AT),
            "blacklisted": method.is_blacklisted,
        }
    else:
        shown |= {
            "country_code": method.country_code,
            "enabled": method.is_enabled and not method.is_blacklisted,
            "blacklisted": method.is_blacklisted,
        }
    return shown


def _contact_method_ref(user: User, method: ContactMethod) -> Json:
    link = reference(method.type, method.id, method.label, f"users/{user.id}/contact_methods")
    return {**link, "html_url": None}


def notification_rule_object(world: World, user: User, rule: NotificationRule, include: Collection[str] = ()) -> Json:
    """One notification rule."""
    method = next(m for m in world.paging(user.id).contact_methods if m.id == rule.contact_method_id)
    whole = "contact_methods" in include
    return {
        "id": rule.id,
        "type": "assignment_notification_rule",
        "summary": f"{rule.delay_minutes} minutes: {method.label}",
        "self": f"{API_URL}/users/{user.id}/notification_rules/{rule.id}",
        "html_url": None,
        "start_delay_in_minutes": rule.delay_minutes,
        "created_at": iso(_ACCOUNT_CREATED_AT),
        "contact_method": contact_method_object(user, method) if whole else _contact_method_ref(user, method),
        "urgency": rule.urgency,
    }


def user_object(world: World, user_id: str, include: Collection[str] = ()) -> Json:
    """A user; `include` may hold `contact_methods` and `notification_rules`."""
    user, paging = USERS[user_id], world.paging(user_id)
    return {
        **user_ref(user_id),
        "type": "user",
        "name": user.name,
        "email": user.email,
        "time_zone": user.time_zone,
        "color": user.color,
        "role": user.role,
        "avatar_url": f"{SITE_URL}/avatars/{user.id}.png",
        "description": None,
        "invitation_sent": False,
        "created_via_sso": False,
        "job_title": user.job_title,
        "teams": [],
        "contact_methods": [
            contact_method_object(user, m) if "contact_methods" in include else _contact_method_ref(user, m)
            for m in paging.contact_methods
        ],
        "notification_rules": [
            notification_rule_object(world, user, rule, include)
            if "notification_rules" in include
            else {
                **reference(
                    "assignment_notification_rule", rule.id, rule.urgency, f"users/{user.id}/notification_rules"
                ),
                "html_url": None,
            }
            for rule in paging.notification_rules
        ],
    }


def _service_status(world: World, service_id: str) -> str:
    """PagerDuty's service status: critical, warning or active."""
    has_open = False
    for incident in world.open_incidents():
        if incident.service_id == service_id:
            if incident.status == "triggered":
                return "critical"
            has_open = True
    return "warning" if has_open else "active"


def service_object(world: World, service_id: str, include: Collection[str] = ()) -> Json:
    """A service; `include` may hold `escalation_policies` and `integrations`."""
    service = SERVICES[service_id]
    last = world.last_incident_at.get(service_id)
    return {
        **service_ref(service_id),
        "type": "service",
        "name": service.name,
        "description": service.description,
        "created_at": iso(_ACCOUNT_CREATED_AT),
        "updated_at": iso(_ACCOUNT_CREATED_AT),
        "status": _service_status(world, service_id),
        **({"last_incident_timestamp": iso(last)} if last else {}),
        "auto_resolve_timeout": service.auto_resolve_timeout,
        "acknowledgement_timeout": service.acknowledgement_timeout,
        "alert_creation": "create_alerts_and_incidents",
        "incident_urgency_rule": {"type": "constant", "urgency": "severity_based"},
        "support_hours": None,
        "scheduled_actions": [],
        "teams": [],
        "addons": [],
        "integrations": [integration_object(service_id) if "integrations" in include else integration_ref(service_id)],
        "escalation_policy": (
            policy_object(world, service.escalation_policy_id)
            if "escalation_policies" in include
            else policy_ref(world.policies[service.escalation_policy_id])
        ),
    }


def integration_ref(service_id: str) -> Json:
    """The Events v2 integration of a service."""
    path = f"services/{service_id}/integrations"
    return reference("events_api_v2_inbound_integration", SERVICES[service_id].integration_id, "Events API v2", path)


def integration_object(service_id: str) -> Json:
    """The same, whole."""
    return {
        **integration_ref(service_id),
        "type": "events_api_v2_inbound_integration",
        "name": "Events API v2",
        "integration_key": SERVICES[service_id].routing_key,
        "created_at": iso(_ACCOUNT_CREATED_AT),
    }


def policy_object(world: World, policy_id: str) -> Json:
    """An escalation policy with its levels in order."""
    policy = world.policies[policy_id]
    return {
        **policy_ref(policy),
        "type": "escalation_policy",
        "name": policy.name,
        "description": "Who is paged for chatops, in order.",
        "on_call_handoff_notifications": "if_has_services",
        "num_loops": policy.num_loops,
        "escalation_rules": [
            {
                "id": rule.id,
                "escalation_delay_in_minutes": rule.delay_minutes,
                "targets": [
                    user_ref(target.id) if target.kind == "user" else schedule_ref(world.schedule(target.id))
                    for target in rule.targets
                ],
                "escalation_rule_assignment_strategy": "assign_to_everyone",
            }
            for rule in policy.rules
        ],
        "services": [service_ref(s.id) for s in SERVICES.values() if s.escalation_policy_id == policy_id],
        "teams": [],
    }


def change_event_object(change: ChangeEvent) -> Json:
    """A change event."""
    return {
        "id": change.id,
        "type": "change_event",
        "summary": change.summary,
        "self": f"{API_URL}/change_events/{change.id}",
        "html_url": None,
        "timestamp": iso(change.timestamp),
        **({"source": change.source} if change.source is not None else {}),
        "integration": integration_ref(change.service_id),
        "services": [service_ref(change.service_id)],
        "custom_details": change.custom_details,
        "links": change.links,
        "images": [],
    }
