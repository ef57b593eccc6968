"""What is large: 5,000 pods, a continue token that expires, a log of 100 MB. Memory is that of a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from integrations.errors import Unavailable
from integrations.kubernetes.client import PAGE, Cluster
from simulators.kubernetes.testing import RunningCluster, running_cluster
from tests.integrations.kubernetes.conftest import Connect

NAMESPACE, PODS = "chatops", "/api/v1/namespaces/chatops/pods"
MEBIBYTE = 1_048_576
MEASURED = """
import json, resource, sys
from integrations.kubernetes.client import Cluster
cluster = Cluster(timeout=30)
cluster.version()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = {expression}
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(json.dumps([len(found), grown]))
"""


def measured(expression: str) -> tuple[int, float]:
    """How many things the client read, and how many MiB its process grew at its largest."""
    argv = [sys.executable, "-c", MEASURED.format(expression=expression)]
    length, grown = json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)
    return length, grown


@pytest.fixture(scope="module")
def _crowded() -> Iterator[RunningCluster]:
    with running_cluster() as world:
        world.seed_pods(5_000)
        yield world


@pytest.fixture
def crowded(_crowded: RunningCluster, connect: Connect) -> RunningCluster:
    """A cluster of its own: to make so many pods takes seconds."""
    _crowded.clear_calls()
    _crowded.simulator.faults.clear()
    connect(_crowded.kubeconfig())
    return _crowded


def test_five_thousand_pods_in_pages_and_in_little_memory(crowded: RunningCluster) -> None:
    read, grown = measured("{pod.uid for pod in cluster.pods('chatops', selector='app=bulk')}")
    assert read == 5_000
    assert crowded.count("GET", PODS) == 5_000 // PAGE
    assert grown < 150


def expire_second_pages(world: RunningCluster, times: int) -> None:
    """A fault that does nothing lets the first page through."""
    for _ in range(times):
        world.fail(path_prefix=PODS)
        world.fail(path_prefix=PODS, status=410)


def test_a_token_that_expires_begins_the_list_once_more(crowded: RunningCluster) -> None:
    expire_second_pages(crowded, 1)
    assert len(Cluster(timeout=30).pods(NAMESPACE, selector="app=bulk")) == 5_000
    assert crowded.count("GET", PODS) == 2 + 5_000 // PAGE


def test_a_token_that_expires_again_is_given_up(crowded: RunningCluster) -> None:
    expire_second_pages(crowded, 2)
    with pytest.raises(Unavailable) as caught:
        Cluster(timeout=30).pods(NAMESPACE)
    assert caught.value.code == "gone"
    assert crowded.count("GET", PODS) == 4


def test_a_log_of_a_hundred_megabytes(world: RunningCluster) -> None:
    (pod, *_others) = world.pods("chatops-gateway")
    name = pod["metadata"]["name"]
    world.set_long_log(name, 100 * MEBIBYTE)
    read, grown = measured(f"cluster.log('chatops', {name!r}, 'gateway').content")
    assert 0 < read <= MEBIBYTE
    assert grown < 50
