"""On call now and next, as every page's header tells it: whose, from when, ready or not."""

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.services.note_people import person_of
from shifts.duties import duties_at
from shifts.enums import NoticeKind
from shifts.models import OnCall, Preflight, Schedule
from shifts.services.tell_person import tell_person
from tests.cast import Cast, browser_of
from tests.shifts.making import DAY, HOUR, make_schedule, make_shift

pytestmark = pytest.mark.django_db


def on_call(cast: Cast, schedule: Schedule | None, *, level: int = 1, policy: str = "PEPCHAT") -> None:
    OnCall.objects.create(
        person=person_of(cast.responder if schedule else cast.manager),
        policy_id=policy,
        policy_name="chatops on-call",
        level=level,
        schedule_id=(schedule.pagerduty_id or "") if schedule else "",
        schedule_name=schedule.name if schedule else "",
        end_at=database_now() + HOUR if schedule else None,
    )


def test_now_and_next_at_the_first_level_alone(cast: Cast) -> None:
    primary, second = make_schedule(), make_schedule("second", pagerduty_id="PSEC")
    for level, schedule in ((1, primary), (2, second)):
        on_call(cast, schedule, level=level)
        on_call(cast, schedule, level=level, policy="POTHER")
        make_shift(schedule, cast.responder, begins_in=-HOUR, lasts=2 * HOUR)
        make_shift(schedule, cast.teammate, begins_in=HOUR, lasts=DAY)
        make_shift(schedule, cast.responder, begins_in=HOUR + DAY, lasts=DAY)
    on_call(cast, None, level=3)
    duties, unseen, _gaps = duties_at(database_now(), me="PKENJI1")
    assert [(each.level, each.person_name, each.next.person_name if each.next else "") for each in duties] == [
        (1, "Lin Yu-ting", "Kenji Sato"),
        (2, "Lin Yu-ting", ""),
        (3, "Chen Wei-han", ""),
    ]
    assert duties[0].next is not None
    assert duties[0].next.is_me
    assert unseen == 0


def test_whoever_has_a_schedule_that_is_kept_here_is_on_call_too(cast: Cast) -> None:
    make_shift(make_schedule("warehouse", pagerduty_id=None), cast.viewer, begins_in=-HOUR)
    (duty,) = duties_at(database_now(), me=cast.viewer.person_key)[0]
    assert (duty.person_name, duty.schedule_name, duty.is_me) == ("Vera Novak", "warehouse", True)


def test_a_gap_has_a_next_one_only_where_somebody_is_on_call(cast: Cast) -> None:
    make_shift(make_schedule(), cast.responder, begins_in=HOUR)
    assert duties_at(database_now(), me="")[0] == []


def test_the_header_says_it_and_counts_what_is_unseen(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cache.clear()
    primary = make_schedule()
    on_call(cast, primary)
    running = make_shift(primary, cast.responder, begins_in=-HOUR, lasts=2 * HOUR)
    make_shift(primary, cast.teammate, begins_in=HOUR, lasts=DAY)
    Preflight.objects.create(shift=running, person=running.person)
    tell_person(person=running.person, kind=NoticeKind.GAP, key="k")
    client = browser_of(cast.responder)
    page = client.get("/").content.decode()
    assert "You are on call" in page
    assert "next Kenji Sato" in page
    assert "not ready" in page
    assert '<span class="bell-count" id="bell-count">1</span>' in page
    # Session, user, the data's age, marks, the last incident, and one for all that the header tells; whether people are
    # ready is looked up once in ten seconds.
    with django_assert_num_queries(6):
        client.get("/")
