"""How much what a page shows can be trusted now: when PagerDuty was last heard from, whether the clocks are watched, and
whether the cluster can be read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from cluster.enums import Obstacle
from incidents.enums import Trouble

#: An engine beats every five seconds. The auditor pauses ten between two rounds; a round takes four at 100,000 open and
#: 1,000,000 closed clocks, and a ping that hangs takes eight.
ENGINE_SILENT_AFTER = timedelta(seconds=30)
AUDITOR_SILENT_AFTER = timedelta(seconds=60)

#: One row, whatever is missing.
_STATEMENT = """
    SELECT clock_timestamp(), poll.succeeded_at, poll.error,
           (SELECT max(beaten_at) FROM incidents_heartbeat WHERE name = 'sla-engine'),
           audit.finished_at, audit.found,
           sick.namespace, sick.error, sick.failing_since
      FROM (SELECT) AS always
      LEFT JOIN incidents_pollstate AS poll ON poll.name = 'pagerduty'
      LEFT JOIN incidents_slaaudit AS audit ON audit.name = 'sla'
      LEFT JOIN LATERAL (
            SELECT namespace, error, coalesce(failing_since, succeeded_at) AS failing_since
              FROM cluster_clusterstate
             WHERE error NOT LIKE 'not_configured%%'
               AND (error <> '' OR succeeded_at < clock_timestamp() - make_interval(secs => %s))
             ORDER BY failing_since LIMIT 1
           ) AS sick ON true
"""


@dataclass(frozen=True)
class Freshness:
    """How old PagerDuty's data is. `never`: no poll has succeeded yet; `is_off`: no PagerDuty is configured."""

    as_of: datetime | None
    is_stale: bool
    last_error: str
    never: bool
    is_off: bool


@dataclass(frozen=True)
class Watch:
    """Who watches the clocks. The instants are the last sign of life of an engine and the auditor's last round; None for
    none ever. `found` is how many clocks the auditor called wrong."""

    engine_at: datetime | None
    audited_at: datetime | None
    found: int
    trouble: Trouble | None

    @property
    def since(self) -> datetime | None:
        """The last sign of life of what is silent; None where nothing is, or it never lived."""
        return {Trouble.ENGINE: self.engine_at, Trouble.AUDITOR: self.audited_at}.get(self.trouble or Trouble.FINDINGS)

    @property
    def troubles(self) -> list[Trouble]:
        """All there can be: a page carries their sentences and shows the one that is."""
        return list(Trouble)


@dataclass(frozen=True)
class ClusterSilence:
    """A namespace that cannot be read, and since when; `obstacle` None where nobody tries."""

    namespace: str
    obstacle: Obstacle | None
    since: datetime | None


@dataclass(frozen=True)
class Pulse:
    """Everything at one instant of the database's clock. `cluster` is None while every namespace is read."""

    now: datetime
    pagerduty: Freshness
    watch: Watch
    cluster: ClusterSilence | None


def take_pulse() -> Pulse:
    """One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [settings.CLUSTER_STALE_SECONDS])
        now, succeeded_at, error, engine_at, audited_at, found, namespace, obstacle, since = cursor.fetchone()
    patience = timedelta(seconds=settings.PAGERDUTY_STALE_SECONDS)
    return Pulse(
        now=now,
        pagerduty=Freshness(
            as_of=succeeded_at,
            is_stale=succeeded_at is None or now - succeeded_at > patience,
            last_error=error or "",
            never=succeeded_at is None,
            is_off=not settings.PAGERDUTY_API_TOKEN,
        ),
        watch=Watch(engine_at, audited_at, found or 0, _trouble(now, engine_at, audited_at, found or 0)),
        cluster=None if namespace is None else ClusterSilence(namespace, Obstacle.of_error(obstacle or ""), since),
    )


def _trouble(now: datetime, engine_at: datetime | None, audited_at: datetime | None, found: int) -> Trouble | None:
    """The worst that can be said: without an engine nothing else matters."""
    if engine_at is None or now - engine_at > ENGINE_SILENT_AFTER:
        return Trouble.ENGINE
    if audited_at is None or now - audited_at > AUDITOR_SILENT_AFTER:
        return Trouble.AUDITOR
    return Trouble.FINDINGS if found else None
