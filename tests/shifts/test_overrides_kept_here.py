"""Overrides of a schedule that is kept here count at once, and its shifts are worked out anew in the same commit."""

import time as time_module
from datetime import time, timedelta

import pytest

from accounts.database_time import database_now
from accounts.services.note_people import person_of
from shifts.models import Layer, LayerMember, Notice, Override, Schedule, Shift
from shifts.my_shifts import overrides_near
from shifts.services.cancel_override import cancel_override
from shifts.services.render_schedule import render_schedule
from shifts.services.request_cover import accept_cover, request_cover
from shifts.services.request_override import request_override, take_now
from tests.cast import Cast, browser_of
from tests.shifts.making import DAY, HOUR, make_schedule, make_shift

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def schedule(cast: Cast) -> Schedule:
    """Lin has it, always."""
    schedule = Schedule.objects.create(source="portal", name="warehouse", time_zone="UTC")
    layer = Layer.objects.create(
        schedule=schedule,
        position=0,
        name="all",
        handoff_at=time(0),
        first_on=database_now().date() - 3 * DAY,
        turn_length=52,
    )
    LayerMember.objects.create(layer=layer, person=person_of(cast.responder), position=0)
    render_schedule(schedule_id=schedule.pk)
    return schedule


def names(schedule: Schedule) -> list[tuple[str, bool]]:
    """Who has it, one after the other."""
    shifts = Shift.objects.filter(schedule=schedule, withdrawn_at=None).order_by("start_at")
    return [(shift.person.name, shift.is_override) for shift in shifts]


def on_call_in_a_second() -> str:
    """An act counts from the next whole second on."""
    at = database_now() + SECOND
    return Shift.objects.get(withdrawn_at=None, start_at__lte=at, end_at__gt=at).person.name


def put(cast: Cast, schedule: Schedule) -> Override:
    start = database_now() + DAY
    override, _is_new = request_override(
        actor=cast.manager,
        key="k",
        schedule_id=schedule.pk,
        person_id=person_of(cast.viewer).pk,
        start_at=start,
        end_at=start + 2 * HOUR,
    )
    return override


def test_it_counts_at_once_and_may_be_somebody_whom_pagerduty_does_not_know(cast: Cast, schedule: Schedule) -> None:
    assert put(cast, schedule).state == "standing"
    assert names(schedule) == [("Lin Yu-ting", False), ("Vera Novak", True), ("Lin Yu-ting", False)]
    day = (database_now() + DAY).date()
    page = browser_of(cast.viewer).get(f"/shifts/?view=week&on={day}").content.decode()
    assert "stands in" in page
    assert 'class="bar-shift hue-' in page


def test_calling_off_gives_the_turn_back(cast: Cast, schedule: Schedule) -> None:
    override = put(cast, schedule)
    assert cancel_override(actor=cast.manager, override_id=override.pk).state == "cancelled"
    assert names(schedule) == [("Lin Yu-ting", False)]


def test_one_that_has_begun_was_in_force_until_it_was_called_off(cast: Cast, schedule: Schedule) -> None:
    (shift,) = Shift.objects.all()
    override, _is_new = take_now(actor=cast.teammate, key="k", shift_id=shift.pk)
    assert [name for name, _is_override in names(schedule)][:2] == ["Lin Yu-ting", "Kenji Sato"]
    assert on_call_in_a_second() == "Kenji Sato"
    time_module.sleep(1)
    cancel_override(actor=cast.teammate, override_id=override.pk)
    override.refresh_from_db()
    assert override.state == "standing"
    assert override.end_at <= database_now() + SECOND
    assert on_call_in_a_second() == "Lin Yu-ting"


def test_the_page_of_a_shift_that_was_cut_says_who_has_the_rest(cast: Cast, schedule: Schedule) -> None:
    (shift,) = Shift.objects.all()
    override, _is_new = take_now(actor=cast.teammate, key="k", shift_id=shift.pk)
    shift.refresh_from_db()
    assert shift.end_at == override.start_at
    page = browser_of(cast.viewer).get(f"/shifts/{shift.pk}/").content.decode()
    assert "Nobody else had any of it" not in page
    assert "instead of Lin Yu-ting" in page
    beside = make_shift(make_schedule(pagerduty_id=None), cast.manager, start=shift.end_at - HOUR, lasts=HOUR)
    Shift.objects.filter(pk=beside.pk).update(schedule=schedule, level=2)
    beside.refresh_from_db()
    assert overrides_near(beside) == [], "what cut somebody else's shift is none of theirs"


