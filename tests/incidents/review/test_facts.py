"""What a document is written from: the stored facts of an incident, of all its cycles, and nothing else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from cluster.models import Change
from incidents.enums import (
    CaptureCause,
    CaptureState,
    ClockKind,
    ClockPhase,
    EntryKind,
    EntrySource,
    EvidenceKind,
    MitigationState,
    PartState,
)
from incidents.models import Capture, EvidencePart, Incident, Mitigation, TimelineEntry
from incidents.review.document import ReviewDocument
from incidents.review.exports import markdown
from incidents.review.parts import ReviewPart
from incidents.review_facts import MOST_ENTRIES, document_for
from incidents.reviews import review_of
from incidents.services.ingest import ingest_snapshot
from incidents.services.record_facts import VendorFact
from incidents.sla import AUTOMATIC_MARK
from tests.cast import Cast
from tests.factories import KENJI, LIN, snapshot
from tests.incidents.review.stored import finished, follow_up, over, write

pytestmark = pytest.mark.django_db
QUERIES = 14


def document(incident: Incident) -> ReviewDocument:
    incident = Incident.objects.select_related("service").get(pk=incident.pk)
    return document_for(incident, review_of(incident.pk))


def entry(incident: Incident, kind: EntryKind, minute: float, cast: Cast, **data: Any) -> TimelineEntry:
    return TimelineEntry.objects.create(
        incident=incident,
        kind=kind,
        occurred_at=incident.triggered_at + timedelta(minutes=minute),
        actor=cast.teammate,
        actor_name=cast.teammate.display_name,
        source=EntrySource.PORTAL,
        data=data,
    )


def captured(incident: Incident, *, cycle: int = 1) -> Capture:
    """What was found eight seconds after the trigger: a pod that crashes, and an error with a secret that was redacted."""
    capture = Capture.objects.create(
        incident=incident,
        number=cycle,
        cycle=cycle,
        cause=CaptureCause.TRIGGER,
        state=CaptureState.DONE,
        finished_at=incident.triggered_at + timedelta(seconds=8),
    )
    container = {"reason": "CrashLoopBackOff", "last_reason": "OOMKilled"}
    pod = {
        "name": "gw-1",
        "is_unwell": True,
        "phase": "Running",
        "reason": "",
        "restarts": 4,
        "containers": [container],
    }
    log = {"pod": "gw-1", "errors": ["ERROR password=[redacted]"]}
    for kind, data in (
        (EvidenceKind.PODS, {"pods": [pod], "total": 1, "ready": 0, "left_out": 0}),
        (EvidenceKind.LOGS, {"logs": [log], "raw": {"0": ["a raw line"]}, "left_out": 0}),
    ):
        EvidencePart.objects.create(capture=capture, kind=kind, state=PartState.READ, count=1, warnings=1, data=data)
    EvidencePart.objects.create(capture=capture, kind=EvidenceKind.RDS, state=PartState.FAILED, error="timeout: x")
    return capture


def test_head_clocks_and_who_took_part(cast: Cast) -> None:
    incident = over()
    entry(incident, EntryKind.NOTE, 1.5, cast, text="on it")
    found = document(incident)
    assert found.summary.endswith("resolved in 2min")
    assert found.people == ("Lin Yu-ting", "Kenji Sato")
    assert (found.triggered_at, found.resolved_at) == (incident.triggered_at, incident.resolved_at)
    assert found.acknowledged_at == incident.acknowledged_at
    assert found.lasted == timedelta(minutes=2)
    assert [(each.kind, each.phase, each.took) for each in found.clocks] == [
        (ClockKind.RESPOND, ClockPhase.MET, timedelta(minutes=1)),
        (ClockKind.ACKNOWLEDGE, ClockPhase.MET, timedelta(minutes=1)),
        (ClockKind.ESCALATE, ClockPhase.MET, timedelta(minutes=2)),
    ]


def test_the_entries_worth_reading_and_the_notes_as_a_conversation(cast: Cast) -> None:
    incident = over()
    entry(incident, EntryKind.NOTE, 1, cast, text="two\nlines")
    entry(incident, EntryKind.NOTE, 1, cast, text=f"{AUTOMATIC_MARK} escalated")
    entry(incident, EntryKind.STATUS_UPDATE, 1.2, cast, text="slow, but up")
    entry(incident, EntryKind.NOTIFIED, 1.2, cast, to="Lin", channel="sms_notification")
    entry(incident, EntryKind.REQUESTED, 1.2, cast, verb="note")
    finished(cast.responder, incident)
    found = document(incident)
    assert [each.text for each in found.timeline] == [
        "Triggered: [P1] High latency - chatops-gateway",
        "Lin Yu-ting acknowledged",
        "Kenji Sato told the stakeholders: slow, but up",
        "Lin Yu-ting resolved the incident",
    ]
    assert [(each.who, each.text) for each in found.talk] == [("Kenji Sato", "two\nlines")]


def test_a_long_story_is_cut_at_its_end_and_says_so(cast: Cast) -> None:
    incident = over()
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            incident=incident,
            kind=EntryKind.STATUS_UPDATE,
            occurred_at=incident.triggered_at,
            source=EntrySource.PORTAL,
            data={"text": f"update {number}"},
        )
        for number in range(MOST_ENTRIES)
    )
    found = document(incident)
    assert (len(found.timeline), found.has_more) == (MOST_ENTRIES, True)


def test_evidence_in_a_few_lines_and_the_changes_to_suspect(cast: Cast) -> None:
    incident = over()
    capture = captured(incident)
    Change.objects.create(
        kind="rollout",
        source_id="1",
        service="chatops-gateway",
        title="New release v1.2.4",
        occurred_at=incident.triggered_at - timedelta(minutes=12),
    )
    (sight,) = document(incident).sights
    assert sight.caption == "Captured 8 s after the trigger"
    assert [(each.label, each.summary, each.lines) for each in sight.findings] == [
        ("Pods", "1 pod (1 not ready)", ("gw-1: CrashLoopBackOff, OOMKilled, 4 restarts",)),
        ("Logs", "1 error line", ("gw-1: ERROR password=[redacted]",)),
        ("RDS", "could not be read: It does not answer in time.", ()),
        ("Suspect changes", "", ("New release v1.2.4 – same service, 12 minutes before the trigger",)),
    ]
    capture.parts.all().delete()
    Capture.objects.update(forgotten_at=database_now())
    (sight,) = document(incident).sights
    assert "forgotten since" in sight.caption
    Capture.objects.all().delete()
    assert document(incident).sights[0].caption == "Nothing was captured."


def test_what_was_done_and_what_came_of_it(cast: Cast) -> None:
    incident = over()
    usual = {
        "incident": incident,
        "cycle": 1,
        "verb": "roll_back",
        "service": "chatops-gateway",
        "target": "chatops-gateway",
        "requested_by": cast.teammate,
        "confirmed_by": cast.teammate,
    }
    at = incident.triggered_at + timedelta(minutes=1)
    Mitigation.objects.create(
        **usual | {"idempotency_key": "a"},
        state=MitigationState.SUCCEEDED,
        confirmed_at=at,
        command="kubectl rollout undo",
        verdict={"code": "healthy", "seconds": 48, "was_done": True, "alert": "cleared", "alert_seconds": 130},
    )
    Mitigation.objects.create(**usual | {"idempotency_key": "b"}, state=MitigationState.WITHDRAWN)
    (deed,) = document(incident).deeds
    assert (deed.at, deed.who, deed.command) == (at, "Kenji Sato", "kubectl rollout undo")
    assert deed.what == "Roll chatops-gateway back to the revision before"
    assert deed.verdict == "Pods healthy after 48 s. The alert cleared after 2 min."


def test_of_a_reopened_incident_it_speaks_of_all_cycles(cast: Cast) -> None:
    incident = over(minutes_old=60)
    captured(incident)
    write(cast.responder, incident, ReviewPart.ROOT_CAUSE, "first guess")
    at = {minute: incident.triggered_at + timedelta(minutes=minute) for minute in (10, 12, 20)}
    facts = [
        VendorFact(EntryKind.REOPENED, at[10], agent=KENJI, source_id="RO"),
        VendorFact(EntryKind.ACKNOWLEDGED, at[12], agent=KENJI, source_id="RA2"),
        VendorFact(EntryKind.RESOLVED, at[20], agent=KENJI, source_id="RR2"),
    ]
    again = replace(snapshot(1, minutes_old=60, title=incident.title), created_at=incident.triggered_at)
    ingest_snapshot(snapshot=replace(again, status="resolved", resolved_at=at[20], people=()), facts=facts)
    found = document(incident)
    assert [(each.began_at, each.acknowledged_at, each.resolved_at) for each in found.turns] == [
        (incident.triggered_at, incident.acknowledged_at, incident.resolved_at),
        (at[10], at[12], at[20]),
    ]
    assert (found.resolved_at, found.root_cause) == (at[20], "first guess")
    assert found.people == (LIN.name, KENJI.name)
    assert {each.turn for each in found.clocks} == {1, 2}
    assert [each.turn for each in found.sights] == [1, 2]
    assert "### Reopening 1" in markdown(found)


def test_its_words_and_who_finished_it(cast: Cast) -> None:
    incident = over()
    assert document(incident).root_cause == ""
    write(cast.responder, incident, ReviewPart.CONTRIBUTING_FACTORS, "- one\n\n two ")
    finished(cast.responder, incident)
    follow_up(cast.responder, incident, cast.teammate)
    found = document(incident)
    assert found.factors == ("one", "two")
    assert [(each.text, each.owner, each.is_done) for each in found.follow_ups] == [
        ("Add the index", "Kenji Sato", False)
    ]
    assert (found.finished_by, found.corrected_at) == ("Lin Yu-ting", None)
    assert found.summary.endswith("resolved in 2min (root cause: DB query)")
    write(cast.teammate, incident, ReviewPart.WENT_WELL, "all of it")
    assert document(incident).corrected_by == "Kenji Sato"
    with translation.override("zh-hant"):
        assert "自動恢復" not in document(incident).summary


@pytest.mark.parametrize("notes", [1, 100])
def test_it_costs_the_same_at_one_note_and_at_many(
    notes: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    incident = over()
    captured(incident)
    finished(cast.responder, incident)
    for number in range(notes):
        entry(incident, EntryKind.NOTE, 1, cast, text=f"note {number}")
        follow_up(cast.responder, incident, cast.teammate, key=f"k{number}")
    loaded = Incident.objects.select_related("service").get()
    with django_assert_num_queries(QUERIES):
        assert len(document_for(loaded, review_of(loaded.pk)).talk) == notes
