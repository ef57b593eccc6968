"""Writes: changes of a deployment and of its scale, deletion of a pod. Each validates, and with a dry run changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulators.kubernetes import validation
from simulators.kubernetes.errors import bad_request, modified, not_found, precondition_failed
from simulators.kubernetes.kubelet import begin_deletion
from simulators.kubernetes.resources import DEPLOYMENTS, PODS, Object
from simulators.kubernetes.shapes import with_meta
from simulators.kubernetes.world import World

_KEPT = ("uid", "creationTimestamp", "generation", "deletionTimestamp", "resourceVersion")


@dataclass(frozen=True)
class Written:
    """The object as it is now, or as it would be; `warnings` are the sentences of the `Warning` headers."""

    body: Object
    warnings: tuple[str, ...] = ()


def deployment_or_404(world: World, namespace: str, name: str) -> Object:
    """The deployment as it is."""
    found = world.store.get(DEPLOYMENTS, namespace, name)
    if found is None:
        raise not_found(DEPLOYMENTS, name)
    return found


def update_deployment(
    world: World,
    namespace: str,
    name: str,
    change: Callable[[Object], Object],
    *,
    is_dry_run: bool,
    is_strict: bool = False,
) -> Written:
    """Replaces a deployment by what `change` makes of it. `is_strict`: an unknown field is refused instead of warned of."""
    before = deployment_or_404(world, namespace, name)
    wanted = change(before)
    _check_identity(before, wanted)
    unknown = validation.unknown_fields(wanted)
    if unknown and is_strict:
        raise bad_request(f"strict decoding error: {', '.join(unknown)}")
    meta = {
        **wanted["metadata"],
        **{field: before["metadata"][field] for field in _KEPT if field in before["metadata"]},
    }
    validation.check_types(wanted.get("spec"))
    after = validation.without_unknown_fields({**before, "metadata": meta, "spec": _with_defaults(wanted["spec"])})
    validation.check_deployment(after, before)
    if after["spec"] != before["spec"]:
        after = with_meta(after, generation=before["metadata"]["generation"] + 1)
    warnings = (*unknown, *world.warnings)
    return Written(after if is_dry_run else world.store.put(DEPLOYMENTS, after), warnings)


def _check_identity(before: Object, wanted: Object) -> None:
    """400 or 409 where the new object is another one, or made from an older one."""
    meta, name = wanted.get("metadata"), before["metadata"]["name"]
    if not isinstance(meta, dict):
        raise bad_request("the object has no metadata")
    if meta.get("name", name) != name:
        raise bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({name})")
    if (namespace := meta.get("namespace")) not in (None, before["metadata"]["namespace"]):
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request: "
            f"{namespace} != {before['metadata']['namespace']}"
        )
    if (kind := (wanted.get("apiVersion"), wanted.get("kind"))) != ("apps/v1", "Deployment"):
        raise bad_request(f"{kind[1]} in version {kind[0]!r} cannot be handled as a Deployment")
    if (uid := meta.get("uid")) not in (None, "", before["metadata"]["uid"]):
        raise precondition_failed(DEPLOYMENTS, name, "UID", str(uid), before["metadata"]["uid"])
    if meta.get("resourceVersion") not in (None, "", before["metadata"]["resourceVersion"]):
        raise modified(DEPLOYMENTS, name)


def _with_defaults(spec: Object) -> Object:
    """What the API server fills in where nothing is said."""
    defaults = {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600}
    filled = {**spec, **{name: value for name, value in defaults.items() if spec.get(name) is None}}
    strategy = filled.get("strategy") or {"type": "RollingUpdate"}
    if strategy.get("type", "RollingUpdate") == "RollingUpdate":
        rolling = {"maxSurge": "25%", "maxUnavailable": "25%"} | (strategy.get("rollingUpdate") or {})
        strategy = {**strategy, "type": "RollingUpdate", "rollingUpdate": rolling}
    return {**filled, "strategy": strategy}


# -- scale -----------------------------------------------------------------------------------------------------------


def scale_of(deployment: Object) -> Object:
    """The `Scale` of a deployment."""
    meta = deployment["metadata"]
    labels = (deployment["spec"]["selector"].get("matchLabels") or {}).items()
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: meta[name] for name in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")},
        "spec": {"replicas": deployment["spec"]["replicas"]},
        "status": {
            "replicas": (deployment.get("status") or {}).get("replicas", 0),
            "selector": ",".join(f"{name}={value}" for name, value in sorted(labels)),
        },
    }


def update_scale(
    world: World, namespace: str, name: str, change: Callable[[Object], Object], *, is_dry_run: bool
) -> Written:
    """Replaces the number of replicas."""
    before = deployment_or_404(world, namespace, name)
    wanted = change(scale_of(before))
    replicas = (wanted.get("spec") or {}).get("replicas", 0)
    validation.check_replicas(name, replicas)

    def with_replicas(deployment: Object) -> Object:
        given = wanted.get("metadata") or {}
        identity = {
            field: given[field] for field in ("name", "namespace", "uid", "resourceVersion") if given.get(field)
        }
        changed = {**deployment, "spec": {**deployment["spec"], "replicas": replicas}}
        return with_meta(changed, **identity)

    written = update_deployment(world, namespace, name, with_replicas, is_dry_run=is_dry_run)
    return Written(scale_of(written.body), written.warnings)


# -- deletion --------------------------------------------------------------------------------------------------------


def delete_pod(
    world: World, namespace: str, name: str, *, preconditions: Object, grace_seconds: int | None, is_dry_run: bool
) -> Written:
    """Deletes a pod, if it is still the one that is meant."""
    pod = world.store.get(PODS, namespace, name)
    if pod is None:
        raise not_found(PODS, name)
    meta = pod["metadata"]
    for field, word in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        wanted = preconditions.get(field)
        if wanted is not None and wanted != meta[field]:
            raise precondition_failed(PODS, name, word, wanted, meta[field])
    warnings = tuple(world.warnings)
    if is_dry_run:
        return Written(pod, warnings)
    return Written(begin_deletion(world, pod, grace_seconds=grace_seconds), warnings)
