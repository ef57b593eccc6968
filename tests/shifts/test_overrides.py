"""Standing in for somebody: who may, when, and what is refused in words; sending it twice is one act."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.database_time import database_now
from accounts.models import AuditRecord, Person, User
from accounts.services.note_people import person_of
from shifts.models import Override, Schedule, Shift
from shifts.refusals import CannotChange
from shifts.services.request_override import request_override
from tests.cast import Cast, browser_of, make_cast
from tests.shifts.making import DAY, HOUR, make_override, make_person, make_schedule, make_shift


def ask(
    actor: User,
    schedule: Schedule,
    *,
    who: User | Person | None = None,
    begins_in: timedelta = HOUR,
    lasts: timedelta = 2 * HOUR,
    key: str = "k1",
) -> Override:
    person = who if isinstance(who, Person) else person_of(who or actor)
    start = database_now() + begins_in
    return request_override(
        actor=actor, key=key, schedule_id=schedule.pk, person_id=person.pk, start_at=start, end_at=start + lasts
    )[0]


def refusal(actor: User, schedule: Schedule, **sent: Any) -> str:
    with pytest.raises(CannotChange) as caught:
        ask(actor, schedule, **sent)
    return caught.value.text


@pytest.mark.django_db
def test_it_waits_for_pagerduty_and_is_recorded(cast: Cast, schedule: Schedule) -> None:
    shift = make_shift(schedule, cast.teammate, lasts=DAY)
    override = ask(cast.responder, schedule)
    assert (override.state, override.person.name, override.from_email) == (
        "waiting",
        "Lin Yu-ting",
        "responder@chatops.example.com",
    )
    assert override.instead_of_id == shift.person_id
    assert override.start_at.microsecond == 0
    record = AuditRecord.objects.get()
    assert (record.verb, record.data["person"]) == ("override", "Lin Yu-ting")


@pytest.mark.django_db
def test_twice_is_once(cast: Cast, schedule: Schedule) -> None:
    assert ask(cast.responder, schedule).pk == ask(cast.responder, schedule).pk
    assert AuditRecord.objects.count() == 1


@pytest.mark.django_db
def test_a_responder_acts_for_themself_and_a_manager_for_others(cast: Cast, schedule: Schedule) -> None:
    assert "a manager does it" in refusal(cast.responder, schedule, who=cast.teammate)
    assert ask(cast.manager, schedule, who=cast.teammate).person.name == "Kenji Sato"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"begins_in": -HOUR}, "It begins in the past."),
        ({"begins_in": timedelta(minutes=-2), "lasts": timedelta(minutes=1)}, "It begins in the past."),
        ({"lasts": timedelta()}, "It ends before it begins."),
        ({"lasts": -HOUR}, "It ends before it begins."),
        ({"lasts": 91 * DAY}, "It is longer than 90 days."),
        ({"begins_in": 400 * DAY}, "more than a year from now"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    sent: dict[str, timedelta], words: str, cast: Cast, schedule: Schedule
) -> None:
    assert words in refusal(cast.responder, schedule, **sent)
    assert not Override.objects.exists()
    assert not AuditRecord.objects.exists()


@pytest.mark.django_db
def test_two_do_not_overlap_and_may_touch(cast: Cast, schedule: Schedule) -> None:
    start = (database_now() + DAY).replace(microsecond=0)
    me = person_of(cast.responder)

    def put(key: str, first: int, last: int) -> None:
        request_override(
            actor=cast.responder,
            key=key,
            schedule_id=schedule.pk,
            person_id=me.pk,
            start_at=start + first * HOUR,
            end_at=start + last * HOUR,
        )

    put("a", 0, 2)
    put("b", 2, 4)
    with pytest.raises(CannotChange) as caught:
        put("c", 1, 3)
    assert caught.value.text.startswith("Lin Yu-ting stands in from ")
    other = make_schedule("other", pagerduty_id="POTHER")
    ask(cast.responder, other, begins_in=DAY, key="d")


def stand_in(schedule: Schedule, who: User, *, begins_in: timedelta, lasts: timedelta) -> Shift:
    """The shift of an override, as the mirror stores it."""
    shift = make_shift(schedule, who, begins_in=begins_in, lasts=lasts)
    shift.is_override = True
    shift.save()
    return shift


@pytest.mark.django_db
def test_nor_with_one_that_was_made_in_pagerduty(cast: Cast, schedule: Schedule) -> None:
    make_shift(schedule, cast.responder, begins_in=3 * DAY, lasts=DAY)
    there = stand_in(schedule, cast.teammate, begins_in=2 * DAY, lasts=8 * HOUR)
    assert "as somebody entered in PagerDuty" in refusal(cast.manager, schedule, begins_in=2 * DAY + HOUR)
    page = browser_of(cast.viewer).get(f"/shifts/{there.pk}/").content.decode()
    assert "by an override that somebody made in PagerDuty" in page
    ask(cast.manager, schedule, begins_in=2 * DAY - 2 * HOUR, lasts=HOUR, key="before")
    stand_in(schedule, cast.manager, begins_in=DAY, lasts=8 * HOUR)
    make_override(schedule, cast.manager, begins_in=DAY, lasts=8 * HOUR, state="cancelling")
    ask(cast.responder, schedule, begins_in=DAY + HOUR, key="of one that is on its way out")


@pytest.mark.django_db
def test_the_same_again_is_not_refused_because_of_its_own_shift(cast: Cast, schedule: Schedule) -> None:
    override = ask(cast.responder, schedule)
    stand_in(schedule, cast.responder, begins_in=override.start_at - database_now(), lasts=HOUR)
    assert ask(cast.responder, schedule).pk == override.pk


@pytest.mark.django_db
def test_people_who_cannot_are_refused(cast: Cast, schedule: Schedule) -> None:
    cast.teammate.is_active = False
    cast.teammate.save()
    assert "cannot sign in any more" in refusal(cast.manager, schedule, who=cast.teammate)
    stranger = make_person("portal-9999", "Nobody")
    assert "is no PagerDuty user" in refusal(cast.manager, schedule, who=stranger)
    gone = Person(pk=99_999, name="?")
    assert "known by that name" in refusal(cast.manager, schedule, who=gone)
    Schedule.objects.update(gone_at=database_now())
    assert "no more, so no" in refusal(cast.responder, schedule)


@pytest.mark.django_db
def test_without_an_address_nothing_is_sent(cast: Cast, schedule: Schedule) -> None:
    cast.responder.email = ""
    cast.responder.save()
    assert "no PagerDuty address" in refusal(cast.responder, schedule)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_told_of_the_other() -> None:
    cast = make_cast()
    schedule = make_schedule()
    people = {user: person_of(user) for user in (cast.responder, cast.teammate)}
    start = database_now() + DAY
    results: list[str] = []
    both = threading.Barrier(2)

    def act(user: User) -> None:
        try:
            both.wait()
            request_override(
                actor=user,
                key="k",
                schedule_id=schedule.pk,
                person_id=people[user].pk,
                start_at=start,
                end_at=start + HOUR,
            )
            results.append("stands")
        except CannotChange as refused:
            results.append(refused.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["overlaps", "stands"]
    assert Override.objects.count() == 1


def form(user: User, on: Schedule, **other: Any) -> dict[str, Any]:
    now = database_now()
    with timezone.override(user.time_zone):
        times = {
            name: timezone.localtime(now + after).strftime("%Y-%m-%dT%H:%M")
            for name, after in (("start_at", HOUR), ("end_at", 3 * HOUR))
        }
    return {"schedule": on.pk, "person": person_of(user).pk, "reason": "dentist", "key": "k", **times, **other}


@pytest.mark.django_db
def test_the_form_puts_on_call_and_keeps_what_was_typed(cast: Cast, schedule: Schedule) -> None:
    browser = browser_of(cast.responder)
    page = browser.get(
        f"/shifts/override/?schedule={schedule.pk}&start=2026-12-01T01:00:00Z&end=rubbish"
    ).content.decode()
    assert 'value="2026-12-01T09:00"' in page
    assert "Kenji Sato" not in page
    answer = browser.post("/shifts/override/", form(cast.responder, schedule))
    assert answer.status_code == 302
    assert Override.objects.get().reason == "dentist"
    assert "On its way to PagerDuty" in browser.get(answer.headers["Location"]).content.decode()
    answer = browser.post("/shifts/override/", form(cast.responder, schedule, key="k2"))
    assert answer.status_code == 422
    assert "stands in from" in answer.content.decode()
    assert 'value="dentist"' in answer.content.decode()
    for wrong in ({"schedule": 77}, {"person": person_of(cast.teammate).pk}, {"start_at": "soon"}, {"person": "x"}):
        assert browser.post("/shifts/override/", form(cast.responder, schedule, key="k3", **wrong)).status_code == 422
    assert browser_of(cast.manager).get("/shifts/override/?schedule=x&start=9999-12-31T23:59:59Z").status_code == 200
    assert Override.objects.count() == 1


@pytest.mark.django_db
def test_an_hour_that_the_clocks_skip_is_refused_in_words(cast: Cast, schedule: Schedule) -> None:
    cast.responder.time_zone = "Europe/Berlin"
    cast.responder.save()
    sent = form(cast.responder, schedule, start_at="2027-03-28T02:30", end_at="2027-03-28T05:00")
    answer = browser_of(cast.responder).post("/shifts/override/", sent)
    assert answer.status_code == 422
    assert "The clocks skip this time on that day." in answer.content.decode()


@pytest.mark.django_db
def test_a_shifts_page_shows_both_zones_and_its_history(cast: Cast, schedule: Schedule) -> None:
    shift = make_shift(schedule, cast.responder, begins_in=-HOUR, lasts=DAY)
    make_override(schedule, cast.teammate, begins_in=HOUR, lasts=HOUR)
    page = browser_of(cast.teammate).get(f"/shifts/{shift.pk}/").content.decode()
    assert "UTC" in page
    assert "I have it from now on" in page
    assert "Call it off" in page
    assert "Kenji Sato" in page
    assert "I have it from now on" not in browser_of(cast.viewer).get(f"/shifts/{shift.pk}/").content.decode()
    Shift.objects.update(withdrawn_at=database_now())
    assert "This shift is no more" in browser_of(cast.viewer).get(f"/shifts/{shift.pk}/").content.decode()
