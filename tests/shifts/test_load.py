"""What being on call costs: hours once, nights by the person's own clock, weekends, and how far from the mean it is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shifts.load import Deviation, Load, Share, deviation_of, load_of
from tests.shifts.making import DAY, HOUR

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
    ("mine", "share", "signed"),
    [
        (0, Share.MUCH_LESS, "−100 %"),
        (70, Share.LESS, "−30 %"),
        (100.2, Share.MEAN, "±0 %"),
        (140, Share.MORE, "+40 %"),
        (250, Share.MUCH_MORE, "+150 %"),
    ],
)
def test_how_far_from_the_mean(mine: float, share: Share, signed: str) -> None:
    deviation = deviation_of(mine, [50, 150])
    assert (deviation.share, deviation.signed) == (share, signed)


def test_nobody_has_anything() -> None:
    assert deviation_of(0, []) == deviation_of(0, [0, 0]) == Deviation(0, Share.MEAN)
    assert load_of([], TAIPEI) == Load(timedelta(), 0, 0, 0)
