"""Calendar feeds: what stands in them, that they are valid, that nobody without the token reads them."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.database_time import database_now
from accounts.models import AuditRecord, User
from shifts.models import CalendarFeed, Schedule, Shift
from shifts.services.make_feed import make_feed
from tests.cast import Cast, browser_of
from tests.shifts.making import DAY, HOUR, make_override, make_person, make_schedule, make_shift

pytestmark = pytest.mark.django_db


def feed_of(user: User, schedule: Schedule | None = None) -> str:
    _feed, token = make_feed(user=user, schedule_id=schedule.pk if schedule else None)
    return f"/calendar/{token}.ics"


def written(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def events(address: str) -> list[dict[str, str]]:
    answer = Client().get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    # What is read and written again is the same: nothing in it is out of shape.
    assert calendar.to_ical() == answer.content
    assert not calendar.errors
    return [{name: written(event[name].to_ical()) for name in event} for event in calendar.walk("VEVENT")]


def test_my_final_shifts_and_nobody_elses(cast: Cast, settings: Settings) -> None:
    settings.PORTAL_URL = "https://portal.example.com/"
    schedule = make_schedule("chatops; primary, Taipei\nand more")
    mine = make_shift(schedule, cast.responder, begins_in=DAY)
    make_shift(schedule, cast.teammate, begins_in=2 * DAY)
    make_override(schedule, cast.responder, begins_in=5 * DAY, lasts=HOUR, state="waiting")
    (event,) = events(feed_of(cast.responder))
    assert event["UID"] == f"{mine.uid}@on-call-portal"
    assert event["DTSTART"] == mine.start_at.strftime("%Y%m%dT%H%M%SZ")
    assert event["DTEND"] == mine.end_at.strftime("%Y%m%dT%H%M%SZ")
    mine.refresh_from_db()
    assert event["DTSTAMP"] == mine.changed_at.strftime("%Y%m%dT%H%M%SZ")
    assert (event["SEQUENCE"], event["STATUS"]) == ("0", "CONFIRMED")
    assert event["SUMMARY"] == r"On call: chatops\; primary\, Taipei and more"
    assert event["URL"] == f"https://portal.example.com/shifts/{mine.pk}/"


def test_lines_are_folded_and_end_as_they_should(cast: Cast) -> None:
    schedule = make_schedule("值班" * 60)
    make_shift(schedule, cast.responder, begins_in=DAY)
    content = Client().get(feed_of(cast.responder, schedule)).content
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert content.count(b"PRODID:") == content.count(b"VERSION:2.0") == 1


def test_names_cannot_add_lines(cast: Cast) -> None:
    schedule = make_schedule("x\r\nATTACH:https://evil.example.com/")
    make_shift(schedule, make_person("PX", "Eve\nBEGIN:VALARM"), begins_in=DAY)
    content = Client().get(feed_of(cast.viewer, schedule)).content
    assert b"\r\nATTACH" not in content
    assert b"\r\nBEGIN:VALARM" not in content


def test_a_moved_shift_keeps_its_uid_and_a_withdrawn_one_is_cancelled(cast: Cast) -> None:
    schedule = make_schedule()
    shift = make_shift(schedule, cast.responder, begins_in=DAY)
    address = feed_of(cast.responder)
    (before,) = events(address)
    Shift.objects.update(start_at=shift.start_at + HOUR, sequence=1, changed_at=database_now())
    (moved,) = events(address)
    assert moved["UID"] == before["UID"]
    assert moved["SEQUENCE"] == "1"
    Shift.objects.update(withdrawn_at=database_now())
    (gone,) = events(address)
    assert (gone["UID"], gone["SEQUENCE"], gone["STATUS"]) == (before["UID"], "2", "CANCELLED")
    Shift.objects.update(withdrawn_at=database_now() - timedelta(days=31))
    assert events(address) == []


def test_unchanged_it_is_not_sent_again(cast: Cast) -> None:
    make_shift(make_schedule(), cast.responder, begins_in=DAY)
    address = feed_of(cast.responder)
    first = Client().get(address)
    assert "private" in first.headers["Cache-Control"]
    again = Client(headers={"If-None-Match": first.headers["ETag"]}).get(address)
    assert (again.status_code, again.content) == (304, b"")
    Shift.objects.update(sequence=1)
    assert Client(headers={"If-None-Match": first.headers["ETag"]}).get(address).status_code == 200


def test_it_is_told_once_and_kept_as_a_digest(cast: Cast) -> None:
    browser = browser_of(cast.viewer)
    page = browser.post("/shifts/mine/feeds/", {"schedule": ""}).content.decode()
    (token,) = set(re.findall(r"/calendar/([\w-]{43})\.ics", page))
    assert token not in browser.get("/shifts/mine/").content.decode()
    feed = CalendarFeed.objects.get()
    assert token not in feed.token_digest
    assert token not in str(AuditRecord.objects.get().data)
    assert events(f"/calendar/{token}.ics") == []
    feed.refresh_from_db()
    assert feed.last_read_at is not None
    assert browser.post("/shifts/mine/feeds/", {"schedule": "77"}).status_code == 422
    assert browser.post("/shifts/mine/feeds/", {"schedule": "x"}).status_code == 422
    assert CalendarFeed.objects.count() == 1


def test_revoked_unknown_and_of_nobody_any_more_are_one_answer_in_words(cast: Cast) -> None:
    address = feed_of(cast.responder)
    feed = CalendarFeed.objects.get()
    assert browser_of(cast.teammate).post(f"/shifts/mine/feeds/{feed.pk}/revoke/").status_code == 404
    assert Client().get(address).status_code == 200
    browser = browser_of(cast.responder)
    assert browser.post(f"/shifts/mine/feeds/{feed.pk}/revoke/").status_code == 302
    assert "revoked already" in browser.post(f"/shifts/mine/feeds/{feed.pk}/revoke/", follow=True).content.decode()
    left = feed_of(cast.viewer)
    cast.viewer.is_active = False
    cast.viewer.save()
    answers = [Client().get(each) for each in (address, left, "/calendar/unknown.ics", "/calendar/%E2%80%AE.ics")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "There is no such calendar." in answers[0].content.decode()


@pytest.mark.parametrize("count", [1, 60])
def test_it_costs_four_queries(count: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    schedule = make_schedule()
    for day in range(count):
        make_shift(schedule, cast.responder, begins_in=day * DAY, lasts=DAY)
    address = feed_of(cast.responder)
    with django_assert_num_queries(4):
        Client().get(address)


def test_whoever_changes_the_language_beside_a_new_address_comes_back_to_their_shifts(cast: Cast) -> None:
    browser = browser_of(cast.responder)
    page = browser.post("/shifts/mine/feeds/", {"schedule": ""}).content.decode()
    assert 'name="next" value="/shifts/mine/feeds/"' in page
    assert '<a href="/shifts/mine/" aria-current="page">' in page
    answer = browser.get("/shifts/mine/feeds/", follow=True)
    assert answer.redirect_chain == [("/shifts/mine/", 302)]
    assert CalendarFeed.objects.count() == 1, "looking makes none"
