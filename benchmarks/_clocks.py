"""Running clocks by the hundred thousand, when they are due, and what became of them."""

from dataclasses import dataclass
from typing import Any

import psycopg

SERVICE = """
    INSERT INTO incidents_service (pagerduty_id, name, html_url) VALUES ('PSVC', 'chatops-gateway', '');
    INSERT INTO incidents_pollstate (name, succeeded_at, error) VALUES ('pagerduty', now(), '');
"""

# One running clock an incident: the costliest case, since a breach also raises its incident's version.
INCIDENTS = """
    INSERT INTO incidents_incident (
        pagerduty_id, service_id, title, what, body, metric_name, measured_value, threshold, severity, severity_source,
        priority, urgency, status, triggered_at, cycle, cycle_started_at, escalation_policy_id, escalation_policy_name,
        html_url, snapshot_at, version
    )
    SELECT 'PCLOCK' || i, (SELECT min(id) FROM incidents_service), '[P1] clock ' || i, 'clock ' || i, '', '', '', '',
        'P1', 'title', '', 'high', %(status)s, now(), 1, now(), '', '', '', now(), 1
    FROM generate_series(%(first)s::int, %(last)s) i
"""

CLOCKS = """
    INSERT INTO incidents_slaclock (
        policy_id, incident_id, kind, cycle, started_at, at_risk_at, due_at, at_risk_noted_at, stopped_at, stopped_by,
        closed_because
    )
    SELECT (SELECT min(id) FROM incidents_policyversion), number, 'respond', 1, now() - interval '1 day',
        now() - interval '1 hour', now() + interval '7 days', now(), CASE WHEN status = 'resolved' THEN now() END, '', ''
    FROM incidents_incident WHERE status = %(status)s
"""


@dataclass(frozen=True)
class Breaches:
    """What the engines wrote. Times in seconds; `lateness` from a clock's deadline to its detection."""

    running: int
    breached: int
    told: int
    versions: int
    lateness_p99: float
    lateness_worst: float
    last_detected_after: float

    @property
    def missed(self) -> int:
        return self.running - self.breached

    @property
    def doubled(self) -> int:
        """Lines on a timeline, or rises of a version, beyond one a breach."""
        return abs(self.told - self.breached) + abs(self.versions - self.breached)


class Clocks:
    """The clocks of one benchmark's database."""

    def __init__(self, database_url: str) -> None:
        self._connection: psycopg.Connection[Any] = psycopg.connect(database_url, autocommit=True)

    def close(self) -> None:
        self._connection.close()

    def make(self, *, running: int, closed: int = 0) -> None:
        """Fills the database: `running` clocks due in a week, and `closed` ones of resolved incidents."""
        self._connection.execute(
            "SET session_replication_role = replica"
        )  # No foreign key is looked up: they are right.
        self._connection.execute(SERVICE)
        for status, first, last in (("triggered", 1, running), ("resolved", running + 1, running + closed)):
            numbers = {"status": status, "first": first, "last": last}
            self._connection.execute(INCIDENTS, numbers)
            self._connection.execute(CLOCKS, numbers)
        self._connection.execute("SET session_replication_role = origin")
        self.rest()

    def rest(self) -> None:
        """Lets nothing of what was written before disturb what is measured next."""
        self._connection.execute("VACUUM ANALYZE")
        self._connection.execute("CHECKPOINT")

    def wind_back(self) -> None:
        """Every clock runs again and is due in a week; nothing has been told."""
        self._connection.execute("TRUNCATE incidents_timelineentry, incidents_notice")
        self._connection.execute(
            "UPDATE incidents_slaclock SET due_at = now() + interval '7 days', breached_at = NULL, detected_at = NULL"
            " WHERE stopped_at IS NULL"
        )
        self._connection.execute("UPDATE incidents_incident SET version = 1 WHERE version > 1")
        self.rest()

    def spread(self, *, count: int, a_second: int, after_s: float) -> None:
        """Makes `count` clocks due one after the other, from `after_s` seconds on."""
        self._connection.execute(
            """
            UPDATE incidents_slaclock AS clock
            SET due_at = clock_timestamp() + make_interval(secs => %(after)s + place / %(rate)s::float)
            FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM incidents_slaclock
                  WHERE stopped_at IS NULL LIMIT %(count)s) AS chosen
            WHERE clock.id = chosen.id
            """,
            {"after": after_s, "rate": a_second, "count": count},
        )

    def due_at_once(self, *, in_s: float) -> None:
        """Makes every running clock due at the same instant."""
        self._connection.execute(
            "UPDATE incidents_slaclock SET due_at = statement_timestamp() + make_interval(secs => %s)"
            " WHERE stopped_at IS NULL",
            [in_s],
        )

    def overdue_for_a_day(self) -> None:
        """The deadlines of all running clocks passed evenly over the last 24 hours."""
        self._connection.execute(
            "UPDATE incidents_slaclock SET started_at = now() - interval '3 days',"
            " due_at = now() - interval '24 hours' * (id % 86400) / 86400.0 WHERE stopped_at IS NULL"
        )

    def left(self) -> int:
        """How many are past due and not written."""
        return int(
            self._one(
                "SELECT count(*) FROM incidents_slaclock WHERE stopped_at IS NULL AND breached_at IS NULL AND due_at <= now()"
            )[0]
        )

    def now_s(self) -> float:
        """The database's clock."""
        return float(self._one("SELECT extract(epoch FROM clock_timestamp())")[0])

    def bare_update_s(self) -> float:
        """The limit: marking the same rows in one statement, nothing told and no version raised; rolled back."""
        with self._connection.transaction(force_rollback=True):
            begun = self.now_s()
            self._connection.execute(
                "UPDATE incidents_slaclock SET breached_at = due_at, detected_at = clock_timestamp() WHERE stopped_at IS NULL"
            )
            took = self.now_s() - begun
        self.rest()
        return took

    def breaches(self, *, expected: int, since_s: float) -> Breaches:
        """What was written of the `expected` clocks that were due; `since_s` is the instant from which the last one counts."""
        row = self._one(
            """
            SELECT count(*) FILTER (WHERE breached_at = due_at),
                coalesce(extract(epoch FROM percentile_cont(0.99) WITHIN GROUP (ORDER BY detected_at - due_at)), 0),
                coalesce(extract(epoch FROM max(detected_at - due_at)), 0),
                coalesce(extract(epoch FROM max(detected_at)) - %s, 0),
                (SELECT count(*) FROM incidents_timelineentry WHERE kind = 'clock_breached'),
                (SELECT sum(version - 1) FROM incidents_incident)
            FROM incidents_slaclock WHERE breached_at IS NOT NULL
            """,
            [since_s],
        )
        breached, p99, worst, last, told, versions = (float(value) for value in row)
        return Breaches(expected, int(breached), int(told), int(versions), p99, worst, last)

    def scans(self) -> int:
        """How often a table of clocks, incidents or entries was read from end to end since the statistics began."""
        self._connection.execute("SELECT pg_stat_clear_snapshot()")
        return int(
            self._one(
                "SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_user_tables WHERE relname IN"
                " ('incidents_slaclock', 'incidents_incident', 'incidents_timelineentry')"
            )[0]
        )

    def _one(self, statement: str, parameters: list[Any] | None = None) -> tuple[Any, ...]:
        row: tuple[Any, ...] | None = self._connection.execute(statement, parameters).fetchone()
        if row is None:
            raise RuntimeError(f"no row: {statement}")
        return row
