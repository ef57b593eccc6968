"""The auditor finds what is wrong, and nothing else."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.database_time import database_now
from incidents.calendars import BusinessCalendar, end_of_next_business_day
from incidents.enums import EntryKind
from incidents.models import Heartbeat, Incident, OwnDay, PolicyVersion, SlaAudit, SlaClock, TimelineEntry
from incidents.policies import latest_policy
from incidents.services.advance_clocks import note_clocks_at_risk
from incidents.services.audit_clocks import audit_clocks
from incidents.services.beat import beat
from incidents.services.escalate_unresolved import escalate_unresolved
from incidents.services.ingest import ingest_facts
from incidents.services.record_facts import VendorFact
from tests.factories import KENJI, LIN, make_incident, make_resolved
from tests.incidents.rules.calendars import calendars, interesting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def engine_lives(db: None) -> None:
    beat(name="sla-engine")


def found() -> list[tuple[str, str, str]]:
    """Kind, clock and field of each finding."""
    return [(each["kind"], each["clock"], each["detail"].partition(":")[0]) for each in audit_clocks().findings]


def test_nothing_is_wrong_with_what_the_portal_keeps_itself() -> None:
    for number, severity in enumerate(["P0", "P1", "P2", "P3"]):
        make_incident(number, minutes_old=number * 20 + 1, title=f"[{severity}] a - svc")
    make_resolved(9, minutes_old=4_000)
    reopened = make_resolved(10, minutes_old=300)
    again = VendorFact(EntryKind.REOPENED, database_now() - timedelta(minutes=90), agent=KENJI, source_id="R-again")
    ingest_facts(incident_pagerduty_id=reopened.pagerduty_id, facts=[again])
    state = audit_clocks()
    assert (state.found, state.findings) == (0, [])
    assert state.checked == 21
    assert state.clean_since == state.finished_at == state.swept_at


def shift(field: str, by: timedelta) -> dict[str, Any]:
    return {field: F(field) + by}


SECOND = timedelta(seconds=1)
#: No clock starts further ahead than the holidays that the auditor asks for.
PAST = interesting.filter(lambda start: start.year < 2027)


@pytest.mark.parametrize(
    ("wrong", "findings"),
    [
        (shift("due_at", SECOND), {("wrong", "acknowledge", "due_at")}),
        (shift("due_at", timedelta(milliseconds=2)), {("wrong", "acknowledge", "due_at")}),
        (shift("at_risk_at", -SECOND), {("wrong", "acknowledge", "at_risk_at")}),
        (
            shift("started_at", SECOND),
            {("wrong", "acknowledge", field) for field in ("started_at", "due_at", "at_risk_at")},
        ),
        ({"stopped_at": F("started_at") + SECOND}, {("wrong", "acknowledge", "stopped_at")}),
        ({"closed_at": F("started_at") + SECOND}, {("wrong", "acknowledge", "closed_at")}),
        ({"breached_at": F("due_at"), "detected_at": F("due_at")}, {("wrong", "acknowledge", "breached_at")}),
        ({"cycle": 7}, {("wrong", "acknowledge", "cycle"), ("missing", "acknowledge", "clock")}),
    ],
)
def test_a_wrong_instant_is_found(wrong: dict[str, Any], findings: set[tuple[str, str, str]]) -> None:
    make_incident(1, minutes_old=2)
    SlaClock.objects.filter(kind="acknowledge").update(**wrong)
    assert set(found()) == findings


def test_what_an_acknowledgement_should_have_stopped_is_found() -> None:
    incident = make_incident(1, minutes_old=9)
    fact = VendorFact(EntryKind.ACKNOWLEDGED, incident.triggered_at + timedelta(minutes=2), agent=LIN, source_id="R1")
    ingest_facts(incident_pagerduty_id=incident.pagerduty_id, facts=[fact])
    assert found() == []
    SlaClock.objects.update(stopped_at=None)
    assert set(found()) == {("wrong", "respond", "stopped_at"), ("wrong", "acknowledge", "stopped_at")}


def test_a_missed_breach_is_found_once_its_time_has_passed() -> None:
    make_incident(1, minutes_old=16)
    SlaClock.objects.filter(kind="respond").update(breached_at=None, detected_at=None)
    assert found() == [("stuck", "respond", "breached_at")]


def test_a_breach_of_what_was_stopped_late_is_found() -> None:
    incident = make_incident(1, minutes_old=40)
    fact = VendorFact(EntryKind.ACKNOWLEDGED, incident.triggered_at + timedelta(minutes=35), agent=LIN, source_id="R1")
    ingest_facts(incident_pagerduty_id=incident.pagerduty_id, facts=[fact])
    SlaClock.objects.filter(kind="acknowledge").update(breached_at=None)
    assert found() == [("wrong", "acknowledge", "breached_at")]


def test_a_breach_written_late_is_found_and_late_news_is_none() -> None:
    make_incident(1, minutes_old=16)
    assert found() == [], "the portal heard of it when it was overdue"
    old = database_now() - timedelta(hours=1)
    SlaClock.objects.update(settled_at=old, created_at=old)
    state = audit_clocks()
    assert [(each["kind"], each["clock"]) for each in state.findings] == [("late", "respond")]
    assert state.lateness_worst is not None
    assert 50 < state.lateness_worst < 120


def test_a_clock_that_is_not_there_is_found() -> None:
    make_incident(1)
    SlaClock.objects.filter(kind="escalate").delete()
    assert found() == [("missing", "escalate", "clock")]


def test_a_silent_engine_is_found() -> None:
    make_incident(1)
    Heartbeat.objects.update(beaten_at=database_now() - timedelta(minutes=2))
    assert found() == [("engine", "", "beaten_at")]
    Heartbeat.objects.all().delete()
    assert found() == [("engine", "", "beaten_at")]


def test_the_portals_own_note_is_no_response() -> None:
    incident = make_incident(1, minutes_old=5)
    note = VendorFact(
        EntryKind.NOTE, incident.triggered_at + SECOND, agent=LIN, source_id="R1", data={"text": "[on-call portal] x"}
    )
    ingest_facts(incident_pagerduty_id=incident.pagerduty_id, facts=[note])
    assert SlaClock.objects.get(kind="respond").stopped_at is None
    assert found() == []


def test_findings_end_with_their_cause() -> None:
    make_incident(1)
    SlaClock.objects.filter(kind="respond").update(**shift("due_at", SECOND))
    first = audit_clocks()
    assert (first.found, first.clean_since) == (1, None)
    SlaClock.objects.filter(kind="respond").update(**shift("due_at", -SECOND))
    assert audit_clocks().clean_since is not None


def test_all_history_comes_round_stretch_by_stretch() -> None:
    for number in range(7):
        make_resolved(number, minutes_old=100 + number)
    audit_clocks()
    # Nothing is new from here on: as after many more entries.
    SlaAudit.objects.update(seen_entry=TimelineEntry.objects.latest("pk").pk, reached=0, swept_at=None)
    last = make_resolved(8, minutes_old=50)
    TimelineEntry.objects.filter(incident=last, kind=EntryKind.TRIGGERED).update(id=F("id") + 1_000_000)
    audit_clocks(stretch=1)
    SlaClock.objects.filter(incident=Incident.objects.order_by("number")[5]).update(**shift("at_risk_at", SECOND))
    SlaAudit.objects.update(reached=0)
    looked = [audit_clocks(stretch=3) for _ in range(3)]
    # Three incidents and the one with news at a time; the fourth of them, wrong three times, is looked at again.
    assert [state.checked for state in looked] == [12, 12, 9]
    assert [state.found for state in looked] == [0, 3, 3]
    assert [state.swept_at is not None for state in looked] == [False, False, True]
    assert looked[-1].reached == 0


def test_what_is_wrong_stays_found_until_it_is_right() -> None:
    """A clock that ended long ago, of an incident without news, which a sweep comes by once in an hour."""
    old = make_resolved(1, minutes_old=5_000)
    for number in range(2, 5):
        make_resolved(number, minutes_old=100)
    audit_clocks()
    # Nothing is new from here on: as after many more entries.
    TimelineEntry.objects.filter(incident__number__gt=old.number).update(id=F("id") + 1_000_000)
    SlaClock.objects.filter(incident=old, kind="respond").update(**shift("due_at", SECOND))
    SlaAudit.objects.update(seen_entry=TimelineEntry.objects.latest("pk").pk, reached=0)
    assert [audit_clocks(stretch=1).found for _ in range(4)] == [1, 1, 1, 1]
    SlaClock.objects.filter(incident=old, kind="respond").update(**shift("due_at", -SECOND))
    assert [audit_clocks(stretch=1).found for _ in range(2)] == [0, 0]


def test_a_warning_that_nobody_wrote_is_found() -> None:
    make_incident(1, minutes_old=13)
    assert found() == [], "the portal heard of it when it was at risk"
    old = database_now() - timedelta(minutes=1)
    SlaClock.objects.update(settled_at=old, created_at=old)
    assert found() == [("stuck", "respond", "at_risk_noted_at")]
    note_clocks_at_risk()
    assert found() == []


def test_an_escalation_that_nobody_decided_is_found() -> None:
    make_incident(1, minutes_old=31)
    assert found() == [], "the portal heard of it when it was overdue"
    old = database_now() - timedelta(seconds=30)
    SlaClock.objects.update(settled_at=old, detected_at=old, created_at=old)
    assert found() == [("stuck", "escalate", "escalation_decided_at")]
    assert escalate_unresolved() == 1
    assert found() == []


def test_merged_and_deleted_incidents_close_without_a_verdict() -> None:
    merged, into = make_incident(1, minutes_old=2), make_incident(2, minutes_old=2)
    Incident.objects.filter(pk=merged.pk).update(merged_into=into)
    gone = make_incident(3, minutes_old=2)
    Incident.objects.filter(pk=gone.pk).update(deleted_at=database_now())
    at = database_now().replace(microsecond=0)
    for incident in (merged, gone):
        ingest_facts(
            incident_pagerduty_id=incident.pagerduty_id,
            facts=[VendorFact(EntryKind.RESOLVED, at, agent=LIN, source_id=f"R{incident.pk}")]
            if incident is merged
            else [],
        )
    assert found() == []
    assert SlaClock.objects.filter(closed_at__isnull=False).count() == 6


def store(calendar: BusinessCalendar) -> PolicyVersion:
    """A version with this calendar, for the clocks that name it."""
    latest = latest_policy()
    own_days = [
        *(OwnDay(day=day.isoformat(), is_open=False, name="") for day in calendar.days_off),
        *(OwnDay(day=day.isoformat(), is_open=True, name="") for day in calendar.days_on),
    ]
    return PolicyVersion.objects.create(
        version=latest.version + 1,
        in_force_from=latest.in_force_from + SECOND,
        targets=latest.targets,
        at_risk_percent=latest.at_risk_percent,
        time_zone=calendar.zone.key,
        weekdays=sorted(calendar.weekdays),
        opens_at=calendar.opens_at,
        closes_at=calendar.closes_at,
        country=calendar.country,
        own_days=own_days,
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calendar=calendars(), starts=st.lists(PAST, min_size=1, max_size=8, unique=True))
def test_two_ways_of_counting_business_days_agree(calendar: BusinessCalendar, starts: list[datetime]) -> None:
    TimelineEntry.objects.all().delete()
    SlaClock.objects.all().delete()
    Incident.objects.all().delete()
    policy = store(calendar)
    for number, start in enumerate(starts):
        incident = make_incident(number, title="[P3] a - svc")
        due = end_of_next_business_day(start, calendar)
        Incident.objects.filter(pk=incident.pk).update(triggered_at=start)
        SlaClock.objects.filter(incident=incident).update(started_at=start, due_at=due, breached_at=None, policy=policy)
    SlaAudit.objects.all().delete()
    findings = [each for each in audit_clocks().findings if each["clock"] == "acknowledge"]
    assert [each["detail"] for each in findings if each["detail"].startswith("due_at")] == []
    SlaClock.objects.filter(kind="acknowledge").update(**shift("due_at", timedelta(minutes=15)))
    wrong = [each for each in audit_clocks().findings if each["detail"].startswith("due_at")]
    assert len([each for each in wrong if each["clock"] == "acknowledge"]) == len(starts), "and it can fail"
