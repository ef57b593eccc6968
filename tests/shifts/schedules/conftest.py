"""A client of the simulated account's schedules."""

import pytest

from integrations.pagerduty.schedules import ScheduleClient
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import cast

__all__ = ["cast", "client"]


@pytest.fixture
def client(pagerduty: RunningSimulator) -> ScheduleClient:
    return ScheduleClient(token=pagerduty.token, base_url=pagerduty.url)
