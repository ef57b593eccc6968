"""Unresolved at the escalate clock's deadline: the portal escalates in PagerDuty, or reminds, and decides it once."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.database_time import database_now
from accounts.models import Person
from incidents.channel import clock_of, facts_of
from incidents.enums import EntryKind, Escalation, Severity
from incidents.models import Incident, Notice, OutboxMessage, PolicyVersion, Service, SlaClock
from incidents.policies import latest_policy
from incidents.services.advance_clocks import breach_due_clocks, note_clocks_at_risk
from incidents.services.ask_pagerduty import Act
from incidents.services.escalate_unresolved import escalate_unresolved
from incidents.services.judge_severity import judge_severity
from incidents.services.store_policy import store_policy
from incidents.sla import AUTOMATIC_MARK
from incidents.wall import alarms_at
from shifts.models import OnCall
from simulators.pagerduty.model import Incident as Page
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of, make_cast
from tests.incidents.acting import act, ring, send_due
from tests.incidents.story import poll
from tests.incidents.test_sla_engine import let_pass

pytestmark = pytest.mark.django_db


def overdue(pagerduty: RunningSimulator, *, minutes: float = 0.3) -> tuple[Page, Incident]:
    """A page that rang a minute ago, and its incident of which the escalate clock was due `minutes` ago."""
    page, incident = ring(pagerduty, age_seconds=60)
    let_pass(incident, 29 + minutes)
    breach_due_clocks()
    return page, incident


def verbs() -> list[str]:
    return list(OutboxMessage.objects.order_by("pk").values_list("verb", flat=True))


def sentences(incident: Incident, kind: EntryKind) -> list[str]:
    return [entry.text for entry in incident.entries.filter(kind=kind).order_by("occurred_at")]


def test_before_the_deadline_nothing_is_decided(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty, age_seconds=60)
    let_pass(incident, 28)
    breach_due_clocks()
    assert escalate_unresolved() == 0
    assert verbs() == []


def test_it_is_escalated_in_pagerduty_with_a_note_and_only_once(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = overdue(pagerduty)
    assert escalate_unresolved() == 1
    assert escalate_unresolved() == 0
    assert verbs() == ["escalate", "note"]
    assert not OutboxMessage.objects.filter(requested_by__isnull=False).exists()
    assert set(OutboxMessage.objects.values_list("from_email", flat=True)) == {"responder@chatops.example.com"}
    send_due(pagerduty)
    poll(pagerduty)
    assert list(incident.people.values_list("name", flat=True)) == ["Kenji Sato"]
    note = incident.entries.get(kind=EntryKind.NOTE)
    assert note.data["text"].startswith(AUTOMATIC_MARK)
    assert "escalated to level 2 (Kenji Sato)" in note.data["text"]
    assert SlaClock.objects.get(incident=incident, kind="escalate").stopped_at is not None


def test_what_the_portal_writes_is_nobodys_response(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = overdue(pagerduty)
    escalate_unresolved()
    send_due(pagerduty)
    poll(pagerduty)
    assert SlaClock.objects.get(incident=incident, kind="respond").stopped_at is None
    incident.refresh_from_db()
    assert incident.engaged == []


def test_whoever_took_part_is_shown_as_helping(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty, age_seconds=60)
    pagerduty.acknowledge(page)
    poll(pagerduty)
    let_pass(incident, 29.3)
    breach_due_clocks()
    escalate_unresolved()
    assert "Lin Yu-ting goes on helping." in OutboxMessage.objects.get(verb="note").arguments["text"]
    send_due(pagerduty)
    poll(pagerduty)
    browser = browser_of(cast.viewer)
    assert "<dd>Lin Yu-ting</dd>" in browser.get(incident.get_absolute_url()).content.decode()
    assert "helping: Lin Yu-ting" in browser.get("/").content.decode()


def test_a_service_that_only_reminds(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = overdue(pagerduty)
    Service.objects.update(escalation=Escalation.REMIND)
    assert escalate_unresolved() == 1
    assert escalate_unresolved() == 0
    assert verbs() == []
    assert sentences(incident, EntryKind.ESCALATION_DUE) == ["Not resolved in time: level 2 is next, Kenji Sato"]


def test_no_next_level_is_said(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = overdue(pagerduty)
    OnCall.objects.filter(level__gt=1).delete()
    assert escalate_unresolved() == 1
    assert verbs() == []
    assert sentences(incident, EntryKind.ESCALATION_DUE) == [
        "Not resolved in time, and its escalation policy has no next level"
    ]


def test_what_was_noticed_long_after_is_only_reminded_of(cast: Cast, pagerduty: RunningSimulator) -> None:
    overdue(pagerduty, minutes=15.5)
    assert escalate_unresolved() == 1
    assert verbs() == []


def test_an_escalation_that_a_person_asked_for_is_not_doubled(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty, age_seconds=60)
    act(cast.responder, incident, "escalate", from_level=1)
    let_pass(incident, 29.3)
    breach_due_clocks()
    escalate_unresolved()
    assert verbs().count("escalate") == 1
    assert OutboxMessage.objects.get(verb="escalate").requested_by == cast.responder


def test_it_acts_as_whom_the_setting_names(cast: Cast, pagerduty: RunningSimulator, settings: Settings) -> None:
    settings.PAGERDUTY_FROM = "manager@chatops.example.com"
    overdue(pagerduty)
    escalate_unresolved()
    assert set(OutboxMessage.objects.values_list("from_email", flat=True)) == {"manager@chatops.example.com"}


def test_without_anybodys_address_it_reminds(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = overdue(pagerduty)
    incident.people.update(email="")
    escalate_unresolved()
    assert verbs() == []
    assert sentences(incident, EntryKind.ESCALATION_DUE) == ["Not resolved in time: level 2 is next, Kenji Sato"]


def test_what_ended_meanwhile_is_left_alone(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, _incident = overdue(pagerduty)
    pagerduty.resolve(page)
    poll(pagerduty)
    assert escalate_unresolved() == 0
    assert verbs() == []


def test_a_refusal_stands_in_the_room(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = overdue(pagerduty)
    escalate_unresolved()
    pagerduty.resolve(page)
    send_due(pagerduty)
    room = browser_of(cast.viewer).get(incident.get_absolute_url()).content.decode()
    assert "PagerDuty refused “escalate”." in room


def test_a_deadline_that_moved_is_decided_anew(cast: Cast, pagerduty: RunningSimulator) -> None:
    """A policy under which P0 escalates sooner and P1 later; judged up, decided; judged down, it runs again."""
    latest = latest_policy()
    targets = dict(latest.policy.targets)
    targets[Severity.P0] = replace(targets[Severity.P0], escalate_within=timedelta(minutes=20))
    store_policy(
        actor=cast.manager,
        based_on=latest.version,
        policy=replace(latest.policy, targets=targets),
        own_days=[],
        note="",
    )
    PolicyVersion.objects.filter(version=2).update(in_force_from=database_now() - timedelta(hours=1))
    _page, incident = ring(pagerduty)
    let_pass(incident, 20.2)
    first = Act(number=incident.pk, actor=cast.responder)
    judge_severity(act=first, seen=Severity.P1, severity=Severity.P0, reason="all is down")
    assert escalate_unresolved() == 1
    judge_severity(act=first, seen=Severity.P0, severity=Severity.P1, reason="half of it")
    clock = SlaClock.objects.get(incident=incident, kind="escalate")
    assert (clock.breached_at, clock.escalation_decided_at) == (None, None)
    assert escalate_unresolved() == 0


@pytest.mark.parametrize(("escalation", "kind"), [(Escalation.AUTOMATIC, "escalated"), (Escalation.REMIND, "reminded")])
def test_the_channel_is_told(
    cast: Cast, pagerduty: RunningSimulator, settings: Settings, escalation: Escalation, kind: str
) -> None:
    settings.SLACK_WEBHOOK_URL = "http://127.0.0.1:9/never-called"
    overdue(pagerduty)
    Service.objects.update(escalation=escalation)
    escalate_unresolved()
    assert Notice.objects.filter(kind=kind, clock="escalate").count() == 1


@pytest.mark.parametrize(
    ("escalation", "levels", "named"),
    [(Escalation.AUTOMATIC, 3, "Kenji Sato"), (Escalation.REMIND, 3, "Kenji Sato"), (Escalation.REMIND, 1, "")],
)
def test_the_channel_is_told_who_is_next(
    cast: Cast, pagerduty: RunningSimulator, settings: Settings, escalation: Escalation, levels: int, named: str
) -> None:
    settings.SLACK_WEBHOOK_URL = "http://127.0.0.1:9/never-called"
    overdue(pagerduty)
    Service.objects.update(escalation=escalation)
    OnCall.objects.filter(level__gt=levels).delete()
    escalate_unresolved()
    send_due(pagerduty)
    notice = Notice.objects.select_related("incident__service").get(kind__in=["escalated", "reminded"])
    clock = clock_of(notice)
    assert clock is not None
    assert facts_of(notice, clock).next_people == named


def test_at_80_per_cent_whoever_has_it_and_whoever_helps_is_warned(
    cast: Cast, pagerduty: RunningSimulator, settings: Settings
) -> None:
    """30 minutes until it is escalated; Lin acknowledged it and handed it on to Kenji."""
    settings.SLACK_WEBHOOK_URL = "http://127.0.0.1:9/never-called"
    page, incident = ring(pagerduty, age_seconds=60)
    pagerduty.acknowledge(page)
    poll(pagerduty)
    act(cast.responder, incident, "reassign", person=Person.objects.get(pagerduty_id="PKENJI1").pk)
    send_due(pagerduty)
    let_pass(incident, 22.9)
    note_clocks_at_risk()
    assert not Notice.objects.exists()
    let_pass(incident, 0.2)
    assert (note_clocks_at_risk(), note_clocks_at_risk()) == (1, 0)
    assert [(notice.kind, notice.clock) for notice in Notice.objects.all()] == [("at_risk", "escalate")]
    (alarm,) = [clock for clock in alarms_at(database_now()) if clock.kind == "escalate"]
    assert (alarm.phase, alarm.people) == ("at_risk", ("PKENJI1", "PRESP01"))


@pytest.mark.django_db(transaction=True)
def test_two_engines_decide_once(pagerduty: RunningSimulator) -> None:
    make_cast()
    _page, _incident = overdue(pagerduty)
    start = threading.Barrier(4)
    decided: list[int] = []

    def engine() -> None:
        try:
            start.wait(10)
            decided.append(escalate_unresolved())
        finally:
            connection.close()

    engines = [threading.Thread(target=engine) for _ in range(4)]
    for each in engines:
        each.start()
    for each in engines:
        each.join()
    assert sum(decided) == 1
    assert verbs() == ["escalate", "note"]
