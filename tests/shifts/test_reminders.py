"""Reminders come when people chose, each once, and not for what a shift has moved past."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection

from accounts.models import User
from accounts.services.note_people import person_of
from shifts.models import Notice, Override, ReminderChoice, Shift
from shifts.services.remind import remind
from shifts.tasks import remind as task
from tests.cast import Cast, browser_of, make_cast
from tests.shifts.making import DAY, HOUR, make_person, make_schedule, make_shift

MINUTE = timedelta(minutes=1)


def choose(user: User, *hours: int, in_browser: bool = True, in_slack: bool = False) -> None:
    ReminderChoice.objects.create(user=user, hours_before=list(hours), in_browser=in_browser, in_slack=in_slack)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hours", "begins_in", "told"),
    [
        (None, 24 * HOUR - MINUTE, 1),
        (None, HOUR - MINUTE, 1),
        (None, 7 * DAY - MINUTE, 0),
        (None, 24 * HOUR + MINUTE, 0),
        (None, 12 * HOUR, 0),  # it moved past the reminder of a day before
        (None, 30 * MINUTE, 0),
        (None, -MINUTE, 0),
        ([168], 7 * DAY - MINUTE, 1),
        ([168], HOUR - MINUTE, 0),
        ([], HOUR - MINUTE, 0),
    ],
)
def test_when_each_comes(hours: list[int] | None, begins_in: timedelta, told: int, cast: Cast) -> None:
    if hours is not None:
        choose(cast.responder, *hours)
    make_shift(make_schedule(), cast.responder, begins_in=begins_in)
    assert remind() == told
    assert remind() == 0
    assert Notice.objects.count() == told


@pytest.mark.django_db
def test_the_sentence_has_both_zones(cast: Cast) -> None:
    shift = make_shift(make_schedule(), cast.responder, begins_in=HOUR - MINUTE)
    remind()
    Notice.objects.update(
        data={"schedule": "chatops primary", "start": "2026-11-25T01:00:00+00:00", "end": "2026-11-25T09:00:00+00:00"}
    )
    page = browser_of(cast.responder).get("/shifts/notices/").content.decode()
    assert (
        "Your shift on chatops primary begins Wed 25 Nov 09:00 · 01:00 UTC: "
        "Wed 25 Nov 09:00 – 17:00 · 01:00 – 09:00 UTC." in page
    )
    assert f"/shifts/{shift.pk}/" in page


@pytest.mark.django_db
def test_ways_of_being_reminded(cast: Cast) -> None:
    schedule = make_schedule()
    choose(cast.responder, 1, in_browser=False, in_slack=True)
    choose(cast.teammate, 1, in_browser=False)
    make_shift(schedule, cast.responder, begins_in=HOUR - MINUTE)
    make_shift(make_schedule("b", pagerduty_id="PB"), cast.teammate, begins_in=HOUR - MINUTE)
    make_shift(make_schedule("c", pagerduty_id="PC"), make_person("PX", "No account"), begins_in=HOUR - MINUTE)
    assert remind() == 1
    notice = Notice.objects.get()
    assert (notice.person.name, notice.slack_due, notice.seen_at is not None) == ("Lin Yu-ting", True, True)


@pytest.mark.django_db
def test_what_goes_on_does_not_begin(cast: Cast) -> None:
    schedule = make_schedule()
    first = make_shift(schedule, cast.responder, begins_in=-8 * HOUR, lasts=9 * HOUR - MINUTE)
    make_shift(schedule, cast.responder, start=first.end_at)
    assert remind() == 0


@pytest.mark.django_db
def test_a_shift_that_moved_later_is_told_of_again(cast: Cast) -> None:
    shift = make_shift(make_schedule(), cast.responder, begins_in=HOUR - MINUTE)
    assert remind() == 1
    later: datetime = shift.start_at + MINUTE / 2
    Shift.objects.update(start_at=later)
    assert remind() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_once() -> None:
    cast = make_cast()
    make_shift(make_schedule(), cast.responder, begins_in=HOUR - MINUTE)
    person_of(cast.responder)
    both, told = threading.Barrier(2), list[int]()

    def work() -> None:
        both.wait()
        told.append(remind())
        connection.close()

    threads = [threading.Thread(target=work) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [0, 1]


@pytest.mark.django_db
def test_the_task_says_what_it_did(cast: Cast) -> None:
    make_shift(make_schedule(), cast.responder, begins_in=HOUR - MINUTE)
    assert task() == "1 reminded, 0 requests closed"
    assert not Override.objects.exists()


@pytest.mark.django_db
def test_choosing_and_seeing(cast: Cast) -> None:
    browser = browser_of(cast.responder)
    browser.post("/shifts/mine/reminders/", {"hours_before": ["168", "1"], "in_slack": "on"})
    choice = ReminderChoice.objects.get()
    assert (choice.hours_before, choice.in_browser, choice.in_slack) == ([168, 1], False, True)
    refused = browser.post("/shifts/mine/reminders/", {"hours_before": ["3"]}, follow=True).content.decode()
    assert "There is no such reminder" in refused
    choice.refresh_from_db()
    assert choice.hours_before == [168, 1]

    make_shift(make_schedule(), cast.responder, begins_in=HOUR - MINUTE)
    ReminderChoice.objects.all().delete()
    remind()
    notice = Notice.objects.get()
    news = browser.get("/shifts/notices/unseen/").json()
    assert news["count"] == 1
    assert news["fresh"][0]["title"] == "A shift of yours begins soon"
    assert '<span class="bell-count" id="bell-count">1</span>' in browser.get("/").content.decode()
    assert browser_of(cast.teammate).get("/shifts/notices/unseen/").json() == {"count": 0, "fresh": []}
    for newest in ("", "x", "9" * 30):
        browser.post("/shifts/notices/seen/", {"newest": newest})
    browser_of(cast.teammate).post("/shifts/notices/seen/", {"newest": str(notice.pk)})
    assert Notice.objects.filter(seen_at=None).count() == 1
    browser.post("/shifts/notices/seen/", {"newest": str(notice.pk)})
    assert Notice.objects.filter(seen_at=None).count() == 0
    assert 'id="bell-count" hidden' in browser.get("/").content.decode()
