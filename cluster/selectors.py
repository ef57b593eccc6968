"""Reads about what runs that more than one place uses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, Q, QuerySet, Value, When

from cluster.contexts import context_name
from cluster.enums import ChangeKind, Obstacle
from cluster.models import CatalogueEntry, Change, ClusterState
from cluster.shapes import WorkloadLine

#: The board's «recent».
RECENT = timedelta(hours=1)
#: The board tells of maintenance so long ahead.
AHEAD = timedelta(days=7)


def entry_of(pagerduty_id: str) -> CatalogueEntry | None:
    """Where a PagerDuty service runs; None where the portal has never heard of it."""
    return CatalogueEntry.objects.filter(pagerduty_id=pagerduty_id).first()


def namespaces() -> list[tuple[str, str]]:
    """The (context, namespace) pairs to poll: the portal's own, and all that the catalogue names."""
    named = CatalogueEntry.objects.exclude(namespace="").values_list("context", "namespace").distinct()
    return sorted({(context_name(""), settings.CLUSTER_NAMESPACE), *named})


def state_of(context: str, namespace: str) -> ClusterState | None:
    """A namespace as the last poll found it."""
    return ClusterState.objects.filter(context=context, namespace=namespace).first()


def is_stale(state: ClusterState, now: datetime) -> bool:
    """Whether what is known of a namespace is older than it should be."""
    patience = timedelta(seconds=settings.CLUSTER_STALE_SECONDS)
    return state.succeeded_at is None or now - state.succeeded_at > patience


def changes_near(
    *, service: str, deployment: str, at: datetime, own_within: timedelta, others_within: timedelta, most: int = 200
) -> list[Change]:
    """What was changed shortly before `at`, or was under way then: of this service, its deployment or all services for longer
    than of others, so that no crowd of theirs hides it; newest first. One query."""
    is_own = Q(service__in=(service, "")) | (Q(deployment=deployment) if deployment else Q())
    lately = Q(occurred_at__gte=at - others_within) | (is_own & Q(occurred_at__gte=at - own_within))
    under_way = Q(kind=ChangeKind.MAINTENANCE, ends_at__gt=at)
    found = Change.objects.filter(lately | under_way, occurred_at__lte=at, cancelled_at__isnull=True)
    own_first = Case(When(is_own, then=Value(0)), default=Value(1))
    nearest = found.order_by(own_first, "-occurred_at", "-pk")[:most]
    return sorted(nearest, key=lambda change: (change.occurred_at, change.pk), reverse=True)


def changes_around(
    *, since: datetime, until: datetime, kind: str = "", service: str = "", most: int = 200
) -> list[Change]:
    """What was changed in `[since, until]`, or was under way then; newest first. One query."""
    began = Q(occurred_at__gte=since)
    lasted = Q(kind=ChangeKind.MAINTENANCE, ends_at__gt=since)
    changes = Change.objects.filter(began | lasted, occurred_at__lte=until, cancelled_at__isnull=True)
    if kind:
        changes = changes.filter(kind=kind)
    if service:
        changes = changes.filter(service=service)
    return list(changes.order_by("-occurred_at", "-pk")[:most])


def maintenance_ahead(now: datetime) -> QuerySet[Change]:
    """Planned maintenance that is under way or to come, soonest first."""
    planned = Change.objects.filter(kind=ChangeKind.MAINTENANCE, ends_at__gt=now, cancelled_at__isnull=True)
    return planned.order_by("occurred_at", "pk")


@dataclass(frozen=True)
class Light:
    """One deployment on the board. `level` is ok, warning (not all ready, or rolling out) or danger (none ready, or its
    rollout failed); `service` the PagerDuty service that it is, "" for none."""

    workload: WorkloadLine
    service: str
    level: str


@dataclass(frozen=True)
class NamespacePanel:
    """One namespace on the board."""

    state: ClusterState
    lights: list[Light]
    is_stale: bool

    @property
    def obstacle(self) -> Obstacle | None:
        return self.state.obstacle

    @property
    def is_unconnected(self) -> bool:
        """Whether there is no cluster at all, which is no failure."""
        return self.obstacle is Obstacle.NOT_CONFIGURED


def cluster_panels(now: datetime) -> list[NamespacePanel]:
    """Every namespace that was ever polled. Two queries."""
    names = {
        (context, namespace, deployment): name
        for context, namespace, deployment, name in CatalogueEntry.objects.values_list(
            "context", "namespace", "deployment", "name"
        )
    }
    return [
        NamespacePanel(
            state=state,
            lights=[
                Light(each, names.get((state.context, state.namespace, each["name"]), ""), level_of(each))
                for each in state.workloads
            ],
            is_stale=is_stale(state, now),
        )
        for state in ClusterState.objects.all()
    ]


def level_of(workload: WorkloadLine) -> str:
    """ok, warning or danger."""
    if workload["state"] == "failed" or (workload["replicas"] and not workload["ready"]):
        return "danger"
    is_whole = workload["ready"] >= workload["replicas"] and workload["state"] in ("complete", "paused")
    return "ok" if is_whole else "warning"


def suggestions(entries: Iterable[CatalogueEntry], states: Iterable[ClusterState]) -> list[tuple[ClusterState, str]]:
    """Deployments that the cluster has and no entry names."""
    named = {(entry.context, entry.namespace, entry.deployment) for entry in entries}
    return [
        (state, workload["name"])
        for state in states
        for workload in state.workloads
        if (state.context, state.namespace, workload["name"]) not in named
    ]
