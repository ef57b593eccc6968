"""The cast, a demo cluster, a simulated AWS."""

from collections.abc import Iterator

import pytest
import redis
from django.core.cache import cache

from simulators.aws.testing import RunningAws, running_aws
from tests.cast import cast
from tests.demo_cluster import cluster, served_cluster

__all__ = ["cast", "cluster", "served_cluster"]


@pytest.fixture(scope="session")
def _aws() -> Iterator[RunningAws]:
    with running_aws() as aws:
        yield aws


@pytest.fixture
def emptied_cache(valkey: redis.Redis) -> Iterator[None]:
    """A Valkey of their own, and nothing in the cache before and after."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def aws(_aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> RunningAws:
    """A simulated AWS, and boto3's variables leading to it."""
    _aws.reset()
    for name, value in _aws.environment().items():
        monkeypatch.setenv(name, value)
    return _aws
