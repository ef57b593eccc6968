"""From JSON to the portal's types: what is left out, null, strange or broken."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import MalformedPayload
from integrations.kubernetes.reading import (
    newest_last,
    one,
    page,
    quantity,
    read_autoscaler,
    read_budget,
    read_deployment,
    read_event,
    read_pod,
    read_usage,
    read_write,
)
from integrations.kubernetes.types import Autoscaler, Deployment, Write
from integrations.kubernetes.wire import (
    WireAutoscaler,
    WireBudget,
    WireDeployment,
    WireEvent,
    WirePod,
    WirePodMetrics,
)
from tests.integrations.kubernetes.objects import CREATED, Json, body, deployment, pod

EARLY, LATE = "2026-11-26T10:00:00Z", "2026-11-26T10:05:00.123456Z"
LATE_AT = datetime(2026, 11, 26, 10, 5, 0, 123456, tzinfo=UTC)


def test_a_pod() -> None:
    found = read_pod(one(WirePod, body(pod())))
    assert (found.name, found.namespace, found.phase, found.node) == ("app-6c5d-x2x9z", "chatops", "Running", "node-1")
    assert found.labels == {"app": "app", "pod-template-hash": "6c5d"}
    assert found.owner == "ReplicaSet/app-6c5d"
    assert found.created_at == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert found.created_at.tzinfo is UTC
    assert (found.is_ready, found.is_terminating) == (True, False)


def test_a_pod_that_is_barely_there() -> None:
    found = read_pod(one(WirePod, b'{"metadata": {"name": "bare", "creationTimestamp": null, "labels": null}}'))
    assert (found.phase, found.reason, found.owner, found.created_at) == ("Unknown", "Unknown", "", None)
    assert found.containers == ()


def test_an_owner_that_does_not_control_it_is_none() -> None:
    owners = [
        {"kind": "ConfigMap", "name": "x", "uid": "1"},
        {"kind": "Job", "name": "j", "uid": "2", "controller": True},
    ]
    assert read_pod(one(WirePod, body(pod(metadata={"ownerReferences": owners})))).owner == "Job/j"


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"null",
        b"[]",
        b'{"items": 3}',
        b'{"items": [{}]}',
        b'{"items": [{"metadata": {"name": ""}}]}',
        b'{"items": [',
        b"\xff",
        b"<html>",
    ],
)
def test_what_has_not_the_shape_is_malformed(broken: bytes) -> None:
    with pytest.raises(MalformedPayload) as caught:
        page(WirePod, broken)
    assert caught.value.code == "malformed"


def test_no_value_is_repeated_in_an_error() -> None:
    secret = body({"metadata": {"name": "x"}, "spec": {"containers": "password=hunter2"}})
    with pytest.raises(MalformedPayload) as caught:
        one(WirePod, secret)
    assert "hunter2" not in str(caught.value)
    assert "spec.containers" in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_list_without_items_is_empty() -> None:
    assert page(WirePod, b'{"metadata": {}, "items": null}') == ([], "")
    assert page(WirePod, b'{"metadata": {"continue": "next"}, "items": []}') == ([], "next")


@pytest.mark.parametrize(
    ("told", "at", "count"),
    [
        ({"firstTimestamp": EARLY, "lastTimestamp": LATE, "eventTime": None, "count": 7}, LATE_AT, 7),
        ({"firstTimestamp": None, "lastTimestamp": None, "eventTime": LATE}, LATE_AT, 1),
        ({"eventTime": EARLY, "series": {"count": 4, "lastObservedTime": LATE}}, LATE_AT, 4),
        ({"eventTime": None, "lastTimestamp": None}, datetime(2026, 11, 1, 8, tzinfo=UTC), 1),
        ({"lastTimestamp": "0001-01-01T00:00:00Z"}, datetime(2026, 11, 1, 8, tzinfo=UTC), 1),
    ],
)
def test_an_event_is_as_new_as_the_newest_it_tells(told: Json, at: datetime, count: int) -> None:
    event = read_event(one(WireEvent, body(event_with(told))))
    assert (event.last_at, event.count) == (at, count)
    assert (event.object, event.type, event.reason) == ("Pod/app-1", "Warning", "BackOff")


def event_with(told: Json) -> Json:
    involved = {"kind": "Pod", "name": "app-1", "namespace": "chatops"}
    meta = {"name": "app-1.17", "uid": "e", "creationTimestamp": CREATED}
    return {
        "metadata": meta,
        "involvedObject": involved,
        "type": "Warning",
        "reason": "BackOff",
        "message": "again",
    } | told


def test_events_without_any_instant_come_last() -> None:
    silent = event_with({}) | {"metadata": {"name": "silent", "uid": "s"}}
    events = [read_event(one(WireEvent, body(each))) for each in (silent, event_with({"lastTimestamp": LATE}), silent)]
    assert [each.last_at for each in sorted(events, key=newest_last, reverse=True)] == [LATE_AT, None, None]


def test_what_no_database_holds_ends_here() -> None:
    event = read_event(one(WireEvent, body(event_with({"message": "a\x00b"}))))
    assert event.message == "ab"


def rollout(**changes: Json) -> Deployment:
    return read_deployment(one(WireDeployment, body(deployment(**changes))))


def test_a_deployment() -> None:
    found = rollout()
    assert (found.state, found.state_reason, found.state_message) == ("complete", "NewReplicaSetAvailable", "went well")
    assert (found.replicas, found.updated, found.ready, found.available, found.revision) == (2, 2, 2, 2, 3)
    assert (found.resource_version, found.images, found.selector) == ("41", {"app": "app:1"}, {"app": "app"})


def condition(kind: str, status: str, reason: str) -> Json:
    return {"type": kind, "status": status, "reason": reason, "message": f"because {reason}"}


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"spec": {"paused": True}}, "paused"),
        ({"metadata": {"generation": 4}}, "progressing"),
        ({"status": {"updatedReplicas": 1}}, "progressing"),
        ({"status": {"replicas": 3}}, "progressing"),
        ({"status": {"availableReplicas": 1}}, "progressing"),
        (
            {"spec": {"replicas": 0}, "status": {"replicas": 0, "updatedReplicas": 0, "availableReplicas": 0}},
            "complete",
        ),
        (
            {"spec": {"replicas": None}, "status": {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}},
            "complete",
        ),
        ({"status": {"conditions": [condition("Progressing", "False", "ProgressDeadlineExceeded")]}}, "failed"),
        (
            {
                "metadata": {"generation": 9},
                "status": {"conditions": [condition("Progressing", "False", "ProgressDeadlineExceeded")]},
            },
            "progressing",
        ),
    ],
)
def test_how_a_rollout_goes(changes: dict[str, Json], state: str) -> None:
    assert rollout(**changes).state == state


def test_why_no_pod_can_be_made_is_told_first() -> None:
    conditions = [
        condition("Progressing", "True", "ReplicaSetUpdated"),
        condition("ReplicaFailure", "True", "FailedCreate"),
    ]
    assert rollout(status={"conditions": conditions}).state_reason == "FailedCreate"


@pytest.mark.parametrize("value", [None, {}, {"deployment.kubernetes.io/revision": "new"}])
def test_a_revision_that_is_no_number_is_none_yet(value: Json | None) -> None:
    assert rollout(metadata={"annotations": value}).revision == 0


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0.0),
        ("250m", 0.25),
        ("1500000n", 0.0015),
        ("12u", 0.000012),
        ("2", 2.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("64Mi", 64 * 1024**2),
        ("131072Ki", 131072 * 1024),
        ("1Gi", 1024**3),
        ("129M", 129e6),
        ("1k", 1000.0),
        ("12e6", 12e6),
        ("1E3", 1000.0),
        ("1E", 1e18),
    ],
)
def test_quantities(text: str, number: float) -> None:
    assert quantity(text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "Mi", "1 Gi", "1gi", "0x10", "1ee3", "1e999", "-", "9" * 400])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(MalformedPayload):
        quantity(text)


@given(st.integers(min_value=0, max_value=10**9))
def test_millicores_keep_their_number(millicores: int) -> None:
    usage = {
        "metadata": {"name": "p"},
        "containers": [{"name": "c", "usage": {"cpu": f"{millicores}m", "memory": "0"}}],
    }
    assert read_usage(one(WirePodMetrics, body(usage))).cpu_millicores == millicores


def test_a_pods_usage_is_the_sum_of_its_containers() -> None:
    usage = {
        "metadata": {"name": "p"},
        "timestamp": LATE,
        "containers": [
            {"name": "a", "usage": {"cpu": "250m", "memory": "64Mi"}},
            {"name": "b", "usage": {"cpu": "1500000n", "memory": "1Ki"}},
        ],
    }
    found = read_usage(one(WirePodMetrics, body(usage)))
    assert (found.cpu_millicores, found.memory_bytes) == (252, 64 * 1024**2 + 1024)


def test_an_autoscaler_without_a_minimum_keeps_one() -> None:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "app"}, "maxReplicas": 5}
    found = read_autoscaler(one(WireAutoscaler, body({"metadata": {"name": "h"}, "spec": spec})))
    assert found == Autoscaler("h", "app", 1, 5, 0)


def test_an_autoscaler_of_something_else_is_none_here() -> None:
    spec = {"scaleTargetRef": {"kind": "StatefulSet", "name": "app"}, "maxReplicas": 5}
    assert read_autoscaler(one(WireAutoscaler, body({"metadata": {"name": "h"}, "spec": spec}))) is None


@pytest.mark.parametrize(
    ("selector", "labels", "is_complex"),
    [
        ({"matchLabels": {"app": "a"}}, {"app": "a"}, False),
        ({"matchLabels": {"app": "a"}, "matchExpressions": [{"key": "x", "operator": "Exists"}]}, {"app": "a"}, True),
        ({}, {}, True),
        (None, {}, False),
    ],
)
def test_a_budgets_selector(selector: Json | None, labels: Json, is_complex: bool) -> None:
    wire = one(WireBudget, body({"metadata": {"name": "b"}, "spec": {"selector": selector}}))
    assert (read_budget(wire).selector, read_budget(wire).is_complex) == (labels, is_complex)


def test_what_a_write_answers() -> None:
    found = read_write(body(deployment()), kind="Deployment", name="app", warnings=("mind",))
    assert found == Write("Deployment", "app", "uid-of-app", "41", 2, {"app": "app:1"}, ("mind",))
    found = read_write(body(pod("p")), kind="Pod", name="p", uid="u")
    assert found == Write("Pod", "p", "uid-of-p", "17", None, {"app": "app:1"})
    gone = {"kind": "Status", "metadata": {}, "status": "Success", "details": {"name": "p", "kind": "pods", "uid": "u"}}
    assert read_write(body(gone), kind="Pod", name="p", uid="u") == Write("Pod", "p", "u", "")
