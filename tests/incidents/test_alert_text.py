"""What the portal reads out of an alert's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.alert_text import Measure, judge_severity, parse_measure, parse_title
from integrations.text import clean_text


@pytest.mark.parametrize(
    ("title", "severity", "what", "service"),
    [
        ("[P1] High Error Rate - chatops-gateway", "P1", "High Error Rate", "chatops-gateway"),
        ("  [ p0 ]Database down - chatops-db", "P0", "Database down", "chatops-db"),
        ("High latency - chatops-web", None, "High latency", "chatops-web"),
        ("[P2] Node failure", "P2", "Node failure", ""),
        ("[P4] Odd tag - svc", None, "[P4] Odd tag", "svc"),
        ("Disk full - please look at it", None, "Disk full - please look at it", ""),
        ("[P1] - svc", "P1", "- svc", ""),
        ("", None, "", ""),
        ("[P1]", "P1", "", ""),
        ("[P3] A - B - chatops-web", "P3", "A - B", "chatops-web"),
    ],
)
def test_titles(title: str, severity: str | None, what: str, service: str) -> None:
    parsed = parse_title(title)
    assert (parsed.severity, parsed.what, parsed.service) == (severity, what, service)


def test_the_guides_body() -> None:
    body = "Triggered at: 2024-01-15 14:30 UTC\nError rate: 5.2% (threshold: 1%)"
    assert parse_measure(body) == Measure("Error rate", "5.2%", "1%")


@pytest.mark.parametrize(
    "body", ["", "no measure", "Error rate: 5.2%", "(threshold: 1%)", "a: (threshold: )", ":" * 9999]
)
def test_a_body_that_measures_nothing(body: str) -> None:
    assert parse_measure(body) == Measure()


@pytest.mark.parametrize(
    ("title", "priority", "urgency", "judged"),
    [
        ("[P2] x", "P0", "high", ("P2", "title")),
        ("x", "P0", "low", ("P0", "priority")),
        ("x", "SEV-2", "low", ("P2", "priority")),
        ("x", "P5", "high", ("P3", "priority")),
        ("x", "Urgent", "low", ("P3", "urgency")),
        ("x", "", "high", ("P1", "urgency")),
        ("x", "", "", ("P1", "urgency")),
    ],
)
def test_severity_comes_from_the_title_then_priority_then_urgency(
    title: str, priority: str, urgency: str, judged: tuple[str, str]
) -> None:
    assert judge_severity(title=title, priority=priority, urgency=urgency) == judged


@given(st.text(max_size=300))
def test_any_text_can_be_cleaned_stored_and_parsed(text: str) -> None:
    cleaned = clean_text(text, limit=100)
    assert len(cleaned) <= 100
    assert "\x00" not in cleaned
    assert "\u202e" not in cleaned
    cleaned.encode("utf-8")
    assert clean_text(cleaned, limit=100) == cleaned
    parse_title(cleaned)
    parse_measure(cleaned)
