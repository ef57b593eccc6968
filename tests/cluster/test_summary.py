"""A namespace in a few numbers."""

from cluster.selectors import level_of
from cluster.summary import MOST_UNWELL, summarise
from integrations.kubernetes.types import PodUsage
from tests.cluster.things import deployment, pod, workload


def test_pods_are_counted_by_phase_and_by_what_is_wrong_with_them() -> None:
    pods = [
        pod("a"),
        pod("b", ready=False, restarts=7),
        pod("c", ready=False, phase="Pending", reason="Pending"),
        pod("job", ready=False, phase="Succeeded", reason="Completed"),
        pod("leaving", ready=False, is_terminating=True, reason="Terminating"),
    ]
    found = summarise(pods, [], {})
    assert (found.pods_total, found.pods_ready, found.restarts) == (4, 1, 7)
    assert found.reasons == {"CrashLoopBackOff": 1, "Pending": 1}
    assert [each["name"] for each in found.unwell] == ["b", "c"]


def test_a_deployment_is_told_with_its_own_pods_alone() -> None:
    pods = [pod("a", restarts=2), pod("b", app="chatops-engine", restarts=5)]
    usage = {"a": PodUsage("a", 250, 1000), "b": PodUsage("b", 900, 9000)}
    (line,) = summarise(pods, [deployment()], usage).workloads
    assert (line["restarts"], line["cpu_millicores"], line["memory_bytes"]) == (2, 250, 1000)


def test_without_metrics_usage_is_not_known_and_not_zero() -> None:
    (line,) = summarise([pod("a")], [deployment()], {}).workloads
    assert line["cpu_millicores"] is None


def test_a_deployment_without_a_selector_owns_no_pod() -> None:
    (line,) = summarise([pod("a", restarts=2)], [deployment(selector={})], {}).workloads
    assert line["restarts"] == 0


def test_of_very_many_the_worst_are_named() -> None:
    pods = [pod(f"p{n:03d}", ready=False, restarts=n) for n in range(MOST_UNWELL + 20)]
    found = summarise(pods, [], {})
    assert len(found.unwell) == MOST_UNWELL
    assert found.unwell[0]["restarts"] == MOST_UNWELL + 19
    assert found.reasons == {"CrashLoopBackOff": MOST_UNWELL + 20}


def test_a_light_is_as_bad_as_its_deployment() -> None:
    assert level_of(workload()) == "ok"
    assert level_of(workload(ready=1)) == "warning"
    assert level_of(workload(state="progressing")) == "warning"
    assert level_of(workload(ready=0)) == "danger"
    assert level_of(workload(ready=1, state="failed")) == "danger"
    assert level_of(workload(ready=0, replicas=0)) == "ok"
    assert level_of(workload(state="paused")) == "ok"
