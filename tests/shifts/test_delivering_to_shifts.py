"""Overrides of PagerDuty's schedules of shifts, where several may be on call at once: whose turn it is that is covered."""

import time
from datetime import datetime
from typing import Any

import pytest

from accounts.database_time import database_now
from accounts.services.note_people import person_of
from shifts.enums import ScheduleSource
from shifts.models import Override, Schedule
from shifts.services.cancel_override import cancel_override
from shifts.services.mirror_schedules import mirror_schedule
from shifts.services.request_override import request_override, take_now
from simulators.pagerduty.declaring_v3 import event
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast
from tests.shifts.making import DAY, HOUR
from tests.shifts.test_delivering_overrides import ask, client_of, deliver


def shifts_there(pagerduty: RunningSimulator, *rotations: Any, **more: Any) -> Schedule:
    there = pagerduty.declare_schedule_v3(*rotations, name="platform", zone="UTC", **more)
    schedule = Schedule.objects.create(
        pagerduty_id=there.id, source=ScheduleSource.PAGERDUTY_V3, name="platform", time_zone="UTC"
    )
    mirror_schedule(schedule_id=schedule.pk, pagerduty=client_of(pagerduty), now=database_now())
    return schedule


def stand_in(cast: Cast, schedule: Schedule, start: datetime, end: datetime) -> None:
    request_override(
        actor=cast.teammate,
        key="k",
        schedule_id=schedule.pk,
        person_id=person_of(cast.teammate).pk,
        start_at=start,
        end_at=end,
    )


@pytest.mark.django_db
def test_on_a_schedule_of_shifts(cast: Cast, pagerduty: RunningSimulator) -> None:
    since = database_now() - 2 * DAY
    there = pagerduty.declare_schedule_v3([event(["PRESP01"], since, since + 7 * DAY)], name="platform")
    schedule = Schedule.objects.create(
        pagerduty_id=there.id, source=ScheduleSource.PAGERDUTY_V3, name="platform", time_zone="UTC"
    )
    override = ask(cast, schedule)
    pagerduty.fail(path_prefix="/v3/schedules", method="POST", is_applied=True, reset=True)
    deliver(pagerduty)
    deliver(pagerduty)
    override.refresh_from_db()
    assert override.state == "standing"
    assert pagerduty.count("POST", "/v3/schedules") == 1
    assert pagerduty.truth(there.id, override.start_at + HOUR) == {"PKENJI1"}
    cancel_override(actor=cast.teammate, override_id=override.pk)
    deliver(pagerduty)
    assert pagerduty.truth(there.id, override.start_at + HOUR) == {"PRESP01"}


@pytest.mark.django_db
def test_over_the_turns_of_two_people_both_are_relieved(cast: Cast, pagerduty: RunningSimulator) -> None:
    since = (database_now() - 2 * DAY).replace(microsecond=0)
    daily = event(["PRESP01", "PMGR001"], since, since + DAY, zone="UTC", recurrence="RRULE:FREQ=DAILY")
    schedule = shifts_there(pagerduty, [daily])
    stand_in(cast, schedule, since + 4 * DAY + HOUR, since + 6 * DAY - HOUR)
    deliver(pagerduty)
    there = schedule.pagerduty_id or ""
    hours = [pagerduty.truth(there, since + 4 * DAY + number * HOUR) for number in (0, 2, 12, 26, 46, 47)]
    assert hours == [{"PRESP01"}, {"PKENJI1"}, {"PKENJI1"}, {"PKENJI1"}, {"PKENJI1"}, {"PMGR001"}]


@pytest.mark.django_db
def test_of_two_rotations_the_one_that_is_covered_alone_is_relieved(cast: Cast, pagerduty: RunningSimulator) -> None:
    since = (database_now() - 2 * DAY).replace(microsecond=0)
    weekly = [[event([user], since, since + 7 * DAY, zone="UTC")] for user in ("PRESP01", "PMGR001")]
    schedule = shifts_there(pagerduty, *weekly)
    there = schedule.pagerduty_id or ""
    shift = schedule.shifts.get(person__pagerduty_id="PMGR001", start_at__lte=database_now(), withdrawn_at=None)
    take_now(actor=cast.teammate, key="k", shift_id=shift.pk)
    deliver(pagerduty)
    assert pagerduty.truth(there, database_now() + HOUR) == {"PRESP01", "PKENJI1"}
    # Over who stands in already: once that is called off it is the manager's turn again, and of it alone.
    mirror_schedule(schedule_id=schedule.pk, pagerduty=client_of(pagerduty), now=database_now())
    time.sleep(1)
    running = schedule.shifts.get(person__pagerduty_id="PKENJI1", withdrawn_at=None, end_at__gt=database_now())
    take_now(actor=cast.admin, key="k2", shift_id=running.pk)
    deliver(pagerduty)
    assert pagerduty.truth(there, database_now() + HOUR) == {"PRESP01", "PADM001"}


@pytest.mark.django_db
def test_where_it_cannot_be_told_who_is_relieved_nothing_is_sent(cast: Cast, pagerduty: RunningSimulator) -> None:
    since = (database_now() + DAY).replace(microsecond=0)
    weekly = [[event([user], since, since + 7 * DAY, zone="UTC")] for user in ("PRESP01", "PMGR001")]
    schedule = shifts_there(pagerduty, *weekly)
    stand_in(cast, schedule, since - HOUR, since + HOUR)
    deliver(pagerduty)
    override = Override.objects.get()
    assert (override.state, "several people" in override.last_error) == ("refused", True)


@pytest.mark.django_db
def test_of_people_who_are_on_call_together_one_is_relieved(cast: Cast, pagerduty: RunningSimulator) -> None:
    since = (database_now() - DAY).replace(microsecond=0)
    both = event(["PRESP01", "PMGR001"], since, since + 7 * DAY, zone="UTC", is_everybody=True)
    schedule = shifts_there(pagerduty, [both])
    shift = schedule.shifts.get(person__pagerduty_id="PRESP01", start_at__lte=database_now(), withdrawn_at=None)
    take_now(actor=cast.teammate, key="k", shift_id=shift.pk)
    deliver(pagerduty)
    assert pagerduty.truth(schedule.pagerduty_id or "", database_now() + HOUR) == {"PMGR001", "PKENJI1"}
