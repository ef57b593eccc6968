"""The page that says whether the SLA can be kept, and which setting keeps it from being kept."""

from datetime import timedelta
from html import unescape

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import Person
from incidents.models import Incident, PollState
from shifts.models import EscalationTarget, PagingSetup
from tests.cast import Cast, browser_of, cast
from tests.factories import make_incident
from tests.shifts.making import DAY, HOUR, make_person, make_schedule, make_shift

__all__ = ["cast"]

pytestmark = pytest.mark.django_db

PAGE = "/guide/feasibility/"


def words(cast: Cast) -> str:
    return " ".join(unescape(browser_of(cast.viewer).get(PAGE).content.decode()).split())


def reached(person: Person, *rules: tuple[str, int], ago: timedelta = timedelta()) -> None:
    PagingSetup.objects.create(
        person=person,
        contact_methods=[{"id": "M", "kind": "phone", "label": "Mobile", "is_enabled": True, "is_blacklisted": False}],
        rules=[{"urgency": each, "delay_minutes": delay, "contact_method_id": "M"} for each, delay in rules],
        read_at=database_now() - ago,
    )


def target(level: int, delay: int, *, policy: str = "P", **of: object) -> EscalationTarget:
    return EscalationTarget.objects.create(
        policy_id=policy, policy_name=f"chatops {policy}", level=level, delay_minutes=delay, **of
    )


def test_nothing_known(cast: Cast) -> None:
    page = words(cast)
    assert "No escalation policy is known yet" in page
    assert "Nobody's notification rules have been read from PagerDuty yet." in page


def test_it_names_the_setting_and_leads_to_it(cast: Cast) -> None:
    slow = make_person("PSLOW", "Slow Sam")
    slow.html_url = "https://chatops.pagerduty.com/users/PSLOW"
    slow.save()
    reached(slow, ("high", 20))
    target(1, 25, person=slow)
    target(2, 45, person=make_person("PNOBODY", "Unknown Uma"))
    page = words(cast)
    assert "Slow Sam: the first rule for high urgency that rings waits 20 min, too long for P0 respond (5 min)" in page
    assert "Make it at most 3 min." in page
    assert (
        '<a href="https://chatops.pagerduty.com/users/PSLOW" rel="noopener noreferrer">Change it in PagerDuty</a>'
        in page
    )
    assert 'href="https://chatops.pagerduty.com/escalation_policies/P"' in page
    assert "Unknown Uma: how they are reached is not known" in page
    assert "Where level 1 does not answer: 2 settings" in page
    assert '<span class="verdict is-no"><svg' in page, "never colour alone"


def test_what_can_be_kept_says_so_with_what_is_left(cast: Cast) -> None:
    quick = make_person("PQUICK", "Quick Quinn")
    reached(quick, ("high", 1), ("low", 1))
    target(1, 10, person=quick)
    target(2, 30, person=make_person("PNEXT", "Next Nia"))
    reached(make_person("PNEXT", "Next Nia"), ("high", 0), ("low", 0))
    page = words(cast)
    assert "No setting of level 1 stands against it." in page
    assert "4 min left" in page
    assert "impossible" not in page.split("Who is rung, and when")[0].split("<h2")[1]


def test_a_schedule_calls_whoever_has_a_turn_soon(cast: Cast) -> None:
    schedule = make_schedule()
    now, later, gone = (make_person(f"P{name}", name) for name in ("Now", "Later", "Gone"))
    make_shift(schedule, now, begins_in=-HOUR)
    make_shift(schedule, later, begins_in=10 * DAY)
    make_shift(schedule, make_person("PFAR", "Faraway"), begins_in=20 * DAY)
    over = make_shift(schedule, gone, begins_in=-3 * DAY)
    assert over.end_at < database_now()
    target(1, 30, schedule=schedule)
    page = words(cast)
    for name, is_named in (("Now", True), ("Later", True), ("Faraway", False), ("Gone", False)):
        assert (f"{name}: how they are reached is not known" in page) == is_named


def test_a_schedule_that_could_not_be_read_is_not_known_and_says_so(cast: Cast) -> None:
    quick = make_person("PQUICK", "Quick Quinn")
    reached(quick, ("high", 0))
    unread = make_schedule("never read")
    unread.mirrored_at = None
    unread.save()
    for schedule in (None, unread):
        target(1, 20, schedule=schedule)
    target(2, 30, person=quick)
    page = words(cast)
    assert "Level 1 of “chatops P” calls a schedule that the portal could not read" in page
    assert "names nobody on level" not in page
    assert page.count('<th scope="row">A schedule that the portal could not read') == 1
    assert '<span class="verdict is-unknown">' in page


def test_settings_that_were_read_long_ago_say_so(cast: Cast) -> None:
    slow = make_person("PSLOW", "Slow Sam")
    reached(slow, ("high", 0), ago=timedelta(minutes=59))
    target(1, 30, person=slow)
    assert "PagerDuty has not been read for a while" not in words(cast)
    PagingSetup.objects.update(read_at=database_now() - timedelta(minutes=61))
    assert "PagerDuty has not been read for a while" in words(cast)


def test_the_urgency_of_pages_is_that_of_those_before_them(cast: Cast) -> None:
    silent = make_person("PDAY", "Day Dana")
    reached(silent, ("high", 0))
    target(1, 30, person=silent)
    incident = make_incident(title="[P2] Disk fills - chatops-engine")
    assert "Pages are of high urgency" in words(cast)
    Incident.objects.filter(pk=incident.pk).update(urgency="low")
    page = words(cast)
    assert "P2 came with low urgency, too." in page
    assert "Day Dana: no rule for low urgency tells them of anything." in page
    Incident.objects.filter(pk=incident.pk).update(triggered_at=database_now() - 91 * DAY)
    assert "Pages are of high urgency" in words(cast)


#: Session, user, now, urgencies, policy, levels, turns, settings; the frame's two.
PAGE_QUERIES = 10


@pytest.mark.parametrize("many", [1, 30])
def test_the_cost_does_not_grow(cast: Cast, many: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    PollState.objects.create(name="pagerduty", succeeded_at=database_now())
    for number in range(many):
        schedule = make_schedule(f"schedule {number}", pagerduty_id=f"PS{number}")
        person = make_person(f"P{number}", f"Person {number}")
        make_shift(schedule, person, begins_in=-HOUR)
        reached(person, ("high", number))
        target(1, 10, policy=f"P{number}", schedule=schedule)
        target(2, 10, policy=f"P{number}", person=make_person(f"Q{number}", f"Second {number}"))
    browser = browser_of(cast.viewer)
    browser.get(PAGE)
    with django_assert_num_queries(PAGE_QUERIES):
        assert browser.get(PAGE).status_code == 200
