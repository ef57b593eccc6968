"""The mirror's rows against the account's own answers, and against who is on call worked out without any list."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Q

from integrations.pagerduty.schedules import ScheduleClient
from shifts.models import Schedule, Shift
from shifts.services.mirror_schedules import mirror_schedules
from shifts.services.store_shifts import AHEAD
from simulators.pagerduty.testing import RunningSimulator

pytestmark = pytest.mark.django_db

ZONES = (
    *("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland", "America/Santiago"),
    *("Asia/Taipei", "Asia/Kathmandu"),
)
MOST_REQUESTS = 60


def on_call(schedule: Schedule, at: datetime) -> set[str]:
    rows = Shift.objects.filter(schedule=schedule, withdrawn_at=None, start_at__lte=at, end_at__gt=at)
    return set(rows.values_list("person__pagerduty_id", flat=True))


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 9, 15, 3, 30, tzinfo=UTC),  # both hemispheres change their clocks within the window
        datetime(2027, 2, 10, 22, 0, tzinfo=UTC),  # and back
    ],
)
def test_fifty_schedules_at_two_thousand_instants(
    pagerduty: RunningSimulator, client: ScheduleClient, now: datetime
) -> None:
    pagerduty.move_to(now)
    pagerduty.declare_schedules(45, zones=ZONES, overrides=6, seed=now.month)
    pagerduty.declare_people(5)
    before = client.calls
    mirror_schedules(pagerduty=client, now=now)
    assert client.calls - before <= MOST_REQUESTS
    schedules = list(Schedule.objects.all())
    assert len(schedules) >= 45
    dice = random.Random(now.isoformat())  # noqa: S311  # the same instants each time
    wrong = []
    for _ in range(2_000):
        schedule = dice.choice(schedules)
        at = now + timedelta(seconds=dice.randrange(int(AHEAD.total_seconds())))
        expected = pagerduty.truth(schedule.pagerduty_id or "", at)
        if on_call(schedule, at) != expected:
            wrong.append((schedule.name, at.isoformat(), on_call(schedule, at), expected))
    assert wrong == []


def test_hour_by_hour_as_the_account_answers(pagerduty: RunningSimulator, client: ScheduleClient) -> None:
    now = datetime(2026, 10, 20, 7, 15, tzinfo=UTC)
    pagerduty.move_to(now)
    schedules = pagerduty.declare_schedules(3, zones=("Europe/Madrid", "America/New_York"), overrides=4, seed=3)
    pagerduty.declare_policy([each.id for each in schedules])
    mirror_schedules(pagerduty=client, now=now)
    end = now + timedelta(days=14)
    answers = [each for each in client.on_calls(since=now, until=end) if each.schedule is not None]
    for hours in range(14 * 24):
        at = now + timedelta(hours=hours)
        for schedule in Schedule.objects.filter(pagerduty_id__in=[each.id for each in schedules]):
            expected = {
                each.person.id
                for each in answers
                if each.schedule is not None
                and each.schedule.id == schedule.pagerduty_id
                and (each.start is None or each.start <= at)
                and (each.end is None or each.end > at)
            }
            assert on_call(schedule, at) == expected, (schedule.name, at)


def test_nobody_twice_on_a_level(pagerduty: RunningSimulator, client: ScheduleClient) -> None:
    now = datetime(2026, 9, 15, 3, 30, tzinfo=UTC)
    pagerduty.move_to(now)
    pagerduty.declare_schedules(5, zones=ZONES, overrides=10, seed=1)
    mirror_schedules(pagerduty=client, now=now)
    rows = list(Shift.objects.filter(withdrawn_at=None))
    assert rows
    for row in rows:
        others = Shift.objects.filter(schedule=row.schedule, level=row.level, withdrawn_at=None).exclude(pk=row.pk)
        assert not others.filter(Q(start_at__lt=row.end_at) & Q(end_at__gt=row.start_at)).exists()
