"""What the portal changes in a cluster.

Each change can be tried out first (`dry_run`: the API server validates, answers as if, and stores nothing), holds only while
the object is the one that was looked at, and bears a mark: it goes into the deployment in the same patch, so that whoever lost
an answer finds it there, or knows that the change did not arrive.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from integrations.errors import Refused
from integrations.kubernetes import revisions as history
from integrations.kubernetes.paths import APPS, CORE, path
from integrations.kubernetes.reading import read_write
from integrations.kubernetes.revisions import Json
from integrations.kubernetes.types import Write

if TYPE_CHECKING:
    from integrations.kubernetes.transport import Deadline, Transport

FIELD_MANAGER = "oncall-portal"
MITIGATION_ANNOTATION = "oncall-portal/mitigation"
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


class Writes:
    """Every method raises Refused: conflict (the deployment is not at `expect` any more), changed (another pod of that name),
    forbidden, invalid, not_found. After Unavailable or MalformedPayload it may have happened: the mark tells.
    """

    def __init__(self, transport: "Transport") -> None:
        self._transport = transport

    def scale(self, namespace: str, name: str, *, replicas: int, mark: str, expect: str, dry_run: bool) -> Write:
        """Sets the number of pods. In the deployment and not its `scale`: the mark must go with it."""
        body = {"metadata": _metadata(mark, expect), "spec": {"replicas": replicas}}
        return self._patch(namespace, name, body, dry_run=dry_run, deadline=self._transport.deadline())

    def restart(self, namespace: str, name: str, *, at: datetime, mark: str, expect: str, dry_run: bool) -> Write:
        """Replaces all pods step by step, as `kubectl rollout restart` does; a paused deployment would not, and is refused."""
        deadline = self._transport.deadline()
        _refuse_paused(self._deployment(namespace, name, deadline))
        stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        template = {"metadata": {"annotations": {RESTARTED_AT: stamp}}}
        body = {"metadata": _metadata(mark, expect), "spec": {"template": template}}
        return self._patch(namespace, name, body, dry_run=dry_run, deadline=deadline)

    def roll_back(self, namespace: str, name: str, *, revision: int, mark: str, expect: str, dry_run: bool) -> Write:
        """Puts a kept revision's template in place of the deployment's, as `kubectl rollout undo --to-revision` does: with that
        revision's annotations, not for a paused deployment, and not where it is the template already."""
        deadline = self._transport.deadline()
        deployment = self._deployment(namespace, name, deadline)
        if expect and deployment["metadata"].get("resourceVersion") != expect:
            raise Refused("conflict", f"the deployment is not at version {expect} any more")
        _refuse_paused(deployment)
        target = history.revision(self._replica_sets(namespace, deployment, deadline), revision)
        template = history.template_of(target)
        if template == history.template_of(deployment):
            raise Refused("invalid", f"the template is that of revision {revision} already")
        annotations = history.restored_annotations(deployment, target) | {MITIGATION_ANNOTATION: mark}
        body = [
            # Not `test`, which answers 422: the API server compares what it is to store with what it has, and answers 409.
            {"op": "replace", "path": "/metadata/resourceVersion", "value": deployment["metadata"]["resourceVersion"]},
            {"op": "replace", "path": "/spec/template", "value": template},
            {"op": "add", "path": "/metadata/annotations", "value": annotations},
        ]
        return self._patch(namespace, name, body, dry_run=dry_run, deadline=deadline)

    def delete_pod(self, namespace: str, pod: str, *, uid: str, dry_run: bool) -> Write:
        """Deletes the pod if it is still the one with this uid; its owner makes another one."""
        options: Json = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        if dry_run:
            options["dryRun"] = ["All"]
        answer = self._transport.send(
            "DELETE", path(CORE, namespace, "pods", pod), _options(dry_run=dry_run), options, self._transport.deadline()
        )
        return read_write(answer.body, kind="Pod", name=pod, uid=uid, warnings=answer.warnings)

    def template_diff(self, namespace: str, name: str, *, revision: int) -> tuple[str, ...]:
        """What rolling back to the revision would change, line by line; see `revisions.template_diff`."""
        deadline = self._transport.deadline()
        deployment = self._deployment(namespace, name, deadline)
        target = history.revision(self._replica_sets(namespace, deployment, deadline), revision)
        return history.template_diff(history.template_of(deployment), history.template_of(target))

    def _patch(
        self, namespace: str, name: str, body: Json | list[Json], *, dry_run: bool, deadline: "Deadline"
    ) -> Write:
        kind = "json-patch+json" if isinstance(body, list) else "strategic-merge-patch+json"
        query = {"fieldManager": FIELD_MANAGER, **_options(dry_run=dry_run)}
        where = path(APPS, namespace, "deployments", name)
        answer = self._transport.send("PATCH", where, query, body, deadline, kind=kind)
        return read_write(answer.body, kind="Deployment", name=name, warnings=answer.warnings)

    def _deployment(self, namespace: str, name: str, deadline: "Deadline") -> Json:
        body = self._transport.get(path(APPS, namespace, "deployments", name), {}, deadline)
        return history.object_of(body)

    def _replica_sets(self, namespace: str, deployment: Json, deadline: "Deadline") -> list[Json]:
        """The deployment's own."""
        query = {"labelSelector": history.selector_text(deployment)}
        body = self._transport.get(path(APPS, namespace, "replicasets"), query, deadline)
        return history.owned(history.objects_of(body), deployment)


def _metadata(mark: str, expect: str) -> Json:
    version = {"resourceVersion": expect} if expect else {}
    return {"annotations": {MITIGATION_ANNOTATION: mark}, **version}


def _options(*, dry_run: bool) -> Mapping[str, str]:
    return {"dryRun": "All"} if dry_run else {}


def _refuse_paused(deployment: Json) -> None:
    if (deployment.get("spec") or {}).get("paused"):
        raise Refused("invalid", "the rollout is paused: it would begin only once somebody resumes it")
