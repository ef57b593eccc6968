"""The demo cluster and AWS for tests of whatever asks them: served once, as good as new for each test, the environment leading to
them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.aws.testing import RunningAws, running_aws
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


@pytest.fixture(scope="session")
def served_aws() -> Iterator[RunningAws]:
    """One AWS for the session; tests use `aws`."""
    with running_aws() as aws:
        yield aws


@pytest.fixture
def aws(served_aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> RunningAws:
    """A simulated AWS, and boto3's variables leading to it."""
    served_aws.reset()
    for name, value in served_aws.environment().items():
        monkeypatch.setenv(name, value)
    return served_aws
