"""A demo cluster, a simulated AWS, and what mitigations are done with."""

from collections.abc import Iterator

import pytest

from cluster.models import CatalogueEntry
from cluster.services.seed_entry import seed_entry
from incidents.services.read_target import Reach
from integrations.aws import Aws
from integrations.kubernetes.client import cluster_for
from simulators.aws.testing import RunningAws, running_aws
from simulators.kubernetes.testing import RunningCluster
from tests.demo_cluster import cluster, served_cluster

__all__ = ["cluster", "served_cluster"]

#: Long enough for simulators on a busy machine, short enough to wait for one that hangs.
PATIENCE_S = 2.0


@pytest.fixture(scope="session")
def _aws() -> Iterator[RunningAws]:
    with running_aws() as aws:
        yield aws


@pytest.fixture
def aws(_aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> RunningAws:
    """A simulated AWS, and boto3's variables leading to it."""
    _aws.reset()
    for name, value in _aws.environment().items():
        monkeypatch.setenv(name, value)
    return _aws


@pytest.fixture
def reach(cluster: RunningCluster) -> Reach:
    """The demo cluster through the product's own client; AWS is nobody."""
    return Reach(cluster_of=lambda context: cluster_for(context, timeout=PATIENCE_S), aws=Aws(timeout=PATIENCE_S))


@pytest.fixture
def reach_aws(cluster: RunningCluster, aws: RunningAws) -> Reach:
    """The demo cluster and the simulated AWS."""
    client = Aws(region=aws.region, endpoint_url=aws.url, timeout=PATIENCE_S)
    return Reach(cluster_of=lambda context: cluster_for(context, timeout=PATIENCE_S), aws=client)


@pytest.fixture
def gateway(db: None) -> CatalogueEntry:
    """The catalogue's entry of the gateway."""
    return seed_entry(pagerduty_id="PGATEWY", name="chatops-gateway")
