"""A namespace in a few numbers, from its pods, deployments and usage. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cluster.shapes import PodLine, WorkloadLine
from integrations.kubernetes.types import Deployment, Pod, PodUsage

#: A pod that has done its work is neither ready nor unwell.
FINISHED = frozenset({"Succeeded"})
MOST_UNWELL = 50


@dataclass(frozen=True)
class Summary:
    """The fields of a `ClusterState` that describe the namespace."""

    pods_total: int
    pods_ready: int
    reasons: dict[str, int]
    restarts: int
    unwell: list[PodLine]
    workloads: list[WorkloadLine]


def summarise(pods: Sequence[Pod], deployments: Iterable[Deployment], usage: Mapping[str, PodUsage]) -> Summary:
    """Pods by reason, those that are not well, and each deployment with the pods that carry its labels."""
    working = [pod for pod in pods if pod.phase not in FINISHED]
    unwell = sorted((pod for pod in working if is_unwell(pod)), key=lambda pod: (-pod.restarts, pod.name))
    return Summary(
        pods_total=len(working),
        pods_ready=sum(pod.is_ready for pod in working),
        reasons=dict(sorted(Counter(pod.reason for pod in working if is_unwell(pod)).items())),
        restarts=sum(pod.restarts for pod in pods),
        unwell=[pod_line(pod) for pod in unwell[:MOST_UNWELL]],
        workloads=[_workload(each, working, usage) for each in sorted(deployments, key=lambda each: each.name)],
    )


def is_unwell(pod: Pod) -> bool:
    """Whether somebody should look: not ready, though it is not just going away."""
    return not pod.is_ready and not pod.is_terminating and pod.phase not in FINISHED


def pod_line(pod: Pod) -> PodLine:
    return {
        "name": pod.name,
        "app": pod.labels.get("app", ""),
        "phase": pod.phase,
        "reason": pod.reason,
        "restarts": pod.restarts,
        "is_ready": pod.is_ready,
    }


def belongs(pod: Pod, selector: Mapping[str, str]) -> bool:
    """Whether a pod carries all labels of a selector; an empty one selects nothing."""
    return bool(selector) and all(pod.labels.get(key) == value for key, value in selector.items())


def _workload(deployment: Deployment, pods: Iterable[Pod], usage: Mapping[str, PodUsage]) -> WorkloadLine:
    mine = [pod for pod in pods if belongs(pod, deployment.selector)]
    used = [usage[pod.name] for pod in mine if pod.name in usage]
    return {
        "name": deployment.name,
        "replicas": deployment.replicas,
        "ready": deployment.ready,
        "updated": deployment.updated,
        "revision": deployment.revision,
        "state": deployment.state,
        "reason": deployment.state_reason,
        "images": deployment.images,
        "restarts": sum(pod.restarts for pod in mine),
        "cpu_millicores": sum(each.cpu_millicores for each in used) if used else None,
        "memory_bytes": sum(each.memory_bytes for each in used) if used else None,
    }
