"""Scheduler and kubelet: what becomes of a pod after somebody asked for it.

All of it follows from the pod's own status and the clock, so that a restart of the simulator goes on where it stopped.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from simulators.kubernetes.clock import iso, parse
from simulators.kubernetes.resources import NODES, PODS, Object
from simulators.kubernetes.shapes import condition, in_bytes, is_true, owner_of, set_condition, with_meta
from simulators.kubernetes.world import World

PULL, READY_AFTER, CRASH_AFTER, KILL_AFTER = (timedelta(seconds=each) for each in (2, 4, 3, 2))
FIRST_BACK_OFF, LONGEST_BACK_OFF = 10, 300
_OOM, _ERROR = 137, 1
_TRY_AGAIN_EVERY = 300


def step(world: World, pod: Object, now: datetime) -> None:
    """What is due for one pod."""
    deleted_at = pod["metadata"].get("deletionTimestamp")
    if deleted_at is not None:
        grace = timedelta(seconds=pod["metadata"].get("deletionGracePeriodSeconds", 30))
        if now >= parse(deleted_at) - grace + min(KILL_AFTER, grace):
            world.store.remove(PODS, pod)
            world.change("leaks", pod["metadata"]["uid"], None)
        return
    owner = owner_of(pod)
    if owner is None or owner["kind"] != "ReplicaSet":
        # Somebody else's: it stays as it is.
        if int(now.timestamp()) % _TRY_AGAIN_EVERY == 0 and pod["status"]["phase"] == "Pending":
            _fail_to_schedule(world, pod)
        return
    if not pod["spec"].get("nodeName"):
        _schedule(world, pod, now)
    else:
        _run(world, pod, now)


def _event(
    world: World, pod: Object, reason: str, message: str, *, container: str = "", is_warning: bool = False
) -> None:
    world.record(
        PODS,
        pod,
        reason,
        message,
        component="kubelet",
        host=pod["spec"].get("nodeName", ""),
        field_path=f"spec.containers{{{container}}}" if container else "",
        is_warning=is_warning,
    )


def _fail_to_schedule(world: World, pod: Object) -> None:
    """The scheduler has tried again, and found no node again."""
    found = condition(pod, "PodScheduled")
    if found is not None and found["status"] == "False":
        world.record(PODS, pod, "FailedScheduling", found["message"], component="default-scheduler", is_warning=True)


def _schedule(world: World, pod: Object, now: datetime) -> None:
    nodes = sorted(meta["name"] for meta in (node["metadata"] for node in world.store.objects[NODES].values()))
    used = [each["spec"].get("nodeName") for each in world.store.objects[PODS].values()]
    node = min(nodes, key=used.count)
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    address = hashlib.sha256(pod["metadata"]["uid"].encode()).digest()
    conditions: list[Object] = []
    for kind in ("PodScheduled", "Initialized", "Ready", "ContainersReady"):
        conditions = set_condition(conditions, kind, str("Ready" not in kind), now)
    status = {
        **pod["status"],
        "conditions": conditions,
        "hostIP": f"10.0.0.{nodes.index(node) + 10}",
        "podIP": f"10.244.{address[0] % 8}.{address[1]}",
        "startTime": iso(now),
        "containerStatuses": [
            {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "ready": False,
                "started": False,
                "restartCount": 0,
                "state": {"waiting": {"reason": "ContainerCreating"}},
                "lastState": {},
            }
            for container in pod["spec"]["containers"]
        ],
    }
    world.store.put(PODS, {**pod, "spec": {**pod["spec"], "nodeName": node}, "status": status})
    world.record(
        PODS, pod, "Scheduled", f"Successfully assigned {namespace}/{name} to {node}", component="default-scheduler"
    )


def _run(world: World, pod: Object, now: datetime) -> None:
    before = pod["status"].get("containerStatuses") or []
    after = [_advance(world, pod, container, now) for container in before]
    if after == before:
        return
    all_ready = all(each["ready"] for each in after)
    is_running = any("running" in each["state"] or each["restartCount"] for each in after)
    conditions = pod["status"]["conditions"]
    unready = [each["name"] for each in after if not each["ready"]]
    reason, message = (
        ("", "") if all_ready else ("ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]")
    )
    for kind in ("Ready", "ContainersReady"):
        conditions = set_condition(conditions, kind, str(all_ready), now, reason=reason, message=message)
    phase = "Running" if is_running or pod["status"]["phase"] == "Running" else "Pending"
    status = {**pod["status"], "phase": phase, "conditions": conditions, "containerStatuses": after}
    world.store.put(PODS, {**pod, "status": status})


def _advance(world: World, pod: Object, container: Object, now: datetime) -> Object:
    """One container's status, a step on."""
    state = container["state"]
    if "running" in state:
        return _watch_over(world, pod, container, now)
    reason = state["waiting"]["reason"]
    if reason == "ContainerCreating":
        return _pull(world, pod, container, now)
    if reason == "CrashLoopBackOff":
        ended = parse(container["lastState"]["terminated"]["finishedAt"])
        if now - ended >= back_off(container["restartCount"]):
            return _start(world, pod, container, now, is_restart=True)
        return container
    if world.behaviour(container["image"]) != "unpullable":
        return _start(world, pod, container, now, is_restart=False)
    return _refuse_to_pull(world, pod, container, now)


