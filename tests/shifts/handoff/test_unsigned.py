"""A handoff that is not signed by both a quarter of an hour after the change of shift is told of, once."""

from datetime import timedelta

import pytest

from accounts.database_time import database_now
from shifts.enums import NoticeKind
from shifts.handoff_tasks import tell_unsigned
from shifts.models import Notice, Schedule
from shifts.services.sign_handoff import accept_handoff
from tests.cast import Cast
from tests.shifts.handoff.making import make_ended, signed, tick_all
from tests.shifts.making import HOUR, make_shift

pytestmark = pytest.mark.django_db


def told() -> list[str]:
    return sorted(Notice.objects.filter(kind=NoticeKind.HANDOFF_LATE).values_list("person__name", flat=True))


def test_both_and_who_manages_are_told_once(cast: Cast, schedule: Schedule) -> None:
    shift = make_ended(schedule, cast)
    assert tell_unsigned() == "4 notices"
    assert told() == ["Chen Wei-han", "Kenji Sato", "Lin Yu-ting", "Sofia Garcia"]
    assert tell_unsigned() == "0 notices"
    signed(cast, shift)
    assert tell_unsigned() == "0 notices"


def test_signed_by_both_nobody_is(cast: Cast, schedule: Schedule) -> None:
    handoff = signed(cast, make_ended(schedule, cast))
    tick_all(cast.teammate, handoff)
    accept_handoff(actor=cast.teammate, handoff_id=handoff.pk)
    assert tell_unsigned() == "0 notices"


def test_not_before_a_quarter_of_an_hour_and_not_where_nobody_comes(cast: Cast, schedule: Schedule) -> None:
    now = database_now().replace(microsecond=0)
    minutes = timedelta(minutes=14)
    make_shift(schedule, cast.responder, start=now - HOUR, lasts=HOUR - minutes)
    make_shift(schedule, cast.teammate, start=now - minutes, lasts=HOUR)
    make_shift(schedule, cast.manager, start=now - 10 * HOUR, lasts=HOUR)
    assert tell_unsigned() == "0 notices"
