"""STATUS, RESTARTS and the containers, as `kubectl get pods` would show them."""

import pytest

from integrations.kubernetes.reading import one, read_pod
from integrations.kubernetes.types import Container, Pod
from integrations.kubernetes.wire import WirePod
from tests.integrations.kubernetes.objects import CREATED, Json, body, ended, pod, status, waiting

GATED = [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]
NOT_INITIALISED = [{"type": "Initialized", "status": "False"}]
SIDECAR = {"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}


def read(found: Json) -> Pod:
    return read_pod(one(WirePod, body(found)))


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (pod(), "Running"),
        (pod(status={"phase": "Pending", "containerStatuses": None, "conditions": None}), "Pending"),
        (pod(status={"phase": "Failed", "reason": "Evicted", "containerStatuses": []}), "Evicted"),
        (pod(status={"phase": "Pending", "conditions": GATED, "containerStatuses": []}), "SchedulingGated"),
        (pod(status={"containerStatuses": [waiting("CrashLoopBackOff")]}), "CrashLoopBackOff"),
        (pod(status={"containerStatuses": [waiting("ImagePullBackOff"), status("b")]}), "ImagePullBackOff"),
        (pod(status={"containerStatuses": [status(state=ended(reason="OOMKilled", exitCode=137))]}), "OOMKilled"),
        (pod(status={"containerStatuses": [status(state=ended(exitCode=2))]}), "ExitCode:2"),
        (pod(status={"containerStatuses": [status(state=ended(exitCode=137, signal=9))]}), "Signal:9"),
        (pod(status={"phase": "Succeeded", "containerStatuses": [status(state=ended(reason="Completed"))]}), "Completed"),
        (pod(status={"containerStatuses": [status(state=ended(reason="Completed")), status("b")]}), "Running"),
        (
            pod(status={"containerStatuses": [status(state=ended(reason="Completed")), status("b")], "conditions": []}),
            "NotReady",
        ),
        (pod(metadata={"deletionTimestamp": CREATED}), "Terminating"),
        (pod(metadata={"deletionTimestamp": CREATED}, status={"reason": "NodeLost"}), "Unknown"),
        (
            pod(metadata={"deletionTimestamp": CREATED}, status={"phase": "Succeeded", "containerStatuses": []}),
            "Succeeded",
        ),
    ],
)  # fmt: skip
def test_what_status_shows(found: Json, shown: str) -> None:
    assert read(found).reason == shown


@pytest.mark.parametrize(
    ("init", "shown"),
    [
        ([status("one", state=ended(exitCode=1))], "Init:ExitCode:1"),
        ([status("one", state=ended(exitCode=1, reason="Error"))], "Init:Error"),
        ([status("one", state=ended(exitCode=137, signal=9))], "Init:Signal:9"),
        ([status("one", state={"waiting": {"reason": "CrashLoopBackOff"}})], "Init:CrashLoopBackOff"),
        ([status("one", state={"waiting": {"reason": "PodInitializing"}})], "Init:0/2"),
        ([status("one", state=ended()), status("two")], "Init:1/2"),
        ([status("one", state=ended()), status("two", state=ended())], "PodInitializing"),
    ],
)
def test_an_init_containers_trouble_goes_before(init: list[Json], shown: str) -> None:
    found = pod(
        spec={"initContainers": [{"name": "one", "image": "i"}, {"name": "two", "image": "i"}]},
        status={
            "phase": "Pending",
            "conditions": NOT_INITIALISED,
            "initContainerStatuses": init,
            "containerStatuses": [waiting("PodInitializing")],
        },
    )
    assert read(found).reason == shown


def test_restarts_are_those_of_what_runs_and_of_sidecars() -> None:
    found = pod(
        spec={"initContainers": [{"name": "one", "image": "i"}, SIDECAR]},
        status={
            "initContainerStatuses": [
                status("one", state=ended(), restartCount=5),
                status("proxy", started=True, restartCount=2),
            ],
            "containerStatuses": [status(restartCount=3)],
        },
    )
    assert (read(found).restarts, read(found).reason) == (5, "Running")


def test_restarts_while_it_starts_are_the_init_containers() -> None:
    found = pod(
        spec={"initContainers": [{"name": "one", "image": "i"}]},
        status={
            "conditions": NOT_INITIALISED,
            "initContainerStatuses": [status("one", state=ended(exitCode=1), restartCount=4)],
            "containerStatuses": [waiting("PodInitializing")],
        },
    )
    assert read(found).restarts == 4


def test_containers_stand_in_the_order_of_the_spec_with_what_the_run_before_ended_with() -> None:
    crashed = waiting("CrashLoopBackOff", restartCount=3, lastState=ended(exitCode=137, reason="OOMKilled"))
    found = pod(
        spec={
            "containers": [{"name": "app", "image": "app:1"}, {"name": "log", "image": "log:2"}],
            "initContainers": [{"name": "one", "image": "i"}],
        },
        status={"containerStatuses": [status("log"), crashed], "initContainerStatuses": [status("one", state=ended())]},
    )
    assert read(found).containers == (
        Container("app", "app:1", False, 3, "waiting", "CrashLoopBackOff", "OOMKilled", 137),
        Container("log", "log:2", True, 0, "running"),
        Container("one", "i", True, 0, "terminated", "ExitCode:0"),
    )


def test_a_container_that_the_kubelet_has_not_told_of_is_waiting() -> None:
    found = pod(spec={"nodeName": ""}, status={"phase": "Pending", "containerStatuses": None})
    (container,) = read(found).containers
    assert (container.state, container.reason, container.is_ready) == ("waiting", "", False)
    assert read(found).node == ""
