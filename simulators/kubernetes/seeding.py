"""The demo's cluster: the namespace `chatops` as it has been running for some days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from simulators.kubernetes import kubelet, replica_sets
from simulators.kubernetes.clock import iso
from simulators.kubernetes.controllers import tick
from simulators.kubernetes.resources import (
    AUTOSCALERS,
    DEPLOYMENTS,
    DISRUPTION_BUDGETS,
    NAMESPACES,
    NODES,
    PODS,
    REPLICA_SETS,
    Object,
)
from simulators.kubernetes.services import SERVICES, Service, template_of
from simulators.kubernetes.shapes import (
    CHANGE_CAUSE,
    REVISION,
    hash_of_template,
    new_meta,
    new_uid,
    owner_reference,
    plain_template,
    pod_of_template,
    set_condition,
    suffix,
    with_meta,
)
from simulators.kubernetes.world import NAMESPACE, World

NODE_NAMES = ("node-1", "node-2", "node-3")
#: The release that fails; it is not deployed until somebody does.
FAULTY_IMAGE, BAD_IMAGE, UNPULLABLE_IMAGE = "chatops/gateway:v1.2.4", "chatops/gateway:v1.2.5", "chatops/gateway:v9.9.9"
_BULK = "bulk"


def seed(world: World) -> None:
    """The default world, once; a world that has been seeded is left alone."""
    with world.transaction():
        if world.setting("seeded"):
            return
        now = world.now()
        for name in ("default", "kube-system", NAMESPACE):
            world.store.put(NAMESPACES, _namespace(name, now))
        for name in NODE_NAMES:
            world.store.put(NODES, _node(name, now))
        world.declare(FAULTY_IMAGE, "faulty")
        world.declare(BAD_IMAGE, "bad")
        world.declare(UNPULLABLE_IMAGE, "unpullable")
        for service in SERVICES:
            _deploy(world, service, now)
            world.set_load(service.label, **service.load)
        _guard(world, now)
        _add_noise(world, now)
        world.change("seeded", "at", iso(now))
        for _ in range(2):  # The deployments count what the ReplicaSets have counted.
            tick(world)


def _namespace(name: str, now: datetime) -> Object:
    meta = new_meta(name, "", now - timedelta(days=200), labels={"kubernetes.io/metadata.name": name})
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": meta,
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def _node(name: str, now: datetime) -> Object:
    conditions = set_condition(
        [], "Ready", "True", now, reason="KubeletReady", message="kubelet is posting ready status"
    )
    amounts = {"cpu": "8", "memory": "32Gi", "pods": "2000"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": new_meta(name, "", now - timedelta(days=200), labels={"kubernetes.io/hostname": name}),
        "spec": {},
        "status": {
            "capacity": amounts,
            "allocatable": amounts,
            "conditions": conditions,
            "nodeInfo": {"kubeletVersion": "v1.34.1"},
        },
    }


def _deploy(world: World, service: Service, now: datetime) -> None:
    """A deployment with its past: one ReplicaSet a version, the last with pods that have run for hours."""
    labels = {"app": service.label, "component": service.container}
    spec = {
        "replicas": service.replicas,
        "selector": {"matchLabels": labels},
        "template": template_of(service, service.versions[-1]),
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    }
    annotations = {REVISION: str(len(service.versions)), CHANGE_CAUSE: f"Deploy {service.name} {service.versions[-1]}"}
    generation = len(service.versions)
    meta = new_meta(
        service.name,
        NAMESPACE,
        now - timedelta(days=120),
        labels=labels,
        annotations=annotations,
        generation=generation,
    )
    deployment: Object = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec, "status": {}}
    owner = owner_reference(DEPLOYMENTS, deployment)
    past: list[Object] = []
    for number, version in enumerate(service.versions, 1):
        template = plain_template(template_of(service, version))
        cause = {CHANGE_CAUSE: f"Deploy {service.name} {version}", REVISION: str(number)}
        made = replica_sets.make_replica_set(world, deployment, owner, template, hash_of_template(template), **cause)
        age = timedelta(days=7 * (generation - number), hours=9)
        past.append(with_meta(made, creationTimestamp=iso(now - age)))
    *old, current = past
    current = {**current, "spec": {**current["spec"], "replicas": service.replicas}}
    for replica_set in (*old, current):
        world.store.put(REPLICA_SETS, replica_set)
    for _ in range(service.replicas):
        world.store.put(PODS, _running_pod(world, current, now - timedelta(hours=9)))
    named = f'ReplicaSet "{current["metadata"]["name"]}"'
    conditions = set_condition(
        [],
        "Progressing",
        "True",
        now - timedelta(hours=9),
        reason="NewReplicaSetAvailable",
        message=f"{named} has successfully progressed.",
        updates=True,
    )
    world.store.put(DEPLOYMENTS, {**deployment, "status": {"conditions": conditions}})


def _running_pod(world: World, replica_set: Object, since: datetime) -> Object:
    """A pod that has been ready since then."""
    meta = replica_set["metadata"]
    owner = owner_reference(REPLICA_SETS, replica_set)
    pod = pod_of_template(replica_set["spec"]["template"], f"{meta['name']}-{suffix()}", NAMESPACE, since, owner)
    node = NODE_NAMES[len(world.store.objects[PODS]) % len(NODE_NAMES)]
    return running(pod, node, since)


def running(pod: Object, node: str, since: datetime) -> Object:
    """A pod as it is when all its containers have been ready since then."""
    conditions: list[Object] = []
    for kind in ("PodScheduled", "Initialized", "Ready", "ContainersReady"):
        conditions = set_condition(conditions, kind, "True", since)
    uid = pod["metadata"]["uid"]
    statuses = [
        kubelet.running_container(container, uid, since, is_ready=True, restarts=0)
        for container in pod["spec"]["containers"]
    ]
    number = int(uid[:4], 16)
    status = {
        **pod["status"],
        "phase": "Running",
        "conditions": conditions,
        "hostIP": "10.0.0.10",
        "podIP": f"10.244.{number >> 8}.{number & 255}",
        "startTime": iso(since),
        "containerStatuses": statuses,
    }
    return {**pod, "spec": {**pod["spec"], "nodeName": node}, "status": status}


def _guard(world: World, now: datetime) -> None:
    """An autoscaler on the web console, a disruption budget on the gateway."""
    past = now - timedelta(days=120)
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "chatops-web"}
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
    }
    world.store.put(
        AUTOSCALERS,
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": new_meta("chatops-web", NAMESPACE, past),
            "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 6, "metrics": [metric]},
            "status": {"currentReplicas": 2, "desiredReplicas": 2, "currentMetrics": None, "conditions": []},
        },
    )
    world.store.put(
        DISRUPTION_BUDGETS,
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": new_meta("chatops-gateway", NAMESPACE, past, generation=1),
            "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "chatops-gateway"}}},
            "status": {},
        },
    )


def _add_noise(world: World, now: datetime) -> None:
    """A nightly job's pod that is done, and one that no node can take."""
    done = _lone_pod(
        "chatops-nightly-29401200", "Job", "chatops-nightly", "chatops/nightly:v1.0.2", now - timedelta(hours=10)
    )
    ended = {
        "exitCode": 0,
        "reason": "Completed",
        "startedAt": iso(now - timedelta(hours=10)),
        "finishedAt": iso(now - timedelta(hours=9, minutes=58)),
    }
    done = running(done, "node-2", now - timedelta(hours=10))
    container = {
        **done["status"]["containerStatuses"][0],
        "ready": False,
        "started": False,
        "state": {"terminated": ended},
    }
    conditions = done["status"]["conditions"]
    for kind in ("Ready", "ContainersReady"):
        conditions = set_condition(
            conditions, kind, "False", now - timedelta(hours=9, minutes=58), reason="PodCompleted"
        )
    status = {**done["status"], "phase": "Succeeded", "conditions": conditions, "containerStatuses": [container]}
    world.store.put(PODS, {**done, "status": status})
    pending = _lone_pod(
        "chatops-report-0", "StatefulSet", "chatops-report", "chatops/report:v0.3.0", now - timedelta(minutes=50)
    )
    message = "0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available: 3 No preemption victims found."
    conditions = set_condition([], "PodScheduled", "False", now, reason="Unschedulable", message=message)
    pending = world.store.put(PODS, {**pending, "status": {**pending["status"], "conditions": conditions}})
    world.record(PODS, pending, "FailedScheduling", message, component="default-scheduler", is_warning=True)


