"""The scenario player: the opening, the pace, restarts, loops, and people who were faster."""

import json
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from simulators.pagerduty.clock import Clock
from simulators.pagerduty.rotation import covered_percentage
from simulators.pagerduty.store import Store
from simulators.pagerduty.testing import RunningSimulator
from simulators.pagerduty.world import World
from simulators.scenario import Player, Scenario, load_scenario, offset

HOUR = 3600


@pytest.fixture
def world() -> World:
    return World()


def _scenario(**parts: object) -> Scenario:
    return Scenario.model_validate({"name": "short", "lasts": "02:00", "steps": [], **parts})


def _page(at: str, ref: str) -> dict[str, str]:
    return {"at": at, "do": "trigger", "ref": ref, "title": f"[P2] {ref}", "measure": "CPU usage: 93% (threshold: 80%)"}


def _titles(world: World) -> list[str]:
    return [incident.title for incident in world.visible_incidents()]


def test_steps_are_played_when_their_time_has_come(world: World) -> None:
    player = Player(world, _scenario(steps=[_page("00:30", "one"), _page("01:00", "two")]))

    player.tick()
    assert _titles(world) == []
    world.clock.advance(1_801)
    player.tick()
    assert _titles(world) == ["[P2] one"]
    world.clock.advance(1_800)
    player.tick()
    assert _titles(world) == ["[P2] one", "[P2] two"]


def test_speed_60_plays_an_hour_a_minute(world: World) -> None:
    player = Player(world, _scenario(steps=[_page("00:59", "one"), _page("01:02", "two")]), speed=60)

    world.clock.advance(60)
    player.tick()

    assert _titles(world) == ["[P2] one"]


def test_the_opening_is_there_at_once_with_its_age_and_only_in_a_new_account(tmp_path: Path) -> None:
    opening = [
        {"ago": "00:12", "do": "trigger", "ref": "old", "title": "[P2] old", "measure": "x"},
        {"ago": "00:10", "do": "acknowledge", "ref": "old", "by": "kenji"},
    ]
    scenario = _scenario(opening=opening)
    first = World(Store(tmp_path / "state.db"))
    Player(first, scenario).tick()
    (incident,) = first.visible_incidents()

    assert incident.status == "acknowledged"
    assert incident.acknowledgements[0].agent.id == "PKENJI1"
    assert 11.9 * 60 < (first.clock.now() - incident.created_at).total_seconds() < 12.1 * 60
    assert 9.9 * 60 < (first.clock.now() - incident.acknowledgements[0].at).total_seconds() < 10.1 * 60
    first.close()

    second = World(Store(tmp_path / "state.db"))
    Player(second, scenario).tick()
    assert len(second.visible_incidents()) == 1
    second.close()


def test_the_demo_has_schedules_of_every_kind_with_a_gap_an_override_and_a_handover_soon(world: World) -> None:
    Player(world, load_scenario("guide_week")).tick()
    now = world.clock.now()
    two_weeks = now + timedelta(days=14)
    ids = [*world.schedules, *world.schedules_v3]
    shifts = {id_: world.shifts(id_, now, two_weeks) for id_ in ids}
    covered = {id_: covered_percentage(found, now, two_weeks) for id_, found in shifts.items()}

    assert ids == ["PSCHPRI", "PSCHSEC", "PSCHMAD", "PSCHDAT", "PSV3PLA"]
    assert {world.schedule(id_).time_zone for id_ in ids} == {"Asia/Taipei", "Europe/Madrid"}
    assert shifts["PSCHPRI"][0].user_id == "PRESP01"
    assert min(found[1].start for found in shifts.values()) < now + timedelta(hours=24)
    (override,) = world.schedules["PSCHSEC"].overrides
    assert now < override.start < override.end < now + timedelta(days=7)
    assert [id_ for id_, share in covered.items() if share < 100] == ["PSCHDAT"]
    assert {shift.user_id for found in shifts.values() for shift in found} == set(world.members)
    assert {target.id for p in world.policies.values() for rule in p.rules for target in rule.targets} >= set(ids)


def test_in_the_demo_one_is_rung_late_one_by_mail_alone_and_one_has_a_blocked_phone(world: World) -> None:
    Player(world, load_scenario("guide_week")).tick()

    def first_ring(user_id: str) -> int:
        return min(r.delay_minutes for r in world.paging(user_id).notification_rules if r.urgency == "high")

    assert {id_: first_ring(id_) for id_ in world.members if first_ring(id_)} == {"PTOMAS1": 20}
    assert [method.type for method in world.paging("PNADIA1").contact_methods] == ["email_contact_method"]
    blocked = [id_ for id_ in world.members if any(m.is_blacklisted for m in world.paging(id_).contact_methods)]
    assert blocked == ["PADM001"]


