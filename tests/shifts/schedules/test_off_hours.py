"""Off hours that are meant so: nobody is warned of them, and of what is missed within the layers' hours somebody is."""

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import Person
from shifts.calendar import Stretch, gaps_of
from shifts.duties import duties_at
from shifts.gaps import gaps_ahead
from shifts.models import Layer, Notice, Schedule
from shifts.rotation import Hours, Rotation, turns_of, within_hours
from shifts.schedule_tasks import tell_gaps
from shifts.services.store_schedule import Plan, create_schedule
from tests.cast import Cast, browser_of
from tests.shifts.making import DAY, HOUR, make_person, make_schedule, make_shift

pytestmark = pytest.mark.django_db
TAIPEI = ZoneInfo("Asia/Taipei")
MONDAY = datetime(2026, 11, 23, tzinfo=TAIPEI)
OFFICE = Hours(only_from=time(9), only_to=time(18), only_on=[0, 1, 2, 3, 4])


@pytest.fixture
def office() -> Schedule:
    """9 to 18 from Monday to Friday, which its only layer leaves after this week: its shifts are the tests' to make."""
    schedule = make_schedule(pagerduty_id=None)
    schedule.has_off_hours = True
    schedule.created_at, schedule.mirrored_until = MONDAY - 30 * DAY, MONDAY + 60 * DAY
    schedule.save()
    layer(schedule, OFFICE)
    return schedule


def layer(schedule: Schedule, hours: Hours) -> None:
    this_week = {"first_on": MONDAY.date(), "until_on": MONDAY.date() + 5 * DAY, "handoff_at": time(9)}
    Layer.objects.create(schedule=schedule, position=schedule.layers.count(), **this_week, **vars(hours))


def work(schedule: Schedule, *days: int) -> None:
    """Office shifts on these days from Monday on."""
    for day in days:
        make_shift(schedule, make_person("P1", "One"), start=MONDAY + day * DAY + 9 * HOUR, lasts=9 * HOUR)


def found(now: datetime) -> list[tuple[timedelta, timedelta]]:
    """Each gap's beginning and end, from Monday's midnight; the header's are the same."""
    gaps = gaps_ahead(now)
    assert duties_at(now, me="").gaps == gaps
    return [(gap.start - MONDAY, gap.end - MONDAY) for gap in gaps]


def test_nights_and_weekends_are_no_gaps(office: Schedule) -> None:
    work(office, *(day for day in range(28) if day % 7 < 5))
    for hour in range(7 * 24):
        assert found(MONDAY + hour * HOUR) == []


def test_after_the_last_layers_end_there_is_one_from_the_next_working_hour_on(office: Schedule) -> None:
    work(office, 0, 1, 2, 3, 4)
    gap = 7 * DAY + 9 * HOUR
    assert found(MONDAY + 12 * HOUR) == [(gap, 14 * DAY + 12 * HOUR)], "told as soon as it is in sight"
    assert found(MONDAY + 5 * DAY) == [(gap, 18 * DAY + 18 * HOUR)]
    assert found(MONDAY + 8 * DAY + 22 * HOUR) == [(gap, 22 * DAY + 18 * HOUR)], "it is the same gap at every look"


def test_a_day_that_nobody_has_is_a_gap_as_long_as_it_lasts(office: Schedule) -> None:
    work(office, 0, 1, 3, 4, *(day for day in range(7, 28) if day % 7 < 5))
    wednesday = (2 * DAY + 9 * HOUR, 2 * DAY + 18 * HOUR)
    assert found(MONDAY) == [wednesday]
    assert found(MONDAY + 2 * DAY + 12 * HOUR) == [wednesday]
    assert found(MONDAY + 2 * DAY + 18 * HOUR) == [], "the night after it is meant so"


