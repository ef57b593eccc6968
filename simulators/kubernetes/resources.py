"""The kinds of objects that this API server knows, and what may be done with each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: An API object as JSON. Stored objects are never changed in place: whoever changes one copies it first.
type Object = dict[str, Any]


@dataclass(frozen=True)
class Subresource:
    """A path below an object, such as `scale`."""

    name: str
    kind: str
    verbs: tuple[str, ...]
    group: str = ""
    version: str = ""


@dataclass(frozen=True)
class Resource:
    """One kind. `verbs` are those of discovery; a verb that is not there is answered with 405."""

    group: str
    version: str
    plural: str
    kind: str
    verbs: tuple[str, ...]
    short_names: tuple[str, ...] = ()
    is_namespaced: bool = True
    subresources: tuple[Subresource, ...] = ()

    @property
    def api_version(self) -> str:
        """As objects carry it: `v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """As refusals name it: `pods`, `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def prefix(self) -> str:
        """The path of the group's version."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    def subresource(self, name: str) -> Subresource | None:
        """The subresource called `name`."""
        return next((each for each in self.subresources if each.name == name), None)


_READ = ("get", "list", "watch")
_SCALE = Subresource("scale", "Scale", ("get", "patch", "update"), "autoscaling", "v1")
_LOG = Subresource("log", "Pod", ("get",))

NAMESPACES = Resource("", "v1", "namespaces", "Namespace", _READ, ("ns",), is_namespaced=False)
NODES = Resource("", "v1", "nodes", "Node", _READ, ("no",), is_namespaced=False)
PODS = Resource("", "v1", "pods", "Pod", ("delete", *_READ), ("po",), subresources=(_LOG,))
EVENTS = Resource("", "v1", "events", "Event", _READ, ("ev",))
DEPLOYMENTS = Resource(
    "apps", "v1", "deployments", "Deployment", ("get", "list", "patch", "update", "watch"), ("deploy",), True, (_SCALE,)
)
REPLICA_SETS = Resource("apps", "v1", "replicasets", "ReplicaSet", _READ, ("rs",))
AUTOSCALERS = Resource("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", _READ, ("hpa",))
DISRUPTION_BUDGETS = Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", _READ, ("pdb",))
ACCESS_REVIEWS = Resource(
    "authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", ("create",), (), False
)
POD_METRICS = Resource("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", ("get", "list"))

#: What is stored.
KINDS = (NAMESPACES, NODES, PODS, EVENTS, DEPLOYMENTS, REPLICA_SETS, AUTOSCALERS, DISRUPTION_BUDGETS)
RESOURCES = (*KINDS, ACCESS_REVIEWS, POD_METRICS)


def resource_of(group: str, version: str, plural: str) -> Resource | None:
    """The resource of a path."""
    found = (r for r in RESOURCES if (r.group, r.version, r.plural) == (group, version, plural))
    return next(found, None)


def resource_named(name: str) -> Resource:
    """By its plural (`deployments`), with or without its group. ValueError for an unknown one."""
    for resource in RESOURCES:
        if name in (resource.plural, resource.qualified):
            return resource
    raise ValueError(f"no resource {name!r}")
