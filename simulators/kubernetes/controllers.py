"""Everything that happens by itself: one `tick` lets every controller look once."""

from __future__ import annotations

from datetime import datetime, timedelta

from simulators.kubernetes import deployments, kubelet, replica_sets
from simulators.kubernetes.clock import iso, parse
from simulators.kubernetes.kubelet import is_active, is_ready
from simulators.kubernetes.resources import (
    AUTOSCALERS,
    DEPLOYMENTS,
    DISRUPTION_BUDGETS,
    PODS,
    REPLICA_SETS,
    Object,
)
from simulators.kubernetes.selectors import selects
from simulators.kubernetes.shapes import with_meta
from simulators.kubernetes.world import World

_AUTOSCALER_LOOKS_EVERY = timedelta(seconds=15)


def tick(world: World) -> None:
    """One round of scheduler, kubelets and controllers."""
    with world.transaction():
        now = world.now()
        for pod in list(world.store.objects[PODS].values()):
            kubelet.step(world, pod, now)
        for deployment in list(world.store.objects[DEPLOYMENTS].values()):
            deployments.sync(world, deployment)
        pods = world.pods_by_owner()
        for replica_set in list(world.store.objects[REPLICA_SETS].values()):
            replica_sets.sync(world, replica_set, pods.get(replica_set["metadata"]["uid"], []))
        for autoscaler in list(world.store.objects[AUTOSCALERS].values()):
            _sync_autoscaler(world, autoscaler, now)
        for budget in list(world.store.objects[DISRUPTION_BUDGETS].values()):
            _sync_budget(world, budget)
        world.forget_old_events()


def _sync_autoscaler(world: World, autoscaler: Object, now: datetime) -> None:
    """Brings a deployment back between its bounds; load alone moves nothing, since the demo's services are busy elsewhere."""
    spec, status = autoscaler["spec"], autoscaler.get("status") or {}
    namespace, name = autoscaler["metadata"]["namespace"], spec["scaleTargetRef"]["name"]
    deployment = world.store.get(DEPLOYMENTS, namespace, name)
    if deployment is None:
        return
    replicas = deployment["spec"]["replicas"]
    wanted = min(max(replicas, spec.get("minReplicas", 1)), spec["maxReplicas"])
    last = status.get("lastScaleTime")
    if replicas and wanted != replicas and (last is None or now - parse(last) >= _AUTOSCALER_LOOKS_EVERY):
        generation = deployment["metadata"]["generation"] + 1
        changed = {**deployment, "spec": {**deployment["spec"], "replicas": wanted}}
        world.store.put(DEPLOYMENTS, with_meta(changed, generation=generation))
        side = "below the minimum" if wanted > replicas else "above the maximum"
        message = f"New size: {wanted}; reason: Current number of replicas {side} of Spec"
        world.record(AUTOSCALERS, autoscaler, "SuccessfulRescale", message, component="horizontal-pod-autoscaler")
        status = {**status, "lastScaleTime": iso(now)}
    current = (deployment.get("status") or {}).get("replicas", 0)
    world.store.put(
        AUTOSCALERS, {**autoscaler, "status": {**status, "currentReplicas": current, "desiredReplicas": wanted}}
    )


def _sync_budget(world: World, budget: Object) -> None:
    spec, namespace = budget["spec"], budget["metadata"]["namespace"]
    pods = [
        pod
        for (where, _name), pod in world.store.objects[PODS].items()
        if where == namespace and selects(spec.get("selector"), pod["metadata"].get("labels") or {}) and is_active(pod)
    ]
    healthy, expected = sum(map(is_ready, pods)), len(pods)
    desired = spec["minAvailable"] if "minAvailable" in spec else max(0, expected - spec["maxUnavailable"])
    status = {
        **(budget.get("status") or {}),
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "disruptionsAllowed": max(0, healthy - desired),
        "expectedPods": expected,
        "observedGeneration": budget["metadata"].get("generation", 1),
    }
    world.store.put(DISRUPTION_BUDGETS, {**budget, "status": status})
