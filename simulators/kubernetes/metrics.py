"""What pods use and how many requests fail: from the load of their service, the images they run, and what they lost."""

from __future__ import annotations

import math
from datetime import datetime

from simulators.kubernetes.clock import iso
from simulators.kubernetes.kubelet import is_ready
from simulators.kubernetes.resources import PODS, Object
from simulators.kubernetes.shapes import limits_of
from simulators.kubernetes.world import World

#: Per cent of the requests to a pod with a faulty image that fail.
FAULTY_RATE = 5.2
_WINDOW_S = 30


def ready_pods(world: World, app: str) -> list[Object]:
    """The pods of a service that take requests."""
    pods = world.store.objects[PODS].values()
    return [pod for pod in pods if (pod["metadata"].get("labels") or {}).get("app") == app and is_ready(pod)]


def usage(world: World, pod: Object, at: datetime, sharers: int) -> tuple[float, float]:
    """What a pod uses: millicores and bytes. `sharers` is how many pods share its service's requests."""
    if pod["status"]["phase"] != "Running" or not any(
        "running" in each["state"] for each in pod["status"].get("containerStatuses") or ()
    ):
        return 0.0, 0.0
    load = world.load((pod["metadata"].get("labels") or {}).get("app", ""))
    uid = pod["metadata"]["uid"]
    phase = sum(map(ord, uid)) % 97
    wave = 1 + 0.04 * math.sin(at.timestamp() / 23 + phase)
    cpu = load.cpu / max(1, sharers) * wave if is_ready(pod) else 40.0
    memory = (load.memory * wave + world.leaked(uid, at)) * 2**20
    limit_cpu, limit_memory = limits_of(pod)
    return min(cpu, limit_cpu or math.inf), min(memory, limit_memory or math.inf)


def error_rate(world: World, app: str) -> float:
    """Per cent of a service's requests that fail now; 100 where nothing answers."""
    pods = ready_pods(world, app)
    if not pods:
        return 100.0
    usual = world.load(app).errors
    rates = [FAULTY_RATE if is_faulty(world, pod) else usual for pod in pods]
    return sum(rates) / len(rates)


def is_faulty(world: World, pod: Object) -> bool:
    """Whether one of a pod's images fails requests."""
    return any(world.behaviour(container["image"]) == "faulty" for container in pod["spec"]["containers"])


def shares(world: World, app: str) -> list[tuple[Object, float, float]]:
    """Of each ready pod of a service, how much of its limits it uses, in per cent: CPU and memory."""
    pods, now = ready_pods(world, app), world.now()
    found: list[tuple[Object, float, float]] = []
    for pod in pods:
        cpu, memory = usage(world, pod, now, len(pods))
        limit_cpu, limit_memory = limits_of(pod)
        found.append(
            (pod, 100 * cpu / limit_cpu if limit_cpu else 0, 100 * memory / limit_memory if limit_memory else 0)
        )
    return found


def pod_metrics(world: World, pods: list[Object]) -> list[Object]:
    """The `PodMetrics` of the pods that run."""
    now = world.now()
    counted: dict[str, int] = {}
    found: list[Object] = []
    for pod in pods:
        app = (pod["metadata"].get("labels") or {}).get("app", "")
        if app not in counted:
            counted[app] = len(ready_pods(world, app))
        cpu, memory = usage(world, pod, now, counted[app])
        if cpu:
            found.append(_pod_metrics(pod, now, cpu, memory))
    return found


def _pod_metrics(pod: Object, now: datetime, cpu: float, memory: float) -> Object:
    containers = pod["spec"]["containers"]
    # The first container does the work; those beside it idle.
    idle_cpu, idle_memory = 3.0, 12 * 2**20
    beside = len(containers) - 1
    own = (max(1.0, cpu - beside * idle_cpu), max(2.0**20, memory - beside * idle_memory))
    meta = pod["metadata"]
    return {
        "metadata": {
            "name": meta["name"],
            "namespace": meta["namespace"],
            "creationTimestamp": iso(now),
            "labels": meta.get("labels") or {},
        },
        "timestamp": iso(now),
        "window": f"{_WINDOW_S}s",
        "containers": [
            {"name": container["name"], "usage": _amounts(*(own if index == 0 else (idle_cpu, idle_memory)))}
            for index, container in enumerate(containers)
        ],
    }


def _amounts(cpu: float, memory: float) -> dict[str, str]:
    """As the metrics server writes them: nanocores and Ki."""
    return {"cpu": f"{round(cpu * 1e6)}n", "memory": f"{round(memory / 1024)}Ki"}
