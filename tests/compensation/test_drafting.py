"""A month as it is drafted: whoever carried the pager is paid, each line has its evidence, drafting twice changes nothing."""

import time as time_module
from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.services.note_people import person_of
from compensation.enums import LineKind, Unit
from compensation.models import LedgerLine, PayMonth, Statement
from compensation.refusals import CannotPay
from compensation.services.draft_month import draft_month
from compensation.terms import Rate, month_at, next_month
from shifts.models import Layer, LayerMember, Schedule, Shift
from shifts.services.render_schedule import render_schedule
from shifts.services.request_override import take_now
from tests.cast import Cast
from tests.compensation.making import WEEK, approve_all, at, last_month, make_p0, make_rule, shift_in
from tests.shifts.making import DAY, HOUR, make_person, make_schedule

pytestmark = pytest.mark.django_db
DRAFT_QUERIES = 29


@pytest.fixture
def schedule(cast: Cast) -> Schedule:
    return make_schedule()


def sums(unit: str = Unit.MONEY) -> dict[str, Decimal]:
    """What each person gets, by name."""
    found: dict[str, Decimal] = {}
    for line in LedgerLine.objects.filter(unit=unit).select_related("person"):
        found[line.person.name] = found.get(line.person.name, Decimal()) + line.amount
    return found


def test_a_week_is_a_stipend_and_its_line_links_to_the_shift(cast: Cast, schedule: Schedule) -> None:
    rule = make_rule(cast.manager)
    shift = shift_in(schedule, cast.responder, 3, days=7)
    drafted = draft_month(actor=cast.manager, first=last_month())
    line = LedgerLine.objects.get()
    assert (line.kind, line.amount, line.shift, line.rule) == (LineKind.STIPEND, Decimal(7000), shift, rule)
    assert line.detail["rate"] == "7000"
    assert sum(line.detail["lengths"].values()) == WEEK.total_seconds()
    assert drafted.changed == 1
    assert Statement.objects.get().person == person_of(cast.responder)


def test_what_overlaps_the_month_is_cut_to_it(cast: Cast, schedule: Schedule) -> None:
    make_rule(cast.manager)
    shift_in(schedule, cast.responder, -2, days=3)
    draft_month(actor=cast.manager, first=last_month())
    assert LedgerLine.objects.get().amount == Decimal(1000)


def test_weekends_holidays_levels_and_schedules(cast: Cast, schedule: Schedule) -> None:
    other = make_schedule("database", pagerduty_id="PSCHDBA")
    make_rule(
        cast.manager,
        weekend_factor=Decimal(2),
        rates=[Rate(None, 1, Decimal(7000)), Rate(other.pk, 1, Decimal(1400)), Rate(None, 2, Decimal(700))],
    )
    monday = next(day for day in range(7) if (last_month() + day * DAY).weekday() == 0)
    shift_in(schedule, cast.responder, monday, days=7)
    shift_in(other, cast.teammate, monday)
    second = shift_in(schedule, cast.admin, monday)
    Shift.objects.filter(pk=second.pk).update(level=2)
    third = shift_in(schedule, cast.viewer, monday)
    Shift.objects.filter(pk=third.pk).update(level=3)
    draft_month(actor=cast.manager, first=last_month())
    assert sums() == {"Lin Yu-ting": Decimal(9000), "Kenji Sato": Decimal(200), "Sofia Garcia": Decimal(100)}
    line = LedgerLine.objects.get(person=person_of(cast.responder))
    assert line.detail["factors"] == {"plain": "1", "weekend": "2"}


def test_two_pagers_at_once_are_paid_once(cast: Cast, schedule: Schedule) -> None:
    other = make_schedule("database", pagerduty_id="PSCHDBA")
    make_rule(cast.manager, rates=[Rate(None, 1, Decimal(7000)), Rate(other.pk, 1, Decimal(14_000))])
    first, second = shift_in(schedule, cast.responder, 1, days=2), shift_in(other, cast.responder, 2, days=2)
    draft_month(actor=cast.manager, first=last_month())
    assert {line.shift_id: line.amount for line in LedgerLine.objects.all()} == {first.pk: 1000, second.pk: 4000}
    assert LedgerLine.objects.get(shift=first).detail["elsewhere"] == DAY.total_seconds()


