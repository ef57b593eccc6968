"""The engine writes what became due: on time, once, with the deadline as the breach's instant."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import F

from incidents.enums import EntryKind
from incidents.models import Incident, SlaClock, TimelineEntry
from incidents.services.advance_clocks import breach_due_clocks, note_clocks_at_risk
from incidents.services.ingest import ingest_facts
from incidents.services.record_facts import VendorFact
from tests.factories import LIN, make_incident


def let_pass(incident: Incident, minutes: float) -> None:
    """Moves an incident and its open clocks into the past, as time would."""
    by = timedelta(minutes=minutes)
    SlaClock.objects.filter(incident=incident).update(
        started_at=F("started_at") - by, at_risk_at=F("at_risk_at") - by, due_at=F("due_at") - by
    )
    Incident.objects.filter(pk=incident.pk).update(
        triggered_at=F("triggered_at") - by, cycle_started_at=F("cycle_started_at") - by
    )
    TimelineEntry.objects.filter(incident=incident, kind=EntryKind.TRIGGERED).update(occurred_at=F("occurred_at") - by)


def told(kind: EntryKind) -> list[tuple[str, datetime]]:
    entries = TimelineEntry.objects.filter(kind=kind).order_by("occurred_at")
    return [(entry.data["clock"], entry.occurred_at) for entry in entries]


@pytest.mark.django_db
def test_nothing_is_due_on_a_fresh_incident() -> None:
    make_incident(1)
    assert (breach_due_clocks(), note_clocks_at_risk()) == (0, 0)


@pytest.mark.django_db
def test_a_breach_has_the_deadline_as_its_instant_and_is_written_once() -> None:
    incident = make_incident(1, title="[P0] Burning - svc", minutes_old=1)
    version = incident.version
    let_pass(incident, 7)
    assert breach_due_clocks() == 1
    assert breach_due_clocks() == 0
    clock = SlaClock.objects.get(incident=incident, kind="respond")
    assert clock.breached_at == clock.due_at
    assert clock.detected_at is not None
    assert clock.detected_at > clock.due_at
    assert told(EntryKind.CLOCK_BREACHED) == [("respond", clock.due_at)]
    incident.refresh_from_db()
    assert incident.version == version + 1
    assert "was breached at" in TimelineEntry.objects.get(kind=EntryKind.CLOCK_BREACHED).text


@pytest.mark.django_db
def test_at_risk_is_noted_once_and_not_after_the_breach() -> None:
    incident = make_incident(1, title="[P0] Burning - svc", minutes_old=1)
    let_pass(incident, 3.5)
    assert (note_clocks_at_risk(), note_clocks_at_risk()) == (1, 0)
    assert [clock for clock, _at in told(EntryKind.CLOCK_AT_RISK)] == ["respond"]
    other = make_incident(2, title="[P0] Burning - svc", minutes_old=1)
    let_pass(other, 400)
    assert note_clocks_at_risk() == 0


@pytest.mark.django_db
def test_a_stopped_clock_is_never_breached() -> None:
    incident = make_incident(1, minutes_old=10)
    ingest_facts(
        incident_pagerduty_id=incident.pagerduty_id,
        facts=[
            VendorFact(EntryKind.ACKNOWLEDGED, incident.triggered_at + timedelta(minutes=5), agent=LIN, source_id="R1")
        ],
    )
    SlaClock.objects.filter(kind__in=["respond", "acknowledge"]).update(due_at=F("started_at") + timedelta(minutes=6))
    breach_due_clocks()
    assert told(EntryKind.CLOCK_BREACHED) == []


@pytest.mark.django_db
def test_an_acknowledgement_heard_of_late_takes_the_breach_back() -> None:
    incident = make_incident(1, title="[P0] Burning - svc", minutes_old=20)
    assert [clock for clock, _at in told(EntryKind.CLOCK_BREACHED)] == ["respond", "acknowledge"]
    in_time = incident.triggered_at + timedelta(minutes=4)
    ingest_facts(
        incident_pagerduty_id=incident.pagerduty_id,
        facts=[VendorFact(EntryKind.ACKNOWLEDGED, in_time, agent=LIN, source_id="R1")],
    )
    for clock in SlaClock.objects.filter(kind__in=["respond", "acknowledge"]):
        assert (clock.stopped_at, clock.breached_at, clock.detected_at) == (in_time, None, None)
    assert {clock for clock, _at in told(EntryKind.BREACH_TAKEN_BACK)} == {"respond", "acknowledge"}


@pytest.mark.django_db
def test_a_late_acknowledgement_that_was_late_leaves_the_breach() -> None:
    incident = make_incident(1, title="[P0] Burning - svc", minutes_old=20)
    late = incident.triggered_at + timedelta(minutes=16)
    ingest_facts(
        incident_pagerduty_id=incident.pagerduty_id,
        facts=[VendorFact(EntryKind.ACKNOWLEDGED, late, agent=LIN, source_id="R1")],
    )
    clock = SlaClock.objects.get(kind="acknowledge")
    assert (clock.stopped_at, clock.breached_at) == (late, clock.due_at)
    assert told(EntryKind.BREACH_TAKEN_BACK) == []


@pytest.mark.django_db
def test_the_database_refuses_a_breach_at_another_instant() -> None:
    make_incident(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        SlaClock.objects.update(breached_at=F("due_at") + timedelta(seconds=1))


def at_the_same_time(*functions: Callable[[], object]) -> None:
    gate = threading.Barrier(len(functions))

    def run(function: Callable[[], object]) -> None:
        gate.wait()
        try:
            function()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_four_engines_write_each_breach_once() -> None:
    for number in range(40):
        let_pass(make_incident(number, title="[P0] Burning - svc"), 10)

    def work() -> None:
        for _ in range(30):
            breach_due_clocks(limit=7)

    at_the_same_time(work, work, work, work)
    assert len(told(EntryKind.CLOCK_BREACHED)) == SlaClock.objects.filter(breached_at__isnull=False).count() == 40


@pytest.mark.django_db(transaction=True)
def test_an_engine_steps_over_an_incident_that_somebody_else_holds() -> None:
    held, free = make_incident(1, title="[P0] a - svc"), make_incident(2, title="[P0] b - svc")
    let_pass(held, 10)
    let_pass(free, 10)
    with transaction.atomic():
        Incident.objects.select_for_update().get(pk=held.pk)
        at_the_same_time(breach_due_clocks)
        assert [clock.incident_id for clock in SlaClock.objects.filter(breached_at__isnull=False)] == [free.pk]
    assert breach_due_clocks() == 1


@pytest.mark.django_db(transaction=True)
def test_the_command_works_off_an_outage() -> None:
    for number in range(5):
        let_pass(make_incident(number, title="[P0] Burning - svc"), 24 * 60)
    call_command("sla_engine", "--once")
    clocks = SlaClock.objects.all()
    assert len(clocks) == 15
    assert all(clock.breached_at == clock.due_at for clock in clocks)


@pytest.mark.django_db
def test_the_engine_looks_only_at_open_clocks() -> None:
    """Its statements go by the partial indexes, however many closed clocks there are."""
    with connection.cursor() as cursor:
        # An empty table would be read any way: only one index gives the deadlines in their order.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM incidents_slaclock WHERE stopped_at IS NULL AND closed_at IS NULL"
            " AND breached_at IS NULL AND due_at <= clock_timestamp() ORDER BY due_at LIMIT 10"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "clock_due" in plan
