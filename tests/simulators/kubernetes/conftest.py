"""One cluster for all tests of this folder, as good as new at the start of each, and the official client of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client, config

from simulators.kubernetes.access import ADMIN_TOKEN
from simulators.kubernetes.testing import RunningCluster, running_cluster


def api_client(cluster: RunningCluster, **kubeconfig: Any) -> Any:
    """The official client, with a kubeconfig of this cluster."""
    configuration = client.Configuration()
    configuration.retries = False  # By itself it would wait out a 429, and one would not see it.
    config.load_kube_config_from_dict(json.loads(cluster.kubeconfig(**kubeconfig)), client_configuration=configuration)
    return client.ApiClient(configuration)


@pytest.fixture(scope="package")
def _running() -> Iterator[RunningCluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(_running: RunningCluster) -> RunningCluster:
    """The default world."""
    _running.reset()
    return _running


@pytest.fixture
def api(cluster: RunningCluster) -> Iterator[Any]:
    """A client with the portal's token."""
    with api_client(cluster) as found:
        yield found


@pytest.fixture
def core(api: Any) -> Any:
    """core/v1."""
    return client.CoreV1Api(api)


@pytest.fixture
def apps(api: Any) -> Any:
    """apps/v1."""
    return client.AppsV1Api(api)


@pytest.fixture
def admin(cluster: RunningCluster) -> Iterator[Any]:
    """core/v1 with the administrator's token."""
    with api_client(cluster, token=ADMIN_TOKEN) as found:
        yield client.CoreV1Api(found)
