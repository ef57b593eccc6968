"""Where nobody will be on call: found 14 days ahead, against a naive count of hours; told to the managers once."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from shifts.calendar import Stretch, gaps_of
from shifts.duties import duties_at
from shifts.enums import NoticeKind
from shifts.gaps import AHEAD, Ring, gaps_ahead
from shifts.models import EscalationTarget, Notice, Schedule, Shift
from shifts.notice_words import notice_words
from shifts.schedule_tasks import tell_gaps
from tests.cast import Cast, browser_of
from tests.shifts.making import DAY, HOUR, make_person, make_schedule, make_shift

pytestmark = pytest.mark.django_db


def name_in(policy: str, level: int, target: Schedule | None = None) -> None:
    """A level of a policy: a schedule, or somebody who is always reached."""
    person = None if target else make_person("PALWAYS", "Always Reached")
    EscalationTarget.objects.create(
        policy_id=f"P{policy}", policy_name=policy, level=level, delay_minutes=5, schedule=target, person=person
    )


def found(now: datetime) -> list[tuple[str, timedelta, timedelta]]:
    """Each gap's schedule, its beginning and its end, from `now`."""
    return [(gap.schedule_name, gap.start - now, gap.end - now) for gap in gaps_ahead(now)]


@pytest.fixture
def now() -> datetime:
    return database_now().replace(microsecond=0) + timedelta(seconds=1)


def test_between_two_shifts_and_after_the_last(cast: Cast, now: datetime) -> None:
    schedule = make_schedule()
    name_in("chatops", 1, schedule)
    make_shift(schedule, cast.responder, start=now - HOUR, lasts=DAY + HOUR)
    make_shift(schedule, cast.teammate, start=now + DAY + HOUR, lasts=10 * DAY)
    assert found(now) == [("chatops primary", DAY, DAY + HOUR), ("chatops primary", 11 * DAY + HOUR, AHEAD)]


def test_one_that_runs_began_when_the_last_shift_ended(cast: Cast, now: datetime) -> None:
    schedule = make_schedule(pagerduty_id=None)
    make_shift(schedule, cast.responder, start=now - 3 * HOUR, lasts=HOUR)
    make_shift(schedule, cast.responder, start=now + HOUR, lasts=30 * DAY)
    assert found(now) == [("chatops primary", -2 * HOUR, HOUR)]
    later = now + timedelta(minutes=5)
    assert [gap.start for gap in gaps_ahead(later)] == [now - 2 * HOUR], "it is the same gap at every look"


def test_only_what_matters_and_what_is_known(cast: Cast, now: datetime) -> None:
    make_schedule("in no policy")
    gone = make_schedule("gone", pagerduty_id="PGONE")
    unread = make_schedule("not read yet", pagerduty_id="PUNREAD")
    Schedule.objects.filter(pk=gone.pk).update(gone_at=now)
    Schedule.objects.filter(pk=unread.pk).update(mirrored_at=None, mirrored_until=None)
    for schedule in (gone, unread):
        name_in("chatops", 1, schedule)
    assert found(now) == []
    short = make_schedule("read two days ahead", pagerduty_id=None)
    Schedule.objects.filter(pk=short.pk).update(mirrored_until=now + 2 * DAY)
    make_shift(short, cast.responder, start=now, lasts=DAY)
    assert found(now) == [("read two days ahead", DAY, 2 * DAY)]


def test_several_at_once_and_one_that_was_withdrawn(cast: Cast, now: datetime) -> None:
    schedule = make_schedule(pagerduty_id=None)
    make_shift(schedule, cast.responder, start=now, lasts=AHEAD)
    Shift.objects.create(schedule=schedule, level=2, person=make_person("P2", "Two"), start_at=now, end_at=now + DAY)
    assert found(now) == []
    Shift.objects.filter(level=1).update(withdrawn_at=now)
    assert found(now) == [("chatops primary", DAY, AHEAD)]


