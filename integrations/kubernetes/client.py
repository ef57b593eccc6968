"""One cluster, to be read and to be changed.

`cluster_for` gives the client of a context: building one reads files, may run the kubeconfig's credential command and makes
TLS settings, so clients are kept until their files change. They are safe for threads.
"""

import heapq
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from integrations.errors import Refused, Unavailable
from integrations.kubernetes import access, paths, reading, wire
from integrations.kubernetes import revisions as history
from integrations.kubernetes.configuration import Fingerprint, contexts, fingerprint, is_configured
from integrations.kubernetes.log_tail import newest_of
from integrations.kubernetes.paths import path
from integrations.kubernetes.types import (
    Autoscaler,
    ClusterEvent,
    Deployment,
    DisruptionBudget,
    LogExcerpt,
    Permission,
    Pod,
    PodUsage,
    Revision,
)
from integrations.kubernetes.writes import FIELD_MANAGER, MITIGATION_ANNOTATION, Writes

if TYPE_CHECKING:
    from integrations.kubernetes.transport import Deadline

__all__ = [
    "FIELD_MANAGER",
    "MITIGATION_ANNOTATION",
    "Cluster",
    "cluster_for",
    "contexts",
    "is_configured",
]

PAGE = 500
#: The API gives events in no order: so many are looked at for the newest.
MOST_EVENTS = 5_000
TIMEOUT = 5.0


