"""The mirror from look to look: rows that stay, what is told to whom, and what an outage leaves."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from accounts.database_time import database_now
from accounts.models import Person
from integrations.errors import IntegrationError
from integrations.pagerduty.schedules import ScheduleClient
from shifts.feasibility import Act, Feasible, Promise, judge
from shifts.feasibility_reasons import reasons
from shifts.gaps import gaps_ahead
from shifts.models import EscalationTarget, Notice, PagingSetup, Schedule, Shift
from shifts.reachability import policies_called
from shifts.services.mirror_schedules import mirror_schedule, mirror_schedules
from simulators.pagerduty.declaring import layer
from simulators.pagerduty.declaring_people import contact, rule
from simulators.pagerduty.declaring_v3 import event
from simulators.pagerduty.schedule import Schedule as Declared
from simulators.pagerduty.schedule_v3 import ScheduleV3 as DeclaredV3
from simulators.pagerduty.testing import RunningSimulator

pytestmark = pytest.mark.django_db

RESPONDER, KENJI, MANAGER = "PRESP01", "PKENJI1", "PMGR001"


@pytest.fixture
def nights(pagerduty: RunningSimulator) -> Declared:
    start = database_now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    return pagerduty.declare_schedule(layer([RESPONDER, KENJI], start, turn_days=2), name="Nights")


def look(client: ScheduleClient) -> int:
    return mirror_schedules(pagerduty=client, now=database_now())


def rows(declared: Declared) -> list[Shift]:
    found = Shift.objects.filter(schedule__pagerduty_id=declared.id, withdrawn_at=None)
    return list(found.select_related("person").order_by("start_at"))


def test_a_second_look_changes_nothing(client: ScheduleClient, nights: Declared) -> None:
    assert look(client) > 0
    before = list(Shift.objects.values_list("pk", "start_at", "end_at", "sequence").order_by("pk"))
    assert look(client) == 0
    assert list(Shift.objects.values_list("pk", "start_at", "end_at", "sequence").order_by("pk")) == before
    assert not Notice.objects.exists()


def test_only_those_whose_shifts_changed_are_told(
    pagerduty: RunningSimulator, client: ScheduleClient, nights: Declared
) -> None:
    look(client)
    second = rows(nights)[1]
    assert second.person.pagerduty_id == KENJI
    start = second.start_at + timedelta(hours=6)
    pagerduty.declare_override(nights.id, MANAGER, start, second.end_at)
    look(client)
    second.refresh_from_db()
    assert (second.end_at, second.sequence, second.withdrawn_at) == (start, 1, None)
    told = {(notice.person.pagerduty_id, notice.kind) for notice in Notice.objects.select_related("person")}
    assert told == {(KENJI, "moved"), (MANAGER, "moved")}
    assert not Notice.objects.filter(data__has_key="count").exists(), "of one shift it says what became of it"
    (standing_in,) = [shift for shift in rows(nights) if shift.is_override]
    assert standing_in.person.pagerduty_id == MANAGER
    look(client)
    assert Notice.objects.count() == 2, "once each"


def test_whoever_stands_in_twice_on_end_stands_in(
    pagerduty: RunningSimulator, client: ScheduleClient, nights: Declared
) -> None:
    look(client)
    start = rows(nights)[1].start_at
    for hours in (8, 6):
        begins = start + timedelta(hours=hours)
        pagerduty.declare_override(nights.id, MANAGER, begins, begins + timedelta(hours=2))
    look(client)
    standing_in = [shift for shift in rows(nights) if shift.person.pagerduty_id == MANAGER]
    told = [(shift.start_at - start, shift.end_at - start, shift.is_override) for shift in standing_in]
    assert told == [(timedelta(hours=6), timedelta(hours=10), True)], "two overrides, one entry of the final schedule"


def test_a_schedule_that_cannot_be_read_keeps_its_shifts_and_says_so(
    pagerduty: RunningSimulator, client: ScheduleClient, nights: Declared
) -> None:
    look(client)
    before = len(rows(nights))
    pagerduty.fail(path_prefix=f"/schedules/{nights.id}", status=500, times=50)
    look(client)
    schedule = Schedule.objects.get(pagerduty_id=nights.id)
    assert schedule.last_error.startswith("broken")
    assert len(rows(nights)) == before
    others = Schedule.objects.exclude(pk=schedule.pk)
    assert others.filter(last_error="", mirrored_at__gt=schedule.mirrored_at).count() == others.count() > 0


#: 200, and yet not a word of who is on call.
SILENT_ANSWERS: tuple[dict[str, object], ...] = ({}, {"final_schedule": None}, {"final_schedule": {}})


@pytest.mark.parametrize("final", SILENT_ANSWERS)
@pytest.mark.parametrize("is_v3", [False, True])
def test_an_answer_that_does_not_say_who_is_on_call_takes_nobodys_shifts(
    pagerduty: RunningSimulator, client: ScheduleClient, final: dict[str, object], *, is_v3: bool
) -> None:
    start = database_now().replace(minute=0, second=0, microsecond=0)
    declared: Declared | DeclaredV3
    if is_v3:
        declared = pagerduty.declare_schedule_v3(
            [event([RESPONDER, KENJI], start, start + timedelta(hours=8), recurrence="RRULE:FREQ=DAILY")]
        )
    else:
        declared = pagerduty.declare_schedule(layer([RESPONDER, KENJI], start, turn_days=2))
    look(client)
    schedule = Schedule.objects.get(pagerduty_id=declared.id)
    before = list(schedule.shifts.values_list("uid", "sequence", "withdrawn_at").order_by("pk"))
    path = f"/v3/schedules/{declared.id}" if is_v3 else f"/schedules/{declared.id}"
    answer = {"schedule": {"id": declared.id, "summary": declared.name, **final}}
    pagerduty.fail(path_prefix=path, raw_body=json.dumps(answer))
    look(client)
    schedule.refresh_from_db()
    assert schedule.last_error.startswith("malformed")
    assert "final_schedule" in schedule.last_error
    assert before
    assert list(schedule.shifts.values_list("uid", "sequence", "withdrawn_at").order_by("pk")) == before
    assert not Notice.objects.exists()


def test_with_pagerduty_away_everything_stays(
    pagerduty: RunningSimulator, client: ScheduleClient, nights: Declared
) -> None:
    look(client)
    before = Shift.objects.filter(withdrawn_at=None).count()
    pagerduty.fail(path_prefix="/", status=503, times=500)
    with pytest.raises(IntegrationError):
        look(client)
    assert Shift.objects.filter(withdrawn_at=None).count() == before
    assert not Schedule.objects.exclude(gone_at=None).exists()


def test_a_schedule_that_is_gone_leaves_what_was(
    pagerduty: RunningSimulator, client: ScheduleClient, nights: Declared
) -> None:
    look(client)
    with pagerduty.world.transaction():
        del pagerduty.world.schedules[nights.id]
    look(client)
    schedule = Schedule.objects.get(pagerduty_id=nights.id)
    assert schedule.gone_at is not None
    now = database_now()
    assert all(shift.start_at < now and shift.end_at <= now for shift in rows(nights))
    assert set(Notice.objects.values_list("person__pagerduty_id", flat=True)) == {RESPONDER, KENJI}


def test_people_on_call_together_have_levels(pagerduty: RunningSimulator, client: ScheduleClient) -> None:
    start = database_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    both = pagerduty.declare_schedule_v3(
        [event([RESPONDER], start, start + timedelta(hours=8), recurrence="RRULE:FREQ=DAILY")],
        [event([KENJI], start, start + timedelta(hours=8), recurrence="RRULE:FREQ=DAILY")],
    )
    look(client)
    schedule = Schedule.objects.get(pagerduty_id=both.id)
    assert schedule.source == "pagerduty3"
    now = database_now()
    current = schedule.shifts.filter(start_at__lte=now, end_at__gt=now).order_by("level")
    assert [shift.level for shift in current] == [1, 2]
    assert {shift.person.pagerduty_id for shift in current} == {RESPONDER, KENJI}
    assert Person.objects.get(pagerduty_id=KENJI).name == "Kenji Sato"


def test_levels_are_known_with_their_delays(pagerduty: RunningSimulator, client: ScheduleClient) -> None:
    schedule = pagerduty.declare_schedule(layer([RESPONDER], database_now(), turn_days=1))
    pagerduty.declare_policy([schedule.id], [MANAGER], name="Nights", delay_minutes=12)
    look(client)
    targets = EscalationTarget.objects.filter(policy_name="Nights").order_by("level")
    assert [(each.level, each.delay_minutes) for each in targets] == [(1, 12), (2, 12)]
    assert targets[0].schedule is not None
    assert targets[0].schedule.pagerduty_id == schedule.id
    assert targets[1].person is not None
    look(client)
    assert EscalationTarget.objects.filter(policy_name="Nights").count() == 2


def test_a_level_whose_schedule_is_not_shown_keeps_its_place(
    pagerduty: RunningSimulator, client: ScheduleClient
) -> None:
    start = database_now().replace(minute=0, second=0, microsecond=0)
    hidden = pagerduty.declare_schedule_v3(
        [event([RESPONDER], start, start + timedelta(hours=8), recurrence="RRULE:FREQ=DAILY")]
    )
    pagerduty.declare_policy([hidden.id], [MANAGER], name="Nights", delay_minutes=12)
    phone = contact("phone")
    pagerduty.set_paging(MANAGER, [phone], [rule(phone, 0)])
    pagerduty.fail(path_prefix="/v3/schedules", status=403, times=50)
    look(client)
    targets = EscalationTarget.objects.filter(policy_name="Nights").order_by("level")
    assert [(each.level, each.delay_minutes, each.schedule_id) for each in targets] == [(1, 12, None), (2, 12, None)]
    (policy,) = [each for each in policies_called(database_now()).policies if each.name == "Nights"]
    respond = Promise("P0", Act.RESPOND, timedelta(minutes=5))
    assert judge(policy, respond).verdict is Feasible.UNKNOWN
    found = {reason.level: reason.text for reason in reasons(policy, [respond])}
    assert found[1].startswith("Level 1 of “Nights” calls a schedule that the portal could not read")
    assert found[2].startswith("Level 2 of “Nights” is called 12 min after the trigger, too late")
    assert gaps_ahead(database_now()) == [], "nobody knows of a hole in what nobody sees"


def test_one_schedule_at_once(pagerduty: RunningSimulator, client: ScheduleClient, nights: Declared) -> None:
    look(client)
    schedule = Schedule.objects.get(pagerduty_id=nights.id)
    pagerduty.declare_override(
        nights.id, MANAGER, database_now() + timedelta(hours=1), database_now() + timedelta(hours=2)
    )
    before = client.calls
    assert mirror_schedule(schedule_id=schedule.pk, pagerduty=client, now=database_now()) >= 2
    assert client.calls - before == 1


def test_version_3_that_is_refused_takes_nobodys_shifts(pagerduty: RunningSimulator, client: ScheduleClient) -> None:
    start = database_now().replace(minute=0, second=0, microsecond=0)
    daily = pagerduty.declare_schedule_v3(
        [event([RESPONDER, KENJI], start, start + timedelta(hours=8), recurrence="RRULE:FREQ=DAILY")]
    )
    look(client)
    before = Shift.objects.filter(withdrawn_at=None).count()
    pagerduty.fail(path_prefix="/v3/schedules", status=403, times=50)
    look(client)
    schedule = Schedule.objects.get(pagerduty_id=daily.id)
    assert (schedule.gone_at, schedule.last_error.partition(":")[0]) == (None, "no_permission")
    assert Shift.objects.filter(withdrawn_at=None).count() == before
    assert not Notice.objects.exists()


def test_a_long_shift_keeps_its_level_when_who_had_the_other_goes_home(
    pagerduty: RunningSimulator, client: ScheduleClient
) -> None:
    start = database_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    both = pagerduty.declare_schedule_v3(
        [event([RESPONDER], start, start + timedelta(hours=2), recurrence="RRULE:FREQ=DAILY")],
        custom_shifts=[(KENJI, start + timedelta(minutes=30), start + timedelta(hours=30))],
    )
    look(client)
    long = Shift.objects.get(schedule__pagerduty_id=both.id, person__pagerduty_id=KENJI)
    assert long.level == 2
    for hours in (3, 26):
        later = start + timedelta(hours=hours)
        pagerduty.move_to(later)
        mirror_schedules(pagerduty=client, now=later)
        kept = Shift.objects.get(pk=long.pk)
        assert (kept.level, kept.start_at, kept.sequence) == (2, long.start_at, 0)


def test_how_everybody_is_reached(pagerduty: RunningSimulator, client: ScheduleClient) -> None:
    phone = contact("phone", is_blacklisted=True)
    pagerduty.set_paging(KENJI, [phone], [rule(phone, 20)])
    look(client)
    setup = PagingSetup.objects.get(person__pagerduty_id=KENJI)
    assert [(each["kind"], each["is_blacklisted"]) for each in setup.contact_methods] == [("phone", True)]
    assert [(each["urgency"], each["delay_minutes"]) for each in setup.rules] == [("high", 20)]
    assert "+" not in str(setup.contact_methods), "no number is kept"


def test_one_schedules_trouble_is_not_the_others(
    pagerduty: RunningSimulator, client: ScheduleClient, nights: Declared
) -> None:
    look(client)
    schedule = Schedule.objects.get(pagerduty_id=nights.id)
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE shifts_schedule ADD CONSTRAINT refuses CHECK (id <> %s OR mirrored_at = %s)",
            [schedule.pk, schedule.mirrored_at],
        )
    look(client)
    schedule.refresh_from_db()
    assert schedule.last_error.startswith("malformed")
    others = Schedule.objects.exclude(pk=schedule.pk)
    assert others.filter(last_error="", mirrored_at__gt=schedule.mirrored_at).count() == others.count() > 0
