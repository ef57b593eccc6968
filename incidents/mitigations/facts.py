"""What the guard rails judge by: read from the rows, the cluster and AWS before anything is tried. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, field

from cluster.enums import MitigationVerb


@dataclass(frozen=True)
class Rules:
    """What the service's catalogue entry, the portal's settings and the person's role allow."""

    has_role: bool = True
    is_over: bool = False
    is_production: bool = True
    allowed_verbs: Collection[str] = tuple(MitigationVerb)
    min_replicas: int = 1
    max_replicas: int = 10
    is_reboot_allowed: bool = False
    #: The instances that the entry names.
    databases: Collection[str] = ()
    #: What the portal's account in the cluster lacks, in RBAC's words: `patch deployments.apps`.
    missing_permissions: Collection[str] = ()


@dataclass(frozen=True)
class Other:
    """Somebody else's mitigation that is active on the same deployment or database."""

    who: str
    incident: int
    verb: str


@dataclass(frozen=True)
class Rollout:
    """A deployment as it runs. `is_under_way`: pods of two revisions run, or its deadline passed; pods that are not ready are no
    rollout. `is_failing`: it is under way, and the newest revision's pods cannot start."""

    replicas: int
    ready: int
    is_under_way: bool = False
    is_failing: bool = False
    is_paused: bool = False


@dataclass(frozen=True)
class Scaler:
    """A HorizontalPodAutoscaler of the deployment."""

    name: str
    minimum: int
    maximum: int


@dataclass(frozen=True)
class Budget:
    """A PodDisruptionBudget that may cover the pod. `is_complex`: its selector cannot be judged here."""

    name: str
    allowed: int
    is_complex: bool = False


@dataclass(frozen=True)
class ChosenPod:
    """The pod to delete. `owner` is what made it, "" for nothing; `is_ours`: the deployment did."""

    name: str
    is_ready: bool = True
    owner: str = "ReplicaSet"
    is_ours: bool = True
    is_terminating: bool = False
    budgets: tuple[Budget, ...] = ()


@dataclass(frozen=True)
class ChosenRevision:
    """The revision to roll back to. `number` None: none was named, and there is none before the current one."""

    number: int | None
    is_kept: bool = True
    is_same: bool = False


@dataclass(frozen=True)
class Database:
    """The instance to reboot."""

    name: str
    status: str = "available"
    is_multi_az: bool = False
    wants_failover: bool = False


@dataclass(frozen=True)
class Facts:
    """Everything about one mitigation. What the verb does not concern is None."""

    verb: MitigationVerb
    rules: Rules = field(default_factory=Rules)
    other: Other | None = None
    rollout: Rollout | None = None
    wanted_replicas: int | None = None
    scaler: Scaler | None = None
    pod: ChosenPod | None = None
    revision: ChosenRevision | None = None
    database: Database | None = None
