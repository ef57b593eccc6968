"""A review's document with everything that one can have, as the shapes are tested with it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from incidents.enums import ClockKind, ClockPhase, Severity
from incidents.review.document import (
    Deed,
    Finding,
    Happening,
    Measure,
    ReviewDocument,
    Said,
    Sight,
    ToDo,
    Turn,
)

START = datetime(2026, 1, 16, 19, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    return START + minutes * MINUTE


DOCUMENT = ReviewDocument(
    number=42,
    pagerduty_number=1042,
    severity=Severity.P1,
    severity_explanation="P1, from the title",
    what="High latency",
    service="chatops-gateway",
    measured="Latency 2.4s (threshold: 500ms)",
    zone=ZoneInfo("Asia/Taipei"),
    turns=(Turn(1, START, at(4), at(45)), Turn(2, at(70), at(72), at(95))),
    resolved_at=at(95),
    people=("Lin Yu-ting", "Kenji Sato"),
    summary="[P1] High latency on 01-17, resolved in 1h 35min (root cause: A query without an index held all connections.)",
    clocks=(
        Measure(1, ClockKind.RESPOND, 15 * MINUTE, ClockPhase.MET, 2 * MINUTE, None, "Lin Yu-ting"),
        Measure(1, ClockKind.ACKNOWLEDGE, 30 * MINUTE, ClockPhase.MET, 4 * MINUTE, None, "Lin Yu-ting"),
        Measure(1, ClockKind.ESCALATE, 30 * MINUTE, ClockPhase.MET_LATE, 45 * MINUTE, 15 * MINUTE, "Kenji Sato"),
        Measure(2, ClockKind.RESPOND, 15 * MINUTE, ClockPhase.MET, 2 * MINUTE, None, "Kenji Sato"),
        Measure(2, ClockKind.ACKNOWLEDGE, 30 * MINUTE, ClockPhase.MET, 2 * MINUTE, None, "Kenji Sato"),
        Measure(2, ClockKind.ESCALATE, 30 * MINUTE, ClockPhase.CLOSED, None, None, ""),
    ),
    timeline=(
        Happening(at(0), "Triggered", "Triggered: [P1] High latency - chatops-gateway"),
        Happening(at(4), "Acknowledged", "Lin Yu-ting acknowledged"),
        Happening(at(20), "Status update", "Lin Yu-ting told the stakeholders: Some requests are slow; we are on it."),
        Happening(at(45), "Resolved", "Kenji Sato resolved the incident"),
        Happening(at(70), "Reopened", "Kenji Sato reopened the incident"),
        Happening(at(95), "Resolved", "Kenji Sato resolved the incident"),
    ),
    has_more=False,
    talk=(
        Said(at(6), "Lin Yu-ting", "Connections of chatops-prod are at 100 %.\nWho changed the search?"),
        Said(at(9), "Kenji Sato", "v1.2.4 did: 搜尋改用新的查詢。Rolling back."),
    ),
    sights=(
        Sight(
            1,
            "Captured 8 s after the trigger",
            (
                Finding("Pods", "3 pods (1 not ready)", ("gateway-7d4f9-x2x: CrashLoopBackOff, 4 restarts",)),
                Finding(
                    "Events",
                    "10 events (2 warnings)",
                    ("Unhealthy Pod/gateway-7d4f9-x2x: Readiness probe failed (×12)",),
                ),
                Finding(
                    "Logs",
                    "37 error lines",
                    ("gateway-7d4f9-x2x: ERROR no connection within 30000 ms", "and 32 more"),
                ),
                Finding("Suspect changes", "", ("New release v1.2.4 – same service, 12 minutes before the trigger",)),
            ),
        ),
        Sight(2, "Nothing was captured.", ()),
    ),
    deeds=(
        Deed(
            at(12),
            "Kenji Sato",
            "Roll chatops-gateway back to the revision before",
            "kubectl -n chatops rollout undo deployment/chatops-gateway --to-revision=7",
            "Pods healthy after 48 s. The alert cleared after 2 min.",
        ),
    ),
    root_cause="A query without an index held all connections.\nIt came with v1.2.4 and was only slow with the data of production.",
    factors=("The test data has 200 rows.", "連線池沒有告警。"),
    went_well=("The evidence was there within seconds.",),
    follow_ups=(
        ToDo("Alert on the connection pool", "Kenji Sato", date(2026, 1, 30), is_done=False),
        ToDo("Add the index", "Lin Yu-ting", date(2026, 1, 20), is_done=True),
    ),
    finished_by="Lin Yu-ting",
    finished_at=datetime(2026, 1, 19, 3, 5, tzinfo=UTC),
)