def test_taking_over_from_somebody_who_took_over(cast: Cast, schedule: Schedule) -> None:
    (shift,) = Shift.objects.all()
    first, _is_new = take_now(actor=cast.teammate, key="k", shift_id=shift.pk)
    time_module.sleep(1)
    running = Shift.objects.get(withdrawn_at=None, start_at=first.start_at)
    take_now(actor=cast.manager, key="k", shift_id=running.pk)
    assert on_call_in_a_second() == "Chen Wei-han"
    first.refresh_from_db()
    assert first.state == "standing"


def test_of_two_the_one_that_was_made_last_counts(cast: Cast, schedule: Schedule) -> None:
    put(cast, schedule)
    stands_in = Shift.objects.get(withdrawn_at=None, is_override=True)
    request, _is_new = request_cover(
        actor=cast.viewer,
        shift_id=stands_in.pk,
        start_at=stands_in.start_at,
        end_at=stands_in.start_at + HOUR,
        asked_id=None,
    )
    request = accept_cover(actor=cast.teammate, request_id=request.pk)
    assert [name for name, _is_override in names(schedule)] == [
        "Lin Yu-ting",
        "Kenji Sato",
        "Vera Novak",
        "Lin Yu-ting",
    ]
    assert request.override is not None
    cancel_override(actor=cast.teammate, override_id=request.override.pk)
    assert [name for name, _is_override in names(schedule)] == ["Lin Yu-ting", "Vera Novak", "Lin Yu-ting"]


def told() -> set[tuple[str, str]]:
    return {(notice.person.name, notice.kind) for notice in Notice.objects.select_related("person")}


def test_of_a_cover_each_is_told_once_at_most(cast: Cast, schedule: Schedule) -> None:
    start = (database_now() + DAY).replace(microsecond=0)
    for hours, person in ((0, None), (2, person_of(cast.manager).pk)):
        Notice.objects.all().delete()
        at = start + hours * HOUR
        request, _is_new = request_cover(
            actor=cast.responder,
            shift_id=Shift.objects.get(start_at__lte=at, end_at__gt=at, withdrawn_at=None).pk,
            start_at=at,
            end_at=at + HOUR,
            asked_id=None,
        )
        Notice.objects.all().delete()
        accept_cover(actor=cast.manager if person is None else cast.admin, request_id=request.pk, person_id=person)
        taker = [] if person is None else [("Chen Wei-han", "moved")]
        assert told() == {("Lin Yu-ting", "taken"), *taker}, "who was given it hears so, and who took it knows"


def test_whoever_puts_themself_on_call_knows_it_and_the_others_are_told(cast: Cast, schedule: Schedule) -> None:
    Notice.objects.all().delete()
    put(cast, schedule)
    assert told() == {("Lin Yu-ting", "moved"), ("Vera Novak", "moved")}, "a manager did it"
    Notice.objects.all().delete()
    take_now(actor=cast.teammate, key="t", shift_id=Shift.objects.earliest("start_at").pk)
    assert told() == {("Lin Yu-ting", "moved")}


def test_covered_is_covered(cast: Cast, schedule: Schedule) -> None:
    (shift,) = Shift.objects.all()
    start = (database_now() + DAY).replace(microsecond=0)
    request, _is_new = request_cover(
        actor=cast.responder, shift_id=shift.pk, start_at=start, end_at=start + HOUR, asked_id=None
    )
    accept_cover(actor=cast.teammate, request_id=request.pk)
    assert Shift.objects.get(start_at=start).person.name == "Kenji Sato"
    answer = browser_of(cast.teammate).post(f"/shifts/covers/{request.pk}/accept/", follow=True)
    assert "Kenji Sato is on call." in answer.content.decode()
