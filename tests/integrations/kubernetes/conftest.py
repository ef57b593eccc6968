"""A demo cluster for these tests, and KUBECONFIG leading to it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from integrations.kubernetes.client import Cluster
from simulators.kubernetes.testing import RunningCluster
from tests.demo_cluster import cluster as world
from tests.demo_cluster import served_cluster

__all__ = ["served_cluster", "world"]

type Connect = Callable[[str], None]


@pytest.fixture
def connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """`connect(text)` makes the text the kubeconfig."""

    def write(text: str) -> None:
        path = tmp_path / "kubeconfig"
        path.write_text(text)
        monkeypatch.setenv("KUBECONFIG", str(path))

    return write


@pytest.fixture
def cluster(world: RunningCluster) -> Cluster:
    """The client of the demo cluster."""
    return Cluster(timeout=10.0)
