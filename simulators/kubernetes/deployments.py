"""The deployment controller: revisions, rolling updates, and how far they have come."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta

from simulators.kubernetes import replica_sets
from simulators.kubernetes.clock import iso, parse
from simulators.kubernetes.resources import DEPLOYMENTS, REPLICA_SETS, Object
from simulators.kubernetes.shapes import (
    REVISION,
    REVISION_HISTORY,
    hash_of_template,
    is_owned_by,
    owner_reference,
    plain_template,
    revision_of,
    set_condition,
    with_annotations,
    with_meta,
)
from simulators.kubernetes.world import World

_COMPONENT = "deployment-controller"
_DESIRED, _MOST = "deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas"
_NOT_COPIED = {"kubectl.kubernetes.io/last-applied-configuration", REVISION, REVISION_HISTORY, _DESIRED, _MOST}


def sets_of(world: World, deployment: Object) -> list[Object]:
    """Its ReplicaSets, oldest revision first."""
    found = [body for body in world.store.objects[REPLICA_SETS].values() if is_owned_by(body, deployment)]
    return sorted(found, key=revision_of)


def sync(world: World, deployment: Object) -> None:
    """One look at a deployment: whatever is due is done, and its status says how things stand."""
    sets = sets_of(world, deployment)
    template = plain_template(deployment["spec"]["template"])
    current = next((each for each in reversed(sets) if plain_template(each["spec"]["template"]) == template), None)
    is_paused = deployment["spec"].get("paused", False)
    if not is_paused:
        if current is None:
            current = _new_set(world, deployment, template, sets)
            reason, message = "NewReplicaSetCreated", f'Created new replica set "{current["metadata"]["name"]}"'
        else:
            current = _as_newest(world, deployment, current, sets)
            reason, message = "FoundNewReplicaSet", f'Found new replica set "{current["metadata"]["name"]}"'
        if revision_of(deployment) != revision_of(current):
            deployment = with_annotations(deployment, {REVISION: str(revision_of(current))})
            deployment = _progressing(world, deployment, reason, message)
    sets = sets_of(world, deployment)
    old = [each for each in sets if current is None or each["metadata"]["uid"] != current["metadata"]["uid"]]
    if is_paused:
        _scale_only(
            world, deployment, [each for each in sets if each["spec"]["replicas"]] or ([current] if current else [])
        )
    elif current is not None:
        _roll(world, deployment, current, old)
        _forget_old_revisions(world, deployment, old)
    _report(world, deployment, current)


# -- revisions -------------------------------------------------------------------------------------------------------


def _copied(deployment: Object) -> dict[str, str]:
    """The annotations that a ReplicaSet takes over, change cause and all."""
    annotations = deployment["metadata"].get("annotations") or {}
    return {name: value for name, value in annotations.items() if name not in _NOT_COPIED}


def _new_set(world: World, deployment: Object, template: Object, sets: list[Object]) -> Object:
    revision = max((revision_of(each) for each in sets), default=0) + 1
    annotations = {**_copied(deployment), **_bounds(deployment), REVISION: str(revision)}
    owner = owner_reference(DEPLOYMENTS, deployment)
    made = replica_sets.make_replica_set(world, deployment, owner, template, hash_of_template(template), **annotations)
    return world.store.put(REPLICA_SETS, made)


def _as_newest(world: World, deployment: Object, current: Object, sets: list[Object]) -> Object:
    """The current template's set has the highest revision; one that is used again gets a new number and keeps its old ones."""
    own, others = revision_of(current), [revision_of(each) for each in sets if each is not current]
    annotations = _copied(deployment) | _bounds(deployment)
    if others and max(others) > own:
        history = (current["metadata"]["annotations"].get(REVISION_HISTORY) or "").split(",")
        annotations[REVISION] = str(max(others) + 1)
        annotations[REVISION_HISTORY] = ",".join([*filter(None, history), str(own)])
    return world.store.put(REPLICA_SETS, with_annotations(current, annotations))


def _bounds(deployment: Object) -> dict[str, str]:
    replicas = deployment["spec"]["replicas"]
    return {_DESIRED: str(replicas), _MOST: str(replicas + limits(deployment)[0])}


