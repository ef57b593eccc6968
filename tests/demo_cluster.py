"""The demo cluster for tests of whatever asks one: served once, as good as new for each test, KUBECONFIG leading to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.kubernetes.testing import RunningCluster, running_cluster


@pytest.fixture(scope="session")
def served_cluster() -> Iterator[RunningCluster]:
    """One cluster for the session; tests use `cluster`."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(served_cluster: RunningCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunningCluster:
    """The demo cluster. Time passes in it when a test says so."""
    served_cluster.reset()
    path = tmp_path / "kubeconfig"
    path.write_text(served_cluster.kubeconfig())
    monkeypatch.setenv("KUBECONFIG", str(path))
    return served_cluster
