"""A responder judges the severity: with a reason, from the same start, and never over somebody else's judgement."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse

from accounts.database_time import database_now
from accounts.models import AuditRecord, User
from incidents.enums import ClockKind, EntryKind
from incidents.models import Incident, OutboxMessage, Priority, SlaClock
from incidents.services.mirror_priorities import mirror_priorities
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of
from tests.factories import make_incident, make_resolved
from tests.incidents.acting import ring, send_due
from tests.incidents.story import poll, portal_client

pytestmark = pytest.mark.django_db


def judge(user: User, incident: Incident, *, htmx: bool = True, **fields: str) -> HttpResponse:
    client = browser_of(user, **({"HX-Request": "true"} if htmx else {}))
    answer: Any = client.post(f"/incidents/{incident.pk}/judge/", {"seen": incident.severity, **fields})
    return answer  # type: ignore[no-any-return]


def due_of(incident: Incident, kind: ClockKind) -> timedelta:
    """How long after the trigger the clock is due."""
    clock = SlaClock.objects.get(incident=incident, kind=kind, cycle=incident.cycle)
    return clock.due_at - clock.started_at


def test_judging_retimes_from_the_same_start_and_keeps_the_old_due_time(cast: Cast) -> None:
    incident = make_incident(minutes_old=1)
    answer = judge(cast.responder, incident, severity="P0", reason="the gateway answers nobody")
    assert answer.status_code == 200
    incident.refresh_from_db()
    assert incident.severity == "P0"
    assert due_of(incident, ClockKind.ACKNOWLEDGE) == timedelta(minutes=15)
    page = browser_of(cast.viewer).get(incident.get_absolute_url()).content.decode()
    assert "Lin Yu-ting judged the severity P0 (was P1): the gateway answers nobody" in page
    assert incident.entries.filter(
        kind=EntryKind.CLOCK_RETIMED, data__clock="acknowledge", data__has_key="was"
    ).exists()
    assert AuditRecord.objects.filter(verb="judge_severity", actor=cast.responder).exists()


def test_judging_is_a_response(cast: Cast) -> None:
    incident = make_incident(minutes_old=1)
    judge(cast.responder, incident, severity="P1", reason="")
    assert SlaClock.objects.get(incident=incident, kind=ClockKind.RESPOND).stopped_by == "Lin Yu-ting"
    assert "judged by a responder" in browser_of(cast.viewer).get(incident.get_absolute_url()).content.decode()


def test_judged_up_after_the_new_deadline_it_breaches_at_once_at_the_deadline(cast: Cast) -> None:
    incident = make_incident(minutes_old=20, title="[P2] Node failure - chatops-gateway")
    judge(cast.responder, incident, severity="P0", reason="all nodes are gone")
    clock = SlaClock.objects.get(incident=incident, kind=ClockKind.ACKNOWLEDGE)
    assert clock.breached_at == clock.due_at == incident.triggered_at + timedelta(minutes=15)


def test_judged_down_a_breach_is_taken_back(cast: Cast) -> None:
    incident = make_incident(minutes_old=40)
    assert SlaClock.objects.get(incident=incident, kind=ClockKind.ACKNOWLEDGE).breached_at is not None
    judge(cast.responder, incident, severity="P3", reason="a label is wrong")
    assert SlaClock.objects.get(incident=incident, kind=ClockKind.ACKNOWLEDGE).breached_at is None
    assert incident.entries.filter(kind=EntryKind.BREACH_TAKEN_BACK).exists()


def test_a_change_without_a_reason_is_refused_and_the_choice_stays(cast: Cast) -> None:
    incident = make_incident()
    answer = judge(cast.responder, incident, severity="P0", reason="  \u200b ")
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    assert 'value="P0" required checked' in answer.content.decode()
    incident.refresh_from_db()
    assert incident.severity == "P1"


def test_without_javascript_the_reason_comes_back_with_the_page(cast: Cast) -> None:
    incident = make_incident()
    answer = judge(cast.responder, incident, htmx=False, severity="", reason="I typed this")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose a severity." in page
    assert "I typed this" in page
    assert judge(cast.responder, incident, htmx=False, severity="P0", reason="why").status_code == 302


@pytest.mark.parametrize("htmx", [True, False])
def test_the_second_of_two_is_told_what_the_first_judged(cast: Cast, htmx: bool) -> None:
    incident = make_incident()
    judge(cast.teammate, incident, severity="P0", reason="nobody gets through")
    answer = judge(cast.responder, incident, htmx=htmx, severity="P2", reason="only one node")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Kenji Sato judged the severity P0 (was P1): nobody gets through" in page.replace("&#x27;", "'")
    assert 'value="P2" required checked' in page
    assert 'name="seen" value="P0"' in page
    assert Incident.objects.get().severity == "P0"
    # Having seen it, the second may disagree.
    incident.refresh_from_db()
    assert judge(cast.responder, incident, severity="P2", reason="only one node").status_code == 200


def test_the_same_judgement_twice_is_one(cast: Cast) -> None:
    incident = make_incident()
    for _ in range(2):
        assert judge(cast.responder, incident, severity="P2", reason="one node").status_code == 200
    assert incident.entries.filter(kind=EntryKind.SEVERITY_JUDGED).count() == 1


def test_a_resolved_incident_is_judged_by_managers_alone(cast: Cast) -> None:
    incident = make_resolved(1, minutes_old=60)
    assert judge(cast.responder, incident, severity="P1", reason="why").status_code == 409
    assert judge(cast.manager, incident, severity="P1", reason="it was worse").status_code == 200
    assert Incident.objects.get().severity == "P1"


@pytest.mark.parametrize(
    "fields", [{"severity": "P9"}, {"seen": "X", "severity": "P0"}, {"reason": "x" * 501, "severity": "P0"}]
)
def test_nonsense_is_refused(cast: Cast, fields: dict[str, Any]) -> None:
    incident = make_incident()
    assert judge(cast.responder, incident, **fields).status_code == 422
    assert not incident.entries.filter(kind=EntryKind.SEVERITY_JUDGED).exists()


def test_no_such_incident(cast: Cast) -> None:
    for reason in ("", "why"):
        answer = browser_of(cast.responder).post(
            "/incidents/77/judge/", {"severity": "P0", "seen": "P1", "reason": reason}
        )
        assert answer.status_code == 404


def test_pagerduty_learns_the_priority_that_stands_for_it(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty)
    mirror_priorities(pagerduty=portal_client(pagerduty))
    judge(cast.responder, incident, severity="P0", reason="nobody gets through")
    assert OutboxMessage.objects.filter(verb="set_priority", requested_by=cast.responder).count() == 1
    send_due(pagerduty)
    poll(pagerduty)
    incident.refresh_from_db()
    assert incident.priority == "P0"
    assert incident.severity == "P0"


@pytest.mark.parametrize("last", ["P2", "P1"])
def test_the_last_of_several_judgements_is_pagerdutys_priority(
    cast: Cast, pagerduty: RunningSimulator, last: str
) -> None:
    """Judged anew before the first priority went out: to a third one, and back to the one it has."""
    page = pagerduty.trigger("[P1] High Error Rate - chatops-gateway", priority="P1")
    poll(pagerduty)
    incident = Incident.objects.get(pagerduty_id=page.id)
    mirror_priorities(pagerduty=portal_client(pagerduty))
    judge(cast.responder, incident, severity="P0", reason="nobody gets through")
    incident.refresh_from_db()
    judge(cast.teammate, incident, severity=last, reason="only one node")
    send_due(pagerduty)
    poll(pagerduty)
    incident.refresh_from_db()
    assert (incident.severity, incident.priority) == (last, last)


def test_without_an_address_the_judgement_stands_and_the_priority_is_said_to_stay(cast: Cast) -> None:
    incident = make_incident()
    Priority.objects.create(pagerduty_id="PRIO0", name="Sev 0", severity="P0")
    User.objects.filter(pk=cast.responder.pk).update(email="", pagerduty_email="")
    answer = judge(cast.responder, incident, severity="P0", reason="nobody gets through")
    assert "Its priority in PagerDuty stays as it was: your account has no address there." in answer.content.decode()
    assert Incident.objects.get().severity == "P0"
    assert not OutboxMessage.objects.exists()


def test_a_priority_that_stands_already_is_not_sent(cast: Cast, pagerduty: RunningSimulator) -> None:
    page = pagerduty.trigger("[P1] High Error Rate - chatops-gateway", priority="P0")
    poll(pagerduty)
    mirror_priorities(pagerduty=portal_client(pagerduty))
    judge(cast.responder, Incident.objects.get(pagerduty_id=page.id), severity="P0", reason="nobody gets through")
    assert not OutboxMessage.objects.exists()


def test_a_machine_never_overrules_a_person(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty)
    judge(cast.responder, incident, severity="P3", reason="a label")
    poll(pagerduty)
    incident.refresh_from_db()
    assert (incident.severity, incident.severity_source) == ("P3", "judged")


def test_the_choices_say_what_would_become_of_the_clocks(cast: Cast) -> None:
    incident = make_incident(minutes_old=20, title="[P2] Node failure - chatops-gateway")
    page = browser_of(cast.responder).get(incident.get_absolute_url()).content.decode()
    choice = page[page.index('value="P0" required') : page.index('value="P1" required')]
    assert "2 clocks breached at once" in choice
    assert "The service is down or unusable for everybody" in choice
    assert database_now() - incident.triggered_at < timedelta(minutes=21)


def test_a_viewer_reads_and_cannot_judge(cast: Cast) -> None:
    incident = make_incident()
    page = browser_of(cast.viewer).get(incident.get_absolute_url()).content.decode()
    assert "What the severities mean" in page
    assert "To judge you need the role Responder." in page
    assert judge(cast.viewer, incident, severity="P0", reason="why").status_code == 403


def test_judged_is_a_step_done(cast: Cast) -> None:
    incident = make_incident()
    room = browser_of(cast.responder)
    judge(cast.responder, incident, severity="P1")
    steps = room.get(incident.get_absolute_url()).context["steps"]
    assert [step.key for step in steps if step.state == "current"] == ["acknowledge"]
