"""Webhook deliveries as PagerDuty sends them (v3, some 2 KB, signed), with names and instants of our own."""

import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime

from benchmarks._portal import WEBHOOK_SECRET

SERVICES = [("PGATEWY", "chatops-gateway"), ("PENGINE", "chatops-engine"), ("PWEBAPP", "chatops-web")]


def incident_id(number: int) -> str:
    return f"PBENCH{number:07d}"


def delivery(number: int) -> bytes:
    """The body of `incident.triggered` for one more incident; `number` tells it from the others."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    service_id, service_name = SERVICES[number % len(SERVICES)]
    key = incident_id(number)
    data = {
        "id": key,
        "type": "incident",
        "self": f"https://api.pagerduty.com/incidents/{key}",
        "html_url": f"https://chatops.pagerduty.example/incidents/{key}",
        "number": number,
        "status": "triggered",
        "incident_key": uuid.uuid4().hex,
        "created_at": now,
        "title": f"[P2] {service_name}: error rate 5.2% over 1% for five minutes ({number})",
        "service": _reference(service_id, "service", service_name),
        "assignees": [_reference("PRESP01", "user", "Lin Yu-ting")],
        "escalation_policy": _reference("PEPCHAT", "escalation_policy", "chatops on-call"),
        "teams": [_reference("PTEAM01", "team", "ChatOps")],
        "priority": _reference("PPRIO02", "priority", "P2"),
        "urgency": "high",
        "conference_bridge": {
            "conference_number": "+1 1234123412,,987654321#",
            "conference_url": "https://example.com",
        },
        "resolve_reason": None,
    }
    event = {
        "id": f"01BENCH{uuid.uuid4().hex[:19].upper()}",
        "event_type": "incident.triggered",
        "resource_type": "incident",
        "occurred_at": now,
        "agent": _reference(service_id, "service", service_name),
        "client": {"name": "Monitoring Service", "url": "https://monitoring.example.com"},
        "data": data,
    }
    return json.dumps({"event": event}).encode()


def _reference(key: str, kind: str, name: str) -> dict[str, str]:
    return {
        "id": key,
        "type": f"{kind}_reference",
        "summary": name,
        "self": f"https://api.pagerduty.com/{kind}s/{key}",
        "html_url": f"https://chatops.pagerduty.example/{kind}s/{key}",
    }


def headers(body: bytes) -> dict[str, str]:
    """The headers that go with a body; every call makes another delivery of it."""
    signature = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-PagerDuty-Signature": f"v1={signature}",
        "X-Webhook-Id": str(uuid.uuid4()),
        "X-Webhook-Subscription": "PBENCHSUB",
        "User-Agent": "PagerDuty-Webhook/V3.0",
    }


def request(body: bytes, *, path: str, port: int) -> bytes:
    """A whole HTTP/1.1 request."""
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers(body).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
