"""«I have it from now on», and calling off that somebody stands in."""

from datetime import timedelta

import pytest

from accounts.database_time import database_now
from shifts.models import Override, Schedule
from shifts.refusals import CannotChange
from shifts.services.cancel_override import cancel_override
from shifts.services.request_override import take_now
from tests.cast import Cast, browser_of
from tests.shifts.making import DAY, HOUR, make_override, make_shift
from tests.shifts.test_overrides import ask, stand_in


@pytest.mark.django_db
def test_take_now_lasts_until_the_running_shift_ends(cast: Cast, schedule: Schedule) -> None:
    shift = make_shift(schedule, cast.teammate, begins_in=-HOUR, lasts=3 * HOUR)
    override, is_new = take_now(actor=cast.responder, key="k", shift_id=shift.pk)
    assert is_new
    assert override.end_at == shift.end_at
    assert abs(override.start_at - database_now()) < timedelta(seconds=5)
    assert take_now(actor=cast.responder, key="k", shift_id=shift.pk) == (override, False)


@pytest.mark.django_db
def test_take_now_relieves_whoever_stands_in(cast: Cast, schedule: Schedule) -> None:
    standing = make_override(schedule, cast.teammate, begins_in=-HOUR, lasts=3 * HOUR)
    shift = make_shift(schedule, cast.teammate, start=standing.start_at, lasts=3 * HOUR)
    take_now(actor=cast.responder, key="k", shift_id=shift.pk)
    standing.refresh_from_db()
    assert standing.state == "cancelling"


@pytest.mark.django_db
def test_take_now_leaves_an_override_that_another_one_lies_over(cast: Cast, schedule: Schedule) -> None:
    whole = make_override(schedule, cast.manager, begins_in=-HOUR, lasts=9 * HOUR)
    make_override(schedule, cast.teammate, begins_in=-HOUR, lasts=3 * HOUR)
    shift = stand_in(schedule, cast.teammate, begins_in=-HOUR, lasts=3 * HOUR)
    assert take_now(actor=cast.responder, key="k", shift_id=shift.pk)[1]
    whole.refresh_from_db()
    assert whole.state == "standing"


@pytest.mark.django_db
def test_take_now_needs_a_running_shift_of_somebody_else(cast: Cast, schedule: Schedule) -> None:
    ahead = make_shift(schedule, cast.teammate, begins_in=DAY)
    own = make_shift(schedule, cast.responder, begins_in=-HOUR)
    for shift, words in ((ahead, "not running now"), (own, "You have it already")):
        with pytest.raises(CannotChange):
            take_now(actor=cast.responder, key="k", shift_id=shift.pk)
        answer = browser_of(cast.responder).post(f"/shifts/{shift.pk}/take/", {"key": "x"}, follow=True)
        assert words in answer.content.decode()


@pytest.mark.django_db
def test_calling_off(cast: Cast, schedule: Schedule) -> None:
    waiting = ask(cast.responder, schedule)
    assert cancel_override(actor=cast.responder, override_id=waiting.pk).state == "cancelled"
    sent = make_override(schedule, cast.responder, begins_in=DAY, lasts=HOUR)
    with pytest.raises(CannotChange) as caught:
        cancel_override(actor=cast.teammate, override_id=sent.pk)
    assert caught.value.reason == "not_yours"
    assert cancel_override(actor=cast.manager, override_id=sent.pk).state == "cancelling"
    with pytest.raises(CannotChange) as caught:
        cancel_override(actor=cast.manager, override_id=sent.pk)
    assert caught.value.reason == "cancelled_already"
    over = make_override(schedule, cast.responder, begins_in=-2 * HOUR, lasts=HOUR)
    with pytest.raises(CannotChange) as caught:
        cancel_override(actor=cast.responder, override_id=over.pk)
    assert caught.value.reason == "override_over"


@pytest.mark.django_db
def test_one_that_may_have_been_sent_is_cancelled_there_too(cast: Cast, schedule: Schedule) -> None:
    override = ask(cast.responder, schedule)
    Override.objects.update(attempts=1)
    assert cancel_override(actor=cast.responder, override_id=override.pk).state == "cancelling"
