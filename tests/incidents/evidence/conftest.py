"""A demo cluster, a simulated AWS and a simulated Grafana, and what a capture is given to read them."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from cluster.models import CatalogueEntry
from cluster.services.seed_entry import seed_entry
from incidents.services.read_evidence import Sources
from integrations.aws import Aws
from integrations.grafana import Grafana
from integrations.kubernetes.client import cluster_for
from simulators.aws.testing import RunningAws
from simulators.grafana.testing import RunningGrafana, running_grafana
from simulators.kubernetes.testing import RunningCluster
from tests.demo_cluster import aws, cluster, served_aws, served_cluster

__all__ = ["aws", "cluster", "served_aws", "served_cluster"]

#: Long enough for simulators on a busy machine, short enough to wait for one that hangs.
PATIENCE_S = 3.0


@pytest.fixture(scope="session")
def _aws_client(served_aws: RunningAws) -> Aws:
    """One for all tests, as one serves all threads of a worker."""
    return Aws(region=served_aws.region, endpoint_url=served_aws.url, timeout=PATIENCE_S)


@pytest.fixture(scope="session")
def _grafana() -> Iterator[RunningGrafana]:
    with running_grafana() as grafana:
        yield grafana


@pytest.fixture
def grafana(_grafana: RunningGrafana, settings: Settings) -> RunningGrafana:
    _grafana.reset()
    settings.GRAFANA_URL, settings.GRAFANA_TOKEN = _grafana.url, _grafana.token
    return _grafana


@pytest.fixture
def sources(cluster: RunningCluster, aws: RunningAws, _aws_client: Aws, grafana: RunningGrafana) -> Sources:
    """The three of them, through the product's own clients. What takes its time the first time is behind them."""
    cluster_for(timeout=PATIENCE_S).version()
    _aws_client.database("chatops-prod")
    cluster.clear_calls()
    return Sources(
        cluster_of=lambda context: cluster_for(context, timeout=PATIENCE_S),
        aws=_aws_client,
        grafana=Grafana(url=grafana.url, token=grafana.token, timeout=PATIENCE_S),
    )


@pytest.fixture
def gateway(db: None) -> CatalogueEntry:
    """The catalogue's entry of the gateway, with a panel of Grafana."""
    entry = seed_entry(pagerduty_id="PGATEWY", name="chatops-gateway")
    entry.grafana_dashboard, entry.grafana_panel = "chatops-gateway", 1
    entry.save()
    return entry
