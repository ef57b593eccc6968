"""A demo cluster for these tests, and KUBECONFIG leading to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integrations.kubernetes.client import Cluster
from simulators.kubernetes.testing import RunningCluster, running_cluster

type Connect = Callable[[str], None]


@pytest.fixture(scope="session")
def _served() -> Iterator[RunningCluster]:
    with running_cluster() as world:
        yield world


@pytest.fixture
def connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """`connect(text)` makes the text the kubeconfig."""

    def write(text: str) -> None:
        path = tmp_path / "kubeconfig"
        path.write_text(text)
        monkeypatch.setenv("KUBECONFIG", str(path))

    return write


@pytest.fixture
def world(_served: RunningCluster, connect: Connect) -> RunningCluster:
    """The demo cluster, as good as new."""
    _served.reset()
    connect(_served.kubeconfig())
    return _served


@pytest.fixture
def cluster(world: RunningCluster) -> Cluster:
    """The client of the demo cluster."""
    return Cluster(timeout=10.0)
