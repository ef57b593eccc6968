"""Schedules kept here: made, edited, closed; what is over stays; whose shifts changed is told."""

import re
from datetime import UTC, date, time, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.database_time import database_now
from accounts.models import AuditRecord, Person
from shifts.enums import TurnUnit
from shifts.matching import Wanted
from shifts.models import Notice, ReminderChoice, Schedule, Shift
from shifts.notice_words import notice_words
from shifts.refusals import CannotChange
from shifts.rotation import Rotation
from shifts.services.render_schedule import render_schedule
from shifts.services.request_override import request_override
from shifts.services.store_schedule import Plan, close_schedule, create_schedule, edit_schedule
from shifts.services.store_shifts import AHEAD, Window, store_shifts
from tests.cast import Cast
from tests.shifts.making import DAY, make_schedule, make_shift

pytestmark = pytest.mark.django_db


def plan(*people: Person, name: str = "Office", zone: str = "Asia/Taipei", **rotation: object) -> Plan:
    first_on = (database_now() - timedelta(days=3)).date()
    layer = Rotation([person.pk for person in people], time(9), first_on, **rotation)  # type: ignore[arg-type]
    return Plan(name, zone, [("Weekly", layer)])


def live(schedule: Schedule) -> list[Shift]:
    return list(Shift.objects.filter(schedule=schedule, withdrawn_at=None).order_by("start_at"))


def test_it_has_its_shifts_at_once(cast: Cast, people: list[Person]) -> None:
    schedule = create_schedule(actor=cast.manager, key="k", plan=plan(*people))
    shifts = live(schedule)
    assert [shift.person for shift in shifts[:4]] == [*people, people[0]]
    assert shifts[-1].end_at > database_now() + timedelta(days=89)
    told = Notice.objects.select_related("person").order_by("person__pk")
    assert {notice.person for notice in told} == set(people), "whom it puts on call hears of it"
    assert len(told) == len(people), "once each"
    words = notice_words(told[0].kind, told[0].data, UTC)
    assert re.match(r"\d of your shifts on Office changed, the next: it is now .* UTC, and was not yours\.$", words)
    assert AuditRecord.objects.get(verb="create_schedule").actor == cast.manager
    assert render_schedule(schedule_id=schedule.pk) == 0, "rendering again changes nothing"


def test_an_edit_moves_what_is_to_come_and_tells_whom_it_concerns(cast: Cast, people: list[Person]) -> None:
    first, second, third = people
    schedule = create_schedule(actor=cast.manager, key="k", plan=plan(first, second, third, turn_length=2))
    before = live(schedule)
    Notice.objects.all().delete()
    edit_schedule(
        actor=cast.manager, schedule_id=schedule.pk, expected_version=1, plan=plan(first, third, second, turn_length=2)
    )
    after = live(schedule)
    assert after[0].pk == before[0].pk, "the running turn is the same row"
    assert (after[0].start_at, after[0].sequence) == (before[0].start_at, 0)
    assert [shift.person for shift in after[:3]] == [first, third, second]
    told = set(Notice.objects.values_list("person__name", flat=True))
    assert told == {second.name, third.name}
    for shift in before:
        assert Shift.objects.filter(pk=shift.pk).exists(), "nothing that a preflight may refer to vanishes"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, {}),
        ({"turn_length": 2}, {"turn_length": 2}),
        ({"turn_unit": TurnUnit.DAY}, {"turn_unit": "day"}),
        ({"until_on": date(2090, 1, 2)}, {"until_on": "2090-01-02"}),
        ({"only_from": time(22), "only_to": time(6, 30)}, {"only_from": "22:00:00", "only_to": "06:30:00"}),
        ({"only_on": (0, 4)}, {"only_on": [0, 4]}),
    ],
)
def test_the_record_of_an_edit_says_the_whole_plan(
    change: dict[str, Any], told: dict[str, object], cast: Cast, people: list[Person]
) -> None:
    first = people[0]
    schedule = create_schedule(actor=cast.manager, key="k", plan=plan(first))
    edit_schedule(actor=cast.manager, schedule_id=schedule.pk, expected_version=1, plan=plan(first, **change))
    first_on = schedule.layers.get().first_on.isoformat()
    usual: dict[str, object] = {
        "name": "Weekly",
        "people": [first.pk],
        "handoff_at": "09:00:00",
        "first_on": first_on,
        "until_on": None,
    }
    usual |= {"turn_unit": "week", "turn_length": 1, "only_from": None, "only_to": None, "only_on": []}
    record = AuditRecord.objects.get(verb="edit_schedule")
    assert record.data["layers"] == [usual | told]
    call_command("verify_audit")


