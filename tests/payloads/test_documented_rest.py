"""The answers PagerDuty documents for its REST API are read."""

from datetime import UTC, datetime

from integrations.pagerduty.reading import KIND_OF_LOG_ENTRY, read_incident, read_log_entry, read_on_call
from tests.payloads.samples import documented_answers

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_incidents() -> None:
    rows = documented_answers("/incidents", "incidents") + documented_answers("/incidents/{id}", "incident")
    assert rows
    for row in rows:
        read = read_incident(row, as_of=NOW, is_from_poll=True)
        assert (read.id, read.title, read.status) == (row["id"], row["title"], row["status"])
        assert read.number == row["incident_number"]
        assert [person.id for person in read.people] == [each["assignee"]["id"] for each in row["assignments"]]


def test_log_entries() -> None:
    rows = documented_answers("/log_entries", "log_entries")
    assert rows
    for row in rows:
        read = read_log_entry(row, as_of=NOW)
        assert (read.id, read.incident_id) == (row["id"], row["incident"]["id"])
        assert read.kind == KIND_OF_LOG_ENTRY[row["type"]]


def test_on_calls() -> None:
    rows = documented_answers("/oncalls", "oncalls")
    assert rows
    for row in rows:
        read = read_on_call(row)
        assert (read.person.id, read.level) == (row["user"]["id"], row["escalation_level"])
        assert read.person.name == row["user"]["summary"]