def test_one_that_is_kept_here_has_no_gap_before_it_begins(cast: Cast, now: datetime) -> None:
    kept, mirrored = make_schedule(pagerduty_id=None), make_schedule("mirrored")
    name_in("chatops", 1, mirrored)
    assert found(now) == [
        ("chatops primary", kept.created_at - now, AHEAD),
        ("mirrored", mirrored.created_at - now, AHEAD),
    ]
    for schedule in (kept, mirrored):
        make_shift(schedule, cast.responder, start=now + DAY, lasts=DAY)
        make_shift(schedule, cast.responder, start=now + 3 * DAY, lasts=AHEAD)
    later = (2 * DAY, 3 * DAY)
    both = [("chatops primary", *later), ("mirrored", mirrored.created_at - now, DAY), ("mirrored", *later)]
    assert sorted(found(now)) == both
    window = Stretch(now - DAY, now + 4 * DAY)
    drawn = [gaps_of(schedule, schedule.shifts.all(), window) for schedule in (kept, mirrored)]
    assert [[(gap.start - now, gap.end - now) for gap in gaps] for gaps in drawn] == [
        [later],
        [(mirrored.created_at - now, DAY), later],
    ], "and the calendar says the same"
    Shift.objects.filter(schedule=kept).delete()
    make_shift(kept, cast.responder, start=now + AHEAD + DAY, lasts=DAY)
    assert [gap.schedule_name for gap in gaps_ahead(now)] == ["mirrored", "mirrored"], "however far ahead it begins"


def test_who_is_reached_meanwhile(cast: Cast, now: datetime) -> None:
    primary, second = make_schedule(), make_schedule("second", pagerduty_id="PSEC")
    unseen = EscalationTarget(policy_id="Palone", policy_name="alone", level=2, delay_minutes=5)
    unseen.save()  # a schedule that PagerDuty does not show: who it would ring nobody knows
    for policy in ("alone", "with a person", "with a schedule", "with half a schedule"):
        name_in(policy, 1, primary)
    name_in("with a person", 4)
    name_in("with a schedule", 2, second)
    name_in("with a schedule", 3)
    name_in("with half a schedule", 2, half := make_schedule("half", pagerduty_id="PHALF"))
    make_shift(primary, cast.responder, start=now + DAY, lasts=AHEAD)
    make_shift(second, cast.teammate, start=now - DAY, lasts=DAY + 12 * HOUR)
    make_shift(second, cast.responder, start=now + 12 * HOUR, lasts=AHEAD)
    make_shift(half, cast.responder, start=now + 12 * HOUR, lasts=AHEAD)
    gap = next(each for each in gaps_ahead(now) if each.schedule_id == primary.pk)
    assert gap.rings == (
        Ring("alone", None),
        Ring("with a person", 4),
        Ring("with a schedule", 2),
        Ring("with half a schedule", None),
    )
    assert gap.is_silent


def test_the_worst_comes_first(cast: Cast, now: datetime) -> None:
    rung, silent = make_schedule("rung"), make_schedule("silent", pagerduty_id="PSIL")
    name_in("one", 1, rung)
    name_in("one", 2)
    name_in("two", 1, silent)
    make_shift(silent, cast.responder, start=now, lasts=DAY)
    assert [(gap.schedule_name, gap.is_silent) for gap in gaps_ahead(now)] == [("silent", True), ("rung", False)]


@pytest.mark.parametrize("seed", range(12))
def test_equal_to_a_count_of_hours(seed: int, now: datetime) -> None:
    """Every shift begins and ends at a whole hour from `now`: asking once an hour sees everything."""
    # However long it takes to write them, the schedules are there at that instant.
    now += timedelta(minutes=1)
    chance = random.Random(seed)  # noqa: S311  # no secret
    schedules = [make_schedule(f"s{number}", pagerduty_id=f"PS{number}") for number in range(5)]
    Schedule.objects.update(created_at=now - DAY)  # on a busy machine they were made after `now`
    person, policies = make_person("P1", "One"), ["p0", "p1"]
    for schedule in schedules:
        for policy in policies:
            if chance.random() < 0.6:
                name_in(policy, chance.randint(1, 3), schedule)
        at = now + timedelta(hours=chance.randint(-60, 60))
        while at < now + 16 * DAY:
            lasts = timedelta(hours=chance.randint(1, 90))
            make_shift(schedule, person, start=at, lasts=lasts)
            at += lasts + timedelta(hours=chance.choice([0, 0, 1, 30]))
    hours = [now + number * HOUR for number in range(14 * 24)]
    covered = {
        (shift.schedule_id, hour)
        for shift in Shift.objects.all()
        for hour in hours
        if shift.start_at <= hour < shift.end_at
    }
    gaps = gaps_ahead(now)
    for schedule in schedules:
        mine = [gap for gap in gaps if gap.schedule_id == schedule.pk]
        targets = list(EscalationTarget.objects.filter(schedule=schedule))
        expected = [hour for hour in hours if (schedule.pk, hour) not in covered] if targets else []
        assert [hour for hour in hours if any(gap.start <= hour < gap.end for gap in mine)] == expected
        for gap in mine:
            within = [hour for hour in hours if gap.start <= hour < gap.end]
            assert gap.rings == tuple(_rings(targets, schedule, within, covered))


