"""Schedules: layers, restrictions, summer time, ranges, and what is rendered against what is true at an instant."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulators.pagerduty.declaring import daily, layer, weekly
from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import Client

MADRID = ZoneInfo("Europe/Madrid")
SPRING = datetime(2026, 3, 29, tzinfo=MADRID)  # at two o'clock it is three
ZONES = ["Asia/Taipei", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "UTC"]


def _final(client: Client, schedule_id: str, since: datetime, until: datetime, **query: Any) -> Any:
    answer = client.get(f"/schedules/{schedule_id}", since=since.isoformat(), until=until.isoformat(), **query)
    return answer.json["schedule"]["final_schedule"]


def _entries(client: Client, schedule_id: str, since: datetime, until: datetime, **query: Any) -> list[tuple[str, ...]]:
    rendered = _final(client, schedule_id, since, until, **query)["rendered_schedule_entries"]
    return [(entry["user"]["id"], entry["start"], entry["end"]) for entry in rendered]


def _at(instants: list[tuple[str, ...]], at: datetime) -> set[str]:
    return {
        user_id for user_id, start, end in instants if datetime.fromisoformat(start) <= at < datetime.fromisoformat(end)
    }


def test_a_handoff_stays_at_its_hour_when_the_clocks_change(pagerduty: RunningSimulator, client: Client) -> None:
    start = datetime(2026, 3, 27, 9, tzinfo=MADRID)
    schedule = pagerduty.declare_schedule(layer(["PRESP01", "PKENJI1"], start, turn_days=1), zone="Europe/Madrid")

    assert _entries(client, schedule.id, start, start + timedelta(days=4), overflow="true") == [
        ("PRESP01", "2026-03-27T09:00:00+01:00", "2026-03-28T09:00:00+01:00"),
        ("PKENJI1", "2026-03-28T09:00:00+01:00", "2026-03-29T09:00:00+02:00"),
        ("PRESP01", "2026-03-29T09:00:00+02:00", "2026-03-30T09:00:00+02:00"),
        ("PKENJI1", "2026-03-30T09:00:00+02:00", "2026-03-31T09:00:00+02:00"),
    ]


def test_the_highest_layer_wins_where_it_names_somebody(pagerduty: RunningSimulator, client: Client) -> None:
    start = datetime(2026, 5, 4, 9, tzinfo=UTC)
    nights = layer(["PADM001"], start, restrictions=[daily("22:00", 8)], name="Nights")
    schedule = pagerduty.declare_schedule(layer(["PRESP01"], start), nights, zone="UTC")

    assert _entries(client, schedule.id, start, start + timedelta(days=1), time_zone="Asia/Taipei") == [
        ("PRESP01", "2026-05-04T17:00:00+08:00", "2026-05-05T06:00:00+08:00"),
        ("PADM001", "2026-05-05T06:00:00+08:00", "2026-05-05T14:00:00+08:00"),
        ("PRESP01", "2026-05-05T14:00:00+08:00", "2026-05-05T17:00:00+08:00"),
    ]
    shown = client.get(f"/schedules/{schedule.id}").json["schedule"]["schedule_layers"]
    assert [each["name"] for each in shown] == ["Nights", "Layer 1"]


@pytest.mark.parametrize(
    ("restrictions", "percentage"),
    [([], 100.0), ([daily("08:00", 9)], 37.5), ([weekly(6, "00:00", 48)], 28.6), ([daily("08:00", 9)] * 2, 37.5)],
)
def test_coverage_is_the_share_of_the_range(
    pagerduty: RunningSimulator, client: Client, restrictions: list[Any], percentage: float
) -> None:
    monday = datetime(2026, 6, 1, tzinfo=UTC)
    schedule = pagerduty.declare_schedule(layer(["PRESP01"], monday, restrictions=restrictions), zone="UTC")

    assert _final(client, schedule.id, monday, monday + timedelta(days=7))["rendered_coverage_percentage"] == percentage


def test_between_two_layers_there_can_be_a_gap(pagerduty: RunningSimulator, client: Client) -> None:
    start = datetime(2026, 6, 1, 9, tzinfo=UTC)
    first = layer(["PRESP01"], start, turn_days=14, end=start + timedelta(days=2))
    second = layer(["PRESP01"], start + timedelta(days=3))
    schedule = pagerduty.declare_schedule(first, second, zone="UTC")

    found = _final(client, schedule.id, start, start + timedelta(days=4))
    assert [entry["end"][:10] for entry in found["rendered_schedule_entries"]] == ["2026-06-03", "2026-06-05"]
    assert found["rendered_coverage_percentage"] == 75.0


def test_one_persons_turns_are_not_joined_across_a_handoff(pagerduty: RunningSimulator, client: Client) -> None:
    start = datetime(2026, 6, 1, 9, tzinfo=UTC)
    schedule = pagerduty.declare_schedule(layer(["PRESP01"], start, turn_days=1), zone="UTC")
    noon = start + timedelta(hours=3)
    pagerduty.declare_override(schedule.id, "PRESP01", noon, noon + timedelta(hours=1))

    assert [entry[1][:10] for entry in _entries(client, schedule.id, start, start + timedelta(days=2))] == [
        "2026-06-01",
        "2026-06-02",
    ]


def test_a_missing_end_of_the_range_is_two_weeks_from_the_other(pagerduty: RunningSimulator, client: Client) -> None:
    now = pagerduty.world.clock.now().replace(microsecond=0)

    def reach(**query: str) -> timedelta:
        final = client.get("/schedules/PSCHPRI", **query).json["schedule"]["final_schedule"]
        entries = final["rendered_schedule_entries"]
        return datetime.fromisoformat(entries[-1]["end"]) - datetime.fromisoformat(entries[0]["start"])

    assert reach(since=now.isoformat()) == reach(until=now.isoformat()) == timedelta(weeks=2)
    assert client.get("/schedules/PSCHPRI", since=now.isoformat(), until=now.isoformat()).error == (400, 2005)


def test_the_list_shows_the_parts_that_are_asked_for(client: Client) -> None:
    bare = client.get("/schedules").json["schedules"][0]
    query = {"include[]": "final_schedule", "since": "2026-06-01T00:00:00Z", "until": "2026-06-02T00:00:00Z"}
    whole = client.get("/schedules", **query).json["schedules"][0]

    assert not {"schedule_layers", "final_schedule"} & bare.keys()
    assert "schedule_layers" not in whole
    assert "rendered_schedule_entries" in whole["final_schedule"]
    assert client.get("/schedules", **{"include[]": "people"}).error == (400, 2001)


def test_the_users_on_call_and_a_users_next_turn(pagerduty: RunningSimulator, client: Client) -> None:
    now = pagerduty.world.clock.now()
    weeks = {"since": now.isoformat(), "until": (now + timedelta(weeks=2)).isoformat()}

    assert [u["id"] for u in client.get("/schedules/PSCHPRI/users").json["users"]] == ["PRESP01"]
    assert [u["id"] for u in client.get("/schedules/PSCHPRI/users", **weeks).json["users"]] == ["PRESP01", "PKENJI1"]
    following = client.get("/schedules/PSCHPRI", include_next_oncall_for_user="PKENJI1").json["schedule"]
    handover = client.get("/oncalls").json["oncalls"][0]["end"]
    assert following["next_oncall_for_user"]["start"] == handover


def test_schedules_outlive_a_reset_no_longer_than_they_should(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.declare_schedules(3)
    assert len(client.get("/schedules").json["schedules"]) == 5
    pagerduty.reset()
    assert len(client.get("/schedules").json["schedules"]) == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    zone=st.sampled_from(ZONES),
    around=st.sampled_from([SPRING, datetime(2026, 10, 25, tzinfo=MADRID), datetime(2026, 7, 1, tzinfo=MADRID)]),
)
def test_what_is_rendered_is_true_at_every_instant(
    pagerduty: RunningSimulator, client: Client, seed: int, zone: str, around: datetime
) -> None:
    pagerduty.reset()
    pagerduty.move_to(around)
    (schedule,) = pagerduty.declare_schedules(1, zones=[zone], overrides=4, seed=seed)
    since, until = around - timedelta(days=6), around + timedelta(days=6)

    entries = _entries(client, schedule.id, since, until)
    whole = _entries(client, schedule.id, since, until, overflow="true")

    steps = [since + timedelta(minutes=30 * step) for step in range(12 * 48)]
    truth = [pagerduty.truth(schedule.id, at) for at in steps]
    assert [_at(entries, at) for at in steps] == truth
    assert [_at(whole, at) for at in steps] == truth
    # The same shift has the same bounds, whichever range it is asked for in.
    assert set(whole) >= set(_entries(client, schedule.id, around, around + timedelta(days=1), overflow="true"))
