"""The cast, a simulated Slack, and how long hypothesis looks: a little at every run, thoroughly with HYPOTHESIS_PROFILE=nightly."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from simulators.slack.testing import RunningSlack, running_slack
from tests.cast import cast

__all__ = ["cast"]

hypothesis_settings.register_profile("quick", max_examples=12, deadline=None, derandomize=True, print_blob=True)
hypothesis_settings.register_profile("nightly", max_examples=400, deadline=None, print_blob=True)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
def _slack_simulator() -> Iterator[RunningSlack]:
    with running_slack() as simulator:
        yield simulator


@pytest.fixture
def slack(_slack_simulator: RunningSlack, settings: Settings) -> RunningSlack:
    """A simulated Slack, empty, and the portal's settings leading to it."""
    _slack_simulator.reset()
    settings.SLACK_WEBHOOK_URL = _slack_simulator.webhook_url
    return _slack_simulator
