"""Everybody's load on one page: hours, interruptions, nights and weekends, and how far each is from the mean."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import Person, User
from accounts.services.note_people import person_of
from incidents.interruptions import notified, rung
from incidents.models import Incident
from incidents.services.ingest import ingest_facts
from shifts.load import Deviation, Interruptions, Share
from shifts.loads import LOAD_FOR, PersonsLoad, loads
from shifts.models import Shift
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.incidents.ringing import ring
from tests.shifts.making import DAY, HOUR, make_person, make_schedule, make_shift

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def load_of(who: User | Person) -> PersonsLoad:
    now = database_now()
    key = who.person_key if isinstance(who, User) else who.pagerduty_id
    found = loads(now, rung=rung(since=now - LOAD_FOR, until=now))
    return next(each for each in found if each.person.pagerduty_id == key)


def test_what_rang_within_a_minute_is_one_whatever_it_was_about(cast: Cast) -> None:
    at = database_now() - 2 * DAY
    first, second = make_incident(1), make_incident(2)
    person = person_of(cast.responder)
    ring(first, person, at, channel="push_notification")
    ring(first, person, at, channel="phone_notification")
    ring(second, person, at + 50 * MINUTE / 60)
    ring(second, person, at + 61 * MINUTE / 60)
    ring(second, person_of(cast.teammate), at)
    ring(second, person, at + HOUR, channel="email_notification")
    assert load_of(cast.responder).interruptions.count == 2
    assert load_of(cast.teammate).interruptions.count == 1


def test_the_mean_is_that_of_whoever_was_on_call(cast: Cast) -> None:
    schedule, incident = make_schedule(), make_incident()
    make_shift(schedule, cast.responder, begins_in=-3 * DAY, lasts=30 * HOUR)
    make_shift(schedule, cast.teammate, begins_in=-5 * DAY, lasts=10 * HOUR)
    make_shift(schedule, cast.manager, begins_in=DAY, lasts=HOUR)
    for number in range(3):
        ring(incident, person_of(cast.responder), database_now() - 2 * DAY + number * HOUR)
    ring(incident, person_of(cast.teammate), database_now() - 5 * DAY)
    ring(incident, person_of(cast.admin), database_now() - 5 * DAY)
    mine, theirs = load_of(cast.responder), load_of(cast.teammate)
    assert (mine.past_deviation, theirs.past_deviation) == (
        Deviation(50, Share.MUCH_MORE),
        Deviation(-50, Share.LESS),
    )
    assert (mine.interruptions_deviation, theirs.interruptions_deviation) == (
        Deviation(50, Share.MUCH_MORE),
        Deviation(-50, Share.LESS),
    )
    manager, admin = load_of(cast.manager), load_of(cast.admin)
    assert (manager.past_deviation, manager.ahead_deviation) == (None, Deviation(0, Share.MEAN))
    assert (admin.interruptions.count, admin.interruptions_deviation) == (1, None)
    page = browser_of(cast.responder).get("/shifts/load/").content.decode()
    assert "+50 %" in page
    assert "−50 %" in page
    assert "not on call" in page


def test_nights_are_the_persons_own(cast: Cast) -> None:
    User.objects.filter(pk=cast.teammate.pk).update(time_zone="Europe/Berlin")
    incident = make_incident()
    last_friday = database_now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - 7 * DAY
    at = last_friday - timedelta(days=(last_friday.weekday() - 4) % 7) + 18 * HOUR
    for who in (cast.responder, cast.teammate):
        ring(incident, person_of(who), at)
    assert load_of(cast.responder).interruptions == Interruptions(count=1, at_night=1, nights=1, at_weekends=1)
    assert load_of(cast.teammate).interruptions == Interruptions(count=1, at_night=0, nights=0, at_weekends=0)


@pytest.mark.parametrize("count", [1, 40])
def test_the_page_costs_eleven_queries(
    count: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    schedule, incident = make_schedule(), make_incident()
    make_shift(schedule, cast.responder, begins_in=-100 * DAY, lasts=20 * DAY)
    for number in range(count):
        person = make_person(f"P{number}", f"Person {number}")
        make_shift(schedule, person, begins_in=number * DAY + HOUR, lasts=DAY)
        for hours in range(count):
            ring(incident, person, database_now() - hours * HOUR)
    browser = browser_of(cast.responder)
    # Session, user, now, the oldest shift, the oldest line, who was rung, shifts, people, zones,
    # the data's age, on call.
    with django_assert_num_queries(11):
        page = browser.get("/shifts/load/").content.decode()
    assert "240 h" in page  # the ten of the twenty days that are within ninety
    assert "Person 0" in page
    assert "about the mean" in page


def test_it_says_since_when_it_knows(cast: Cast) -> None:
    browser = browser_of(cast.viewer)
    schedule, incident = make_schedule(), make_incident()
    shift = make_shift(schedule, cast.responder, begins_in=-8 * DAY, lasts=7 * DAY)
    make_shift(make_schedule("second", pagerduty_id="PSCHSEC"), cast.teammate, begins_in=-5 * DAY, lasts=DAY)
    page = browser.get("/shifts/load/").content.decode()
    assert "The last 90 days" not in page
    assert f"Shifts: since {day(shift.start_at)}." in page
    assert "Interruptions: none yet." in page
    ring(incident, person_of(cast.responder), database_now() - 3 * DAY)
    assert f"Interruptions: since {day(database_now() - 3 * DAY)}." in browser.get("/shifts/load/").content.decode()
    make_shift(schedule, cast.responder, begins_in=-91 * DAY, lasts=2 * DAY)
    page = browser.get("/shifts/load/").content.decode()
    assert f"Shifts: since {day(database_now() - LOAD_FOR)}." in page
    ring(incident, person_of(cast.responder), database_now() - 91 * DAY)
    page = browser.get("/shifts/load/").content.decode()
    assert "The last 90 days" in page
    assert "Less than" not in page


def test_nobody_at_all(cast: Cast) -> None:
    assert "Nobody was on call" in browser_of(cast.viewer).get("/shifts/load/").content.decode()
    assert not Shift.objects.exists()


def test_whom_it_rang_is_found_by_its_index(cast: Cast) -> None:
    incident, now = make_incident(), database_now()
    ring(incident, person_of(cast.responder), now)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "entry_rung" in notified(since=now - LOAD_FOR, until=now).explain()


def day(at: datetime) -> str:
    """As the page says it to a reader in Taipei."""
    local = at.astimezone(UTC) + 8 * HOUR
    return f"{local.day} {local:%b %Y}"


def test_a_second_reading_of_the_log_changes_nothing(cast: Cast) -> None:
    incident = Incident.objects.get(pk=make_incident().pk)
    fact = ring(incident, person_of(cast.responder), database_now() - HOUR)
    ingest_facts(incident_pagerduty_id=incident.pagerduty_id, facts=[fact])
    assert load_of(cast.responder).interruptions.count == 1