def test_a_restart_goes_on_where_it_stopped(tmp_path: Path) -> None:
    steps = [_page("00:10", "one"), {"at": "00:20", "do": "resolve", "ref": "one", "by": "kenji"}]
    first = World(Store(tmp_path / "state.db"))
    player = Player(first, _scenario(steps=steps))
    first.clock.advance(700)
    player.tick()
    first.close()

    second = World(Store(tmp_path / "state.db"))
    player = Player(second, _scenario(steps=steps))
    player.tick()
    assert [i.status for i in second.visible_incidents()] == ["triggered"]
    second.clock.advance(510)
    player.tick()
    assert [i.status for i in second.visible_incidents()] == ["resolved"]
    second.close()


def test_a_loop_begins_again_with_new_incidents(world: World) -> None:
    player = Player(world, _scenario(steps=[_page("00:30", "one")]), is_looping=True)

    for _ in range(5):
        world.clock.advance(HOUR)
        player.tick()

    # Five hours of a story of two: at 0:30, 2:30 and 4:30, each time another incident.
    assert _titles(world) == ["[P2] one"] * 3


def test_without_a_loop_it_ends(world: World) -> None:
    player = Player(world, _scenario(steps=[_page("00:30", "one")]))

    for _ in range(5):
        world.clock.advance(HOUR)
        player.tick()

    assert _titles(world) == ["[P2] one"]


def test_a_step_somebody_was_faster_with_is_left_out(pagerduty: RunningSimulator) -> None:
    steps = [
        _page("00:10", "one"),
        {"at": "00:20", "do": "acknowledge", "ref": "one", "by": "kenji"},
        {"at": "00:30", "do": "resolve", "ref": "one", "by": "kenji"},
        _page("00:40", "two"),
    ]
    player = Player(pagerduty.world, _scenario(steps=steps))
    pagerduty.world.clock.advance(601)
    player.tick()
    (incident,) = pagerduty.world.visible_incidents()
    pagerduty.resolve(incident)

    pagerduty.world.clock.advance(1_900)
    player.tick()

    assert [i.status for i in pagerduty.world.visible_incidents()] == ["resolved", "triggered"]


def test_the_guides_week_opens_with_a_board_worth_looking_at(world: World) -> None:
    Player(world, load_scenario("guide_week")).tick()

    board = {i.title: i for i in world.open_incidents()}
    youngest = max(board.values(), key=lambda i: i.created_at)

    assert Counter(title[:4] for title in board) == {"[P1]": 1, "[P2]": 2, "[P3]": 1}
    assert 1.9 * 60 < (world.clock.now() - youngest.created_at).total_seconds() < 2.1 * 60
    # One is being worked on; the other nobody has answered, and its half hour is nearly over.
    assert [i.status for i in board.values() if "[P2]" in i.title] == ["triggered", "acknowledged"]


def test_the_guides_week_plays_to_its_end_and_leaves_nothing_open() -> None:
    world = World(clock=Clock())
    scenario = load_scenario("guide_week")
    player = Player(world, scenario, speed=60)
    player.tick()
    gaps = [offset(step.at).total_seconds() / 60 for step in scenario.steps if step.do == "trigger"]

    world.clock.advance(offset(scenario.lasts).total_seconds() / 60)
    player.tick()

    assert world.open_incidents() == []
    titles = " ".join(_titles(world))
    for part in ("High Error Rate - chatops-gateway", "High latency", "Node failure", "High memory - chatops-engine"):
        assert part in titles
    assert {i.title[:4] for i in world.visible_incidents()} == {"[P0]", "[P1]", "[P2]", "[P3]"}
    assert any("v1.2.4" in change.summary for change in world.changes.values())
    # At the demo's speed the first page rings within half a minute, then one every few minutes.
    assert gaps[0] <= 30
    assert max(later - earlier for earlier, later in pairwise(gaps)) <= 5 * 60


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"name": "x", "lasts": "01:00", "steps": [_page("00:30", "a"), _page("00:10", "b")]}, "in order"),
        ({"name": "x", "lasts": "01:00", "steps": [_page("02:00", "a")]}, "within"),
        ({"name": "x", "lasts": "01:00", "steps": [{"do": "explode"}]}, "explode"),
        ({"name": "x", "lasts": "01:00", "steps": [{**_page("00:10", "a"), "service": "nobody"}]}, "nobody"),
        ({"name": "x", "lasts": "01:00", "steps": [{"do": "note", "ref": "a", "by": "stranger"}]}, "stranger"),
        ({"name": "x", "lasts": "soon", "steps": []}, "soon"),
    ],
)
def test_a_malformed_file_says_what_is_wrong(tmp_path: Path, content: object, complaint: str) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(content))

    with pytest.raises(ValueError, match=complaint):
        load_scenario(str(path))
