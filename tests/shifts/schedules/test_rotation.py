"""Rotations kept here: handoffs on the wall clock, layers on top of each other, overrides on top of all."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shifts.enums import TurnUnit
from shifts.matching import Wanted
from shifts.rotation import DAYS, Rotation, StandIn, turns_of

ZONES = (
    *("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"),
    *("Asia/Taipei", "Asia/Kathmandu", "America/Santiago"),
)
MADRID = ZoneInfo("Europe/Madrid")


def at(text: str, zone: ZoneInfo = MADRID) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def spans(turns: list[Wanted]) -> list[tuple[int, datetime, datetime]]:
    return [(turn.person, turn.start, turn.end) for turn in turns]


def test_a_handoff_stays_on_the_wall_clock_when_the_clocks_change() -> None:
    weekly = Rotation([1, 2], time(9), date(2026, 10, 19))
    turns = turns_of([weekly], [], MADRID, at("2026-10-19T09:00"), at("2026-11-02T09:00"))
    assert spans(turns) == [
        (1, at("2026-10-19T09:00"), at("2026-10-26T09:00")),
        (2, at("2026-10-26T09:00"), at("2026-11-02T09:00")),
    ]
    assert [turn.end - turn.start for turn in turns] == [timedelta(days=7, hours=1), timedelta(days=7)]


def test_nights_of_workdays_over_a_weekly_rotation() -> None:
    weekly = Rotation([1], time(9), date(2026, 11, 2))
    nights = Rotation(
        [2, 3], time(9), date(2026, 11, 2), TurnUnit.DAY, only_from=time(22), only_to=time(6), only_on=(0, 1, 2, 3, 4)
    )
    turns = turns_of([weekly, nights], [], MADRID, at("2026-11-02T09:00"), at("2026-11-03T22:00"))
    assert spans(turns)[:3] == [
        (1, at("2026-11-02T09:00"), at("2026-11-02T22:00")),
        (2, at("2026-11-02T22:00"), at("2026-11-03T06:00")),
        (1, at("2026-11-03T06:00"), at("2026-11-03T22:00")),
    ]


def test_an_override_stands_on_top_and_the_turn_goes_on_after_it() -> None:
    weekly = Rotation([1, 2], time(9), date(2026, 11, 2))
    stand_in = StandIn(5, at("2026-11-04T12:00"), at("2026-11-04T18:00"))
    turns = turns_of([weekly], [stand_in], MADRID, at("2026-11-02T09:00"), at("2026-11-09T09:00"))
    assert [(turn.person, turn.is_override) for turn in turns] == [(1, False), (5, True), (1, False)]


def test_it_begins_and_ends() -> None:
    rotation = Rotation([1, 2], time(9), date(2026, 11, 2), until_on=date(2026, 11, 12))
    turns = turns_of([rotation], [], MADRID, at("2026-10-01T00:00"), at("2026-12-31T00:00"))
    assert spans(turns) == [
        (1, at("2026-11-02T09:00"), at("2026-11-09T09:00")),
        (2, at("2026-11-09T09:00"), at("2026-11-12T09:00")),
    ]
    assert turns_of([], [], MADRID, at("2026-10-01T00:00"), at("2026-12-31T00:00")) == []


rotations = st.builds(
    Rotation,
    people=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    handoff_at=st.sampled_from([time(0), time(2, 30), time(9), time(23, 45)]),
    first_on=st.dates(date(2026, 8, 1), date(2026, 12, 1)),
    turn_unit=st.sampled_from(TurnUnit),
    turn_length=st.integers(1, 3),
    until_on=st.none() | st.dates(date(2027, 1, 1), date(2027, 6, 1)),
    only_from=st.just(None),
    only_to=st.just(None),
) | st.builds(
    Rotation,
    people=st.lists(st.integers(5, 8), min_size=1, max_size=4),
    handoff_at=st.sampled_from([time(0), time(2, 30), time(9)]),
    first_on=st.dates(date(2026, 8, 1), date(2026, 12, 1)),
    turn_unit=st.sampled_from(TurnUnit),
    turn_length=st.integers(1, 2),
    only_from=st.sampled_from([time(0), time(2, 15), time(8), time(22)]),
    only_to=st.sampled_from([time(1), time(6), time(18), time(22)]),
    only_on=st.lists(st.integers(0, 6), unique=True),
)


def who(rotation: Rotation, zone: ZoneInfo, instant: datetime) -> int | None:
    """The person of one layer at one instant, turn by turn and day by day: slow, plain, and apart from the code it checks."""

    def utc(on: date, clock: time) -> datetime:
        return datetime.combine(on, clock, tzinfo=zone).astimezone(UTC)

    if rotation.until_on and instant >= utc(rotation.until_on, rotation.handoff_at):
        return None
    if rotation.only_from is not None and rotation.only_to is not None:
        today = instant.astimezone(zone).date()
        covered = False
        for days in (-2, -1, 0, 1):
            on = today + timedelta(days=days)
            until = on + timedelta(days=1) if rotation.only_to <= rotation.only_from else on
            is_day = not rotation.only_on or on.weekday() in rotation.only_on
            covered |= is_day and utc(on, rotation.only_from) <= instant < utc(until, rotation.only_to)
        if not covered:
            return None
    step, number, on = timedelta(days=DAYS[rotation.turn_unit] * rotation.turn_length), 0, rotation.first_on
    while utc(on, rotation.handoff_at) <= instant:
        if instant < utc(on + step, rotation.handoff_at):
            return rotation.people[number % len(rotation.people)]
        on, number = on + step, number + 1
    return None


@given(
    st.lists(rotations, min_size=1, max_size=3),
    st.sampled_from(ZONES),
    st.integers(0, 240 * 24 * 60),
    st.lists(st.integers(0, 30 * 24 * 60), min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(0, 600), st.integers(1, 200)), max_size=2),
)
def test_every_instant_has_whom_the_layers_name(
    layers: list[Rotation], name: str, start: int, minutes: list[int], overrides: list[tuple[int, int]]
) -> None:
    zone, since = ZoneInfo(name), datetime(2026, 9, 1, tzinfo=UTC) + timedelta(minutes=start)
    stand_ins = [
        StandIn(90 + number, since + timedelta(hours=after), since + timedelta(hours=after + lasting))
        for number, (after, lasting) in enumerate(overrides)
    ]
    turns = turns_of(layers, stand_ins, zone, since, since + timedelta(days=30))
    for before, after in pairwise(turns):
        assert before.end <= after.start, "nobody twice"
    for each in minutes:
        instant = since + timedelta(minutes=each)
        expected = next((found for layer in reversed(layers) if (found := who(layer, zone, instant)) is not None), None)
        for stand_in in stand_ins:
            if stand_in.start <= instant < stand_in.end:
                expected = stand_in.person
        on_call = [turn.person for turn in turns if turn.start <= instant < turn.end]
        assert on_call == ([] if expected is None else [expected]), instant


@pytest.mark.parametrize("name", ZONES)
def test_the_same_whatever_the_window(name: str) -> None:
    zone = ZoneInfo(name)
    weekly = Rotation([1, 2, 3], time(2, 30), date(2026, 8, 3), only_from=time(20), only_to=time(8))
    since = datetime(2026, 9, 1, tzinfo=UTC)
    whole = spans(turns_of([weekly], [], zone, since, since + timedelta(days=90)))
    for days in range(0, 83, 7):
        begin = since + timedelta(days=days)
        part = spans(turns_of([weekly], [], zone, begin, begin + timedelta(days=7)))
        assert part == [each for each in whole if each[2] > begin and each[1] < begin + timedelta(days=7)]


def test_the_most_that_may_be_typed_is_worked_out_in_seconds() -> None:
    """Ten layers whose turns last seven years, each in parts of a day: minutes, if every piece were held against every other."""
    since = at("2026-11-26T09:00")
    layers = [
        Rotation([1, 2], time(9), date(2026, 1, 1), TurnUnit.WEEK, 366, only_from=time(8 + hour), only_to=time(20))
        for hour in range(10)
    ]
    began = perf_counter()
    turns = turns_of(layers, [], MADRID, since, since + timedelta(days=90))
    assert perf_counter() - began < 20
    assert all(turn.end <= later.start for turn, later in pairwise(turns))