def test_overrides_pay_who_really_carried_the_pager(cast: Cast) -> None:
    """Lin has it, always; Kenji takes over, and has it from then on: of the time since the one is paid and the other not."""
    make_rule(cast.manager)
    now = database_now()
    schedule = Schedule.objects.create(source="portal", name="warehouse", time_zone="UTC")
    layer = Layer.objects.create(
        schedule=schedule, position=0, name="all", handoff_at=time(0), first_on=now.date(), turn_length=52
    )
    LayerMember.objects.create(layer=layer, person=person_of(cast.responder), position=0)
    render_schedule(schedule_id=schedule.pk)
    (shift,) = Shift.objects.all()
    override, _is_new = take_now(actor=cast.teammate, key="k", shift_id=shift.pk)
    while database_now() < override.start_at + timedelta(seconds=2):
        time_module.sleep(0.2)
    terms = [make_rule(cast.manager, rates=[Rate(None, 1, Decimal(9_000_000))]).terms()]
    month = month_at(database_now(), terms)
    draft_month(actor=cast.manager, first=month)
    lines = {line.person.name: line for line in LedgerLine.objects.select_related("person", "shift")}
    stands_in = lines["Kenji Sato"]
    assert stands_in.shift is not None
    assert stands_in.shift.is_override
    assert stands_in.shift.start_at == override.start_at
    paid_until = PayMonth.objects.get().drafted_at
    assert paid_until is not None
    assert abs(sum(stands_in.detail["lengths"].values()) - (paid_until - override.start_at).total_seconds()) < 1e-3
    relieved = lines.get("Lin Yu-ting")
    if relieved is not None:
        start = max(shift.start_at, at(month))
        assert sum(relieved.detail["lengths"].values()) == (override.start_at - start).total_seconds()


def test_drafting_twice_changes_nothing_and_keeps_approvals(cast: Cast, schedule: Schedule) -> None:
    make_rule(cast.manager, rest_day_hours=Decimal(4))
    shift_in(schedule, cast.responder, 0, days=7)
    shift_in(schedule, cast.teammate, 7, days=7)
    draft_month(actor=cast.manager, first=last_month())
    approve_all(cast, last_month())
    before = list(LedgerLine.objects.values_list("pk", "amount"))
    version = PayMonth.objects.get().version
    assert draft_month(actor=cast.manager, first=last_month()).changed == 0
    assert list(LedgerLine.objects.values_list("pk", "amount")) == before
    assert PayMonth.objects.get().version == version
    assert not Statement.objects.filter(approved_at=None).exists()
    shift_in(schedule, cast.teammate, 20)
    assert draft_month(actor=cast.manager, first=last_month()).changed == 1
    assert {each.person.name: each.approved_at is None for each in Statement.objects.select_related("person")} == {
        "Lin Yu-ting": False,
        "Kenji Sato": True,
    }


def test_whose_shifts_are_gone_has_no_statement(cast: Cast, schedule: Schedule) -> None:
    make_rule(cast.manager)
    shift = shift_in(schedule, cast.responder, 3)
    draft_month(actor=cast.manager, first=last_month())
    Shift.objects.filter(pk=shift.pk).update(withdrawn_at=database_now())
    assert draft_month(actor=cast.manager, first=last_month()).changed == 1
    assert not Statement.objects.exists()
    assert not LedgerLine.objects.exists()


def test_two_versions_in_a_month_are_two_lines_of_a_shift(cast: Cast, schedule: Schedule) -> None:
    make_rule(cast.manager)
    make_rule(cast.manager, valid_from=last_month() + 10 * DAY, rates=[Rate(None, 1, Decimal(14_000))])
    shift_in(schedule, cast.responder, 8, days=4)
    draft_month(actor=cast.manager, first=last_month())
    assert list(LedgerLine.objects.order_by("position").values_list("amount", flat=True)) == [2000, 4000]


