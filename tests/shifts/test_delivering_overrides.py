"""An override reaches PagerDuty once, whatever is lost on the way; what PagerDuty refuses is told and asked for again."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from accounts.database_time import database_now
from accounts.services.note_people import person_of
from integrations.pagerduty.schedules import ScheduleClient
from shifts.models import CoverRequest, Notice, Override, Schedule, Shift
from shifts.services import deliver_overrides as delivering
from shifts.services.cancel_override import cancel_override
from shifts.services.mirror_schedules import mirror_schedule
from shifts.services.request_cover import accept_cover, request_cover
from shifts.services.request_override import request_override, take_now
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of, make_cast
from tests.shifts.making import DAY, HOUR, make_schedule, make_shift


def client_of(pagerduty: RunningSimulator) -> ScheduleClient:
    return ScheduleClient(token=pagerduty.token, base_url=pagerduty.url, timeout=2.0)


def deliver(pagerduty: RunningSimulator) -> None:
    """Everything that is due, whatever it has waited for."""
    Override.objects.filter(state__in=delivering.PENDING).update(next_attempt_at=database_now())
    for due in delivering.due_overrides():
        following: int | None = due
        while following is not None:
            following = delivering.deliver_override(override_id=following, pagerduty=client_of(pagerduty))


def ask(cast: Cast, schedule: Schedule, *, begins_in: timedelta = DAY, key: str = "k") -> Override:
    start = database_now() + begins_in
    return request_override(
        actor=cast.teammate,
        key=key,
        schedule_id=schedule.pk,
        person_id=person_of(cast.teammate).pk,
        start_at=start,
        end_at=start + 2 * HOUR,
    )[0]


def there(pagerduty: RunningSimulator) -> list[str]:
    """Who stands in at PagerDuty in the next days, by its own list."""
    now = database_now()
    listed = client_of(pagerduty).overrides("PSCHPRI", since=now - HOUR, until=now + 5 * DAY, is_v3=False)
    return [each.person.id for each in listed]


@pytest.mark.django_db
def test_it_arrives_and_stands(cast: Cast, schedule: Schedule, pagerduty: RunningSimulator) -> None:
    override = ask(cast, schedule)
    deliver(pagerduty)
    override.refresh_from_db()
    assert override.state == "standing"
    assert override.pagerduty_id
    assert there(pagerduty) == ["PKENJI1"]
    assert pagerduty.truth("PSCHPRI", override.start_at) == {"PKENJI1"}


@pytest.mark.django_db
def test_a_lost_answer_doubles_nothing(cast: Cast, schedule: Schedule, pagerduty: RunningSimulator) -> None:
    override = ask(cast, schedule)
    pagerduty.fail(path_prefix="/schedules", method="POST", is_applied=True, reset=True)
    deliver(pagerduty)
    override.refresh_from_db()
    assert (override.state, override.attempts) == ("waiting", 1)
    deliver(pagerduty)
    override.refresh_from_db()
    assert override.state == "standing"
    assert there(pagerduty) == ["PKENJI1"]
    assert pagerduty.count("POST", "/schedules") == 1


@pytest.mark.django_db
def test_the_lost_answer_of_one_that_has_begun_doubles_nothing(
    cast: Cast, schedule: Schedule, pagerduty: RunningSimulator
) -> None:
    shift = make_shift(schedule, cast.responder, begins_in=-HOUR, lasts=5 * HOUR)
    override, _is_new = take_now(actor=cast.teammate, key="k", shift_id=shift.pk)
    pagerduty.fail(path_prefix="/schedules", method="POST", is_applied=True, reset=True)
    deliver(pagerduty)
    deliver(pagerduty)
    override.refresh_from_db()
    assert override.state == "standing"
    assert pagerduty.count("POST", "/schedules") == 1
    assert pagerduty.truth("PSCHPRI", database_now() + HOUR) == {"PKENJI1"}
    assert pagerduty.truth("PSCHPRI", shift.end_at + timedelta(minutes=1)) == {"PRESP01"}


@pytest.mark.django_db
def test_an_outage_is_waited_out_and_later_ones_keep_their_turn(
    cast: Cast, schedule: Schedule, pagerduty: RunningSimulator
) -> None:
    first, second = ask(cast, schedule), _over(ask(cast, schedule, begins_in=2 * DAY, key="k2"))
    pagerduty.fail(path_prefix="/schedules", status=503)
    assert delivering.deliver_override(override_id=second.pk, pagerduty=client_of(pagerduty)) is None
    deliver(pagerduty)
    first.refresh_from_db()
    assert first.state == "waiting"
    assert first.last_error.startswith("broken")
    assert there(pagerduty) == []
    deliver(pagerduty)
    assert there(pagerduty) == ["PKENJI1", "PKENJI1"]


def _over(override: Override) -> Override:
    """The same, beginning within the one before, as when somebody takes over."""
    override.start_at -= DAY - HOUR
    override.end_at -= DAY - HOUR
    override.save()
    return override


@pytest.mark.django_db
def test_what_is_for_another_time_waits_for_nobody(cast: Cast, schedule: Schedule, pagerduty: RunningSimulator) -> None:
    first, second = ask(cast, schedule, begins_in=3 * DAY), ask(cast, schedule, begins_in=HOUR, key="k2")
    pagerduty.fail(path_prefix="/schedules", status=503)
    delivering.deliver_override(override_id=first.pk, pagerduty=client_of(pagerduty))
    delivering.deliver_override(override_id=second.pk, pagerduty=client_of(pagerduty))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("waiting", "standing")


@pytest.mark.django_db
def test_calling_off_takes_it_away_there(cast: Cast, schedule: Schedule, pagerduty: RunningSimulator) -> None:
    override = ask(cast, schedule)
    deliver(pagerduty)
    cancel_override(actor=cast.teammate, override_id=override.pk)
    pagerduty.fail(path_prefix="/schedules", method="DELETE", is_applied=True, reset=True)
    deliver(pagerduty)
    deliver(pagerduty)
    override.refresh_from_db()
    assert override.state == "cancelled"
    assert there(pagerduty) == []


@pytest.mark.django_db
def test_calling_off_what_may_have_arrived(cast: Cast, schedule: Schedule, pagerduty: RunningSimulator) -> None:
    override = ask(cast, schedule)
    pagerduty.fail(path_prefix="/schedules", method="POST", is_applied=True, reset=True)
    deliver(pagerduty)
    assert cancel_override(actor=cast.teammate, override_id=override.pk).state == "cancelling"
    deliver(pagerduty)
    override.refresh_from_db()
    assert override.state == "cancelled"
    assert there(pagerduty) == []


@pytest.mark.django_db
def test_whoever_is_relieved_by_take_now_was_on_call_until_then(
    cast: Cast, schedule: Schedule, pagerduty: RunningSimulator
) -> None:
    shift = make_shift(schedule, cast.responder, begins_in=-HOUR, lasts=5 * HOUR)
    before, _is_new = take_now(actor=cast.teammate, key="k", shift_id=shift.pk)
    deliver(pagerduty)
    Override.objects.update(start_at=before.start_at - timedelta(minutes=1))
    after, _is_new = take_now(actor=cast.manager, key="k", shift_id=shift.pk)
    deliver(pagerduty)
    before.refresh_from_db()
    after.refresh_from_db()
    assert (before.state, after.state) == ("standing", "standing")
    assert before.end_at <= after.start_at + timedelta(seconds=5)
    assert pagerduty.truth("PSCHPRI", database_now() + HOUR) == {"PMGR001"}


@pytest.mark.django_db
def test_what_pagerduty_refuses_is_told_and_asked_for_again(
    cast: Cast, schedule: Schedule, pagerduty: RunningSimulator
) -> None:
    shift = make_shift(schedule, cast.responder, begins_in=DAY)
    request = request_cover(actor=cast.responder, shift_id=shift.pk, start_at=shift.start_at, end_at=shift.end_at)[0]
    accept_cover(actor=cast.teammate, request_id=request.pk)
    pagerduty.fail(path_prefix="/schedules", method="POST", status=400, message="Invalid <b>override</b>")
    deliver(pagerduty)
    override = Override.objects.get()
    assert override.state == "refused"
    assert "Invalid <b>override</b>" in override.last_error
    told = Notice.objects.filter(kind="refused").values_list("person__name", flat=True)
    assert sorted(told) == ["Kenji Sato", "Lin Yu-ting"]
    request.refresh_from_db()
    assert (request.state, request.override, request.taken_by) == ("open", None, None)
    accept_cover(actor=cast.manager, request_id=request.pk)
    assert CoverRequest.objects.get().taken_by == person_of(cast.manager)


@pytest.mark.django_db
def test_too_late_it_is_given_up(cast: Cast, schedule: Schedule, pagerduty: RunningSimulator) -> None:
    override = ask(cast, schedule)
    past = database_now() - timedelta(seconds=1)
    Override.objects.update(start_at=past - HOUR, end_at=past)
    deliver(pagerduty)
    override.refresh_from_db()
    assert (override.state, override.last_error) == ("refused", "too_late: its time is over")
    assert pagerduty.count("POST", "/schedules") == 0


@pytest.mark.django_db
def test_after_it_the_mirror_has_the_shift(cast: Cast, schedule: Schedule, pagerduty: RunningSimulator) -> None:
    override = ask(cast, schedule)
    deliver(pagerduty)
    mirror_schedule(schedule_id=schedule.pk, pagerduty=client_of(pagerduty), now=database_now())
    shift = Shift.objects.get(start_at=override.start_at)
    assert (shift.person, shift.end_at, shift.is_override) == (override.person, override.end_at, True)
    page = browser_of(cast.viewer).get(f"/shifts/{shift.pk}/").content.decode()
    assert "stands in" in page


@pytest.mark.django_db
def test_the_mirror_tells_only_those_who_do_not_know_it(
    cast: Cast, schedule: Schedule, pagerduty: RunningSimulator
) -> None:
    def mirror() -> set[tuple[str, str]]:
        deliver(pagerduty)
        mirror_schedule(schedule_id=schedule.pk, pagerduty=client_of(pagerduty), now=database_now())
        told = {(notice.person.name, notice.kind) for notice in Notice.objects.select_related("person")}
        Notice.objects.all().delete()
        return told

    Schedule.objects.update(mirrored_at=None, mirrored_until=None)
    assert mirror() == set(), "what the mirror sees first nobody did"
    theirs = Shift.objects.filter(start_at__gt=database_now() + HOUR).exclude(person=person_of(cast.teammate))
    shift = theirs.select_related("person").earliest("start_at")
    start, end = shift.start_at + HOUR, shift.start_at + 2 * HOUR
    request, _is_new = request_cover(actor=cast.manager, shift_id=shift.pk, start_at=start, end_at=end, asked_id=None)
    Notice.objects.all().delete()
    accept_cover(actor=cast.teammate, request_id=request.pk)
    assert mirror() == {(shift.person.name, "taken")}
    by_a_manager = {"actor": cast.manager, "schedule_id": schedule.pk, "person_id": person_of(cast.teammate).pk}
    request_override(key="m", start_at=end + HOUR, end_at=end + 2 * HOUR, **by_a_manager)  # type: ignore[arg-type]
    assert mirror() == {(shift.person.name, "moved"), ("Kenji Sato", "moved")}
    pagerduty.declare_override("PSCHPRI", "PKENJI1", end + 3 * HOUR, end + 4 * HOUR)
    assert mirror() == {(shift.person.name, "moved"), ("Kenji Sato", "moved")}, "made in PagerDuty itself"


@pytest.mark.django_db
def test_a_running_shift_that_is_cut_early_and_made_whole_again_stays_the_same_row(
    cast: Cast, schedule: Schedule, pagerduty: RunningSimulator
) -> None:
    def mirror() -> Shift:
        mirror_schedule(schedule_id=schedule.pk, pagerduty=client_of(pagerduty), now=database_now())
        now = database_now()
        return Shift.objects.get(withdrawn_at=None, start_at__lte=now, end_at__gt=now)

    Schedule.objects.update(mirrored_at=None, mirrored_until=None)
    running = mirror()
    override = ask(cast, schedule, begins_in=timedelta(minutes=5))
    deliver(pagerduty)
    cut = mirror()
    assert (cut.pk, cut.end_at) == (running.pk, override.start_at)
    cancel_override(actor=cast.teammate, override_id=override.pk)
    deliver(pagerduty)
    assert (mirror().pk, mirror().end_at) == (running.pk, running.end_at)


@pytest.mark.django_db(transaction=True)
def test_two_workers_deliver_once(pagerduty: RunningSimulator) -> None:
    cast = make_cast()
    override = ask(cast, make_schedule())
    both = threading.Barrier(2)

    def work() -> None:
        both.wait()
        delivering.deliver_override(override_id=override.pk, pagerduty=client_of(pagerduty))
        connection.close()

    threads = [threading.Thread(target=work) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pagerduty.count("POST", "/schedules") == 1
