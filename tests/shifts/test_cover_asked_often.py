"""Asking for cover again and again: everybody is told each time, so that there is an end to it."""

import pytest

from accounts.database_time import database_now
from shifts.models import CoverRequest, Notice, Schedule, Shift
from shifts.services.limit_covers import MOST_REQUESTS, WITHIN
from shifts.services.request_cover import request_cover, withdraw_cover
from tests.cast import Cast
from tests.shifts.making import DAY, make_shift
from tests.shifts.test_cover import ask, refused

pytestmark = pytest.mark.django_db


def ask_and_withdraw(cast: Cast, shift: Shift) -> None:
    withdraw_cover(actor=cast.responder, request_id=ask(cast.responder, shift, asked=cast.teammate).pk)


def test_a_sixth_request_within_an_hour_is_refused_in_words(cast: Cast, schedule: Schedule, shift: Shift) -> None:
    for _ in range(MOST_REQUESTS):
        ask_and_withdraw(cast, shift)
    words = refused(
        request_cover, actor=cast.responder, shift_id=shift.pk, start_at=shift.start_at, end_at=shift.end_at
    )
    assert words.startswith("Cover of this shift was asked for several times within an hour")
    assert Notice.objects.filter(kind="asked").count() == MOST_REQUESTS
    assert CoverRequest.objects.count() == MOST_REQUESTS
    # Another shift is another matter.
    ask(cast.responder, make_shift(schedule, cast.responder, begins_in=3 * DAY))


def test_an_hour_later_it_may_be_asked_for_again(cast: Cast, shift: Shift) -> None:
    for _ in range(MOST_REQUESTS):
        ask_and_withdraw(cast, shift)
    CoverRequest.objects.update(requested_at=database_now() - WITHIN)
    ask(cast.responder, shift)


def test_the_one_that_stands_is_still_the_same_one(cast: Cast, shift: Shift) -> None:
    for _ in range(MOST_REQUESTS - 1):
        ask_and_withdraw(cast, shift)
    standing = ask(cast.responder, shift)
    assert ask(cast.responder, shift) == standing
