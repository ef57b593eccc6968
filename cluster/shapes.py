"""What a namespace is kept as (`ClusterState.unwell`, `ClusterState.workloads`). Pure."""

from typing import TypedDict


class PodLine(TypedDict):
    """One pod that is not well, or uses much."""

    name: str
    app: str
    phase: str
    reason: str
    restarts: int
    is_ready: bool


class WorkloadLine(TypedDict):
    """One deployment: how many pods it wants and has, and how its rollout goes. `images` by container."""

    name: str
    replicas: int
    ready: int
    updated: int
    revision: int
    state: str
    reason: str
    images: dict[str, str]
    restarts: int
    cpu_millicores: int | None
    memory_bytes: int | None
