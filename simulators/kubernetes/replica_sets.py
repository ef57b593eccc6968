"""The ReplicaSet controller: as many pods as a ReplicaSet wants."""

from __future__ import annotations

from datetime import datetime, timedelta

from simulators.kubernetes.clock import parse
from simulators.kubernetes.kubelet import begin_deletion, is_active, is_ready
from simulators.kubernetes.resources import PODS, REPLICA_SETS, Object
from simulators.kubernetes.shapes import condition, new_meta, owner_reference, pod_of_template, suffix
from simulators.kubernetes.world import World

MOST_AT_ONCE = 500
_COMPONENT = "replicaset-controller"


def make_replica_set(
    world: World, deployment: Object, owner: Object, template: Object, hash_: str, **meta: str
) -> Object:
    """A ReplicaSet of a deployment, without pods yet; `meta` are its annotations."""
    labels = {**template["metadata"]["labels"], "pod-template-hash": hash_}
    own = new_meta(
        f"{deployment['metadata']['name']}-{hash_}",
        deployment["metadata"]["namespace"],
        world.now(),
        generation=1,
        labels=labels,
        annotations=meta,
        ownerReferences=[owner],
    )
    selector = deployment["spec"]["selector"]
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": own,
        "spec": {
            "replicas": 0,
            **({"minReadySeconds": seconds} if (seconds := deployment["spec"].get("minReadySeconds")) else {}),
            "selector": {
                **selector,
                "matchLabels": {**(selector.get("matchLabels") or {}), "pod-template-hash": hash_},
            },
            "template": {**template, "metadata": {**template["metadata"], "labels": labels}},
        },
        "status": {"replicas": 0},
    }


def sync(world: World, replica_set: Object, pods: list[Object]) -> None:
    """Makes or deletes pods, and counts them."""
    active = [pod for pod in pods if is_active(pod)]
    wanted = replica_set["spec"]["replicas"]
    missing = min(MOST_AT_ONCE, wanted - len(active))
    active += [_make_pod(world, replica_set) for _ in range(missing)]
    for pod in sorted(active, key=_rank)[: max(0, len(active) - wanted)]:
        begin_deletion(world, pod)
        active.remove(pod)
        message = f"Deleted pod: {pod['metadata']['name']}"
        world.record(REPLICA_SETS, replica_set, "SuccessfulDelete", message, component=_COMPONENT)
    _count(world, replica_set, active)


def _make_pod(world: World, replica_set: Object) -> Object:
    meta = replica_set["metadata"]
    name = f"{meta['name']}-{suffix()}"
    while world.store.get(PODS, meta["namespace"], name):
        name = f"{meta['name']}-{suffix()}"
    owner = owner_reference(REPLICA_SETS, replica_set)
    pod = pod_of_template(replica_set["spec"]["template"], name, meta["namespace"], world.now(), owner)
    world.record(REPLICA_SETS, replica_set, "SuccessfulCreate", f"Created pod: {name}", component=_COMPONENT)
    return world.store.put(PODS, pod)


def _rank(pod: Object) -> tuple[bool, bool, int, float]:
    """Who goes first: the unscheduled, the unready, those that restarted most, the youngest."""
    restarts = sum(each["restartCount"] for each in pod["status"].get("containerStatuses") or ())
    age = -parse(pod["metadata"]["creationTimestamp"]).timestamp()
    return bool(pod["spec"].get("nodeName")), is_ready(pod), -restarts, age


def is_available(pod: Object, min_ready_seconds: int, now: datetime) -> bool:
    """Whether it has been ready for as long as the deployment wants."""
    if not is_ready(pod):
        return False
    since = condition(pod, "Ready")
    return since is not None and now - parse(since["lastTransitionTime"]) >= timedelta(seconds=min_ready_seconds)


def _count(world: World, replica_set: Object, active: list[Object]) -> None:
    wait = replica_set["spec"].get("minReadySeconds", 0)
    ready = sum(map(is_ready, active))
    available = sum(is_available(pod, wait, world.now()) for pod in active)
    status = {
        "replicas": len(active),
        **({"fullyLabeledReplicas": len(active)} if active else {}),
        **({"readyReplicas": ready} if ready else {}),
        **({"availableReplicas": available} if available else {}),
        "observedGeneration": replica_set["metadata"]["generation"],
    }
    world.store.put(REPLICA_SETS, {**replica_set, "status": status})
