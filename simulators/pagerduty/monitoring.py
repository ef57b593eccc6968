"""Pages as the demo's monitoring sends them: by names, with the text in the guide's shape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from simulators.pagerduty.directory import Service, priority_by_name, service_by_name
from simulators.pagerduty.events_v2 import trigger_event
from simulators.pagerduty.model import Incident
from simulators.pagerduty.world import World


def alert_text(measure: str, triggered_at: datetime) -> str:
    """The guide's text: `Triggered at: 2024-01-15 14:30 UTC`, then the measure's line (`Error rate.

    5.2% (threshold: 1%)`).
    """
    return f"Triggered at: {triggered_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC\n{measure}"


def monitoring_event(
    service: Service, *, summary: str, severity: str, body: str, dedup_key: str | None = None
) -> dict[str, Any]:
    """An Events v2 trigger event; the text stands in `payload.custom_details.body`."""
    dashboard = f"https://grafana.chatops.example.com/d/{service.name}"
    return {
        "routing_key": service.routing_key,
        "event_action": "trigger",
        "dedup_key": dedup_key,
        "client": "Grafana",
        "client_url": "https://grafana.chatops.example.com",
        "links": [{"href": dashboard, "text": f"Dashboard of {service.name}"}],
        "payload": {
            "summary": summary,
            "source": f"grafana/{service.name}",
            "severity": severity,
            "component": service.name,
            "group": "chatops",
            "custom_details": {"body": body},
        },
    }


def trigger_alert(
    world: World,
    title: str,
    *,
    service: str = "chatops-gateway",
    measure: str = "Error rate: 5.2% (threshold: 1%)",
    severity: str = "critical",
    priority: str | None = None,
    dedup_key: str | None = None,
    age_seconds: float = 0,
) -> Incident:
    """Rings one page. `service` and `priority` by name, `age_seconds` backdates it; ValueError for an unknown name."""
    found = service_by_name(service)
    wanted = priority_by_name(priority) if priority else None
    if found is None or (priority and wanted is None):
        raise ValueError(f"no service {service!r} or no priority {priority!r}")
    at = world.clock.now() - timedelta(seconds=age_seconds)
    event = monitoring_event(found, summary=title, severity=severity, body=alert_text(measure, at), dedup_key=dedup_key)
    return trigger_event(world, found, event, priority_id=wanted.id if wanted else None, at=at)
