"""The auditor: recomputes every deadline from the facts with a query of its own and says which clock is wrong, late or stuck.

It writes nothing but what it found: a wrong clock is for people to look at, since the code that should keep it has failed.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import holidays
from django.db import connection, transaction
from django.db.models import Max, Min

from accounts.database_time import database_now
from incidents.models import AuditFinding, Heartbeat, PolicyVersion, SlaAudit, SlaClock, TimelineEntry
from incidents.sla import AUTOMATIC_MARK

STATEMENT = (Path(__file__).resolve().parent.parent / "sql" / "audit_clocks.sql").read_text()
#: Incidents that a round looks at beyond what is open and what is new.
STRETCH = 2_000
#: Entries are looked at again for so many numbers: one may be committed after a later one.
OVERLAP = 1_000
#: An open clock this long past its deadline is stuck, a breach written this long after it could be known is late (seconds).
STUCK_AFTER, LATE_AFTER = 10.0, 5.0
#: An engine beats every five seconds.
ENGINE_SILENT_AFTER = timedelta(seconds=15)


@dataclass(frozen=True)
class _Round:
    at: datetime
    checked: int
    found: int
    findings: list[AuditFinding]
    reached: int | None
    swept: int
    lateness_p99: float | None
    lateness_worst: float | None


def audit_clocks(*, stretch: int = STRETCH) -> SlaAudit:
    """One round. Returns what is stored of it."""
    state, _is_new = SlaAudit.objects.get_or_create(name="sla")
    newest = TimelineEntry.objects.aggregate(newest=Max("pk"))["newest"] or 0
    seen = min(state.seen_entry, newest)
    # What was wrong is looked at until it is right: else a clock of long ago were clean again as soon as the sweep had passed.
    suspects = sorted({each["incident"] for each in state.findings} - {0})
    done = _ask(reached=state.reached, seen_entry=max(seen - OVERLAP, 0), stretch=stretch, suspects=suspects)
    findings = [*_silence(done.at), *done.findings]
    with transaction.atomic():
        state = SlaAudit.objects.select_for_update().get(pk=state.pk)
        state.finished_at, state.checked = done.at, done.checked
        state.findings, state.found = findings[:100], done.found + len(findings) - len(done.findings)
        state.clean_since = None if state.found else state.clean_since or done.at
        state.lateness_p99, state.lateness_worst = done.lateness_p99, done.lateness_worst
        state.seen_entry = newest
        has_come_round = done.swept < stretch
        state.reached = 0 if has_come_round else done.reached or 0
        state.swept_at = done.at if has_come_round else state.swept_at
        state.save()
    return state


def _ask(*, reached: int, seen_entry: int, stretch: int, suspects: list[int]) -> _Round:
    countries, days = _public_holidays()
    with connection.cursor() as cursor:
        cursor.execute(
            STATEMENT,
            {
                "reached": reached,
                "seen_entry": seen_entry,
                "stretch": stretch,
                "suspects": suspects,
                "countries": countries,
                "holidays": days,
                "mark": AUTOMATIC_MARK,
                "stuck": STUCK_AFTER,
                "late": LATE_AFTER,
            },
        )
        at, checked, found, rows, reached_now, swept, p99, worst = cursor.fetchone()
    return _Round(
        at=at,
        checked=checked,
        found=found,
        findings=[_finding(row) for row in rows],
        reached=reached_now,
        swept=swept,
        lateness_p99=None if p99 is None else float(p99),
        lateness_worst=None if worst is None else float(worst),
    )


def _finding(row: dict[str, Any]) -> AuditFinding:
    return AuditFinding(
        kind=row["problem"],
        incident=row["incident_id"],
        clock=row["clock"],
        cycle=row["cycle"],
        detail=f"{row['field']}: {row['stored'] or '–'} ≠ {row['expected'] or '–'}",
    )


def _silence(now: datetime) -> list[AuditFinding]:
    """Whether no engine has shown a sign of life: then nothing that is clean now will stay so."""
    last = Heartbeat.objects.filter(name="sla-engine").aggregate(last=Max("beaten_at"))["last"]
    if last is not None and now - last <= ENGINE_SILENT_AFTER:
        return []
    detail = f"beaten_at: {last.isoformat(timespec='seconds') if last else '–'}"
    return [AuditFinding(kind="engine", incident=0, clock="", cycle=0, detail=detail)]


def _public_holidays() -> tuple[list[str], list[date]]:
    """A country and one of its holidays, for each of the years in which a clock ran or may be due."""
    oldest = SlaClock.objects.aggregate(oldest=Min("started_at"))["oldest"]
    if oldest is None:
        return [], []
    years = range(oldest.year - 1, database_now().year + 3)
    used = PolicyVersion.objects.exclude(country="").values_list("country", flat=True).distinct().order_by("country")
    pairs = [(country, day) for country in used for year in years for day in _in_year(country, year)]
    return [country for country, _day in pairs], [day for _country, day in pairs]


@cache
def _in_year(country: str, year: int) -> list[date]:
    return sorted(holidays.country_holidays(country, years=year))
