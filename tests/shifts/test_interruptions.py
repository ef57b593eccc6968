"""What interrupts a person, and how often it counts."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shifts.load import ONE_INTERRUPTION, Interruptions, interruptions, interruptions_of, rings

TAIPEI, BERLIN = ZoneInfo("Asia/Taipei"), ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 27, 15, tzinfo=UTC)  # a Friday, 23:00 in Taipei
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

instants = st.lists(st.integers(0, 600).map(lambda seconds: START + seconds * SECOND), max_size=40)
ZONES = st.sampled_from([TAIPEI, BERLIN, ZoneInfo("America/New_York"), UTC])


@given(instants, st.randoms())
def test_neither_order_nor_doubles_matter(rung: list[datetime], random: Random) -> None:
    shuffled = [*rung, *rung]
    random.shuffle(shuffled)
    assert interruptions(shuffled) == interruptions(rung)


@given(instants)
def test_at_most_one_in_sixty_seconds_and_nothing_is_left_out(rung: list[datetime]) -> None:
    began = interruptions(rung)
    assert all(later - earlier > ONE_INTERRUPTION for earlier, later in pairwise(began))
    assert all(any(timedelta() <= at - start <= ONE_INTERRUPTION for start in began) for at in rung)
    assert set(began) <= set(rung)


@given(instants, st.integers(0, 600), ZONES)
def test_a_longer_time_never_has_fewer(rung: list[datetime], cut: int, zone: ZoneInfo) -> None:
    until = START + cut * SECOND
    less, more = interruptions_of([at for at in rung if at < until], zone), interruptions_of(rung, zone)
    assert less.count <= more.count
    assert less.at_night <= more.at_night
    assert less.nights <= more.nights
    assert less.at_weekends <= more.at_weekends


@given(st.lists(st.datetimes(datetime(2026, 10, 20), datetime(2026, 11, 2), timezones=st.just(UTC))), ZONES)  # noqa: DTZ001
def test_parts_are_no_more_than_the_whole(rung: list[datetime], zone: ZoneInfo) -> None:
    found = interruptions_of(rung, zone)
    assert found.nights <= found.at_night <= found.count
    assert found.at_weekends <= found.count


def test_pages_fifty_seconds_apart_are_no_single_interruption() -> None:
    assert len(interruptions(START + number * 50 * SECOND for number in range(72))) == 36


@pytest.mark.parametrize(("apart", "count"), [(60 * SECOND, 1), (61 * SECOND, 2)])
def test_where_the_next_one_begins(apart: timedelta, count: int) -> None:
    assert len(interruptions([START, START + apart])) == count


def test_a_night_is_the_persons_own_and_counts_once() -> None:
    # In Taipei 23:00 on Friday, then 00:00, 05:58 and 06:00 on Saturday; in Berlin seven hours earlier, on Friday alone.
    rung = [START, START + HOUR, START + 7 * HOUR - 2 * MINUTE, START + 7 * HOUR]
    assert interruptions_of(rung, TAIPEI) == Interruptions(count=4, at_night=3, nights=1, at_weekends=3)
    assert interruptions_of(rung, BERLIN) == Interruptions(count=4, at_night=2, nights=1, at_weekends=0)


@pytest.mark.parametrize(
    ("channel", "is_one"),
    [
        ("phone_notification", True),
        ("sms_notification", True),
        ("push_notification", True),
        ("sms", True),
        ("auto", True),
        ("", True),
        ("email_notification", False),
        ("email", False),
    ],
)
def test_an_e_mail_rings_nobody(channel: str, is_one: bool) -> None:
    assert rings(channel) is is_one
