"""What is kept of what was read, what is different between two captures, and how it is told in one line."""

from cluster.enums import EvidenceKind
from incidents import evidence
from incidents.comparison import Sign, compare
from incidents.enums import CaptureCause
from incidents.evidence_words import found_in_words, kinds_in_words
from integrations.kubernetes.types import Pod
from tests.incidents.evidence import samples


def test_the_services_pods_and_of_these_the_unwell_come_first() -> None:
    other = samples.pod("a-other-1", labels={}, is_ready=False, reason="Pending", phase="Pending")
    well, unwell = samples.pod("z-well"), samples.pod("z-unwell", is_ready=False, reason="CrashLoopBackOff")
    done = samples.pod("job", phase="Succeeded", is_ready=False)
    found = evidence.pods_found([other, well, unwell, done], {"z-well", "z-unwell"})
    assert [pod["name"] for pod in found.data["pods"]] == ["z-unwell", "z-well", "a-other-1", "job"]
    assert (found.count, found.warnings, found.data["ready"]) == (3, 2, 1)


def test_of_five_thousand_pods_few_are_kept_and_all_are_counted() -> None:
    found = evidence.pods_found([samples.pod(f"p{n}") for n in range(5_000)], ())
    assert found.count == 5_000
    assert len(found.data["pods"]) + found.data["left_out"] == 5_000
    assert len(found.data["pods"]) == evidence.MOST_PODS


def test_the_services_events_are_marked_and_their_messages_redacted() -> None:
    events = [
        samples.event("Pod/chatops-gateway-6c5d7f8b9c-gone1", type="Warning", message="pull token=abcdefgh1 failed"),
        samples.event("Deployment/chatops-gateway"),
        samples.event("Pod/chatops-gateway-proxy-6c5d7f8b9c-x2x9z"),
        samples.event("Pod/known"),
    ]
    found = evidence.events_found(events, deployment="chatops-gateway", pods=["known"])
    assert [event["is_mine"] for event in found.data["events"]] == [True, True, False, True]
    assert found.data["events"][0]["message"] == "pull token=••• failed"
    assert (found.count, found.warnings) == (4, 1)


def test_fifty_lines_are_a_pods_however_many_containers_it_has() -> None:
    one = samples.pod(containers=(samples.container("app"), samples.container("proxy")))
    logs = [
        evidence.log_read(
            one, name, is_previous=False, excerpt=samples.excerpt(b"".join(b"ERROR %d\n" % n for n in range(lines)))
        )
        for name, lines in (("app", 200), ("proxy", 10))
    ]
    found = evidence.logs_found(logs, left_out=0)
    assert [len(log["errors"]) for log in found.data["logs"]] == [40, 10]
    assert found.data["logs"][0]["errors"][-1] == "ERROR 199"
    assert found.warnings == 50
    assert len(found.data["raw"]["0"]) == 200


def test_a_revision_says_what_it_changed() -> None:
    new = samples.revision(3, "a:2", env={"app": ("LOG_LEVEL", "DEBUG")}, is_current=True)
    found = evidence.rollouts_found(samples.deployment(), [new, samples.revision(2, "a:1")])
    first, last = found.data["revisions"]
    assert first["changes"] == {"images": {"app": ["a:1", "a:2"]}, "env_added": {"app": ["DEBUG"]}}
    assert last["changes"] is None
    assert evidence.rollouts_found(samples.deployment(state="failed"), []).warnings == 1


def pods_of(*pods: Pod) -> dict[str, object]:
    return dict(evidence.pods_found(pods, ()).data)


def test_pods_that_came_went_and_changed() -> None:
    before = pods_of(samples.pod("a"), samples.pod("b"))
    after = pods_of(samples.pod("b", reason="CrashLoopBackOff", restarts=3), samples.pod("c"))
    found = [
        (each.sign, each.subject, each.field, each.before, each.after)
        for each in compare(EvidenceKind.PODS, before, after)
    ]
    assert found == [
        (Sign.NEW, "c", "", "", "Running 1/1"),
        (Sign.GONE, "a", "", "Running 1/1", ""),
        (Sign.CHANGED, "b", "state", "Running 1/1", "CrashLoopBackOff 1/1"),
        (Sign.CHANGED, "b", "restarts", "0", "3"),
    ]


def test_only_new_error_lines_are_told() -> None:
    def logs(content: bytes) -> dict[str, object]:
        log = evidence.log_read(samples.pod("a"), "app", is_previous=False, excerpt=samples.excerpt(content))
        return dict(evidence.logs_found([log], left_out=0).data)

    found = compare(EvidenceKind.LOGS, logs(b"ERROR one\nERROR two\n"), logs(b"ERROR two\nERROR two\nERROR three\n"))
    assert [each.after for each in found] == ["ERROR two", "ERROR three"]


def test_the_same_is_no_difference() -> None:
    data = pods_of(samples.pod("a"))
    assert compare(EvidenceKind.PODS, data, data) == []
    revisions = evidence.rollouts_found(samples.deployment(), [samples.revision(1, "a:1")]).data
    assert compare(EvidenceKind.ROLLOUTS, revisions, revisions) == []
    assert compare(EvidenceKind.GRAFANA, {}, {}) == []


PARTS = {
    "pods": {"state": "read", "count": 4, "warnings": 1},
    "events": {"state": "read", "count": 10, "warnings": 0},
    "logs": {"state": "read", "count": 4, "warnings": 37},
    "rds": {"state": "failed", "count": 0, "warnings": 0},
}


def test_one_line_tells_it() -> None:
    told = found_in_words({"cause": CaptureCause.TRIGGER, "seconds": 8, "parts": PARTS})
    assert told == (
        "captured 8 s after the trigger: 4 pods (1 not ready), 10 events, 37 error lines, not readable: RDS"
    )
    late = found_in_words({"cause": CaptureCause.TRIGGER, "seconds": 780, "parts": {}})
    assert late == "captured late: 13 minutes after the trigger"
    assert found_in_words({}) == "captured 0 s after the trigger"


def test_what_a_person_asked_to_look_at() -> None:
    assert kinds_in_words(["pods", "logs", "nonsense"]) == "Pods, Logs"
    assert kinds_in_words([kind.value for kind in EvidenceKind]) == "everything"
