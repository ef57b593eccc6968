"""Which nights are bad: three reasons, each enough by itself."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shifts.load import night_of
from shifts.rest import Reckoning, newest_night, reckon

TAIPEI, BERLIN = ZoneInfo("Asia/Taipei"), ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 11, 26, tzinfo=TAIPEI)
NIGHT = night_of(EVENING.date(), TAIPEI)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at(hours: float) -> datetime:
    """So many hours after midnight of the 26th in Taipei: 26 is 02:00 in the night."""
    return (EVENING + timedelta(hours=hours)).astimezone(UTC)


def reckoning(*, rung: tuple[float, ...] = (), acts: tuple[float, ...] = (), is_p0: bool = False) -> Reckoning:
    return reckon(NIGHT, TAIPEI, rung=map(at, rung), acts=[(at(each), 1, is_p0) for each in acts])


@pytest.mark.parametrize(
    ("rung", "acts", "is_bad"),
    [
        ((), (), False),
        ((23, 26), (26.05,), False),
        ((23, 26, 29), (), True),
        # Twice within a minute, by day, and after the morning.
        ((23, 23.01, 26), (), False),
        ((20, 26, 31), (), False),
        # An hour of work, from 02:00 on; one minute less; half of it before midnight; in the evening.
        ((26,), (26, 27), True),
        ((26,), (26, 27 - 1 / 60), False),
        ((23.5,), (23.5, 24.5), False),
        ((22,), (22, 23), False),
        # Together an hour; slept in between; nobody rang.
        ((26,), (25, 25.5, 28, 28.5), True),
        ((26,), (25.5, 27), False),
        ((), (26, 27), False),
    ],
)
def test_what_makes_a_night_bad(rung: tuple[float, ...], acts: tuple[float, ...], is_bad: bool) -> None:
    assert reckoning(rung=rung, acts=acts).is_bad is is_bad


def test_a_p0_makes_it_bad_whoever_was_rung() -> None:
    assert reckoning(acts=(23,), is_p0=True).is_bad
    assert not reckoning(acts=(21,), is_p0=True).is_bad
    assert reckon(NIGHT, TAIPEI, rung=[], acts=[(at(23), 1, True), (at(24), 1, True), (at(25), 2, True)]).p0s == 2


hours = st.lists(st.floats(20, 32), max_size=8)


@given(hours, hours, hours, hours)
def test_more_of_it_never_makes_a_night_better(
    rung: list[float], acts: list[float], more_rung: list[float], more_acts: list[float]
) -> None:
    less = reckoning(rung=tuple(rung), acts=tuple(acts))
    more = reckoning(rung=(*rung, *more_rung), acts=(*acts, *more_acts))
    assert less.worked_for <= more.worked_for <= 5 * HOUR
    assert more.is_bad or not less.is_bad


@given(hours, hours, st.permutations(range(8)))
def test_neither_order_nor_doubles_matter(rung: list[float], acts: list[float], order: list[int]) -> None:
    def mixed(given: list[float]) -> tuple[float, ...]:
        return tuple(given[index] for index in order if index < len(given)) + tuple(given)

    assert reckoning(rung=mixed(rung), acts=mixed(acts)) == reckoning(rung=tuple(rung), acts=tuple(acts))


@pytest.mark.parametrize(("hours", "evening"), [(30, 26), (30 - 1 / 60, 25), (24, 25), (53, 26), (54, 27)])
def test_the_newest_night_that_is_over(hours: float, evening: int) -> None:
    assert newest_night(at(hours), TAIPEI) == night_of(EVENING.replace(day=evening).date(), TAIPEI)


@given(st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 2), timezones=st.just(UTC)))  # noqa: DTZ001
def test_it_ended_less_than_a_day_ago(now: datetime) -> None:
    _start, end = newest_night(now, BERLIN)
    assert timedelta() <= now - end < timedelta(hours=25)


def test_hours_of_work_where_the_clocks_go_back() -> None:
    """02:00 comes twice: six hours lie between 00:00 and 05:00."""
    night = night_of(datetime(2026, 10, 24, tzinfo=BERLIN).date(), BERLIN)
    acts = [(night[0] + number * HOUR, 1, False) for number in range(9)]
    assert reckon(night, BERLIN, rung=[night[0]], acts=acts).worked_for == 6 * HOUR
