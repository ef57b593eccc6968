-- Every clock as the facts and its policy say it should be, beside what is stored; only what differs comes back.
-- It shares nothing with the Python that keeps the clocks. One statement, so that all of it is one instant's truth.
--
-- %(seen_entry)s    timeline entries above this are news        %(reached)s, %(stretch)s   the stretch of all others
-- %(suspects)s      the incidents of the last round's findings
-- %(countries)s, %(holidays)s   two arrays of equal length: a country's code and one of its public holidays
-- %(mark)s          what an automatic note begins with           %(stuck)s, %(late)s         patience in seconds

WITH now AS MATERIALIZED (
    SELECT clock_timestamp() AS at
),
swept AS MATERIALIZED (
    SELECT number FROM incidents_incident WHERE number > %(reached)s ORDER BY number LIMIT %(stretch)s
),
scope AS MATERIALIZED (
    SELECT number FROM swept
    UNION
    SELECT incident_id FROM incidents_slaclock WHERE stopped_at IS NULL AND closed_at IS NULL
    UNION
    SELECT incident_id FROM incidents_timelineentry WHERE id > %(seen_entry)s
    UNION
    -- Until it is right, however long ago it ended.
    SELECT number FROM incidents_incident WHERE number = ANY (%(suspects)s::bigint[])
),

-- Where an incident was merged away or deleted, its last cycle's clocks end without a verdict.
incident AS MATERIALIZED (
    SELECT i.number, i.severity, i.triggered_at, i.deleted_at, i.merged_into_id IS NOT NULL AS is_merged,
        CASE
            WHEN i.merged_into_id IS NOT NULL THEN coalesce(
                (SELECT max(occurred_at) FROM incidents_timelineentry
                 WHERE incident_id = i.number AND kind = 'resolved'), i.snapshot_at)
            ELSE i.deleted_at
        END AS ended_at
    FROM incidents_incident i JOIN scope USING (number)
),
-- The merge itself looks like a resolution and is none.
fact AS MATERIALIZED (
    SELECT e.incident_id, e.kind, e.occurred_at,
        (e.actor_id IS NOT NULL OR e.actor_pagerduty_id <> '')
            AND NOT starts_with(coalesce(e.data ->> 'text', ''), %(mark)s) AS is_by_person
    FROM incidents_timelineentry e JOIN incident i ON i.number = e.incident_id
    WHERE e.kind IN ('resolved', 'reopened', 'acknowledged', 'escalated', 'responding', 'note', 'severity_judged', 'requested',
            'diagnosed', 'mitigation_started')
        AND NOT (e.kind = 'resolved' AND i.is_merged AND e.occurred_at >= i.ended_at)
),

-- A cycle begins with the trigger, and with each reopening that follows a resolution.
turn AS (
    SELECT incident_id, kind, occurred_at,
        lag(kind) OVER story AS before,
        kind <> lag(kind) OVER story AND occurred_at = lag(occurred_at) OVER story AS is_tied
    FROM (SELECT DISTINCT incident_id, kind, occurred_at FROM fact WHERE kind IN ('resolved', 'reopened')) AS told
    WINDOW story AS (PARTITION BY incident_id ORDER BY occurred_at, kind DESC)
),
-- A resolution and a reopening within one second: which came first cannot be told here, so that only the arithmetic is audited.
tied AS MATERIALIZED (
    SELECT DISTINCT incident_id FROM turn WHERE is_tied
),
beginning AS (
    SELECT number AS incident_id, triggered_at AS started_at FROM incident
    UNION
    SELECT t.incident_id, t.occurred_at FROM turn t JOIN incident i ON i.number = t.incident_id
    WHERE t.kind = 'reopened' AND t.before = 'resolved' AND t.occurred_at > i.triggered_at
),
cycle AS MATERIALIZED (
    SELECT incident_id, started_at,
        row_number() OVER story AS cycle,
        lead(started_at) OVER story AS next_at
    FROM beginning
    WHERE incident_id NOT IN (SELECT incident_id FROM tied)
    WINDOW story AS (PARTITION BY incident_id ORDER BY started_at)
),
stopped AS MATERIALIZED (
    SELECT c.incident_id, c.cycle,
        min(f.occurred_at) FILTER (
            WHERE f.kind IN ('resolved', 'acknowledged')
                OR (f.is_by_person AND f.kind IN (
                    'responding', 'note', 'severity_judged', 'requested', 'diagnosed', 'mitigation_started'))
        ) AS respond,
        min(f.occurred_at) FILTER (WHERE f.kind IN ('resolved', 'acknowledged')) AS acknowledge,
        min(f.occurred_at) FILTER (WHERE f.kind IN ('resolved', 'escalated')) AS escalate
    FROM cycle c
    JOIN fact f ON f.incident_id = c.incident_id
        AND f.occurred_at >= c.started_at AND (c.next_at IS NULL OR f.occurred_at < c.next_at)
    GROUP BY c.incident_id, c.cycle
),
expected AS (
    SELECT c.incident_id, c.cycle, k.kind, c.started_at,
        CASE k.kind WHEN 'respond' THEN s.respond WHEN 'acknowledge' THEN s.acknowledge ELSE s.escalate END AS stopped_at,
        CASE WHEN c.next_at IS NULL THEN i.ended_at END AS ended_at
    FROM cycle c
    JOIN incident i ON i.number = c.incident_id
    CROSS JOIN (VALUES ('respond'), ('acknowledge'), ('escalate')) AS k (kind)
    LEFT JOIN stopped s USING (incident_id, cycle)
),
stored AS MATERIALIZED (
    SELECT clock.* FROM incidents_slaclock clock JOIN scope ON scope.number = clock.incident_id
),