def _forget_old_revisions(world: World, deployment: Object, old: list[Object]) -> None:
    keep = deployment["spec"].get("revisionHistoryLimit", 10)
    done = [each for each in old if not each["spec"]["replicas"] and not each["status"]["replicas"]]
    for each in done[: max(0, len(done) - keep)]:
        world.store.remove(REPLICA_SETS, each)


# -- rolling ---------------------------------------------------------------------------------------------------------


def limits(deployment: Object) -> tuple[int, int]:
    """How many pods may be too many and how many may be missing while it rolls."""
    strategy, replicas = deployment["spec"].get("strategy") or {}, deployment["spec"]["replicas"]
    if strategy.get("type") == "Recreate":
        return 0, replicas
    rolling = strategy.get("rollingUpdate") or {}
    surge = _share(rolling.get("maxSurge", "25%"), replicas, math.ceil)
    missing = _share(rolling.get("maxUnavailable", "25%"), replicas, math.floor)
    return (surge, missing) if surge or missing else (0, 1)


def _share(value: int | str, replicas: int, rounded: Callable[[float], int]) -> int:
    if isinstance(value, int):
        return value
    return rounded(replicas * int(value.removesuffix("%")) / 100)


def _scale(world: World, deployment: Object, replica_set: Object, replicas: int) -> Object:
    """Changes how many pods one ReplicaSet wants."""
    before, meta = replica_set["spec"]["replicas"], replica_set["metadata"]
    if replicas == before:
        return replica_set
    way = "up" if replicas > before else "down"
    message = f"Scaled {way} replica set {meta['name']} from {before} to {replicas}"
    world.record(DEPLOYMENTS, deployment, "ScalingReplicaSet", message, component=_COMPONENT)
    changed = {**replica_set, "spec": {**replica_set["spec"], "replicas": replicas}}
    return world.store.put(REPLICA_SETS, with_meta(changed, generation=meta["generation"] + 1))


def _scale_only(world: World, deployment: Object, active: list[Object]) -> None:
    """A paused deployment still has as many pods as it wants."""
    if active:
        others = sum(each["spec"]["replicas"] for each in active[:-1])
        _scale(world, deployment, active[-1], max(0, deployment["spec"]["replicas"] - others))


def _roll(world: World, deployment: Object, current: Object, old: list[Object]) -> None:
    wanted, (surge, missing) = deployment["spec"]["replicas"], limits(deployment)
    is_recreated = (deployment["spec"].get("strategy") or {}).get("type") == "Recreate"
    total = sum(each["spec"]["replicas"] for each in [current, *old])
    if is_recreated:
        for each in old:
            _scale(world, deployment, each, 0)
        pods = world.pods_by_owner()
        if any(pods.get(each["metadata"]["uid"]) for each in old):
            return  # Those that are ending still count.
        _scale(world, deployment, current, wanted)
        return
    if current["spec"]["replicas"] > wanted:
        _scale(world, deployment, current, wanted)
    elif (room := wanted + surge - total) > 0:
        current = _scale(world, deployment, current, min(wanted, current["spec"]["replicas"] + room))
    _shrink_old(world, deployment, current, old, least=wanted - missing)


def _shrink_old(world: World, deployment: Object, current: Object, old: list[Object], *, least: int) -> None:
    """Old pods go as far as enough others are available; those that are not available go first."""
    active = [each for each in old if each["spec"]["replicas"]]
    not_ready = current["spec"]["replicas"] - current["status"].get("availableReplicas", 0)
    total = sum(each["spec"]["replicas"] for each in [current, *active])
    surplus = total - least - not_ready
    if surplus <= 0:
        return
    for index, each in enumerate(active):
        broken = each["spec"]["replicas"] - each["status"].get("availableReplicas", 0)
        away = min(broken, surplus)
        if away > 0:
            surplus -= away
            active[index] = _scale(world, deployment, each, each["spec"]["replicas"] - away)
    available = sum(each["status"].get("availableReplicas", 0) for each in [current, *active])
    spare = available - least
    for each in active:
        away = min(each["spec"]["replicas"], max(0, spare))
        if away > 0:
            spare -= away
            _scale(world, deployment, each, each["spec"]["replicas"] - away)


# -- status ----------------------------------------------------------------------------------------------------------


