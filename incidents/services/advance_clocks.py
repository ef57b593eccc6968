"""What the SLA engine does each round: note the clocks that became at risk or passed their deadline.

Each step is one statement: clocks are claimed with SKIP LOCKED together with their incidents (in the order in which
every other writer locks them), marked, written to the timeline, and the incidents' versions raised. Several engines may
run; a clock is written once because its mark is part of the condition that claims it.
"""

from typing import NamedTuple

from django.conf import settings
from django.db import connection

from incidents.channel import NEWS_FOR
from incidents.services.announce import announce_on_commit

#: The rows to write are given as arrays: each is then found by its index, where a join would read the table from end to end.
#: {condition} claims, {mark} writes, {kind} and {instant} make the timeline entry,
#: {notice} the line for the team's channel.
_ADVANCE = """
WITH due AS (
    SELECT clock.id, clock.incident_id, clock.kind, clock.cycle, clock.due_at, clock.at_risk_at
    FROM incidents_slaclock AS clock
    JOIN incidents_incident AS incident ON incident.number = clock.incident_id
    WHERE clock.stopped_at IS NULL AND clock.closed_at IS NULL AND clock.breached_at IS NULL AND {condition}
    ORDER BY clock.due_at
    LIMIT %(limit)s
    FOR UPDATE OF incident, clock SKIP LOCKED
), marked AS (
    UPDATE incidents_slaclock AS clock SET {mark} WHERE clock.id = ANY(ARRAY(SELECT id FROM due))
), told AS (
    INSERT INTO incidents_timelineentry
        (incident_id, kind, occurred_at, actor_name, actor_pagerduty_id, source, is_confirmed, data)
    SELECT incident_id, '{kind}', {instant}, '', '', 'engine', TRUE,
           jsonb_build_object('clock', kind, 'cycle', cycle, 'due',
                              to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'))
    FROM due
    RETURNING id
), channel AS (
    INSERT INTO incidents_notice (incident_id, kind, clock, cycle, due_at)
    SELECT incident_id, '{notice}', kind, cycle, due_at
    FROM due
    WHERE %(has_channel)s AND due_at > clock_timestamp() - make_interval(secs => %(news_for)s)
    ON CONFLICT DO NOTHING
), raised AS (
    UPDATE incidents_incident AS incident
    SET version = version + 1, changed_at = clock_timestamp()
    WHERE number = ANY(ARRAY(SELECT incident_id FROM due))
)
SELECT count(*), min(id), max(id) FROM told
"""

#: Read afterwards, so that the answer above fits into one packet: PostgreSQL finishes and commits a statement whose client
#: was killed, unless it finds that out by sending.
_RAISED = """
SELECT number, version FROM incidents_incident
WHERE number IN (SELECT incident_id FROM incidents_timelineentry WHERE id BETWEEN %s AND %s AND source = 'engine')
"""

_DUE = "clock.due_at <= clock_timestamp()"
_NOW_AT_RISK = (
    "clock.at_risk_noted_at IS NULL AND clock.at_risk_at <= clock_timestamp() AND clock.due_at > clock_timestamp()"
)
_OPEN = "clock.stopped_at IS NULL AND clock.closed_at IS NULL"

_BREACH = _ADVANCE.format(
    condition=_DUE,
    mark="breached_at = clock.due_at, detected_at = clock_timestamp()",
    kind="clock_breached",
    instant="due_at",
    notice="breached",
)
_AT_RISK = _ADVANCE.format(
    condition=_NOW_AT_RISK,
    mark="at_risk_noted_at = clock_timestamp()",
    kind="clock_at_risk",
    instant="at_risk_at",
    notice="at_risk",
)

#: One cheap question, so that a look at nothing costs next to nothing. Each part's condition is a partial index's.
_WAITING = f"""
SELECT EXISTS (SELECT FROM incidents_slaclock AS clock WHERE {_OPEN} AND clock.breached_at IS NULL AND {_DUE}),
    EXISTS (SELECT FROM incidents_slaclock AS clock WHERE {_OPEN} AND clock.breached_at IS NULL AND {_NOW_AT_RISK}),
    EXISTS (SELECT FROM incidents_slaclock AS clock
            WHERE {_OPEN} AND clock.kind = 'escalate' AND clock.breached_at IS NOT NULL
                AND clock.escalation_decided_at IS NULL)
"""  # noqa: S608  # put together from the constants above


class Waiting(NamedTuple):
    """What there is for an engine to do."""

    breaches: bool
    at_risk: bool
    escalations: bool


def what_waits() -> Waiting:
    """Whether clocks are past due, newly at risk, or to be escalated. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return Waiting(*cursor.fetchone())


def breach_due_clocks(*, limit: int = 1_000) -> int:
    """Writes the breach of up to `limit` clocks whose deadline has passed. Returns how many."""
    return _advance(_BREACH, limit)


def note_clocks_at_risk(*, limit: int = 1_000) -> int:
    """Notes up to `limit` clocks that have used 80 % of their time. Returns how many."""
    return _advance(_AT_RISK, limit)


def _advance(statement: str, limit: int) -> int:
    """Runs one statement, which is its own transaction, and announces what it changed. Returns the number of clocks."""
    has_channel = bool(settings.SLACK_WEBHOOK_URL)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"limit": limit, "has_channel": has_channel, "news_for": NEWS_FOR.total_seconds()})
        clocks, first, last = cursor.fetchone()
        if clocks:
            cursor.execute(_RAISED, [first, last])
            announce_on_commit(dict(cursor.fetchall()))
    return int(clocks)
