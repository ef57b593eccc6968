"""One simulator for all tests of this folder, empty at the start of each."""

from collections.abc import Iterator

import pytest

from simulators.pagerduty.testing import RunningSimulator, running_simulator
from tests.simulators.client import Client
from tests.simulators.receiver import Receiver, running_receiver


@pytest.fixture(scope="package")
def _served() -> Iterator[RunningSimulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def pagerduty(_served: RunningSimulator) -> RunningSimulator:
    """The simulator, empty."""
    _served.reset()
    return _served


@pytest.fixture
def client(pagerduty: RunningSimulator) -> Client:
    """A client with the account's token, acting as the responder."""
    return Client(pagerduty.url)


@pytest.fixture
def receiver(pagerduty: RunningSimulator) -> Iterator[Receiver]:
    """A webhook receiver the simulator delivers to, signed with one secret."""
    with running_receiver() as running:
        pagerduty.set_webhook(running.url, "first-secret")
        yield running
        pagerduty.reset()
