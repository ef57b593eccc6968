"""The cluster pages PagerDuty when something is wrong, and stops when it is mended; the story gives it reason to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.processes import wait_until
from simulators.kubernetes.kubelet import begin_deletion
from simulators.kubernetes.story import Player, load_story
from simulators.kubernetes.testing import RunningCluster, running_cluster
from simulators.pagerduty.testing import RunningSimulator
from simulators.scenario import is_told_by_cluster, load_scenario


@pytest.fixture
def watched(pagerduty: RunningSimulator) -> Iterator[RunningCluster]:
    """A cluster whose monitoring pages the simulated PagerDuty."""
    with running_cluster() as cluster:
        cluster.simulator.watch_for(pagerduty.url)
        cluster.advance(10)
        yield cluster


def incidents(pagerduty: RunningSimulator) -> list[tuple[str, str]]:
    """Title and status of what was paged, oldest first."""
    return [(each.title, each.status) for each in pagerduty.world.visible_incidents()]


def sent(cluster: RunningCluster) -> None:
    """Waits until PagerDuty has taken all that is owed."""
    assert wait_until(lambda: not cluster.world.setting("owed"), within_s=20)


def test_a_bad_release_is_told_paged_and_over_when_it_is_rolled_back(
    watched: RunningCluster, pagerduty: RunningSimulator
) -> None:
    title = "[P1] High Error Rate - chatops-gateway"
    watched.deploy("chatops-gateway", image="chatops/gateway:v1.2.4")
    watched.advance(60)
    sent(watched)
    assert incidents(pagerduty) == [(title, "triggered")]
    [incident] = pagerduty.world.visible_incidents()
    text = str(pagerduty.world.alerts_of(incident.id)[0].details)
    assert "Triggered at: 20" in text
    assert "% (threshold: 1%)" in text
    watched.roll_back("chatops-gateway")
    watched.advance(60)
    sent(watched)
    assert incidents(pagerduty) == [(title, "resolved")]
    assert [change.summary for change in pagerduty.world.changes.values()] == [
        "Deploy chatops-gateway v1.2.4",
        "Roll back chatops-gateway to v1.2.3",
    ]
    watched.deploy("chatops-gateway", env={"LOG_LEVEL": "debug"})
    watched.advance(60)
    sent(watched)
    assert [change.summary for change in pagerduty.world.changes.values()][2:] == [
        "Restart or reconfigure chatops-gateway v1.2.3"
    ]


def test_load_is_less_for_each_where_there_are_more(watched: RunningCluster, pagerduty: RunningSimulator) -> None:
    watched.set_load("chatops-engine", cpu=940)
    watched.advance(20)
    sent(watched)
    assert incidents(pagerduty) == [("[P2] High CPU - chatops-engine", "triggered")]
    watched.scale("chatops-engine", 4)
    watched.advance(30)
    sent(watched)
    assert incidents(pagerduty) == [("[P2] High CPU - chatops-engine", "resolved")]


def test_memory_is_back_when_the_hungriest_pod_is_gone(watched: RunningCluster, pagerduty: RunningSimulator) -> None:
    pod = watched.pods("chatops-worker")[1]["metadata"]
    watched.world.leak(pod["uid"], 120, most_mib=300)
    watched.advance(240)
    sent(watched)
    assert incidents(pagerduty) == [("[P2] High memory - chatops-worker", "triggered")]
    from_outside = watched.pod(pod["name"])
    assert from_outside["status"]["containerStatuses"][0]["restartCount"] == 0
    with watched.world.transaction():
        begin_deletion(watched.world, from_outside)
    watched.advance(30)
    sent(watched)
    assert incidents(pagerduty) == [("[P2] High memory - chatops-worker", "resolved")]


def test_what_lasts_a_moment_pages_nobody(watched: RunningCluster, pagerduty: RunningSimulator) -> None:
    watched.set_load("chatops-engine", cpu=940)
    watched.advance(4)
    watched.set_load("chatops-engine", cpu=300)
    watched.advance(20)
    sent(watched)
    assert incidents(pagerduty) == []


def test_a_pagerduty_that_is_away_hears_of_it_later_and_once(
    watched: RunningCluster, pagerduty: RunningSimulator
) -> None:
    pagerduty.fail(path_prefix="/v2/", status=500, times=2)
    pagerduty.fail(path_prefix="/v2/", is_applied=True, reset=True)
    watched.set_load("chatops-engine", cpu=940)
    watched.advance(20)
    sent(watched)
    assert pagerduty.count("POST", "/v2/enqueue") == 4
    assert incidents(pagerduty) == [("[P2] High CPU - chatops-engine", "triggered")]


def test_the_story_goes_wrong_and_right_again_by_itself(watched: RunningCluster, pagerduty: RunningSimulator) -> None:
    watched.simulator.player = Player(watched.world, load_story("cluster_hour"))
    titles = [
        "[P1] High Error Rate - chatops-gateway",
        "[P2] High CPU - chatops-engine",
        "[P2] High memory - chatops-worker",
    ]
    for minute in range(1, 60):
        watched.advance(60)
        if minute in (5, 25, 45):
            sent(watched)
            *past, now = incidents(pagerduty)
            assert now == (titles[len(past)], "triggered")
            assert {status for _title, status in past} <= {"resolved"}
    sent(watched)
    assert [title for title, _status in incidents(pagerduty)] == titles
    watched.advance(240)
    sent(watched)
    assert incidents(pagerduty)[3:] == [(titles[0], "triggered")]


def test_a_colleague_does_not_undo_what_somebody_else_mended(watched: RunningCluster) -> None:
    watched.simulator.player = Player(watched.world, load_story("cluster_hour"))
    watched.advance(180)
    watched.deploy("chatops-gateway", image="chatops/gateway:v1.2.2")
    watched.advance(15 * 60)
    image = watched.deployment("chatops-gateway")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == "chatops/gateway:v1.2.2"


def test_a_restart_goes_on_in_the_story(tmp_path: Path) -> None:
    state, story = tmp_path / "cluster.sqlite", load_story("cluster_hour")
    with running_cluster(state=state) as cluster:
        cluster.simulator.player = Player(cluster.world, story)
        cluster.advance(120)
    with running_cluster(state=state) as cluster:
        cluster.simulator.player = Player(cluster.world, story)
        cluster.advance(60)
        assert (
            cluster.deployment("chatops-gateway")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "5"
        )
        cluster.advance(12 * 60)
        assert (
            cluster.deployment("chatops-gateway")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "6"
        )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '{"name": "x", "lasts": "00:10", "steps": [{"at": "00:20", "do": "scale", "service": "a"}]}',
            "in order of time",
        ),
        ('{"name": "x", "lasts": "00:10", "steps": [{"at": "00:05", "do": "dance", "service": "a"}]}', "do"),
    ],
)
def test_a_malformed_story(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "story.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=problem):
        load_story(str(path))


def test_beside_a_cluster_the_guides_week_leaves_its_pages_to_it() -> None:
    steps = load_scenario("guide_week").steps
    left_out = {step.title for step in steps if is_told_by_cluster(step)}
    assert "[P1] High Error Rate - chatops-gateway" in left_out
    assert "[P2] High CPU - chatops-engine" in left_out
    told = {step.title for step in steps if step.do == "trigger" and not is_told_by_cluster(step)}
    assert "[P2] High CPU - chatops-db" in told
    assert len(told) > 20