def _progressing(world: World, deployment: Object, reason: str, message: str, status: str = "True") -> Object:
    conditions = (deployment.get("status") or {}).get("conditions") or []
    conditions = set_condition(
        conditions, "Progressing", status, world.now(), reason=reason, message=message, updates=True
    )
    return world.store.put(
        DEPLOYMENTS, {**deployment, "status": {**(deployment.get("status") or {}), "conditions": conditions}}
    )


def _report(world: World, deployment: Object, current: Object | None) -> None:
    now, wanted, sets = world.now(), deployment["spec"]["replicas"], sets_of(world, deployment)
    counted = [each["status"] for each in sets]
    new: Object = next(
        (s["status"] for s in sets if current is not None and s["metadata"]["uid"] == current["metadata"]["uid"]), {}
    )
    total, updated = sum(each["replicas"] for each in counted), new.get("replicas", 0)
    ready, available = (sum(each.get(name, 0) for each in counted) for name in ("readyReplicas", "availableReplicas"))
    unavailable = max(0, max(total, wanted) - available)
    before = deployment.get("status") or {}
    least = wanted - limits(deployment)[1]
    is_available = available >= least
    conditions = set_condition(
        before.get("conditions") or [],
        "Available",
        "True" if is_available else "False",
        now,
        reason="MinimumReplicasAvailable" if is_available else "MinimumReplicasUnavailable",
        message=f"Deployment {'has' if is_available else 'does not have'} minimum availability.",
        updates=True,
    )
    is_complete = updated == wanted == total == available
    was_updated, was_total, was_ready, was_available = _marks(before)
    has_moved = (
        updated > was_updated
        or total - updated < was_total - was_updated
        or ready > was_ready
        or available > was_available
    )
    conditions = _progress(
        deployment, current, conditions, now, is_complete=is_complete, is_whole=total == updated, has_moved=has_moved
    )
    counts = {
        "replicas": total,
        "updatedReplicas": updated,
        "readyReplicas": ready,
        "availableReplicas": available,
        "unavailableReplicas": unavailable,
    }
    status = {
        "observedGeneration": deployment["metadata"]["generation"],
        **{name: count for name, count in counts.items() if count},
        "conditions": conditions,
    }
    world.store.put(DEPLOYMENTS, {**deployment, "status": status})


def _marks(status: Object) -> tuple[int, ...]:
    return tuple(status.get(name, 0) for name in ("updatedReplicas", "replicas", "readyReplicas", "availableReplicas"))


def _progress(
    deployment: Object,
    current: Object | None,
    conditions: list[Object],
    now: datetime,
    *,
    is_complete: bool,
    is_whole: bool,
    has_moved: bool,
) -> list[Object]:
    """The condition Progressing: complete, moving, or out of time. A rollout that was complete stays so
    while no other template comes (`is_whole`), whatever becomes of its pods."""
    if deployment["spec"].get("paused") or current is None:
        return set_condition(
            conditions,
            "Progressing",
            "Unknown",
            now,
            reason="DeploymentPaused",
            message="Deployment is paused",
            updates=True,
        )
    named = f'ReplicaSet "{current["metadata"]["name"]}"'
    before = next((each for each in conditions if each["type"] == "Progressing"), None)
    if is_complete:
        reason, message = "NewReplicaSetAvailable", f"{named} has successfully progressed."
        return set_condition(conditions, "Progressing", "True", now, reason=reason, message=message, updates=True)
    if before is not None and before["reason"] == "NewReplicaSetAvailable" and is_whole:
        return conditions
    if has_moved or before is None or before["reason"] == "DeploymentPaused":
        reason, message = "ReplicaSetUpdated", f"{named} is progressing."
        moved = set_condition(conditions, "Progressing", "True", now, reason=reason, message=message, updates=True)
        return [{**each, "lastUpdateTime": iso(now)} if each["type"] == "Progressing" else each for each in moved]
    patience = timedelta(seconds=deployment["spec"].get("progressDeadlineSeconds", 600))
    if before["status"] == "True" and now - parse(before["lastUpdateTime"]) > patience:
        reason, message = "ProgressDeadlineExceeded", f"{named} has timed out progressing."
        return set_condition(conditions, "Progressing", "False", now, reason=reason, message=message, updates=True)
    return conditions
