"""Fills an empty portal with incidents, by SQL: a million in about a minute."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

LARGE = ("incidents_incident", "incidents_slaclock", "incidents_assignment", "incidents_timelineentry")

SMALL = """
    INSERT INTO incidents_service (pagerduty_id, name, html_url)
    SELECT 'PSVC' || s, (ARRAY['chatops-gateway', 'chatops-engine', 'chatops-web', 'chatops-db'])[s + 1], ''
    FROM generate_series(0, 3) s;
    INSERT INTO accounts_person (pagerduty_id, name, email, html_url)
    SELECT 'PPERSON' || p, 'Person ' || p, 'person' || p || '@chatops.example.com', '' FROM generate_series(0, 9) p;
    INSERT INTO shifts_oncall (person_id, policy_id, policy_name, level, schedule_id, schedule_name)
    SELECT id, 'PEPCHAT', 'chatops on-call', row_number() OVER (ORDER BY id), 'PSCH' || id, 'Schedule ' || id
    FROM accounts_person ORDER BY id LIMIT 3;
    INSERT INTO incidents_pollstate (name, succeeded_at, error) VALUES ('pagerduty', now(), '');
"""

# One every half minute up to now; those that are open lie evenly between the others.
INCIDENTS = """
    INSERT INTO incidents_incident (
        pagerduty_id, pagerduty_number, service_id, title, what, body, metric_name, measured_value, threshold,
        severity, severity_source, priority, urgency, status, triggered_at, cycle, cycle_started_at, acknowledged_at,
        resolved_at, escalation_policy_id, escalation_policy_name, html_url, snapshot_at, version
    )
    SELECT 'PSEED' || i, i, (SELECT min(id) FROM incidents_service) + i %% 4,
        '[P' || i %% 4 || '] service: ' || what, what, 'Error rate 5.2%% over 1%%.', 'error rate', '5.2%%', '1%%',
        'P' || i %% 4, 'title', '', 'high',
        CASE WHEN NOT is_open THEN 'resolved' WHEN i %% 3 = 0 THEN 'acknowledged' ELSE 'triggered' END,
        at, 1, at, CASE WHEN is_open AND i %% 3 > 0 THEN NULL ELSE at + interval '4 minutes' END,
        CASE WHEN is_open THEN NULL ELSE at + interval '40 minutes' END,
        'PEPCHAT', 'chatops on-call', 'https://chatops.pagerduty.example/incidents/' || i, at, 1
    FROM (
        SELECT i, now() - (%(total)s - i) * interval '30 seconds' AS at, i %% (%(total)s / %(open)s) = 0 AS is_open,
            'error rate of handler ' || md5(i::text) || ' over the threshold' AS what
        FROM generate_series(1, %(total)s) i
    ) made
"""

CLOCKS = """
    INSERT INTO incidents_slaclock (
        policy_id, incident_id, kind, cycle, started_at, at_risk_at, due_at, stopped_at, stopped_by, breached_at,
        closed_because
    )
    SELECT (SELECT min(id) FROM incidents_policyversion), number, kind, 1,
        triggered_at, triggered_at + target * 0.8, triggered_at + target,
        CASE WHEN kind <> 'escalate' OR status = 'resolved' THEN acknowledged_at END,
        CASE WHEN acknowledged_at IS NULL THEN '' ELSE 'Person 1' END,
        CASE WHEN acknowledged_at IS NULL AND triggered_at + target < now() THEN triggered_at + target END, ''
    FROM incidents_incident, (
        VALUES ('respond', interval '15 minutes'), ('acknowledge', interval '30 minutes'), ('escalate', interval '1 hour')
    ) AS kinds (kind, target)
"""

ASSIGNMENTS = """
    INSERT INTO incidents_assignment (incident_id, person_id)
    SELECT number, (SELECT min(id) FROM accounts_person) + number %% 10 FROM incidents_incident
"""

# The open ones and every tenth of the others.
ENTRIES = """
    INSERT INTO incidents_timelineentry (
        incident_id, kind, occurred_at, actor_name, actor_pagerduty_id, source, source_id, is_confirmed, data
    )
    SELECT number, kind, triggered_at + after, '', '', 'pagerduty', 'R' || kind || number, true,
        jsonb_build_object('title', title)
    FROM incidents_incident, (
        VALUES ('triggered', interval '0'), ('acknowledged', interval '4 minutes'), ('note', interval '9 minutes')
    ) AS kinds (kind, after)
    WHERE resolved_at IS NULL OR number %% 10 = 0
"""


def seed(database_url: str, *, total: int, still_open: int) -> None:
    """`total` incidents with three clocks each, `still_open` of them open (all, where the numbers are equal)."""
    numbers = {"total": total, "open": still_open}
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # No foreign key is looked up: they are right.
        connection.execute(SMALL)
        with _without_indexes(connection):
            for statement in (INCIDENTS, CLOCKS, ASSIGNMENTS, ENTRIES):
                connection.execute(statement, numbers)
        connection.execute("VACUUM ANALYZE")
        (found,) = connection.execute(
            "SELECT count(*) FROM incidents_incident WHERE resolved_at IS NULL"
        ).fetchone() or (0,)
    if found != still_open:
        raise RuntimeError(f"{found} incidents are open, not {still_open}")


@contextmanager
def _without_indexes(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Takes away the indexes that no constraint needs and makes them again: faster than keeping them up to date."""
    found = connection.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
        WHERE indrelid::regclass::text = ANY (%s)
            AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        """,
        [list(LARGE)],
    ).fetchall()
    for name, _definition in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    for _name, definition in found:
        connection.execute(definition)