def back_off(restarts: int) -> timedelta:
    """How long the kubelet waits before it starts a container again."""
    return timedelta(seconds=min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** max(0, restarts - 1)))


def _pull(world: World, pod: Object, container: Object, now: datetime) -> Object:
    image = container["image"]
    if now - parse(pod["status"]["startTime"]) < PULL:
        return container
    _event(world, pod, "Pulling", f'Pulling image "{image}"', container=container["name"])
    if world.behaviour(image) == "unpullable":
        return _refuse_to_pull(world, pod, container, now)
    message = f'Successfully pulled image "{image}" in 1.204s (1.204s including waiting). Image size: 48211034 bytes.'
    _event(world, pod, "Pulled", message, container=container["name"])
    return _start(world, pod, container, now, is_restart=False)


def _refuse_to_pull(world: World, pod: Object, container: Object, now: datetime) -> Object:
    image, name = container["image"], container["name"]
    why = f'failed to pull and unpack image "docker.io/{image}": failed to resolve reference "docker.io/{image}": not found'
    waiting = container["state"]["waiting"]
    if waiting["reason"] == "ContainerCreating":
        _event(world, pod, "Failed", f'Failed to pull image "{image}": {why}', container=name, is_warning=True)
        _event(world, pod, "Failed", "Error: ErrImagePull", container=name, is_warning=True)
        return {**container, "state": {"waiting": {"reason": "ErrImagePull", "message": why}}}
    if waiting["reason"] == "ErrImagePull":
        _event(world, pod, "BackOff", f'Back-off pulling image "{image}"', container=name)
        _event(world, pod, "Failed", "Error: ImagePullBackOff", container=name, is_warning=True)
        message = f'Back-off pulling image "{image}": ErrImagePull: {why}'
        return {**container, "state": {"waiting": {"reason": "ImagePullBackOff", "message": message}}}
    if int(now.timestamp()) % FIRST_BACK_OFF == 0:
        _event(world, pod, "BackOff", f'Back-off pulling image "{image}"', container=name)
    return container


def _start(world: World, pod: Object, container: Object, now: datetime, *, is_restart: bool) -> Object:
    name, image = container["name"], container["image"]
    if is_restart:
        _event(world, pod, "Pulled", f'Container image "{image}" already present on machine', container=name)
    _event(world, pod, "Created", f"Created container: {name}", container=name)
    _event(world, pod, "Started", f"Started container {name}", container=name)
    return running_container(
        container, pod["metadata"]["uid"], now, is_ready=False, restarts=container["restartCount"] + is_restart
    )