-- The close of the next business day, for each policy that asks for it and each local date on which a clock started.
policy AS MATERIALIZED (
    SELECT p.id, p.time_zone, p.closes_at, p.weekdays, p.country, p.own_days
    FROM incidents_policyversion p
    WHERE EXISTS (SELECT FROM jsonb_each(p.targets) AS target WHERE target.value ->> 'acknowledge' IS NULL)
),
span AS MATERIALIZED (
    SELECT p.id AS policy_id,
        min((s.started_at AT TIME ZONE p.time_zone)::date) AS first,
        max((s.started_at AT TIME ZONE p.time_zone)::date) AS last
    FROM stored s JOIN policy p ON p.id = s.policy_id WHERE s.kind = 'acknowledge' GROUP BY p.id
),
public_holiday AS MATERIALIZED (
    SELECT * FROM unnest(%(countries)s::text[], %(holidays)s::date[]) AS holiday (country, day)
),
business_day AS (
    SELECT p.id AS policy_id, d.day, p.time_zone, d.day + p.closes_at AS closes,
        (
            coalesce(own.is_open, extract(isodow FROM d.day) - 1 = ANY (p.weekdays) AND holiday.day IS NULL)
            -- A date that the zone never had does not come back from its own noon.
            AND (d.day + time '12:00') AT TIME ZONE p.time_zone AT TIME ZONE p.time_zone = d.day + time '12:00'
        ) AS is_open
    FROM span
    JOIN policy p ON p.id = span.policy_id
    CROSS JOIN LATERAL (
        SELECT instant::date AS day
        FROM generate_series(span.first::timestamp, span.last + interval '367 days', interval '1 day') AS instant
    ) AS d
    LEFT JOIN public_holiday holiday ON holiday.country = p.country AND holiday.day = d.day
    LEFT JOIN LATERAL (
        -- A day off wins where somebody wrote both.
        SELECT bool_and((entry ->> 'is_open')::boolean) AS is_open
        FROM jsonb_array_elements(p.own_days) AS entry WHERE (entry ->> 'day')::date = d.day
    ) AS own ON true
),
-- The instant at which the clocks show the closing time: the first, where they show it twice.
shown AS (
    SELECT b.*,
        CASE
            WHEN early AT TIME ZONE time_zone = closes THEN early
            WHEN late AT TIME ZONE time_zone = closes THEN late
            -- Skipped: the first minute at which they show more.
            ELSE (
                SELECT min(minute) FROM generate_series(early, late, interval '1 minute') AS minute
                WHERE minute AT TIME ZONE time_zone >= closes
            )
        END AS closes_at
    FROM business_day b
    CROSS JOIN LATERAL (SELECT closes AT TIME ZONE 'UTC' AS zero) AS utc
    CROSS JOIN LATERAL (
        -- The zone's offsets on the day before and on the day after.
        SELECT zero - ((zero - interval '1 day') AT TIME ZONE time_zone - (zero - interval '1 day') AT TIME ZONE 'UTC') AS one,
            zero - ((zero + interval '1 day') AT TIME ZONE time_zone - (zero + interval '1 day') AT TIME ZONE 'UTC') AS other
    ) AS offset_of
    CROSS JOIN LATERAL (SELECT least(one, other) AS early, greatest(one, other) AS late) AS pair
    WHERE b.is_open
),
-- For every date of the span the close of the first business day after it.
next_close AS MATERIALIZED (
    SELECT d.policy_id, d.day,
        min(s.closes_at) OVER (
            PARTITION BY d.policy_id ORDER BY d.day ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS due_at
    FROM business_day d LEFT JOIN shown s ON s.policy_id = d.policy_id AND s.day = d.day
),

timed AS (
    SELECT s.*, e.stopped_at AS should_stop_at, e.started_at AS should_start_at,
        CASE WHEN e.stopped_at IS NULL THEN e.ended_at END AS should_close_at,
        e.incident_id IS NOT NULL AS is_known,
        s.incident_id IN (SELECT incident_id FROM tied) AS is_tied,
        CASE
            WHEN target.seconds IS NOT NULL THEN s.started_at + make_interval(secs => target.seconds)
            ELSE next_close.due_at
        END AS should_be_due_at,
        p.at_risk_percent
    FROM stored s
    JOIN incident i ON i.number = s.incident_id
    JOIN incidents_policyversion p ON p.id = s.policy_id
    CROSS JOIN LATERAL (SELECT (p.targets -> i.severity ->> s.kind)::int AS seconds) AS target
    LEFT JOIN next_close ON target.seconds IS NULL AND next_close.policy_id = p.id
        AND next_close.day = (s.started_at AT TIME ZONE p.time_zone)::date
    LEFT JOIN expected e ON e.incident_id = s.incident_id AND e.cycle = s.cycle AND e.kind = s.kind
),
compared AS (
    SELECT t.*,
        started_at + (should_be_due_at - started_at) * at_risk_percent / 100.0 AS should_be_at_risk_at,
        coalesce(stopped_at, closed_at) AS over_at,
        greatest(due_at, settled_at, created_at) AS could_know_at
    FROM timed t
),
finding AS (
    SELECT incident_id, kind AS clock, cycle, found.*
    FROM compared, now
    CROSS JOIN LATERAL (
        VALUES
            ('wrong', 'cycle', NOT is_known AND NOT is_tied, cycle::text, 'no such cycle'),
            ('wrong', 'started_at', is_known AND should_start_at <> started_at, started_at::text, should_start_at::text),
            ('wrong', 'due_at', abs(extract(epoch FROM due_at - should_be_due_at)) > 0.001 OR should_be_due_at IS NULL,
                due_at::text, should_be_due_at::text),
            ('wrong', 'at_risk_at', abs(extract(epoch FROM at_risk_at - should_be_at_risk_at)) > 0.001,
                at_risk_at::text, should_be_at_risk_at::text),
            ('wrong', 'stopped_at', is_known AND stopped_at IS DISTINCT FROM should_stop_at,
                stopped_at::text, should_stop_at::text),
            ('wrong', 'closed_at', is_known AND closed_at IS DISTINCT FROM should_close_at,
                closed_at::text, should_close_at::text),
            ('wrong', 'breached_at', (over_at > due_at AND breached_at IS NULL)
                OR (over_at <= due_at AND breached_at IS NOT NULL)
                OR (over_at IS NULL AND due_at > now.at AND breached_at IS NOT NULL)
                OR breached_at <> due_at,
                breached_at::text, CASE WHEN over_at > due_at THEN due_at::text END),
            ('stuck', 'breached_at', over_at IS NULL AND breached_at IS NULL
                AND due_at < now.at - make_interval(secs => %(stuck)s), NULL, due_at::text),
            ('stuck', 'at_risk_noted_at', over_at IS NULL AND at_risk_noted_at IS NULL AND due_at > now.at
                AND greatest(at_risk_at, settled_at, created_at) < now.at - make_interval(secs => %(stuck)s),
                NULL, at_risk_at::text),
            ('stuck', 'escalation_decided_at', over_at IS NULL AND kind = 'escalate' AND breached_at IS NOT NULL
                AND escalation_decided_at IS NULL
                AND greatest(detected_at, settled_at) < now.at - make_interval(secs => %(stuck)s), NULL, due_at::text),
            ('late', 'detected_at', breached_at > now.at - interval '1 hour'
                AND detected_at > could_know_at + make_interval(secs => %(late)s), detected_at::text, could_know_at::text)
    ) AS found (problem, field, is_so, stored, expected)
    WHERE found.is_so
    UNION ALL
    SELECT e.incident_id, e.kind, e.cycle, 'missing', 'clock', true, NULL, e.started_at::text
    FROM expected e LEFT JOIN stored s ON s.incident_id = e.incident_id AND s.cycle = e.cycle AND s.kind = e.kind
    WHERE s.id IS NULL
),
lateness AS (
    SELECT extract(epoch FROM detected_at - could_know_at) AS seconds
    FROM compared, now WHERE breached_at > now.at - interval '1 hour' AND detected_at IS NOT NULL
)
SELECT now.at,
    (SELECT count(*) FROM stored),
    (SELECT count(*) FROM finding),
    (SELECT coalesce(json_agg(first_ones), '[]') FROM (SELECT * FROM finding ORDER BY problem, incident_id DESC LIMIT 100) AS first_ones),
    (SELECT max(number) FROM swept),
    (SELECT count(*) FROM swept),
    (SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY seconds) FROM lateness),
    (SELECT max(seconds) FROM lateness)
FROM now
