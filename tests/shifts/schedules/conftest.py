"""A client of the simulated account's schedules; people to put on call, and the browser of a manager who does."""

import pytest
from django.test import Client

from accounts.models import Person
from accounts.services.note_people import person_of
from integrations.pagerduty.schedules import ScheduleClient
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of, cast

__all__ = ["cast", "client"]


@pytest.fixture
def client(pagerduty: RunningSimulator) -> ScheduleClient:
    return ScheduleClient(token=pagerduty.token, base_url=pagerduty.url)


@pytest.fixture
def people(cast: Cast) -> list[Person]:
    return [person_of(user) for user in (cast.responder, cast.teammate, cast.manager)]


@pytest.fixture
def manager(cast: Cast, people: list[Person]) -> Client:
    return browser_of(cast.manager)
