"""Looking at everything around a service: one function a kind of evidence. Nothing is written here, and nothing decided.

The functions run beside one another in threads. What several of them need is asked for once.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from cluster.enums import EvidenceKind, Obstacle
from incidents import evidence
from incidents.database_evidence import database_row, maintenance_rows, rds_found, series_rows, unread_database
from incidents.evidence import Found, ReadLog
from incidents.evidence_shapes import DatabaseRow
from integrations.aws import Aws
from integrations.errors import IntegrationError, Refused, Unavailable
from integrations.grafana import Grafana
from integrations.kubernetes.client import Cluster
from integrations.kubernetes.types import Pod

EVENTS_KEPT = 10
#: Logs of so many pods are read, the unwell ones first; so many at a time.
MOST_PODS_READ = 10
LOGS_AT_ONCE = 6
METRICS_OF = timedelta(hours=1)
DRAWN_BEFORE = timedelta(minutes=30)
IMAGE_SIZE = (800, 320)
#: What is left of a part's time for putting together what was read.
ROOM_S = 1.0


@dataclass(frozen=True)
class Sources:
    """Where evidence is read. `cluster_of` gives the client of a context; `grafana` is None where no token is configured."""

    cluster_of: Callable[[str], Cluster]
    aws: Aws
    grafana: Grafana | None = None


@dataclass
class Look:
    """One look at one service. `ends_at` is the instant (of `time.monotonic`) at which nobody waits any longer."""

    sources: Sources
    service: str
    context: str
    namespace: str
    deployment: str
    selector: str
    databases: Sequence[str]
    dashboard: str
    panel: int | None
    triggered_at: datetime
    now: datetime
    ends_at: float
    _shared: dict[str, Future[object]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def cluster(self) -> Cluster:
        return self.sources.cluster_of(self.context)

    def own_pods(self) -> tuple[Pod, ...]:
        """The pods that the service's selector takes; where it has none, its deployment's."""
        return self._once("own pods", self._read_own_pods)

    def _read_own_pods(self) -> tuple[Pod, ...]:
        selector = self.selector or self.cluster.deployment(self.namespace, self.deployment).selector_text
        # An empty selector would take every pod there is.
        return self.cluster.pods(self.namespace, selector=selector) if selector else ()

    def _once[T](self, name: str, read: Callable[[], T]) -> T:
        """What `read` gave or raised the first time; who asks meanwhile waits for it."""
        with self._lock:
            is_first = name not in self._shared
            promise: Future[T] = self._shared.setdefault(name, Future())  # type: ignore[assignment]  # a name has one type
        if is_first:
            try:
                promise.set_result(read())
            except BaseException as error:  # noqa: BLE001  # handed to whoever waits for it
                promise.set_exception(error)
        return promise.result()


def read_pods(look: Look) -> Found:
    own = look.own_pods()
    return evidence.pods_found(look.cluster.pods(look.namespace), {pod.uid for pod in own})


def read_events(look: Look) -> Found:
    events = look.cluster.events(look.namespace, most=EVENTS_KEPT)
    return evidence.events_found(events, deployment=look.deployment, pods=[pod.name for pod in look.own_pods()])


def read_logs(look: Look) -> Found:
    """Every container of the first pods, and of those that restarted the run before."""
    pods = evidence.in_order(look.own_pods(), ())
    chosen = pods[:MOST_PODS_READ]
    wanted = [
        (pod, container.name, is_previous)
        for pod in chosen
        for container in pod.containers
        for is_previous in ((False, True) if container.restarts else (False,))
    ]
    with _beside(LOGS_AT_ONCE) as pool:
        reading = [pool.submit(_read_log, look, *each) for each in wanted]
        failures = [_failure(future, look) for future in reading]
    logs = []
    for (pod, container, is_previous), future, failure in zip(wanted, reading, failures, strict=True):
        if failure is None:
            logs.append(future.result())
        elif not (is_previous and failure.code == "not_found"):
            logs.append(evidence.log_unread(pod, container, is_previous=is_previous, failure=failure.code))
    reasons = [failure for failure in failures if failure is not None and failure.code != "not_found"]
    if reasons and None not in failures:
        # Not one could be read, and not because they have not run yet.
        raise reasons[0]
    return evidence.logs_found(logs, left_out=len(pods) - len(chosen))


def _read_log(look: Look, pod: Pod, container: str, is_previous: bool) -> ReadLog:
    excerpt = look.cluster.log(look.namespace, pod.name, container, previous=is_previous)
    # In this thread, so that no more raw logs are in memory than are read at once.
    return evidence.log_read(pod, container, is_previous=is_previous, excerpt=excerpt)


def read_rollouts(look: Look) -> Found:
    deployment = look.cluster.deployment(look.namespace, look.deployment)
    return evidence.rollouts_found(deployment, look.cluster.revisions(look.namespace, look.deployment))


def read_top(look: Look) -> Found:
    usage = look.cluster.usage(look.namespace)
    return evidence.top_found(usage, mine=[pod.name for pod in look.own_pods()])


def read_rds(look: Look) -> Found:
    """The service's databases: status, the last hour's metrics, maintenance. Raises where not one could be read."""
    aws, since = look.sources.aws, look.now - METRICS_OF
    with _beside(3 * len(look.databases)) as pool:
        asked = [
            (
                name,
                pool.submit(aws.database, name),
                pool.submit(aws.database_metrics, name, since=since, until=look.now),
                pool.submit(aws.pending_maintenance, name),
            )
            for name in look.databases
        ]
        rows: list[DatabaseRow] = []
        reasons = []
        for name, instance, metrics, maintenance in asked:
            reason = _failure(instance, look)
            if reason is not None:
                reasons.append(reason)
                rows.append(unread_database(name, failure=str(reason)))
                continue
            row = database_row(instance.result())
            if (failure := _failure(metrics, look)) is None:
                row["metrics"] = series_rows(metrics.result())
            else:
                row["metrics_failure"] = failure.code
            if (failure := _failure(maintenance, look)) is None:
                row["maintenance"] = maintenance_rows(maintenance.result())
            else:
                row["maintenance_failure"] = failure.code
            rows.append(row)
    if rows and len(reasons) == len(rows):
        raise reasons[0]
    return rds_found(rows, region=aws.region)


def read_grafana(look: Look) -> Found:
    """The service's panel, drawn."""
    if look.sources.grafana is None or not look.dashboard or look.panel is None:
        raise Refused(Obstacle.NOT_CONFIGURED.value)
    since, until = look.triggered_at - DRAWN_BEFORE, look.now
    image = look.sources.grafana.panel_image(
        look.dashboard,
        look.panel,
        since=since,
        until=until,
        variables={"service": look.service, "namespace": look.namespace},
        width=IMAGE_SIZE[0],
        height=IMAGE_SIZE[1],
    )
    return evidence.grafana_found(image, dashboard=look.dashboard, panel=look.panel, since=since, until=until)


@contextmanager
def _beside(most: int) -> Iterator[ThreadPoolExecutor]:
    """Threads for calls beside one another. Nobody waits for those that hang: their own deadlines end them."""
    pool = ThreadPoolExecutor(max_workers=max(most, 1), thread_name_prefix="evidence")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _failure(future: Future[Any], look: Look) -> IntegrationError | None:
    """Why a call gave nothing, as far as it can be waited for; None where it gave its result."""
    try:
        future.result(timeout=max(look.ends_at - ROOM_S - time.monotonic(), 0))
    except IntegrationError as error:
        return error
    except TimeoutError:
        return Unavailable("timeout")
    return None


#: How each kind is read.
READERS: Mapping[EvidenceKind, Callable[[Look], Found]] = {
    EvidenceKind.PODS: read_pods,
    EvidenceKind.EVENTS: read_events,
    EvidenceKind.LOGS: read_logs,
    EvidenceKind.ROLLOUTS: read_rollouts,
    EvidenceKind.TOP: read_top,
    EvidenceKind.RDS: read_rds,
    EvidenceKind.GRAFANA: read_grafana,
}
