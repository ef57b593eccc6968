"""The shapes of `EvidencePart.data`, one for each kind. Pure. Instants are ISO text, since JSON has none ("" for none)."""

from typing import TypedDict

from cluster.rollouts import RolloutDiff


class ContainerRow(TypedDict):
    name: str
    image: str
    is_ready: bool
    restarts: int
    state: str
    reason: str
    last_reason: str
    last_exit_code: int | None


class PodRow(TypedDict):
    """`is_mine`: it carries the labels of the service's selector."""

    name: str
    uid: str
    is_mine: bool
    is_unwell: bool
    phase: str
    reason: str
    is_ready: bool
    restarts: int
    node: str
    created_at: str
    containers: list[ContainerRow]


class PodsData(TypedDict):
    """`total` and `ready` count the pods that have not finished; `left_out` are not among `pods`."""

    pods: list[PodRow]
    total: int
    ready: int
    left_out: int


class EventRow(TypedDict):
    uid: str
    type: str
    reason: str
    message: str
    object: str
    count: int
    last_at: str
    is_mine: bool


class EventsData(TypedDict):
    events: list[EventRow]


class LogRow(TypedDict):
    """One container's log. `errors` are the lines that mention an error; `raw` is a key of `LogsData.raw`. `failure` is an
    integration's code where it could not be read."""

    pod: str
    container: str
    is_previous: bool
    is_unwell: bool
    errors: list[str]
    raw: str
    lines: int
    size: int
    is_cut: bool
    is_binary: bool
    failure: str


class LogsData(TypedDict):
    """`raw` has the last lines of each log. `left_out` pods of the selector were not looked at."""

    logs: list[LogRow]
    raw: dict[str, list[str]]
    left_out: int


class RevisionRow(TypedDict):
    """`changes` is what is different from the revision before; None where that is not known."""

    revision: int
    created_at: str
    images: dict[str, str]
    replicas: int
    ready: int
    is_current: bool
    change_cause: str
    changes: RolloutDiff | None


class RolloutsData(TypedDict):
    deployment: str
    replicas: int
    ready: int
    updated: int
    state: str
    state_reason: str
    state_message: str
    revisions: list[RevisionRow]


class UsageRow(TypedDict):
    name: str
    cpu_millicores: int
    memory_bytes: int
    is_mine: bool


class TopData(TypedDict):
    """The pods that use most CPU, and those that use most memory."""

    by_cpu: list[UsageRow]
    by_memory: list[UsageRow]


class SeriesRow(TypedDict):
    name: str
    unit: str
    points: list[tuple[str, float]]


class MaintenanceRow(TypedDict):
    action: str
    description: str
    applies_at: str


class DatabaseRow(TypedDict):
    """`replica_of` is the instance that it follows, `restorable_at` the latest instant that it can be brought back to. `failure`,
    `metrics_failure` and `maintenance_failure` are an integration's code and words where that could not be read."""

    id: str
    status: str
    engine: str
    engine_version: str
    instance_class: str
    is_multi_az: bool
    storage_gib: int
    replica_of: str
    restorable_at: str
    pending: dict[str, str]
    metrics: list[SeriesRow]
    maintenance: list[MaintenanceRow]
    failure: str
    metrics_failure: str
    maintenance_failure: str


class RdsData(TypedDict):
    """`region` is where they are, "" where nobody has said: links to the console need it."""

    region: str
    databases: list[DatabaseRow]


class GrafanaData(TypedDict):
    """Which panel was drawn, and of which time. The picture is the part's `image`."""

    dashboard: str
    panel: int
    since: str
    until: str