def test_what_was_carried_before_the_first_rule_is_not_paid(cast: Cast, schedule: Schedule) -> None:
    make_rule(cast.manager, valid_from=last_month() + 10 * DAY)
    shift_in(schedule, cast.responder, 8, days=4)
    draft_month(actor=cast.manager, first=last_month())
    line = LedgerLine.objects.get()
    assert line.amount == 2000
    assert "elsewhere" not in line.detail, "nor by another shift"


def test_of_two_versions_of_one_day_the_later_entered_counts(cast: Cast, schedule: Schedule) -> None:
    make_rule(cast.manager)
    make_rule(cast.manager, rates=[Rate(None, 1, Decimal(700))])
    shift_in(schedule, cast.responder, 8, days=7)
    draft_month(actor=cast.manager, first=last_month())
    assert sums() == {"Lin Yu-ting": Decimal(700)}


def test_months_that_cannot_be_drafted(cast: Cast) -> None:
    def refusal(first_day: object) -> str:
        with pytest.raises(CannotPay) as caught:
            draft_month(actor=cast.manager, first=first_day)  # type: ignore[arg-type]
        assert caught.value.text
        return caught.value.reason

    assert refusal(last_month()) == "no_rule"
    make_rule(cast.manager, valid_from=last_month())
    assert refusal((last_month() - DAY).replace(day=1)) == "no_rule"
    assert refusal(next_month(next_month(last_month()))) == "not_begun"
    assert not PayMonth.objects.exists()


def test_leave_for_rest_days_and_for_a_p0_at_night(cast: Cast, schedule: Schedule) -> None:
    make_rule(cast.manager, rest_day_hours=Decimal(4), night_hours=Decimal("2.5"))
    saturday = next(day for day in range(7) if (last_month() + day * DAY).weekday() == 5)
    shift_in(schedule, cast.responder, saturday, days=1.5)
    make_p0(1, at(last_month() + 2 * DAY, 3))
    make_p0(2, at(last_month() + 2 * DAY, 12))
    draft_month(actor=cast.manager, first=last_month())
    assert sums(Unit.HOURS) == {"Lin Yu-ting": Decimal("8.5")}
    night = LedgerLine.objects.get(incident__isnull=False)
    assert night.amount == Decimal("2.5")


def test_the_database_wants_evidence_for_every_line(cast: Cast, schedule: Schedule) -> None:
    rule = make_rule(cast.manager)
    month = PayMonth.objects.create(first=last_month(), currency="TWD")
    shift = shift_in(schedule, cast.responder, 3)
    whole = {"month": month, "person": shift.person, "kind": "stipend", "unit": "money", "amount": 1, "rule": rule}
    for fields in (whole, whole | {"shift": shift, "amount": -1}, whole | {"shift": shift, "unit": "hours"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LedgerLine.objects.create(**fields)
    LedgerLine.objects.create(**whole, shift=shift)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerLine.objects.create(**whole, shift=shift)


@pytest.mark.parametrize("count", [1, 40])
def test_what_a_draft_costs(
    count: int, cast: Cast, schedule: Schedule, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_rule(cast.manager, p0_bonus=Decimal(3000), rest_day_hours=Decimal(4), night_hours=Decimal(2))
    person_of(cast.responder)
    for number in range(count):
        person = make_person(f"P{number}", f"Person {number}")
        start = at(last_month()) + number * 12 * HOUR
        Shift.objects.create(schedule=schedule, person=person, start_at=start, end_at=start + 12 * HOUR)
        make_p0(number + 1, at(last_month() + DAY, 3) + number * HOUR, reviewed_by=cast.manager)
    with django_assert_num_queries(DRAFT_QUERIES):
        drafted = draft_month(actor=cast.manager, first=last_month())
    assert drafted.changed >= count
