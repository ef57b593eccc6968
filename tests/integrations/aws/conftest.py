"""One simulated AWS a module, as good as new for each test."""

from collections.abc import Iterator

import pytest

from integrations.aws import Aws
from simulators.aws.testing import RunningAws, running_aws


@pytest.fixture(scope="module")
def _served() -> Iterator[RunningAws]:
    with running_aws() as aws:
        yield aws


@pytest.fixture
def aws(_served: RunningAws, monkeypatch: pytest.MonkeyPatch) -> RunningAws:
    _served.reset()
    for name, value in _served.environment().items():
        monkeypatch.setenv(name, value)
    return _served


@pytest.fixture(scope="module")
def client(_served: RunningAws) -> Aws:
    """One for all tests, as one serves all threads of a worker; it takes what it needs from the environment when first asked."""
    return Aws(region=_served.region, endpoint_url=_served.url)
