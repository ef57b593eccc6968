"""Evidence is asked for once a cycle by itself, and by responders."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import AuditRecord
from accounts.roles import Role
from cluster.enums import EvidenceKind
from cluster.models import CatalogueEntry
from incidents.act_refusals import CannotAct
from incidents.enums import CaptureCause, ClockPhase, EntryKind
from incidents.models import Capture, TimelineEntry
from incidents.selectors import clock_views
from incidents.services.ask_pagerduty import Act
from incidents.services.ingest import ingest_snapshot
from incidents.services.record_facts import VendorFact
from incidents.services.request_capture import capture_after_mitigation, request_capture
from tests.cast import Cast, browser_of
from tests.factories import LIN, make_incident, make_resolved, snapshot
from tests.incidents.acting import act

pytestmark = pytest.mark.django_db
KINDS = [kind.value for kind in EvidenceKind]


def test_a_new_incident_asks_for_everything_and_knows_where_by_convention() -> None:
    incident = make_incident()
    capture = Capture.objects.get(incident=incident)
    assert (capture.number, capture.cycle, capture.cause, capture.kinds) == (1, 1, CaptureCause.TRIGGER, KINDS)
    entry = CatalogueEntry.objects.get(pagerduty_id="PGATEWY")
    assert (entry.namespace, entry.deployment, entry.selector) == ("chatops", "chatops-gateway", "app=chatops-gateway")


def test_heard_of_again_it_asks_no_more() -> None:
    for number in range(3):
        make_incident(title=f"[P1] High Error Rate {number} - chatops-gateway")
    assert Capture.objects.count() == 1


def test_what_triggered_long_ago_or_is_over_asks_for_nothing() -> None:
    make_incident(1, minutes_old=61)
    make_resolved(2, minutes_old=10)
    assert not Capture.objects.exists()


def test_a_reopened_incident_asks_anew() -> None:
    opened = snapshot(minutes_old=30)
    ingest_snapshot(snapshot=opened, facts=[])
    assert opened.created_at is not None
    resolved_at = opened.created_at + timedelta(minutes=2)
    facts = [VendorFact(EntryKind.RESOLVED, resolved_at, agent=LIN, source_id="RR1")]
    over = replace(opened, status="resolved", resolved_at=resolved_at, as_of=opened.as_of + timedelta(seconds=1))
    ingest_snapshot(snapshot=over, facts=facts)
    ingest_snapshot(snapshot=replace(opened, as_of=opened.as_of + timedelta(seconds=2)), facts=[])
    assert list(Capture.objects.values_list("number", "cycle")) == [(1, 1), (2, 2)]


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_ask_once() -> None:
    same = snapshot()

    def ingest(_turn: int) -> None:
        try:
            ingest_snapshot(snapshot=same, facts=[])
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(ingest, range(20)))
    assert Capture.objects.count() == 1
    assert CatalogueEntry.objects.count() == 1


def test_a_responders_request_is_a_diagnosis(cast: Cast) -> None:
    incident = make_incident()
    assert act(cast.responder, incident, "evidence/capture", kind=["pods", "logs"]).status_code == 302
    capture = Capture.objects.get(cause=CaptureCause.REQUEST)
    assert (capture.number, capture.kinds, capture.requested_by) == (2, ["pods", "logs"], cast.responder)
    entry = TimelineEntry.objects.get(kind=EntryKind.DIAGNOSED)
    assert entry.text == "Lin Yu-ting ran a diagnosis: Pods, Logs"
    assert AuditRecord.objects.get(verb="capture_evidence").data == {"kinds": ["pods", "logs"], "number": 2}
    respond, acknowledge, _escalate = clock_views(incident.clocks.all(), now=entry.occurred_at)
    assert (respond.phase, acknowledge.phase) == (ClockPhase.MET, ClockPhase.RUNNING)


def test_asking_again_while_one_waits_is_that_one(cast: Cast) -> None:
    incident = make_incident()
    mine = Act(number=incident.pk, actor=cast.responder)
    first = request_capture(act=mine, kinds=[EvidenceKind.PODS])
    joined = request_capture(act=mine, kinds=[EvidenceKind.LOGS])
    assert joined.pk == first.pk
    assert joined.kinds == ["pods", "logs"]
    # What was written stays as it was: what came to it is told beside it.
    told = [{"kinds": ["pods"], "number": 2}, {"kinds": ["logs"], "number": 2}]
    assert list(TimelineEntry.objects.filter(kind=EntryKind.DIAGNOSED).values_list("data", flat=True)) == told
    acts = AuditRecord.objects.filter(verb="capture_evidence").order_by("sequence")
    assert list(acts.values_list("data", flat=True)) == told
    theirs = request_capture(act=replace(mine, actor=cast.teammate), kinds=[])
    assert theirs.pk != first.pk
    assert theirs.kinds == KINDS


def test_one_that_is_under_way_is_not_added_to(cast: Cast) -> None:
    incident = make_incident()
    mine = Act(number=incident.pk, actor=cast.responder)
    first = request_capture(act=mine, kinds=[EvidenceKind.PODS])
    Capture.objects.filter(pk=first.pk).update(state="running")
    assert request_capture(act=mine, kinds=[EvidenceKind.PODS]).pk == first.pk
    assert request_capture(act=mine, kinds=[EvidenceKind.LOGS]).pk != first.pk


def test_an_incident_that_is_over_is_not_looked_at(cast: Cast) -> None:
    incident = make_resolved(1, minutes_old=10)
    with pytest.raises(CannotAct):
        request_capture(act=Act(number=incident.pk, actor=cast.responder), kinds=[])
    assert act(cast.responder, incident, "evidence/capture", htmx=True).status_code == 409


def test_a_kind_that_is_none_asks_for_nothing(cast: Cast) -> None:
    incident = make_incident()
    assert act(cast.responder, incident, "evidence/capture", kind="nonsense", htmx=True).status_code == 409
    assert not Capture.objects.filter(cause=CaptureCause.REQUEST).exists()


@pytest.mark.parametrize("role", list(Role))
def test_who_may_ask(role: Role, cast: Cast) -> None:
    incident = make_incident()
    answer = act(cast.by_role(role), incident, "evidence/capture", htmx=True)
    assert answer.status_code == (200 if role.includes(Role.RESPONDER) else 403)


def test_asking_is_a_post(cast: Cast) -> None:
    incident = make_incident()
    assert browser_of(cast.responder).get(f"/incidents/{incident.pk}/evidence/capture/").status_code == 405
    assert browser_of(cast.responder).post("/incidents/999/evidence/capture/").status_code == 404


def test_after_a_mitigation() -> None:
    incident = make_incident()
    capture = capture_after_mitigation(incident=incident)
    assert (capture.cause, capture.number) == (CaptureCause.MITIGATION, 2)