def test_ninety_shifts_that_an_edit_moves_are_one_notice_a_person(cast: Cast, people: list[Person]) -> None:
    first, second, third = people
    daily = {"turn_unit": TurnUnit.DAY}
    schedule = create_schedule(actor=cast.manager, key="k", plan=plan(first, second, third, **daily))
    Notice.objects.all().delete()
    ReminderChoice.objects.create(user=cast.teammate, in_slack=True, hours_before=[1])
    with CaptureQueriesContext(connection) as queries:
        edit_schedule(
            actor=cast.manager, schedule_id=schedule.pk, expected_version=1, plan=plan(first, third, second, **daily)
        )
    notices = {notice.person: notice for notice in Notice.objects.select_related("person", "shift")}
    assert Notice.objects.count() == len(notices) == 2
    assert first not in notices, "whose turns stay where they were is told nothing"
    assert {person: notice.slack_due for person, notice in notices.items()} == {second: True, third: False}
    for person, notice in notices.items():
        theirs = [shift for shift in live(schedule) if shift.person == person]
        assert abs(notice.data["count"] - len(theirs)) <= 1, "as many as they have, not what went and what came"
        soonest = min(shift.start_at for shift in Shift.objects.filter(schedule=schedule, person=person))
        assert soonest.isoformat() in (notice.data.get("start"), notice.data.get("was_start")), "the next of them"
    for table in ("shifts_notice", "shifts_reminderchoice"):
        assert sum(f'"{table}"' in query["sql"] for query in queries) == 1, table


def test_a_shift_that_moved_far_is_one_that_moved(people: list[Person]) -> None:
    """By more than a day it is another row, and yet one thing to tell."""
    schedule, now = make_schedule(pagerduty_id=None), database_now()
    old = make_shift(schedule, people[0], begins_in=5 * DAY)
    turn = Wanted(people[0].pk, old.start_at + 3 * DAY, old.end_at + 3 * DAY)
    with transaction.atomic():
        assert store_shifts(schedule=schedule, turns=[turn], window=Window(now, now + AHEAD), now=now) == 2
    notice = Notice.objects.get()
    assert notice.data == {
        "schedule": schedule.name,
        "was_start": old.start_at.isoformat(),
        "was_end": old.end_at.isoformat(),
        "start": turn.start.isoformat(),
        "end": turn.end.isoformat(),
    }
    assert notice.shift == live(schedule)[0]


def test_two_who_edit_at_once(cast: Cast, people: list[Person]) -> None:
    schedule = create_schedule(actor=cast.manager, key="k", plan=plan(*people))
    edit_schedule(actor=cast.manager, schedule_id=schedule.pk, expected_version=1, plan=plan(people[0]))
    with pytest.raises(CannotChange) as caught:
        edit_schedule(actor=cast.admin, schedule_id=schedule.pk, expected_version=1, plan=plan(people[1]))
    assert caught.value.reason == "edited_meanwhile"
    assert {shift.person for shift in live(schedule)} == {people[0]}


def test_an_override_counts_at_once_and_is_taken_back(cast: Cast, people: list[Person]) -> None:
    first, second, _third = people
    schedule = create_schedule(actor=cast.manager, key="k", plan=plan(first))
    start = database_now().replace(microsecond=0) + timedelta(hours=1)
    request_override(
        actor=cast.manager,
        key="k",
        schedule_id=schedule.pk,
        person_id=second.pk,
        start_at=start,
        end_at=start + timedelta(hours=2),
        reason="",
    )
    assert [(shift.person, shift.is_override) for shift in live(schedule)][:3] == [
        (first, False),
        (second, True),
        (first, False),
    ]


def test_closing_it_ends_the_running_shift_and_no_other(cast: Cast, people: list[Person]) -> None:
    schedule = create_schedule(actor=cast.manager, key="k", plan=plan(*people))
    close_schedule(actor=cast.manager, schedule_id=schedule.pk)
    assert close_schedule(actor=cast.manager, schedule_id=schedule.pk).gone_at is not None
    (running,) = live(schedule)
    assert running.person == people[0]
    assert running.end_at <= database_now()
    with pytest.raises(CannotChange) as caught:
        edit_schedule(actor=cast.manager, schedule_id=schedule.pk, expected_version=1, plan=plan(*people))
    assert caught.value.reason == "schedule_gone"


def test_what_is_no_schedule(cast: Cast, people: list[Person]) -> None:
    first = people[0]
    cases = [
        (plan(first, name=" \x00 "), "no_name"),
        (plan(first, zone="Mars/Olympus"), "bad_zone"),
        (Plan("Office", "UTC", []), "no_layer"),
        (plan(), "no_members"),
        (plan(first, turn_length=0), "bad_turn"),
        (plan(first, until_on=date(2020, 1, 1)), "ends_before"),
        (Plan("Office", "UTC", [("", Rotation([10**9], time(9), date(2026, 1, 1)))]), "unknown_person"),
    ]
    for bad, reason in cases:
        with pytest.raises(CannotChange) as caught:
            create_schedule(actor=cast.manager, key="k", plan=bad)
        assert (caught.value.reason, bool(caught.value.text)) == (reason, True)
    assert not Schedule.objects.exists()


def test_the_database_lets_nobody_be_on_call_twice(cast: Cast, people: list[Person]) -> None:
    schedule = create_schedule(actor=cast.manager, key="k", plan=plan(*people))
    running = live(schedule)[0]
    end_at = running.start_at + timedelta(hours=1)
    with transaction.atomic(), connection.cursor() as cursor:
        Shift.objects.create(schedule=schedule, person=people[1], start_at=running.start_at, end_at=end_at)
        with pytest.raises(IntegrityError, match="shift_alone_on_its_level"):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
