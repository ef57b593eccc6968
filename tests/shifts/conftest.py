"""The cast, a schedule, and a shift on it."""

import pytest

from shifts.models import Schedule, Shift
from tests.cast import Cast, cast
from tests.shifts.making import DAY, HOUR, make_schedule, make_shift

__all__ = ["cast"]


@pytest.fixture
def schedule(cast: Cast) -> Schedule:
    """One of PagerDuty's, with nobody on it yet."""
    return make_schedule()


@pytest.fixture
def shift(cast: Cast, schedule: Schedule) -> Shift:
    """The responder's, tomorrow."""
    return make_shift(schedule, cast.responder, begins_in=DAY, lasts=8 * HOUR)
