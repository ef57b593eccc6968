"""Ready, not ready, not checked, out of date: for many shifts at once, in three queries."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.services.note_people import person_of
from shifts.enums import CheckSide, CheckVerdict, ItemState, PreflightItem
from shifts.models import SeenChange
from shifts.readiness import Readiness, readiness_of
from tests.cast import Cast
from tests.shifts.preflight.things import (
    HOUR,
    add_check,
    confirm,
    make_change,
    make_contact,
    make_preflight,
    make_ready,
    make_shift,
)

pytestmark = pytest.mark.django_db


def readiness(shift_id: int) -> Readiness:
    return readiness_of([shift_id], database_now())[shift_id]


def test_a_shift_whose_preflight_is_not_open_is_not_checked(cast: Cast) -> None:
    found = readiness(make_shift(cast.responder, begins_in=48 * HOUR).pk)
    assert (found.is_open, found.state, found.ready_count, found.total) == (False, ItemState.UNCHECKED, 0, 6)


def test_six_of_six(cast: Cast) -> None:
    preflight = make_preflight(make_shift(cast.responder))
    make_change()
    make_ready(preflight, cast.responder)
    found = readiness(preflight.shift_id)
    assert (found.state, found.ready_count, found.missing) == (ItemState.READY, 6, [])


def test_what_is_missing_is_named_in_the_guides_order(cast: Cast) -> None:
    preflight = make_preflight(make_shift(cast.responder))
    make_ready(preflight, cast.responder)
    add_check(preflight, PreflightItem.AWS, verdict=CheckVerdict.FAILED)
    make_change()
    found = readiness(preflight.shift_id)
    assert found.state is ItemState.NOT_READY
    assert found.missing == [PreflightItem.AWS, PreflightItem.CHANGES]


def test_what_one_person_proved_says_nothing_of_who_takes_over(cast: Cast) -> None:
    preflight = make_preflight(make_shift(cast.responder))
    make_ready(preflight, cast.responder)
    shift = preflight.shift
    shift.person = person_of(cast.teammate)
    shift.save()
    assert readiness(shift.pk).is_open is False
    assert readiness(shift.pk).state is ItemState.UNCHECKED


def test_a_new_change_makes_what_was_read_out_of_date_and_an_old_one_does_not(cast: Cast) -> None:
    preflight = make_preflight(make_shift(cast.responder))
    make_change(1, ago=15 * 24 * HOUR)
    assert readiness(preflight.shift_id).items[PreflightItem.CHANGES] is ItemState.READY
    SeenChange.objects.create(preflight=preflight, change=make_change(2))
    assert readiness(preflight.shift_id).items[PreflightItem.CHANGES] is ItemState.READY
    make_change(3, ago=timedelta())
    assert readiness(preflight.shift_id).items[PreflightItem.CHANGES] is ItemState.STALE


def test_changes_count_from_the_end_of_the_persons_last_shift(cast: Cast) -> None:
    make_change(1, ago=30 * HOUR)
    make_change(2, ago=2 * HOUR, cancelled_at=database_now())
    preflight = make_preflight(make_shift(cast.responder))
    assert readiness(preflight.shift_id).items[PreflightItem.CHANGES] is ItemState.UNCHECKED
    # Somebody else's shift says nothing of what this person knows.
    make_shift(cast.teammate, begins_in=-25 * HOUR, schedule=2)
    assert readiness(preflight.shift_id).items[PreflightItem.CHANGES] is ItemState.UNCHECKED
    make_shift(cast.responder, begins_in=-36 * HOUR, schedule=3)
    assert readiness(preflight.shift_id).items[PreflightItem.CHANGES] is ItemState.READY


def test_a_shift_that_is_under_way_meanwhile_is_nobodys_last(cast: Cast) -> None:
    make_change(1, ago=HOUR)
    make_shift(cast.responder, begins_in=-48 * HOUR, length=7 * 24 * HOUR, schedule=2)
    preflight = make_preflight(make_shift(cast.responder))
    assert readiness(preflight.shift_id).items[PreflightItem.CHANGES] is ItemState.UNCHECKED
    make_shift(cast.responder, begins_in=-9 * HOUR, length=12 * HOUR - timedelta(minutes=1), schedule=3)
    assert readiness(preflight.shift_id).items[PreflightItem.CHANGES] is ItemState.READY


def test_a_contact_that_was_edited_is_to_be_confirmed_anew(cast: Cast) -> None:
    preflight = make_preflight(make_shift(cast.responder))
    contact = make_contact()
    confirm(contact, cast.manager)
    assert readiness(preflight.shift_id).items[PreflightItem.CONTACTS] is ItemState.READY
    contact.version += 1
    contact.save()
    assert readiness(preflight.shift_id).items[PreflightItem.CONTACTS] is ItemState.UNCHECKED


def test_from_its_beginning_on_a_shift_is_judged_at_its_beginning(cast: Cast) -> None:
    preflight = make_preflight(make_shift(cast.responder, begins_in=-6 * HOUR))
    make_ready(preflight, cast.responder)
    began = preflight.shift.start_at
    checks = preflight.checks.all()
    checks.update(checked_at=began - HOUR, stale_at=began + HOUR)
    assert readiness(preflight.shift_id).state is ItemState.READY
    checks.filter(item=PreflightItem.VPN).update(stale_at=began)
    assert readiness(preflight.shift_id).items[PreflightItem.VPN] is ItemState.STALE
    # What was made good since counts.
    add_check(preflight, PreflightItem.VPN)
    assert readiness(preflight.shift_id).state is ItemState.READY
    # A change of the shift itself is no preparation for it.
    make_change(9, ago=HOUR)
    assert readiness(preflight.shift_id).state is ItemState.READY


@pytest.mark.parametrize("count", [1, 20])
def test_three_queries_for_any_number(
    count: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    contact = make_contact()
    confirm(contact, cast.manager)
    shifts = [make_shift(cast.responder, begins_in=(5 + 20 * number) * HOUR) for number in range(count)]
    for shift in shifts:
        preflight = make_preflight(shift)
        add_check(preflight, PreflightItem.VPN)
        add_check(preflight, PreflightItem.PAGERDUTY, CheckSide.SERVER)
    now = database_now()
    with django_assert_num_queries(3):
        found = readiness_of([shift.pk for shift in shifts], now)
    assert [found[shift.pk].ready_count for shift in shifts] == [4] * count


def test_nobody_asked_is_no_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    now = database_now()
    with django_assert_num_queries(0):
        assert readiness_of([], now) == {}
