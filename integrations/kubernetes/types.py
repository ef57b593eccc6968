"""What the cluster's client hands to the apps. Instants are aware and in UTC; names are the cluster's own."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Container:
    """One container of a pod. `state` is running, waiting or terminated; `reason` the kubelet's word, such as
    CrashLoopBackOff; `last_reason` why the run before it ended ("" where there was none)."""

    name: str
    image: str
    is_ready: bool
    restarts: int
    state: str
    reason: str = ""
    last_reason: str = ""
    last_exit_code: int | None = None


@dataclass(frozen=True)
class Pod:
    """`phase` is the cluster's; `reason` what `kubectl get pods` would show in STATUS. `owner` is the kind and name of
    what made it, such as `ReplicaSet/chatops-gateway-6c5d`."""

    name: str
    namespace: str
    uid: str
    labels: dict[str, str]
    phase: str
    reason: str
    is_ready: bool
    restarts: int
    node: str
    created_at: datetime | None
    containers: tuple[Container, ...] = ()
    owner: str = ""
    is_terminating: bool = False


@dataclass(frozen=True)
class ClusterEvent:
    """An event of core/v1. `last_at` is the newest of its three timestamps; `object` is kind and name."""

    uid: str
    type: str
    reason: str
    message: str
    object: str
    count: int
    last_at: datetime | None


@dataclass(frozen=True)
class Deployment:
    """`images` by container name. `state` is complete, progressing, failed (its deadline passed) or paused."""

    name: str
    namespace: str
    uid: str
    resource_version: str
    generation: int
    observed_generation: int
    replicas: int
    updated: int
    ready: int
    available: int
    unavailable: int
    revision: int
    state: str
    state_reason: str
    state_message: str
    images: dict[str, str]
    selector: dict[str, str]
    annotations: dict[str, str] = field(default_factory=dict)
    progress_deadline_seconds: int = 600

    @property
    def selector_text(self) -> str:
        """The selector as a query has it: `app=gateway,tier=web`."""
        return ",".join(f"{key}={value}" for key, value in self.selector.items())


@dataclass(frozen=True)
class Revision:
    """One revision of a deployment, as its ReplicaSet keeps it. `env` are names alone: values may be secrets. `resources` is
    one line a container (`requests cpu=100m memory=128Mi · limits …`). `template_digest` tells equal templates apart from
    others without showing them."""

    revision: int
    replica_set: str
    uid: str
    created_at: datetime | None
    replicas: int
    ready: int
    images: dict[str, str]
    env: dict[str, tuple[str, ...]]
    resources: dict[str, str]
    template_digest: str
    change_cause: str = ""
    is_current: bool = False


@dataclass(frozen=True)
class PodUsage:
    """What a pod uses now: CPU in millicores, memory in bytes."""

    name: str
    cpu_millicores: int
    memory_bytes: int


@dataclass(frozen=True)
class Autoscaler:
    """A HorizontalPodAutoscaler that scales a deployment."""

    name: str
    deployment: str
    min_replicas: int
    max_replicas: int
    current_replicas: int


@dataclass(frozen=True)
class DisruptionBudget:
    """A PodDisruptionBudget. `selector` are its matchLabels; empty matches nothing here (`is_complex` says that it uses
    more than labels, so that it cannot be judged)."""

    name: str
    selector: dict[str, str]
    disruptions_allowed: int
    is_complex: bool = False


@dataclass(frozen=True)
class LogExcerpt:
    """The newest bytes of a container's log, undecoded. `is_cut` says that more stood before them."""

    pod: str
    container: str
    content: bytes
    is_cut: bool
    is_previous: bool = False


@dataclass(frozen=True)
class Write:
    """What a write answered: the object as it is, or with a dry run as it would be."""

    kind: str
    name: str
    uid: str
    resource_version: str
    replicas: int | None = None
    images: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Permission:
    """One thing the client may want to do, in RBAC's words. `subresource` "" for none."""

    verb: str
    group: str
    resource: str
    subresource: str = ""

    def __str__(self) -> str:
        parts = [self.resource, *([self.subresource] if self.subresource else [])]
        return f"{self.verb} {'/'.join(parts)}{f'.{self.group}' if self.group else ''}"
