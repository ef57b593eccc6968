"""The board's order comes from the database, its rows from the pure rule: both choose the same clock."""

from datetime import datetime, timedelta

import pytest
from django.db.models import F

from accounts.database_time import database_now
from incidents.enums import ClockPhase
from incidents.models import Incident, SlaClock
from incidents.selectors import open_marks, row_of, with_board_parts
from tests.factories import make_incident, make_resolved

pytestmark = pytest.mark.django_db

TITLES = ["[P0] a - s", "[P1] b - s", "[P2] c - s", "[P3] d - s"]
#: Before, at and after every deadline and 80 % of the guide's table.
MINUTES = [0, 4, 5, 12, 15, 16, 24, 25, 30, 31, 96, 120, 121, 5_000]


def as_seen(now: datetime) -> dict[int, tuple[ClockPhase, datetime | None, bool]]:
    rows = (row_of(each, now=now, can_act=False) for each in with_board_parts(Incident.objects.all()))
    return {
        row.incident.pk: (
            row.clock.phase if row.clock else ClockPhase.MET,
            row.clock.due_at if row.clock else None,
            row.is_breached,
        )
        for row in rows
    }


@pytest.mark.parametrize("minutes", MINUTES)
@pytest.mark.parametrize("stopped", [[], ["respond"], ["respond", "acknowledge"], ["escalate"]])
def test_at_every_stage_of_an_incident(minutes: int, stopped: list[str]) -> None:
    for number, title in enumerate(TITLES):
        make_incident(number, title=title, minutes_old=0)
    make_resolved(9, minutes_old=30)
    SlaClock.objects.filter(kind__in=stopped).update(stopped_at=F("started_at"))
    now = database_now() + timedelta(minutes=minutes)
    marks = {
        mark.number: (mark.phase, mark.due_at, mark.is_breached) for mark in open_marks(Incident.objects.all(), now)
    }
    assert marks == as_seen(now)
