"""Webhook deliveries as PagerDuty sends them, and as it never would."""

import json
import uuid
from typing import Any, cast

from django.http import HttpResponse
from django.test import Client

from integrations.pagerduty.webhooks import sign

URL = "/hooks/pagerduty/"
SECRET = "demo-webhook-secret"


def incident_data(**changes: Any) -> dict[str, Any]:
    """`event.data` of an incident event."""
    return {
        "id": "Q1PORTALTEST01",
        "type": "incident",
        "html_url": "https://chatops.pagerduty.com/incidents/Q1PORTALTEST01",
        "number": 1001,
        "status": "triggered",
        "created_at": "2026-03-02T03:00:00Z",
        "title": "[P1] High Error Rate - chatops-gateway",
        "service": {"id": "PGATEWY", "type": "service_reference", "summary": "chatops-gateway"},
        "assignees": [{"id": "PRESP01", "type": "user_reference", "summary": "Lin Yu-ting"}],
        "escalation_policy": {"id": "PEPCHAT", "summary": "chatops on-call", "type": "escalation_policy_reference"},
        "priority": None,
        "urgency": "high",
        "resolve_reason": None,
        **changes,
    }


def event_of(**changes: Any) -> dict[str, Any]:
    """The event of one delivery, with an id of its own."""
    return {
        "id": uuid.uuid4().hex[:26].upper(),
        "event_type": "incident.triggered",
        "resource_type": "incident",
        "occurred_at": "2026-03-02T03:00:01.120Z",
        "agent": {"id": "PGATEWY", "type": "service_reference", "summary": "chatops-gateway"},
        "client": None,
        "data": incident_data(),
        **changes,
    }


def delivery(**changes: Any) -> bytes:
    """The raw body of one delivery."""
    return json.dumps({"event": event_of(**changes)}).encode()


def deliver(body: bytes, *, signature: str | None = None, delivery_id: str | None = None) -> HttpResponse:
    """Posts a body as PagerDuty does; by default signed with the portal's secret. `signature` "" sends no such header."""
    headers = {"X-PagerDuty-Signature": sign(body, SECRET) if signature is None else signature}
    if not headers["X-PagerDuty-Signature"]:
        headers = {}
    if delivery_id is not None:
        headers["X-Webhook-Id"] = delivery_id
    client = Client(raise_request_exception=False)
    return cast(HttpResponse, client.post(URL, data=body, content_type="application/json", headers=headers))
