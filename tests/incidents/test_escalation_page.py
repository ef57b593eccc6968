"""Who is next, service by service, and the switch of what happens at the deadline."""

from typing import Any

import pytest
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import AuditRecord, Person, User
from incidents.models import Incident, PollState, Service
from shifts.models import OnCall
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of, make_cast
from tests.factories import make_incident
from tests.incidents.acting import ring

pytestmark = pytest.mark.django_db


def switch(user: User, service: Service, escalation: str, seen: str = "automatic") -> HttpResponse:
    answer: Any = browser_of(user).post(f"/sla/escalation/{service.pk}/", {"escalation": escalation, "seen": seen})
    return answer  # type: ignore[no-any-return]


def page(user: User) -> str:
    text: str = browser_of(user).get("/sla/escalation/").content.decode()
    return text


def on_call(name: str, level: int, policy: str = "PEPCHAT") -> None:
    person, _ = Person.objects.get_or_create(pagerduty_id=f"P{name.upper()}", defaults={"name": name})
    OnCall.objects.create(person=person, policy_id=policy, policy_name="chatops on-call", level=level)


def test_it_names_who_is_next(cast: Cast, pagerduty: RunningSimulator) -> None:
    ring(pagerduty)
    text = page(cast.viewer)
    assert "Kenji Sato" in text
    assert "level 2" in text
    assert "Escalate in PagerDuty" in text
    assert '<form class="one-choice"' not in text


def test_a_policy_with_no_next_level_says_so(cast: Cast) -> None:
    make_incident()
    assert "so there is nobody to escalate to" in page(cast.viewer)
    on_call("Ana", 1)
    assert "No next level" in page(cast.viewer)
    on_call("Ben", 2)
    assert "No next level" not in page(cast.viewer)


def test_without_services_it_says_why(cast: Cast) -> None:
    assert "No service is known yet" in page(cast.viewer)


def test_a_manager_switches_a_service_and_the_room_says_so(cast: Cast) -> None:
    incident = make_incident()
    on_call("Ana", 1)
    on_call("Ben", 2)
    room = browser_of(cast.viewer)
    assert "Then it is escalated to level 2, Ben." in room.get(incident.get_absolute_url()).content.decode()
    assert switch(cast.manager, incident.service, "remind").status_code == 302
    assert "Then it reminds you to escalate to level 2, Ben." in room.get(incident.get_absolute_url()).content.decode()
    assert AuditRecord.objects.filter(verb="set_escalation", data__to="remind").exists()


@pytest.mark.django_db(transaction=True)
def test_the_rooms_of_open_incidents_hear_of_it() -> None:
    incident = make_incident()
    switch(make_cast().manager, incident.service, "remind")
    assert Incident.objects.get().version > incident.version


def test_a_room_whose_policy_has_no_next_level_says_so(cast: Cast) -> None:
    incident = make_incident()
    on_call("Ana", 1)
    text = browser_of(cast.viewer).get(incident.get_absolute_url()).content.decode()
    assert "Then: nobody. Its escalation policy has no next level." in text


def test_the_second_of_two_managers_is_told(cast: Cast) -> None:
    service = make_incident().service
    switch(cast.admin, service, "remind")
    answer = switch(cast.manager, service, "automatic", seen="automatic")
    assert answer.status_code == 409
    assert "Somebody switched it to “Only remind the responder” meanwhile" in answer.content.decode()
    assert Service.objects.get().escalation == "remind"


def test_the_same_twice_is_one(cast: Cast) -> None:
    service = make_incident().service
    for _ in range(2):
        assert switch(cast.manager, service, "remind").status_code == 302
    assert AuditRecord.objects.filter(verb="set_escalation").count() == 1


def test_nonsense_is_refused(cast: Cast) -> None:
    service = make_incident().service
    assert switch(cast.manager, service, "sometimes").status_code == 422
    assert switch(cast.responder, service, "remind").status_code == 403
    service.pk = 987654
    assert switch(cast.manager, service, "remind").status_code == 404


def test_queries_are_the_same_for_one_service_and_many(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_incident()
    on_call("Ana", 1)
    PollState.objects.create(name="pagerduty", succeeded_at=database_now())
    browser = browser_of(cast.manager)
    with django_assert_num_queries(PAGE_QUERIES):
        browser.get("/sla/escalation/")
    for number in range(30):
        service = Service.objects.create(pagerduty_id=f"PS{number}", name=f"service {number}")
        incident = make_incident(number + 2)
        Incident.objects.filter(pk=incident.pk).update(service=service, escalation_policy_id=f"PEP{number}")
        on_call("Ana", 1, policy=f"PEP{number}")
    with django_assert_num_queries(PAGE_QUERIES):
        browser.get("/sla/escalation/")


#: Session, user, heard of, policy, services, levels, on call.
PAGE_QUERIES = 7