class Cluster(Writes):
    """One cluster under one context of the kubeconfig ("" is the current one), or that of the pod's service account.

    `timeout` in seconds: to connect, and for each silence; a method gives up after six times that, with all its requests.
    Raises Refused (not_configured, bad_configuration); every method Unavailable (try later), Refused (do not) or
    MalformedPayload.
    """

    def __init__(self, *, context: str = "", timeout: float = TIMEOUT) -> None:
        # Most of a second, which processes without a cluster need not spend.
        from integrations.kubernetes.transport import Transport  # noqa: PLC0415

        super().__init__(Transport(context=context, timeout=timeout))

    def version(self) -> str:
        """The API server's, such as v1.34.2: the cheapest question."""
        return reading.read_version(self._transport.get("/version", {}, self._transport.deadline()))

    def pods(self, namespace: str, *, selector: str = "") -> tuple[Pod, ...]:
        """All, or those that a label selector takes."""
        where = path(paths.CORE, namespace, "pods")
        return tuple(self._list(wire.WirePod, reading.read_pod, where, {"labelSelector": selector}))

    def events(self, namespace: str, *, most: int = 10, involving: str = "") -> tuple[ClusterEvent, ...]:
        """The newest first. `involving` is an object's name, or its kind and name: `Pod/chatops-gateway-6c5d-x2x9z`."""
        kind, _, name = involving.rpartition("/")
        wanted = {"involvedObject.name": name, "involvedObject.kind": kind}
        query = {"fieldSelector": ",".join(f"{field}={value}" for field, value in wanted.items() if value)}
        where = path(paths.CORE, namespace, "events")
        events = self._list(wire.WireEvent, reading.read_event, where, query, most=MOST_EVENTS)
        return tuple(heapq.nlargest(most, events, key=reading.newest_last))

    def deployments(self, namespace: str) -> tuple[Deployment, ...]:
        where = path(paths.APPS, namespace, "deployments")
        return tuple(self._list(wire.WireDeployment, reading.read_deployment, where))

    def deployment(self, namespace: str, name: str) -> Deployment:
        body = self._transport.get(path(paths.APPS, namespace, "deployments", name), {}, self._transport.deadline())
        return reading.read_deployment(reading.one(wire.WireDeployment, body))

    def revisions(self, namespace: str, name: str) -> tuple[Revision, ...]:
        """What the deployment can be rolled back to, and what it is now; newest first."""
        deadline = self._transport.deadline()
        deployment = self._deployment(namespace, name, deadline)
        return history.read_revisions(self._replica_sets(namespace, deployment, deadline), deployment)

    def log(
        self,
        namespace: str,
        pod: str,
        container: str,
        *,
        previous: bool = False,
        limit_bytes: int = 1_048_576,
        tail_lines: int = 2_000,
    ) -> LogExcerpt:
        """The newest lines of a container's log; with `previous`, of its run before.

        `container` "" is the only one; several are refused (invalid, with their names). Refused (not_found) where it has not
        run yet, or not before; a pod that no node has taken yet answers nothing.
        """
        where = path(paths.CORE, namespace, "pods", pod, "log")
        query = {"container": container, "previous": "true" if previous else ""}
        content, is_cut = newest_of(self._transport, where, query, limit_bytes=limit_bytes, tail_lines=tail_lines)
        return LogExcerpt(pod=pod, container=container, content=content, is_cut=is_cut, is_previous=previous)

    def usage(self, namespace: str, *, selector: str = "") -> tuple[PodUsage, ...]:
        """What pods use now. Raises Refused (no_metrics) where no metrics-server is installed."""
        where = path(paths.METRICS, namespace, "pods")
        try:
            return tuple(self._list(wire.WirePodMetrics, reading.read_usage, where, {"labelSelector": selector}))
        except Refused as refusal:
            if refusal.code == "not_found":
                raise Refused("no_metrics", refusal.detail) from None
            raise

    def autoscalers(self, namespace: str) -> tuple[Autoscaler, ...]:
        """Those that scale deployments."""
        where = path(paths.AUTOSCALING, namespace, "horizontalpodautoscalers")
        found = self._list(wire.WireAutoscaler, reading.read_autoscaler, where)
        return tuple(each for each in found if each)

    def disruption_budgets(self, namespace: str) -> tuple[DisruptionBudget, ...]:
        where = path(paths.POLICY, namespace, "poddisruptionbudgets")
        return tuple(self._list(wire.WireBudget, reading.read_budget, where))

    def may(self, namespace: str) -> dict[Permission, bool]:
        """Whether the account may do what the client does, for each of `access.NEEDED`."""
        deadline = self._transport.deadline()
        return {each: self._may(namespace, each, deadline) for each in access.NEEDED}

    def _may(self, namespace: str, permission: Permission, deadline: "Deadline") -> bool:
        attributes = {
            "namespace": namespace,
            "verb": permission.verb,
            "group": permission.group,
            "resource": permission.resource,
            "subresource": permission.subresource,
        }
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        return reading.read_review(self._transport.send("POST", paths.REVIEWS, {}, body, deadline).body)

    def _list[Row: wire.Wire, Item](
        self,
        kind: type[Row],
        read: Callable[[Row], Item],
        where: str,
        query: Mapping[str, str] | None = None,
        *,
        most: int | None = None,
    ) -> list[Item]:
        """All of a list, or the first so many. A continue token that expired begins it once more."""
        deadline = self._transport.deadline()

        def everything() -> list[Item]:
            items: list[Item] = []
            token = ""
            while True:
                asked = {**(query or {}), "limit": PAGE, "continue": token}
                rows, token = reading.page(kind, self._transport.get(where, asked, deadline))
                items += map(read, rows)
                if not token or (most is not None and len(items) >= most):
                    return items

        try:
            return everything()
        except Unavailable as trouble:
            if trouble.code != "gone":
                raise
        return everything()


_kept: dict[tuple[str, float], tuple[Fingerprint, Cluster]] = {}
_keeping = threading.Lock()


def cluster_for(context: str = "", *, timeout: float = TIMEOUT) -> Cluster:
    """The kept client of a context, or a new one where the kubeconfig is another. Raises as `Cluster` does."""
    key, now = (context, timeout), fingerprint()
    with _keeping:
        was, cluster = _kept.get(key, (None, None))
    if cluster is None or was != now:
        # Not under the lock: a credential command may take its time, and other contexts need not wait for it.
        cluster = Cluster(context=context, timeout=timeout)
        with _keeping:
            _kept[key] = (now, cluster)
    return cluster
