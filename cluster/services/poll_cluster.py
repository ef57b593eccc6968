"""Reading one namespace: what its pods and deployments are like, and what was rolled out since the last time."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts import live_channel
from accounts.database_time import database_now
from cluster.models import ClusterState
from cluster.services.record_rollouts import record_rollouts
from cluster.summary import Summary, summarise
from integrations.errors import IntegrationError
from integrations.kubernetes.client import Cluster
from integrations.kubernetes.types import ClusterEvent, Deployment, PodUsage, Revision
from integrations.redaction import redact

EVENTS_SHOWN = 10
#: What the portal may do is asked again after so long.
PERMISSIONS_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class PollReport:
    """What one poll found: pods, deployments, rollouts that were new."""

    pods: int
    deployments: int
    rollouts: int

    def __str__(self) -> str:
        return f"{self.pods} pods, {self.deployments} deployments, {self.rollouts} new rollouts"


@dataclass(frozen=True)
class _Reading:
    """Everything that one poll read. `metrics_error` "" where usage could be read."""

    summary: Summary
    events: Sequence[ClusterEvent]
    rollouts: dict[str, Sequence[Revision]]
    metrics_error: str
    permissions: dict[str, bool] | None


def poll_cluster(*, context: str, namespace: str, cluster: Cluster) -> PollReport:
    """Reads a namespace and stores what it found. Where it cannot be read, what was read last stays and says since when.

    Raises IntegrationError; the failure is kept for the pages to show.
    """
    state, _is_new = ClusterState.objects.get_or_create(context=context, namespace=namespace)
    started_at = database_now()
    try:
        reading = _read(cluster, state, now=started_at)
    except IntegrationError as error:
        store_failure(context=context, namespace=namespace, error=error)
        raise
    return _store(state, reading, started_at=started_at)


@transaction.atomic
def store_failure(*, context: str, namespace: str, error: IntegrationError) -> None:
    """Notes why a namespace cannot be read, and since when."""
    ClusterState.objects.get_or_create(context=context, namespace=namespace)
    state = ClusterState.objects.select_for_update().get(context=context, namespace=namespace)
    words = str(error)[:500]
    is_news = state.error.partition(":")[0] != error.code
    state.error, state.failing_since = words, state.failing_since or database_now()
    state.save(update_fields=["error", "failing_since"])
    if is_news:
        _tell(state)


def _read(cluster: Cluster, state: ClusterState, *, now: datetime) -> _Reading:
    pods = cluster.pods(state.namespace)
    deployments = cluster.deployments(state.namespace)
    events = cluster.events(state.namespace, most=EVENTS_SHOWN)
    usage, metrics_error = _usage(cluster, state.namespace)
    is_due = state.permissions_at is None or now - state.permissions_at > PERMISSIONS_FOR
    may = cluster.may(state.namespace) if is_due else None
    return _Reading(
        summary=summarise(pods, deployments, {each.name: each for each in usage}),
        events=events,
        rollouts={each.name: cluster.revisions(state.namespace, each.name) for each in _rolled_out(state, deployments)},
        metrics_error=metrics_error,
        permissions=None if may is None else {str(permission): is_allowed for permission, is_allowed in may.items()},
    )


def _usage(cluster: Cluster, namespace: str) -> tuple[Sequence[PodUsage], str]:
    """What pods use; without a metrics-server, or with a sick one, everything else is still worth reading."""
    try:
        return cluster.usage(namespace), ""
    except IntegrationError as error:
        return (), str(error)[:500]


def _rolled_out(state: ClusterState, deployments: Sequence[Deployment]) -> list[Deployment]:
    """The deployments with another revision than at the poll before."""
    known = {workload["name"]: workload["revision"] for workload in state.workloads}
    return [each for each in deployments if known.get(each.name) != each.revision]


@transaction.atomic
def _store(state: ClusterState, reading: _Reading, *, started_at: datetime) -> PollReport:
    stored = ClusterState.objects.select_for_update().get(pk=state.pk)
    before = _shown(stored)
    for name, value in asdict(reading.summary).items():
        setattr(stored, name, value)
    stored.events = [
        {
            **asdict(event),
            "message": redact(event.message),
            "last_at": event.last_at.isoformat() if event.last_at else None,
        }
        for event in reading.events
    ]
    stored.metrics_error = reading.metrics_error
    if reading.permissions is not None:
        stored.permissions, stored.permissions_at = reading.permissions, started_at
    rollouts = record_rollouts(
        context=stored.context,
        namespace=stored.namespace,
        rollouts=reading.rollouts,
        since=stored.read_at,
        now=started_at,
    )
    stored.error, stored.failing_since = "", None
    stored.read_at, stored.succeeded_at = started_at, database_now()
    stored.save()
    if rollouts or before != _shown(stored):
        _tell(stored)
    return PollReport(reading.summary.pods_total, len(reading.summary.workloads), rollouts)


def _shown(state: ClusterState) -> tuple[object, ...]:
    """What the board shows of a namespace. Usage moves all the time and is left out."""
    workloads = [(each["name"], each["replicas"], each["ready"], each["state"]) for each in state.workloads]
    return (workloads, state.pods_total, state.pods_ready, state.reasons, state.error, state.metrics_error)


def _tell(state: ClusterState) -> None:
    """The boards ask for the panel anew once this is committed."""
    transaction.on_commit(lambda: live_channel.publish({"cluster": state.pk}), robust=True)
