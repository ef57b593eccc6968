"""The pages of schedules: all, and one; what they say of layers, gaps and age, and what they cost."""

import re
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import Person
from shifts.models import EscalationTarget, Schedule, Shift
from tests.cast import Cast, browser_of
from tests.shifts.making import DAY, HOUR, make_override, make_person, make_schedule, make_shift
from tests.shifts.schedules.sending import NEW, form, layer, make, values

pytestmark = pytest.mark.django_db


def test_off_hours_are_kept_and_said(manager: Client, people: list[Person]) -> None:
    office = layer(0, people[0].pk, only_from="09:00", only_to="18:00", only_on=["0"])
    page = manager.post(NEW, form(office, has_off_hours="on"), follow=True).content.decode()
    assert "meant so: nobody is warned of them" in page
    assert "Put somebody on call" not in page
    edit = f"/shifts/schedules/{Schedule.objects.get().pk}/edit/"
    box = next(tag for tag in re.findall(r"<input[^>]*>", manager.get(edit).content.decode()) if "has_off_hours" in tag)
    assert " checked" in box
    page = manager.post(edit, form(office, version="1"), follow=True).content.decode()
    assert "Put somebody on call" in page


def test_a_layer_ends_at_a_handoff_and_every_page_says_so(manager: Client, people: list[Person]) -> None:
    until = (database_now() + 30 * DAY).date()
    schedule = make(manager, layer(0, people[0].pk, until_on=until.isoformat(), handoff_at="00:00"))
    last = Shift.objects.filter(schedule=schedule).latest("end_at")
    assert last.end_at == datetime.combine(until, time(), tzinfo=ZoneInfo("Asia/Taipei")), "nobody has that day"
    assert f"until {until} 00:00" in manager.get(f"/shifts/schedules/{schedule.pk}/").content.decode()
    page = manager.get(f"/shifts/schedules/{schedule.pk}/edit/").content.decode()
    assert "Ends on (at the handoff; may stay empty)" in page
    assert values(page, "layer-0-until_on") == [until.isoformat()]


def test_closing_asks_first(manager: Client, people: list[Person]) -> None:
    schedule = make(manager, layer(0, people[0].pk))
    address = f"/shifts/schedules/{schedule.pk}/"
    page = manager.post(f"{address}close/", follow=True).content.decode()
    assert "Nothing was closed: tick that you are sure." in page
    page = manager.post(f"{address}close/", {"sure": "1"}, follow=True).content.decode()
    assert "Closed. Nobody has a shift on it any more" in page
    assert f"{address}edit/" not in page
    assert manager.get(f"{address}edit/").status_code == 404
    assert manager.post(f"{address}close/", {"sure": "1"}).status_code == 302
    assert "Schedules that are no more" in manager.get("/shifts/schedules/").content.decode()


def test_pagerdutys_own_are_not_edited_here(manager: Client) -> None:
    schedule = make_schedule()
    for method, address in (("get", "edit"), ("post", "edit"), ("post", "close")):
        answer = getattr(manager, method)(f"/shifts/schedules/{schedule.pk}/{address}/", {"sure": "1"})
        assert answer.status_code == 404
    assert manager.get("/shifts/schedules/77/").status_code == 404


def test_who_may_what_is_what_they_are_offered(cast: Cast, manager: Client, people: list[Person]) -> None:
    schedule = make(manager, layer(0, people[0].pk))
    page = browser_of(cast.responder).get(f"/shifts/schedules/{schedule.pk}/").content.decode()
    assert "/edit/" not in page
    assert NEW not in browser_of(cast.responder).get("/shifts/schedules/").content.decode()
    assert NEW in manager.get("/shifts/schedules/").content.decode()


def test_one_schedule_says_everything(cast: Cast) -> None:
    schedule = make_schedule("<i>primary</i>")
    EscalationTarget.objects.create(policy_id="P1", policy_name="chatops", level=2, delay_minutes=5, schedule=schedule)
    make_shift(schedule, cast.responder, begins_in=-HOUR, lasts=DAY)
    make_shift(schedule, make_person("PX", "<b>X</b>"), begins_in=2 * DAY, lasts=30 * DAY)
    make_override(schedule, cast.teammate, begins_in=HOUR, lasts=HOUR, state="waiting")
    page = browser_of(cast.responder).get(f"/shifts/schedules/{schedule.pk}/").content.decode()
    for words in ("&lt;i&gt;primary&lt;/i&gt;", "chatops, level 2", "&lt;b&gt;X&lt;/b&gt;", "On its way to PagerDuty"):
        assert words in page
    assert "Nobody is on call</b>" in page
    assert "chatops: a page reaches nobody." in page
    assert "As of " in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mirrored_at": None, "mirrored_until": None}, "It has not been read yet."),
        ({"last_error": "timeout: 10 s"}, "It does not answer in time."),
        ({"mirrored_at": -HOUR}, "Stale since"),
        ({"gone_at": -HOUR}, "PagerDuty has it no more since"),
    ],
)
def test_how_old_it_is(changes: dict[str, Any], words: str, cast: Cast) -> None:
    schedule = make_schedule()
    now = database_now()
    stored = {name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    Schedule.objects.filter(pk=schedule.pk).update(**stored)
    browser = browser_of(cast.viewer)
    assert words in browser.get(f"/shifts/schedules/{schedule.pk}/").content.decode()
    if "gone_at" not in changes:
        assert words in browser.get("/shifts/schedules/").content.decode()


@pytest.mark.parametrize("count", [1, 50])
def test_what_they_cost(count: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    cache.clear()
    schedules = [make_schedule(f"s{number}", pagerduty_id=f"PS{number}") for number in range(count)]
    for schedule in schedules:
        EscalationTarget.objects.create(policy_id="P1", policy_name="p", level=1, delay_minutes=5, schedule=schedule)
        for day in range(count):
            make_shift(schedule, cast.responder, begins_in=(2 * day - 1) * HOUR, lasts=HOUR)
    browser = browser_of(cast.manager)
    # Session, user, schedules with now, running, next, gaps; the data's age, the frame.
    with django_assert_num_queries(8):
        browser.get("/shifts/schedules/")
    # Session, user, the schedule, now, running, next, gaps, shifts, overrides, targets; the data's age, the frame.
    with django_assert_num_queries(12):
        browser.get(f"/shifts/schedules/{schedules[0].pk}/")
