"""Stretches of time in words: a day is named where it is another one, and UTC stands beside every zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shifts.spans import both_zones, instant_in_both

NINE = datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "hours", "zone", "words"),
    [
        (9, 2, "UTC", "Wed 25 Nov 09:00 – 11:00 UTC"),
        (9, 2, "Africa/Abidjan", "Wed 25 Nov 09:00 – 11:00 UTC"),
        (1, 8, "Asia/Taipei", "Wed 25 Nov 09:00 – 17:00 · 01:00 – 09:00 UTC"),
        (20, 3, "Asia/Taipei", "Thu 26 Nov 04:00 – 07:00 · Wed 25 Nov 20:00 – 23:00 UTC"),
        (15, 9, "Asia/Taipei", "Wed 25 Nov 23:00 – Thu 26 Nov 08:00 · 15:00 – Thu 26 Nov 00:00 UTC"),
        (3, 2, "America/New_York", "Tue 24 Nov 22:00 – Wed 25 Nov 00:00 · Wed 25 Nov 03:00 – 05:00 UTC"),
    ],
)
def test_a_stretch(hour: int, hours: int, zone: str, words: str) -> None:
    start = NINE.replace(hour=hour)
    assert both_zones(start, start + timedelta(hours=hours), ZoneInfo(zone)) == words


def test_a_stretch_over_the_end_of_summer_time_in_london() -> None:
    start = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    words = both_zones(start, start + timedelta(hours=2), ZoneInfo("Europe/London"))
    assert words == "Sun 25 Oct 00:30 – 01:30 · Sat 24 Oct 23:30 – Sun 25 Oct 01:30 UTC"


def test_an_instant() -> None:
    assert instant_in_both(NINE, ZoneInfo("Asia/Taipei")) == "Wed 25 Nov 17:00 · 09:00 UTC"
    assert instant_in_both(NINE.replace(hour=20), ZoneInfo("Asia/Taipei")) == "Thu 26 Nov 04:00 · Wed 25 Nov 20:00 UTC"
