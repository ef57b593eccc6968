"""What somebody else does to the cluster: a deploy, a rollback by a colleague, load that rises, a pod that leaks."""

from __future__ import annotations

from simulators.kubernetes import deployments
from simulators.kubernetes.resources import PODS, Object
from simulators.kubernetes.shapes import CHANGE_CAUSE, plain_template, with_annotations
from simulators.kubernetes.world import NAMESPACE, World
from simulators.kubernetes.writes import deployment_or_404, update_deployment


def deploy(
    world: World, name: str, *, image: str | None = None, env: dict[str, str] | None = None, namespace: str = NAMESPACE
) -> Object:
    """A new release of a deployment: another image of its first container, or environment variables set."""

    def change(before: Object) -> Object:
        template = before["spec"]["template"]
        first, *others = template["spec"]["containers"]
        kept = [each for each in first.get("env") or [] if each["name"] not in (env or {})]
        first = {**first, "env": kept + [{"name": key, "value": value} for key, value in (env or {}).items()]}
        if image is not None:
            first["image"] = image
        template = {**template, "spec": {**template["spec"], "containers": [first, *others]}}
        version = first["image"].rpartition(":")[2]
        changed = {**before, "spec": {**before["spec"], "template": template}}
        return with_annotations(changed, {CHANGE_CAUSE: f"Deploy {name} {version}"})

    with world.transaction():
        return update_deployment(world, namespace, name, change, is_dry_run=False).body


def roll_back(world: World, name: str, *, namespace: str = NAMESPACE) -> Object:
    """Back to the revision before, as `kubectl rollout undo` does. ValueError where there is none."""
    with world.transaction():
        *older, _newest = deployments.sets_of(world, deployment_or_404(world, namespace, name))
        if not older:
            raise ValueError(f"{name} has no earlier revision")
        template = plain_template(older[-1]["spec"]["template"])
        cause = older[-1]["metadata"]["annotations"].get(CHANGE_CAUSE, "")

        def change(before: Object) -> Object:
            changed = {**before, "spec": {**before["spec"], "template": template}}
            return with_annotations(changed, {CHANGE_CAUSE: cause})

        return update_deployment(world, namespace, name, change, is_dry_run=False).body


def scale(world: World, name: str, replicas: int, *, namespace: str = NAMESPACE) -> Object:
    """Another number of replicas."""

    def change(before: Object) -> Object:
        return {**before, "spec": {**before["spec"], "replicas": replicas}}

    with world.transaction():
        return update_deployment(world, namespace, name, change, is_dry_run=False).body


def pods_of(world: World, app: str, *, namespace: str = NAMESPACE) -> list[Object]:
    """The pods of a service (label `app`), in order of name."""
    return [pod for pod in world.store.all(PODS, namespace) if (pod["metadata"].get("labels") or {}).get("app") == app]
