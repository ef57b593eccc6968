"""What the integrations hand over, in small."""

from datetime import UTC, datetime
from typing import Any

from integrations.kubernetes.types import ClusterEvent, Container, Deployment, LogExcerpt, Pod, Revision

AT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


def container(name: str = "app", **changes: Any) -> Container:
    fields: dict[str, Any] = {"name": name, "image": "a:1", "is_ready": True, "restarts": 0, "state": "running"}
    return Container(**fields | changes)


def pod(name: str = "chatops-gateway-6c5d7f8b9c-x2x9z", **changes: Any) -> Pod:
    fields: dict[str, Any] = {
        "name": name,
        "namespace": "chatops",
        "uid": name,
        "labels": {"app": "chatops-gateway"},
        "phase": "Running",
        "reason": "Running",
        "is_ready": True,
        "restarts": 0,
        "node": "node-1",
        "created_at": AT,
        "containers": (container(),),
    }
    return Pod(**fields | changes)


def event(involved: str = "Pod/chatops-gateway-6c5d7f8b9c-x2x9z", **changes: Any) -> ClusterEvent:
    fields: dict[str, Any] = {
        "uid": involved,
        "type": "Normal",
        "reason": "Started",
        "message": "Started container app",
        "object": involved,
        "count": 1,
        "last_at": AT,
    }
    return ClusterEvent(**fields | changes)


def excerpt(content: bytes, **changes: Any) -> LogExcerpt:
    fields: dict[str, Any] = {"pod": "p", "container": "app", "content": content, "is_cut": False}
    return LogExcerpt(**fields | changes)


def deployment(**changes: Any) -> Deployment:
    fields: dict[str, Any] = {
        "name": "chatops-gateway",
        "namespace": "chatops",
        "uid": "u",
        "resource_version": "1",
        "generation": 1,
        "observed_generation": 1,
        "replicas": 2,
        "updated": 2,
        "ready": 2,
        "available": 2,
        "unavailable": 0,
        "revision": 2,
        "state": "complete",
        "state_reason": "",
        "state_message": "",
        "images": {"app": "a:2"},
        "selector": {"app": "chatops-gateway"},
    }
    return Deployment(**fields | changes)


def revision(number: int, image: str, **changes: Any) -> Revision:
    fields: dict[str, Any] = {
        "revision": number,
        "replica_set": f"chatops-gateway-{number}",
        "uid": str(number),
        "created_at": AT,
        "replicas": 2,
        "ready": 2,
        "images": {"app": image},
        "env": {"app": ("LOG_LEVEL",)},
        "resources": {"app": "requests cpu=100m"},
        "template_digest": image,
    }
    return Revision(**fields | changes)
