"""What being on call costs: hours once, nights by the person's own clock, weekends, and the word beside the mean."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from shifts.load import Load, Share, load_of, share_of
from tests.cast import Cast, browser_of
from tests.shifts.making import DAY, HOUR, make_person, make_schedule, make_shift

TAIPEI, BERLIN = ZoneInfo("Asia/Taipei"), ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)  # 09:00 in Taipei


def test_a_week() -> None:
    assert load_of([(MONDAY, MONDAY + 7 * DAY)], TAIPEI) == Load(7 * DAY, shifts=1, nights=7, weekends=1)


def test_the_same_hours_are_nights_for_one_and_days_for_another() -> None:
    span = [(MONDAY, MONDAY + 8 * HOUR)]
    assert load_of(span, TAIPEI).nights == 0
    assert load_of(span, BERLIN).nights == 1


def test_two_schedules_at_once_count_an_hour_once() -> None:
    spans = [(MONDAY, MONDAY + 8 * HOUR), (MONDAY + 4 * HOUR, MONDAY + 12 * HOUR)]
    load = load_of(spans, TAIPEI)
    assert (load.on_call_for, load.shifts) == (12 * HOUR, 2)


@pytest.mark.parametrize(
    ("start", "end", "nights"),
    [(14, 22, 0), (14, 22.5, 1), (6, 14, 0), (5.5, 14, 1), (22, 30, 1), (14, 48, 2)],
)
def test_where_a_night_begins_and_ends(start: float, end: float, nights: int) -> None:
    midnight = datetime(2026, 11, 23, tzinfo=TAIPEI)
    span = (midnight + timedelta(hours=start), midnight + timedelta(hours=end))
    assert load_of([span], TAIPEI).nights == nights


def test_a_weekend_is_one_whether_saturday_or_sunday_or_both() -> None:
    saturday = datetime(2026, 11, 28, 8, tzinfo=TAIPEI)
    spans = [
        (saturday, saturday + HOUR),
        (saturday + DAY, saturday + DAY + HOUR),
        (saturday + 7 * DAY, saturday + 7 * DAY + HOUR),
    ]
    assert load_of(spans, TAIPEI).weekends == 2
    friday = saturday - DAY
    assert load_of([(friday, friday + 12 * HOUR)], TAIPEI).weekends == 0


def test_hours_of_the_night_in_which_the_clocks_change() -> None:
    start = datetime(2026, 10, 24, 22, tzinfo=BERLIN).astimezone(UTC)
    end = datetime(2026, 10, 25, 6, tzinfo=BERLIN).astimezone(UTC)
    assert load_of([(start, end)], BERLIN) == Load(9 * HOUR, shifts=1, nights=1, weekends=1)


@pytest.mark.parametrize(
    ("mine", "share"),
    [(0, Share.MUCH_LESS), (70, Share.LESS), (100, Share.MEAN), (140, Share.MORE), (200, Share.MUCH_MORE)],
)
def test_the_word(mine: int, share: Share) -> None:
    assert share_of(mine * HOUR, [100 * HOUR]) is share


def test_nobody_has_anything() -> None:
    assert share_of(timedelta(), []) is Share.MEAN
    assert share_of(timedelta(), [timedelta()]) is Share.MEAN
    assert load_of([], TAIPEI) == Load(timedelta(), 0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 40])
def test_the_page_costs_seven_queries(
    count: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    schedule = make_schedule()
    make_shift(schedule, cast.responder, begins_in=-100 * DAY, lasts=20 * DAY)
    for number in range(count):
        make_shift(schedule, make_person(f"P{number}", f"Person {number}"), begins_in=number * DAY + HOUR, lasts=DAY)
    browser = browser_of(cast.responder)
    # Session, user, now, shifts, zones, the data's age, on call.
    with django_assert_num_queries(7):
        page = browser.get("/shifts/load/").content.decode()
    assert "240 h" in page  # the ten of the twenty days that are within ninety
    assert "Person 0" in page
    assert "much more than the mean" in page or "about the mean" in page
