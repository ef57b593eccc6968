"""`python -m benchmarks._compensation_side PEOPLE SCHEDULES INCIDENTS`: makes a month, drafts it twice, writes as many bare rows.

Run in the product's environment; prints seconds, queries and changed people of each draft, the seconds of one plain INSERT of
as many lines, and how many of everything there were, as JSON.
"""

import json
import sys
import time
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import Person, User  # noqa: E402
from accounts.roles import Role  # noqa: E402
from compensation.enums import LineKind  # noqa: E402
from compensation.models import LedgerLine  # noqa: E402
from compensation.services.draft_month import draft_month  # noqa: E402
from compensation.services.store_rule import store_rule  # noqa: E402
from compensation.terms import Rate, Rule, month_at, month_span, previous_month  # noqa: E402
from incidents.models import Incident, Review  # noqa: E402
from shifts.enums import ScheduleSource  # noqa: E402
from shifts.models import Schedule, Shift  # noqa: E402

#: One in so many incidents is a P0.
P0_EVERY = 20
TURN = timedelta(hours=12)

INCIDENTS = """
    INSERT INTO incidents_incident (
        pagerduty_id, service_id, title, what, body, metric_name, measured_value, threshold, severity, severity_source,
        priority, urgency, status, triggered_at, cycle, cycle_started_at, acknowledged_at, resolved_at,
        escalation_policy_id, escalation_policy_name, html_url, snapshot_at, version
    )
    SELECT 'PSEED' || i, (SELECT min(id) FROM incidents_service), 'down', 'down', '', '', '', '',
        CASE WHEN i %% %(every)s = 0 THEN 'P0' ELSE 'P2' END, 'title', '', 'high', 'resolved', at, 1, at,
        at + interval '1 minute', at + interval '9 minutes', '', '', '', at, 1
    FROM (SELECT i, %(start)s::timestamptz + i * (%(length)s / %(total)s) AS at FROM generate_series(0, %(total)s - 1) i) made;
"""
CLOCKS = """
    INSERT INTO incidents_slaclock (
        policy_id, incident_id, kind, cycle, started_at, at_risk_at, due_at, stopped_at, stopped_by, closed_because
    )
    SELECT (SELECT min(id) FROM incidents_policyversion), number, kind, 1, triggered_at, triggered_at + target * 0.8,
        triggered_at + target, LEAST(resolved_at, triggered_at + target / 2), 'Person 1', ''
    FROM incidents_incident, (
        VALUES ('respond', interval '5 minutes'), ('acknowledge', interval '15 minutes'), ('escalate', interval '30 minutes')
    ) AS kinds (kind, target);
"""
ENTRIES = """
    INSERT INTO incidents_timelineentry (
        incident_id, kind, occurred_at, actor_name, actor_pagerduty_id, source, source_id, is_confirmed, data
    )
    SELECT number, 'acknowledged', acknowledged_at, 'Person', 'PBENCH' || number %% %(people)s, 'pagerduty', 'R' || number,
        true, '{}'
    FROM incidents_incident;
"""


def make(people: int, schedules: int, incidents: int) -> tuple[User, date]:
    """Everybody in turn for half a day on each schedule, incidents spread evenly over last month, every P0 reviewed."""
    manager = User.objects.create_user("bench", role=Role.MANAGER)
    rule = Rule(
        valid_from=date(2024, 1, 1),
        currency="TWD",
        time_zone="America/New_York",
        country="US",
        rates=[Rate(None, 1, Decimal(7000))],
        weekend_factor=Decimal("1.5"),
        holiday_factor=Decimal(2),
        p0_bonus=Decimal(3000),
        rest_day_hours=Decimal(4),
        night_hours=Decimal(2),
    )
    version, _is_new = store_rule(actor=manager, key="bench", based_on=0, rule=rule)
    terms = [version.terms()]
    first = previous_month(month_at(version.created_at, terms))
    start, end = month_span(first, terms)
    everybody = Person.objects.bulk_create(
        Person(pagerduty_id=f"PBENCH{number}", name=f"Person {number}") for number in range(people)
    )
    kept = [
        Schedule.objects.create(source=ScheduleSource.PORTAL, name=f"Schedule {number}", time_zone="UTC")
        for number in range(schedules)
    ]
    turns = -(-(end - start) // TURN)
    Shift.objects.bulk_create(
        Shift(
            schedule=schedule,
            person=everybody[(turn * schedules + place) % people],
            start_at=start + turn * TURN,
            end_at=start + (turn + 1) * TURN,
        )
        for place, schedule in enumerate(kept)
        for turn in range(turns)
    )
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO incidents_service (pagerduty_id, name, html_url) VALUES ('PSVC', 'gateway', '')")
        spread: dict[str, Any] = {
            "every": P0_EVERY,
            "start": start,
            "length": end - start,
            "total": incidents,
            "people": people,
        }
        for statement in (INCIDENTS, CLOCKS, ENTRIES):
            cursor.execute(statement, spread)
    for p0 in Incident.objects.filter(severity="P0"):
        Review.objects.create(incident=p0, begun_by=manager, finished_by=manager, finished_at=p0.resolved_at)
    return manager, first


def draft(manager: User, first: date) -> dict[str, float]:
    with CaptureQueriesContext(connection) as captured:
        began = time.monotonic()
        changed = draft_month(actor=manager, first=first).changed
        took = time.monotonic() - began
    return {"seconds": took, "changed": changed, "queries": len(captured)}


def bare() -> float:
    """One plain INSERT of the same lines, without checks or indexes, and forgotten."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bare (LIKE compensation_ledgerline) ON COMMIT DROP")
        began = time.monotonic()
        cursor.execute("INSERT INTO bare SELECT * FROM compensation_ledgerline")
        return time.monotonic() - began


if __name__ == "__main__":
    who, month = make(*(int(count) for count in sys.argv[1:4]))
    report = {"first": draft(who, month), "second": draft(who, month), "bare": bare()}
    counts = {
        "lines": LedgerLine.objects.count(),
        "bonuses": LedgerLine.objects.filter(kind=LineKind.BONUS).count(),
        "shifts": Shift.objects.count(),
    }
    print(json.dumps(report | counts))
