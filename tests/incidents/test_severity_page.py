"""What the severities mean, and which of PagerDuty's priorities stands for each."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import AuditRecord, User
from incidents.enums import Severity
from incidents.models import PollState, Priority, SeverityDefinition
from incidents.services.define_severity import StaleDefinition, define_severity
from tests.cast import Cast, browser_of, make_cast
from tests.waiting import is_waiting

pytestmark = pytest.mark.django_db


def write(user: User, severity: str = "P1", based_on: int = 0, **fields: str) -> HttpResponse:
    sent = {"criteria": "Many are hindered.", "examples": "", "based_on": str(based_on)}
    answer: Any = browser_of(user).post(f"/sla/severities/{severity}/", sent | fields)
    return answer  # type: ignore[no-any-return]


def test_everybody_reads_the_portals_words_first(cast: Cast) -> None:
    page = browser_of(cast.viewer).get("/sla/severities/").content.decode()
    assert page.count("The portal's own words") == 4
    assert "within 5 min" in page
    assert "/sla/severities/P0/" not in page


def test_a_manager_writes_the_teams_words_and_they_are_on_record(cast: Cast) -> None:
    form = browser_of(cast.manager).get("/sla/severities/P1/").content.decode()
    assert "A main function fails" in form
    assert write(cast.manager, examples="Five hundred calls").status_code == 302
    page = browser_of(cast.viewer).get("/sla/severities/").content.decode()
    assert "Many are hindered." in page
    assert "Five hundred calls" in page
    assert "Version 1 by Chen Wei-han" in page
    assert AuditRecord.objects.filter(verb="define_severity", target="severity:P1").exists()
    assert write(cast.manager, based_on=1, examples="Five hundred calls").status_code == 302
    assert SeverityDefinition.objects.count() == 1


def test_the_second_of_two_managers_sees_both_and_loses_nothing(cast: Cast) -> None:
    write(cast.admin, criteria="The first to save")
    answer = write(cast.manager, criteria="Typed meanwhile")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The first to save" in page
    assert "Typed meanwhile" in page
    assert "Sofia Garcia stored version 1" in page
    assert 'name="based_on" value="1"' in page
    assert write(cast.manager, based_on=1, criteria="Typed meanwhile").status_code == 302
    assert SeverityDefinition.objects.filter(severity="P1").latest("version").version == 2


@pytest.mark.django_db(transaction=True)
def test_two_first_versions_at_the_same_time() -> None:
    cast = make_cast()

    def store(user: User) -> str:
        try:
            define_severity(actor=user, severity=Severity.P0, based_on=0, criteria=user.username, examples="")
        except StaleDefinition as stale:
            return f"stale: {stale.theirs.criteria}"
        return "stored"

    told: list[str] = []

    def other() -> None:
        try:
            told.append(store(cast.admin))
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        assert store(cast.manager) == "stored"
        thread.start()
        while not is_waiting():
            assert thread.is_alive()
    thread.join()
    assert told == ["stale: manager"]
    assert SeverityDefinition.objects.get().criteria == "manager"


@pytest.mark.parametrize("criteria", ["", "  \u200b ", "x" * 2001])
def test_no_criteria_or_endless_ones_are_refused(cast: Cast, criteria: str) -> None:
    answer = write(cast.manager, criteria=criteria, examples="kept")
    assert answer.status_code == 422
    assert "kept" in answer.content.decode()
    assert not SeverityDefinition.objects.exists()


def test_unknown_severities_are_not_found(cast: Cast) -> None:
    assert write(cast.manager, "P7").status_code == 404
    assert browser_of(cast.manager).post("/sla/severities/P7/priority/").status_code == 404


@pytest.fixture
def priorities(db: None) -> list[Priority]:
    return [
        Priority.objects.create(pagerduty_id=f"PRIO{place}", name=f"Sev {place}", position=place) for place in range(3)
    ]


def choose(user: User, priority: str, seen: str = "", severity: str = "P1") -> HttpResponse:
    answer: Any = browser_of(user).post(f"/sla/severities/{severity}/priority/", {"priority": priority, "seen": seen})
    return answer  # type: ignore[no-any-return]


def mapped() -> dict[str, str]:
    return dict(Priority.objects.exclude(severity="").values_list("severity", "pagerduty_id"))


def test_a_priority_stands_for_one_severity_at_most(cast: Cast, priorities: list[Priority]) -> None:
    assert choose(cast.manager, "PRIO1").status_code == 302
    assert choose(cast.manager, "PRIO2", seen="PRIO1").status_code == 302
    assert mapped() == {"P1": "PRIO2"}
    assert choose(cast.manager, "PRIO2", severity="P0").status_code == 302
    assert mapped() == {"P0": "PRIO2"}
    assert choose(cast.manager, "", seen="PRIO2", severity="P0").status_code == 302
    assert mapped() == {}
    assert AuditRecord.objects.filter(verb="map_priority").count() == 4


def test_a_mapping_that_somebody_changed_meanwhile_is_not_overwritten(cast: Cast, priorities: list[Priority]) -> None:
    choose(cast.admin, "PRIO1")
    answer = choose(cast.manager, "PRIO2")
    assert answer.status_code == 409
    assert "Somebody chose Sev 1 for P1 meanwhile; you chose Sev 2." in answer.content.decode()
    assert mapped() == {"P1": "PRIO1"}


def test_a_priority_that_pagerduty_no_longer_has(cast: Cast, priorities: list[Priority]) -> None:
    answer = choose(cast.manager, "PGONE")
    assert answer.status_code == 422
    assert "PagerDuty has no such priority any more" in answer.content.decode()


def test_queries_are_counted(
    cast: Cast, priorities: list[Priority], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    PollState.objects.create(name="pagerduty", succeeded_at=database_now())
    browser = browser_of(cast.manager)
    with django_assert_num_queries(PAGE_QUERIES):
        browser.get("/sla/severities/")
    for severity in Severity:
        for version in range(5):
            write(cast.manager, severity.value, based_on=version, criteria=f"version {version}")
    with django_assert_num_queries(PAGE_QUERIES):
        browser.get("/sla/severities/")


#: Session, user, heard of, on call, priorities, policy, definitions.
PAGE_QUERIES = 7
