"""PagerDuty's webhooks v3: the signature over the raw bytes, and what an event says.

Source: PagerDuty, «Webhooks v3 overview» and «Verifying webhook signatures»: `X-PagerDuty-Signature` holds comma-separated
`v1=<hex HMAC-SHA256 of the raw body>`, one for each active secret of the subscription.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from integrations.errors import MalformedPayload
from integrations.pagerduty.reading import malformed, read_incident
from integrations.pagerduty.wire import WireDelivery, WireReference
from integrations.types import IncidentSnapshot, WebhookEvent

#: Event types that describe the whole incident, and the word for them on the timeline (None: no line of its own).
SNAPSHOT_EVENTS: Mapping[str, str | None] = {
    "incident.triggered": "triggered",
    "incident.acknowledged": "acknowledged",
    "incident.unacknowledged": "unacknowledged",
    "incident.resolved": "resolved",
    "incident.reopened": "reopened",
    "incident.reassigned": "reassigned",
    "incident.delegated": "delegated",
    "incident.escalated": "escalated",
    "incident.priority_updated": "priority_changed",
    "incident.incident_type.changed": None,
    "incident.service_updated": None,
}
#: Event types that carry only a reference to the incident, with their word.
DETAIL_EVENTS: Mapping[str, str] = {
    "incident.annotated": "note",
    "incident.status_update_published": "status_update",
    "incident.responder.added": "responder_added",
    "incident.responder.replied": "responder_replied",
}


def sign(body: bytes, secret: str) -> str:
    """The signature PagerDuty would send for this body."""
    return "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, header: str, secrets: Sequence[str]) -> bool:
    """Whether any signature in the header fits any of the secrets; every pair is compared, in constant time."""
    given = [part.strip().encode("utf-8", "replace") for part in header.split(",")[:16]]
    fits = False
    for secret in secrets:
        expected = sign(body, secret).encode()
        for signature in given:
            fits |= hmac.compare_digest(expected, signature)
    return fits


def read_delivery(body: bytes) -> WireDelivery:
    """The envelope of a delivery. Raises MalformedPayload on anything but the documented shape."""
    try:
        # Not pydantic's own reader: it refuses half of a surrogate pair, which a title cut in an emoji has.
        return WireDelivery.model_validate(json.loads(body))
    except ValidationError as error:
        raise malformed("delivery", error) from error
    except (ValueError, RecursionError) as error:
        raise MalformedPayload("malformed", "delivery: no JSON") from error


def read_event(body: bytes) -> WebhookEvent:
    """A delivery, read. Types that are unknown or say nothing about an incident have neither snapshot nor fact.

    Raises MalformedPayload.
    """
    event = read_delivery(body).event
    agent = event.agent.read() if event.agent else None
    data = event.data if isinstance(event.data, dict) else {}
    if event.event_type in SNAPSHOT_EVENTS:
        snapshot = read_incident(data, as_of=event.occurred_at, is_from_poll=False)
        kind = SNAPSHOT_EVENTS[event.event_type]
        return WebhookEvent(
            event_id=event.id,
            event_type=event.event_type,
            occurred_at=event.occurred_at,
            incident_id=snapshot.id,
            agent=agent,
            fact_kind=kind,
            data=_snapshot_data(kind, snapshot),
            snapshot=snapshot,
        )
    kind = DETAIL_EVENTS.get(event.event_type)
    return WebhookEvent(
        event_id=event.id,
        event_type=event.event_type,
        occurred_at=event.occurred_at,
        incident_id=_incident_id(data) if kind else None,
        agent=agent,
        fact_kind=kind,
        data=_detail_data(kind, data) if kind else {},
    )


def _snapshot_data(kind: str | None, snapshot: IncidentSnapshot) -> dict[str, str]:
    match kind:
        case "reassigned" | "escalated":
            return {"to": ", ".join(person.name for person in snapshot.people) or "?"}
        case "delegated":
            return {"to": snapshot.escalation_policy.name if snapshot.escalation_policy else "?"}
        case "priority_changed":
            return {"to": snapshot.priority or "–"}
        case _:
            return {}


def _incident_id(data: Mapping[str, Any]) -> str:
    try:
        return WireReference.model_validate(data.get("incident")).id
    except ValidationError as error:
        raise MalformedPayload("malformed", "delivery: event.data.incident: missing or without id") from error


def _detail_data(kind: str, data: Mapping[str, Any]) -> dict[str, str]:
    match kind:
        case "note":
            return {"text": str(data.get("content") or "")}
        case "responder_added" | "responder_replied":
            user = data.get("user") if isinstance(data.get("user"), dict) else {}
            return {"to": str((user or {}).get("summary") or "?"), "text": str(data.get("message") or "")}
        case _:
            return {"text": str(data.get("message") or "")}
