"""Objects as the API server writes them, for tests of what reads them."""

import json
from typing import Any

type Json = dict[str, Any]

CREATED = "2026-11-01T08:00:00Z"


def body(found: object) -> bytes:
    return json.dumps(found).encode()


def status(name: str = "app", **fields: Any) -> Json:
    """A container's status: running and ready unless told otherwise."""
    running = {"state": {"running": {"startedAt": CREATED}}, "ready": True, "restartCount": 0, "image": "app:1"}
    return {"name": name, **running, "lastState": {}, **fields}


def waiting(reason: str, **fields: Any) -> Json:
    return status(state={"waiting": {"reason": reason}}, ready=False, **fields)


def ended(**fields: Any) -> Json:
    return {"terminated": {"exitCode": 0, "startedAt": CREATED, "finishedAt": CREATED, **fields}}


def pod(name: str = "app-6c5d-x2x9z", **changes: Any) -> Json:
    """A running pod of a ReplicaSet; `metadata`, `spec` and `status` are merged."""
    usual: Json = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "chatops",
            "uid": f"uid-of-{name}",
            "resourceVersion": "17",
            "creationTimestamp": CREATED,
            "labels": {"app": "app", "pod-template-hash": "6c5d"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "app-6c5d", "uid": "rs", "controller": True}],
        },
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "app:1"}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Initialized", "status": "True"}, {"type": "Ready", "status": "True"}],
            "containerStatuses": [status()],
        },
    }
    return merged(usual, changes)


def deployment(**changes: Any) -> Json:
    """A deployment whose rollout is complete."""
    usual: Json = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "app",
            "namespace": "chatops",
            "uid": "uid-of-app",
            "resourceVersion": "41",
            "generation": 3,
            "creationTimestamp": CREATED,
            "annotations": {"deployment.kubernetes.io/revision": "3"},
        },
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "app"}},
            "progressDeadlineSeconds": 600,
            "template": template(),
        },
        "status": {
            "observedGeneration": 3,
            "replicas": 2,
            "updatedReplicas": 2,
            "readyReplicas": 2,
            "availableReplicas": 2,
            "conditions": [
                {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "has them"},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "message": "went well"},
            ],
        },
    }
    return merged(usual, changes)


def template(*, image: str = "app:1", env: list[Json] | None = None, **labels: str) -> Json:
    container: Json = {
        "name": "app",
        "image": image,
        "env": [{"name": "MODE", "value": "quiet"}] if env is None else env,
        "resources": {"requests": {"memory": "128Mi", "cpu": "100m"}, "limits": {"memory": "256Mi"}},
    }
    return {
        "metadata": {"labels": {"app": "app", **labels}, "creationTimestamp": None},
        "spec": {"containers": [container]},
    }


def replica_set(revision: int, *, owner: str = "uid-of-app", **fields: Any) -> Json:
    """The ReplicaSet that keeps a revision; `fields` are template()'s."""
    return {
        "metadata": {
            "name": f"app-{revision}",
            "uid": f"rs-{revision}",
            "creationTimestamp": CREATED,
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "ownerReferences": [{"kind": "Deployment", "name": "app", "uid": owner, "controller": True}],
        },
        "spec": {"replicas": 0, "template": template(**{"pod-template-hash": f"hash{revision}", **fields})},
        "status": {"replicas": 0},
    }


def merged(usual: Json, changes: Json) -> Json:
    return {
        key: {**usual[key], **changes.get(key, {})} if isinstance(usual[key], dict) else usual[key] for key in usual
    }
