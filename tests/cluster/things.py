"""Pods, deployments, states and entries as tests want them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.database_time import database_now
from cluster.models import CatalogueEntry, ClusterState
from cluster.shapes import WorkloadLine
from integrations.kubernetes.types import Deployment, Pod, Revision

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def pod(name: str, *, app: str = "chatops-gateway", ready: bool = True, **other: Any) -> Pod:
    """A running pod."""
    values: dict[str, Any] = {
        "namespace": "chatops",
        "uid": f"uid-{name}",
        "labels": {"app": app},
        "phase": "Running",
        "reason": "Running" if ready else "CrashLoopBackOff",
        "restarts": 0,
        "node": "node-1",
        "created_at": NOON,
    }
    return Pod(name=name, is_ready=ready, **(values | other))


def deployment(name: str = "chatops-gateway", *, ready: int = 2, replicas: int = 2, **other: Any) -> Deployment:
    """One that is as it should be, or has fewer pods ready."""
    values: dict[str, Any] = {
        "namespace": "chatops",
        "uid": f"uid-{name}",
        "resource_version": "1",
        "generation": 1,
        "observed_generation": 1,
        "updated": replicas,
        "available": ready,
        "unavailable": replicas - ready,
        "revision": 1,
        "state": "complete" if ready == replicas else "progressing",
        "state_reason": "",
        "state_message": "",
        "images": {"app": "chatops/gateway:v1.2.3"},
        "selector": {"app": name},
    }
    return Deployment(name=name, replicas=replicas, ready=ready, **(values | other))


def revision(number: int, *, image: str, minutes_old: float = 0, **other: Any) -> Revision:
    """A revision made so long before noon."""
    values: dict[str, Any] = {
        "replica_set": f"chatops-gateway-{number}",
        "uid": f"uid-{image}",
        "replicas": 0,
        "ready": 0,
        "env": {"app": ()},
        "resources": {"app": ""},
        "template_digest": image,
    }
    return Revision(
        revision=number,
        created_at=NOON - timedelta(minutes=minutes_old),
        images={"app": image},
        **(values | other),
    )


def workload(
    name: str = "chatops-gateway", *, ready: int = 2, replicas: int = 2, state: str = "complete"
) -> WorkloadLine:
    return {
        "name": name,
        "replicas": replicas,
        "ready": ready,
        "updated": replicas,
        "revision": 1,
        "state": state,
        "reason": "",
        "images": {"app": "chatops/gateway:v1.2.3"},
        "restarts": 0,
        "cpu_millicores": None,
        "memory_bytes": None,
    }


def make_state(*workloads: WorkloadLine, **other: Any) -> ClusterState:
    """The namespace as a poll found it a moment ago."""
    values: dict[str, Any] = {
        "namespace": "chatops",
        "succeeded_at": database_now(),
        "workloads": list(workloads),
        "pods_ready": sum(each["ready"] for each in workloads),
        "pods_total": sum(each["replicas"] for each in workloads),
    }
    return ClusterState.objects.create(**(values | other))


def make_entry(number: int = 1, **other: Any) -> CatalogueEntry:
    """A service of the catalogue."""
    values: dict[str, Any] = {
        "pagerduty_id": f"PSVC{number:04d}",
        "name": f"service-{number}",
        "namespace": "chatops",
        "deployment": f"service-{number}",
        "selector": f"app=service-{number}",
    }
    return CatalogueEntry.objects.create(**(values | other))
