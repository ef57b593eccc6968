"""The pure parts: the first line, a list's items, the guide's line, the lines of evidence."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.enums import EvidenceKind
from incidents.enums import PartState
from incidents.review.document import LONGEST_CAUSE, first_line, items_of
from incidents.review.evidence import LONGEST_LINE, MOST_LINES, finding_of
from incidents.review.words import event_line, head
from tests.incidents.review.making import DOCUMENT, START

WHEN: Any = {"severity": "P1", "what": "High latency", "triggered_at": START, "zone": DOCUMENT.zone}
IT: Any = WHEN | {"resolved_at": START + timedelta(minutes=45)}


def test_the_guides_line_to_the_letter() -> None:
    line = event_line(**IT, has_acted=True, root_cause="\n DB query \nmore about it")
    assert line == "[P1] High latency on 01-17, resolved in 45min (root cause: DB query)"
    assert event_line(**IT, has_acted=True) == "[P1] High latency on 01-17, resolved in 45min"
    assert event_line(**IT, has_acted=False, root_cause="DB query") == "[P1] High latency on 01-17, auto-recovered"


@given(st.text(max_size=400))
def test_a_root_cause_is_one_bounded_line(text: str) -> None:
    line = first_line(text)
    assert len(line) <= LONGEST_CAUSE
    assert line.splitlines() in ([], [line])
    assert bool(line) is bool(text.strip())
    assert first_line(line) == line


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20), max_size=8))
def test_a_list_is_what_was_typed_a_line_each(items: list[str]) -> None:
    wanted = tuple(items)
    assert items_of("\n".join(f"  {item} \n" for item in items)) == wanted
    assert items_of("\n".join(f"- {item}" for item in items)) == wanted


def found(kind: EvidenceKind, data: dict[str, Any], **more: Any) -> Any:
    usual: dict[str, Any] = {"state": PartState.READ, "count": 1, "warnings": 1, "error": ""}
    return finding_of(kind, **(usual | more), data=data)


def event(number: int, *, is_mine: bool = True, kind: str = "Warning") -> dict[str, Any]:
    return {
        "type": kind,
        "reason": "Unhealthy",
        "object": f"Pod/p{number}",
        "message": "x" * 400,
        "count": number,
        "is_mine": is_mine,
    }


def test_events_are_warnings_the_services_own_first() -> None:
    rows = [event(1, is_mine=False), event(2), event(9, kind="Normal"), *(event(n) for n in range(3, 8))]
    finding = found(EvidenceKind.EVENTS, {"events": rows}, count=8, warnings=7)
    assert finding.summary == "8 events (7 warnings)"
    assert [line[:17] for line in finding.lines[:2]] == ["Unhealthy Pod/p2:", "Unhealthy Pod/p3:"]
    assert len(finding.lines) == MOST_LINES + 1
    assert finding.lines[-1] == "and 2 more"
    assert max(map(len, finding.lines)) == LONGEST_LINE


def test_no_pods_log_hides_the_others() -> None:
    logs = [{"pod": f"p{n}", "errors": [f"old {n}", f"new {n}"]} for n in range(3)]
    assert found(EvidenceKind.LOGS, {"logs": logs}).lines == (
        "p0: new 0",
        "p1: new 1",
        "p2: new 2",
        "p0: old 0",
        "p1: old 1",
        "and 1 more",
    )


def test_a_pod_that_is_not_well_and_why() -> None:
    crashed = {"reason": "CrashLoopBackOff", "last_reason": "OOMKilled"}
    pod = {"name": "a", "is_unwell": True, "phase": "Running", "reason": "", "restarts": 4, "containers": [crashed]}
    finding = found(EvidenceKind.PODS, {"pods": [pod, pod | {"name": "b", "is_unwell": False}]})
    assert finding.lines == ("a: CrashLoopBackOff, OOMKilled, 4 restarts",)


def test_what_could_not_be_read_says_why_and_a_picture_is_no_line() -> None:
    finding = found(EvidenceKind.LOGS, {}, state=PartState.FAILED, error="timeout: read timed out")
    assert finding.summary == "could not be read: It does not answer in time."
    assert found(EvidenceKind.GRAFANA, {}) is None
    assert found(EvidenceKind.PODS, {"pods": []}, state=PartState.NOTHING) is None


@pytest.mark.parametrize(("minutes", "words"), [(None, "open again"), (95, "2026-01-17 04:45:00 Asia/Taipei")])
def test_the_head_says_when_in_both_zones(minutes: int | None, words: str) -> None:
    resolved_at = None if minutes is None else START + timedelta(minutes=minutes)
    shown = dict(head(replace(DOCUMENT, resolved_at=resolved_at)))
    assert shown["Resolved"].startswith(words)
    assert shown["Triggered"] == "2026-01-17 03:10:00 Asia/Taipei (2026-01-16 19:10:00 UTC)"
    assert shown["Reopened"] == "2026-01-17 04:20:00 Asia/Taipei (2026-01-16 20:20:00 UTC)"
    assert ("Lasted" in shown) is (minutes is not None)