def _rings(
    targets: list[EscalationTarget], schedule: Schedule, within: list[datetime], covered: set[tuple[int, datetime]]
) -> list[Ring]:
    rings = []
    for name in sorted({target.policy_name for target in targets}):
        levels = [
            other.level
            for other in EscalationTarget.objects.filter(policy_name=name).exclude(schedule=schedule)
            if all((other.schedule_id, hour) in covered for hour in within)
        ]
        rings.append(Ring(name, min(levels, default=None)))
    return rings


@pytest.mark.parametrize("count", [1, 50])
def test_one_query_however_many(count: int, now: datetime, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(count):
        name_in("chatops", 1, make_schedule(f"s{number}", pagerduty_id=f"PS{number}"))
    with django_assert_num_queries(1):
        assert len(gaps_ahead(now)) == count
    with django_assert_num_queries(1):
        assert len(duties_at(now, me="").gaps) == count


def test_every_page_says_so_and_is_silent_where_nothing_is_wrong(cast: Cast, now: datetime) -> None:
    schedule = make_schedule("<b>warehouse</b>", pagerduty_id=None)
    shift = make_shift(schedule, cast.responder, start=now - HOUR, lasts=30 * DAY)
    browser = browser_of(cast.viewer)
    assert "bar-gap" not in browser.get("/").content.decode()
    Shift.objects.filter(pk=shift.pk).update(end_at=now + DAY)
    for address in ("/", "/shifts/load/", "/accounts/profile/"):
        page = browser.get(address).content.decode()
        assert "Nobody will be on call:" in page
        assert f'<a href="/shifts/schedules/{schedule.pk}/">&lt;b&gt;warehouse&lt;/b&gt;</a>' in page
        assert 'class="bar bar-dead" id="bar-gap"' in page
    name_in("chatops", 1, schedule)
    name_in("chatops", 2)
    page = browser.get("/").content.decode()
    assert "chatops: level 2 still rings." in page
    assert 'class="bar bar-stale" id="bar-gap"' in page


def test_managers_are_told_once_for_each(cast: Cast) -> None:
    schedule = make_schedule(pagerduty_id=None)
    make_shift(schedule, cast.responder, begins_in=-HOUR, lasts=DAY)
    second = make_shift(schedule, cast.responder, begins_in=2 * DAY, lasts=30 * DAY)
    assert tell_gaps() == "2 notices"
    notices = Notice.objects.filter(kind=NoticeKind.GAP)
    assert {notice.person.name for notice in notices} == {"Chen Wei-han", "Sofia Garcia"}
    words = notice_words(notices[0].kind, notices[0].data, UTC)
    assert words.startswith("Nobody is on call on chatops primary, ")
    assert "?" not in words
    assert tell_gaps() == "0 notices"
    second.end_at = database_now() + 9 * DAY
    second.save()
    assert tell_gaps() == "2 notices", "another gap is another notice"


def test_whose_account_is_closed_is_not_told(cast: Cast) -> None:
    cast.admin.is_active = False
    cast.admin.save()
    make_schedule(pagerduty_id=None)
    assert tell_gaps() == "1 notices"
    assert Notice.objects.get().person.name == "Chen Wei-han"


def test_whoever_takes_over_at_an_instant_has_that_instant(now: datetime) -> None:
    schedule, person = make_schedule(pagerduty_id=None), make_person("P1", "One")
    make_shift(schedule, person, start=now, lasts=DAY)
    make_shift(schedule, person, start=now + DAY, lasts=AHEAD)
    assert gaps_ahead(now) == []