def test_hours_of_any_layer_count(office: Schedule) -> None:
    work(office, -3, *(day for day in range(28) if day % 7 < 5))
    layer(office, Hours(only_from=time(10), only_to=time(12), only_on=[5]))
    saturdays = [(5 * DAY + 10 * HOUR, 5 * DAY + 12 * HOUR), (12 * DAY + 10 * HOUR, 12 * DAY + 12 * HOUR)]
    assert found(MONDAY) == saturdays
    layer(office, Hours())
    assert len(found(MONDAY)) == 11, "a layer without hours is to have somebody at all times"


def test_the_calendar_marks_the_same(office: Schedule) -> None:
    work(office, 0, 1, 3, 4)
    window = Stretch(MONDAY, MONDAY + 14 * DAY)
    wednesday, after = [(gap.start - MONDAY, gap.end - MONDAY) for gap in gaps_of(office, office.shifts.all(), window)]
    assert found(MONDAY) == [wednesday, (after[0], 11 * DAY + 18 * HOUR)], "the header looks 14 days ahead"
    assert wednesday == (2 * DAY + 9 * HOUR, 2 * DAY + 18 * HOUR)
    assert after == (7 * DAY + 9 * HOUR, 59 * DAY + 18 * HOUR), "to the last working hour that is known"


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Taipei", "Australia/Lord_Howe"])
def test_equal_to_a_count_of_instants(seed: int, zone: str) -> None:
    """What a layer without end covers is what is within its hours, on whichever day the clocks change."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    hours = [_some_hours(chance) for _number in range(chance.randint(1, 3))]
    layers = [Rotation([1], time(), date(2026, 1, 1), **vars(each)) for each in hours]
    start = datetime(2026, chance.choice([3, 10, 4]), 1, tzinfo=UTC) + chance.randrange(2000) * timedelta(minutes=30)
    end = start + chance.randrange(1, 40 * 48) * timedelta(minutes=30)
    turns = turns_of(layers, [], ZoneInfo(zone), start, end)
    step = timedelta(minutes=15)
    covered = [
        at
        for at in (start + number * step for number in range((end - start) // step))
        if any(turn.start <= at < turn.end for turn in turns)
    ]
    expected = (covered[0], covered[-1] + step) if covered else None
    assert within_hours(hours, ZoneInfo(zone), start, end) == expected


def _some_hours(chance: random.Random) -> Hours:
    days = chance.sample(range(7), chance.choice([0, 1, 1, 5]))
    if chance.random() < 0.2:
        return Hours(only_on=days)
    since, to = (time(chance.randrange(24), chance.choice([0, 30])) for _bound in range(2))
    return Hours(only_from=since, only_to=to, only_on=days)


def test_whoever_looks_is_told(
    cast: Cast, people: list[Person], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """By day, until tomorrow: from the day after on nobody has what the layer was to cover."""
    today = database_now().date()
    until: dict[str, Any] = {"until_on": today + 2 * DAY, "only_from": time(1), "only_to": time(23)}
    layers = [("Days", Rotation([people[0].pk], time(), today - DAY, **until))]
    schedule = create_schedule(actor=cast.manager, key="k", plan=Plan("Office", "UTC", layers, has_off_hours=True))
    browser = browser_of(cast.manager)
    assert "Nobody will be on call:" in browser.get("/shifts/load/").content.decode()
    assert "Put somebody on call" in browser.get(f"/shifts/schedules/{schedule.pk}/").content.decode()
    assert tell_gaps() == "2 notices"
    begins = datetime.combine(today + 2 * DAY, time(1), tzinfo=UTC)
    assert {notice.data["start"] for notice in Notice.objects.filter(kind="gap")} == {begins.isoformat()}
    cache.clear()
    Schedule.objects.filter(pk=schedule.pk).update(created_at=begins - 9 * DAY)
    address = f"/shifts/?view=week&on={begins.date() + 7 * DAY}"
    browser.get(address)
    # Session, user, schedules with now, shifts, overrides, the data's age, on call; one for the layers' hours.
    with django_assert_num_queries(8):
        page = browser.get(address).content.decode()
    assert page.count("bar-gap") > 1, "the header's and the calendar's mark"