def _lone_pod(name: str, kind: str, app: str, image: str, at: datetime) -> Object:
    """A pod that no ReplicaSet looks after."""
    group = "batch/v1" if kind == "Job" else "apps/v1"
    owner = {"apiVersion": group, "kind": kind, "name": app, "uid": f"{app}-uid", "controller": True}
    template: dict[str, Any] = {
        "metadata": {"labels": {"app": app}},
        "spec": {
            "containers": [
                {"name": app.rpartition("-")[2], "image": image, "resources": {"requests": {"memory": "64Gi"}}}
            ]
        },
    }
    return pod_of_template(template, f"{name}-{suffix()}" if kind == "Job" else name, NAMESPACE, at, owner)


def seed_pods(world: World, count: int, *, namespace: str = NAMESPACE) -> None:
    """That many more running pods (`app=bulk`), which nobody looks after."""
    since = world.now() - timedelta(hours=3)
    like = running(_lone_pod(_BULK, "StatefulSet", _BULK, f"chatops/{_BULK}:v1", since), NODE_NAMES[0], since)
    with world.transaction():
        for number in range(count):
            node = NODE_NAMES[number % len(NODE_NAMES)]
            pod = with_meta(like, name=f"{_BULK}-{number:05}", namespace=namespace, uid=new_uid())
            world.store.put(PODS, {**pod, "spec": {**pod["spec"], "nodeName": node}})