def running_container(container: Object, uid: str, since: datetime, *, is_ready: bool, restarts: int) -> Object:
    """The status of a container that runs."""
    image = container["image"]
    run = hashlib.sha256(f"{uid}{container['name']}{restarts}".encode()).hexdigest()
    return {
        "name": container["name"],
        "image": image,
        "imageID": f"docker.io/{image.partition(':')[0]}@sha256:{hashlib.sha256(image.encode()).hexdigest()}",
        "containerID": f"containerd://{run}",
        "ready": is_ready,
        "started": True,
        "restartCount": restarts,
        "state": {"running": {"startedAt": iso(since)}},
        "lastState": container.get("lastState") or {},
    }


def _watch_over(world: World, pod: Object, container: Object, now: datetime) -> Object:
    started_at = parse(container["state"]["running"]["startedAt"])
    if _is_out_of_memory(world, pod, now):
        world.change("leaks", pod["metadata"]["uid"], None)
        return _end(world, pod, container, now, code=_OOM, reason="OOMKilled")
    if world.behaviour(container["image"]) == "bad":
        if now - started_at >= CRASH_AFTER:
            return _end(world, pod, container, now, code=_ERROR, reason="Error")
        if not container["ready"]:
            message = "Readiness probe failed: HTTP probe failed with statuscode: 503"
            _event(world, pod, "Unhealthy", message, container=container["name"], is_warning=True)
        return container
    if not container["ready"] and now - started_at >= READY_AFTER:
        return {**container, "ready": True}
    return container


def _is_out_of_memory(world: World, pod: Object, now: datetime) -> bool:
    leaked = world.leaked(pod["metadata"]["uid"], now)
    if not leaked:
        return False
    limit = (pod["spec"]["containers"][0].get("resources") or {}).get("limits", {}).get("memory")
    return limit is not None and (
        leaked + world.load(pod["metadata"]["labels"].get("app", "")).memory
    ) * 2**20 >= in_bytes(limit)


def _end(world: World, pod: Object, container: Object, now: datetime, *, code: int, reason: str) -> Object:
    ended = {
        "exitCode": code,
        "reason": reason,
        "startedAt": container["state"]["running"]["startedAt"],
        "finishedAt": iso(now),
        "containerID": container["containerID"],
    }
    container = {**container, "lastState": {"terminated": ended}, "ready": False, "started": False}
    if container["restartCount"] == 0:
        return _start(world, pod, container, now, is_restart=True)
    meta, name = pod["metadata"], container["name"]
    where = f"pod={meta['name']}_{meta['namespace']}({meta['uid']})"
    _event(
        world,
        pod,
        "BackOff",
        f"Back-off restarting failed container {name} in pod {meta['name']}_{meta['namespace']}({meta['uid']})",
        container=name,
        is_warning=True,
    )
    seconds = int(back_off(container["restartCount"]).total_seconds())
    wait = f"{seconds // 60}m{seconds % 60}s" if seconds >= 60 else f"{seconds}s"
    message = f"back-off {wait} restarting failed container={name} {where}"
    return {**container, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": message}}}


def begin_deletion(world: World, pod: Object, *, grace_seconds: int | None = None) -> Object:
    """Deletes a pod as the API server and the kubelet do: at once where nothing runs, else after it was told to stop."""
    grace = pod["spec"].get("terminationGracePeriodSeconds", 30) if grace_seconds is None else grace_seconds
    if pod["metadata"].get("deletionTimestamp") and grace:
        return pod
    if grace == 0 or not pod["spec"].get("nodeName") or pod["status"]["phase"] in ("Succeeded", "Failed"):
        world.change("leaks", pod["metadata"]["uid"], None)
        return world.store.remove(PODS, pod)
    now = world.now()
    ends = iso(now + timedelta(seconds=grace))
    ending = world.store.put(PODS, with_meta(pod, deletionTimestamp=ends, deletionGracePeriodSeconds=grace))
    for container in pod["spec"]["containers"]:
        _event(world, pod, "Killing", f"Stopping container {container['name']}", container=container["name"])
    return ending


def is_active(pod: Object) -> bool:
    """Whether its ReplicaSet counts it."""
    return not pod["metadata"].get("deletionTimestamp") and pod["status"]["phase"] not in ("Failed", "Succeeded")


def is_ready(pod: Object) -> bool:
    """Whether it takes requests."""
    return is_true(pod, "Ready") and not pod["metadata"].get("deletionTimestamp")
