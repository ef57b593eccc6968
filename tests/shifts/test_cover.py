"""Asking for cover: who is asked, who may accept, that one alone has it, and that it ends in time."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.database_time import database_now
from accounts.models import AuditRecord, User
from accounts.services.note_people import person_of
from shifts.models import CoverRequest, Notice, Override, Schedule, Shift
from shifts.refusals import CannotChange
from shifts.services.request_cover import accept_cover, expire_covers, request_cover, withdraw_cover
from tests.cast import Cast, browser_of, make_cast
from tests.shifts.making import DAY, HOUR, make_override, make_schedule, make_shift
from tests.shifts.test_overrides import form


def ask(actor: User, shift: Shift, *, asked: User | None = None, **other: Any) -> CoverRequest:
    times = {"start_at": shift.start_at, "end_at": shift.end_at} | other
    return request_cover(
        actor=actor, shift_id=shift.pk, asked_id=person_of(asked).pk if asked else None, reason="a wedding", **times
    )[0]


def refused(act: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(CannotChange) as caught:
        act(*args, **kwargs)
    return caught.value.text


def told(kind: str) -> list[str]:
    return list(Notice.objects.filter(kind=kind).order_by("person__name").values_list("person__name", flat=True))


@pytest.mark.django_db
def test_everybody_who_may_act_is_asked_once(cast: Cast, shift: Shift) -> None:
    request = ask(cast.responder, shift)
    assert told("asked") == ["Chen Wei-han", "Kenji Sato", "Sofia Garcia"]
    assert ask(cast.responder, shift).pk == request.pk
    assert Notice.objects.count() == 3
    assert AuditRecord.objects.get().verb == "request_cover"


@pytest.mark.django_db
def test_one_person_alone_may_be_asked(cast: Cast, shift: Shift) -> None:
    request = ask(cast.responder, shift, asked=cast.teammate)
    assert told("asked") == ["Kenji Sato"]
    assert "Kenji Sato was asked, not you." in refused(accept_cover, actor=_other(), request_id=request.pk)
    assert accept_cover(actor=cast.manager, request_id=request.pk).taken_by == person_of(cast.manager)


def _other() -> User:
    return User.objects.create_user("third", role="responder", pagerduty_id="PTHIRD", email="third@example.com")


@pytest.mark.django_db
def test_whoever_accepts_stands_in_for_the_part_that_was_asked(cast: Cast, shift: Shift) -> None:
    part: dict[str, Any] = {"start_at": shift.start_at + HOUR, "end_at": shift.start_at + 3 * HOUR}
    request = accept_cover(actor=cast.teammate, request_id=ask(cast.responder, shift, **part).pk)
    override = Override.objects.get()
    assert request.override == override
    assert (override.start_at, override.end_at) == (part["start_at"], part["end_at"])
    assert (override.person.name, override.instead_of) == ("Kenji Sato", shift.person)
    assert told("taken") == ["Lin Yu-ting"]
    # A double click changes nothing.
    accept_cover(actor=cast.teammate, request_id=request.pk)
    assert Override.objects.count() == 1
    assert "Kenji Sato has it already" in refused(accept_cover, actor=cast.manager, request_id=request.pk)


@pytest.mark.django_db
def test_a_manager_gives_it_to_somebody(cast: Cast, shift: Shift) -> None:
    request = ask(cast.manager, shift)
    teammate = person_of(cast.teammate)
    assert "a manager does it" in refused(
        accept_cover, actor=cast.responder, request_id=request.pk, person_id=teammate.pk
    )
    assert accept_cover(actor=cast.manager, request_id=request.pk, person_id=teammate.pk).taken_by == teammate


@pytest.mark.django_db
def test_what_makes_no_sense_is_refused_in_words(cast: Cast, shift: Shift) -> None:
    minute = timedelta(minutes=1)
    start, end = shift.start_at, shift.end_at
    assert "a manager does it" in refused(ask, cast.teammate, shift)
    assert "It ends before it begins." in refused(ask, cast.responder, shift, start_at=end, end_at=start)
    assert "not within the shift" in refused(ask, cast.responder, shift, start_at=start - 5 * minute)
    assert "not within the shift" in refused(ask, cast.responder, shift, end_at=end + 5 * minute)
    assert "their own shift" in refused(ask, cast.responder, shift, asked=cast.responder)
    assert not CoverRequest.objects.exists()
    request = ask(cast.responder, shift)
    assert "asked for already" in refused(ask, cast.responder, shift, start_at=start + HOUR, end_at=end - HOUR)
    assert "their own shift" in refused(accept_cover, actor=cast.responder, request_id=request.pk)
    Shift.objects.update(withdrawn_at=database_now())
    shift.refresh_from_db()
    assert "the schedule changed" in refused(ask, cast.responder, shift)
    assert "is not at that time any more" in refused(accept_cover, actor=cast.teammate, request_id=request.pk)
    over = make_shift(Schedule.objects.get(), cast.responder, begins_in=-2 * DAY, lasts=HOUR)
    assert "is over" in refused(ask, cast.responder, over)


@pytest.mark.django_db
def test_of_a_running_shift_the_rest_is_asked_for(cast: Cast) -> None:
    running = make_shift(make_schedule(), cast.responder, begins_in=-HOUR, lasts=4 * HOUR)
    request = ask(cast.responder, running)
    assert abs(request.start_at - database_now()) < timedelta(seconds=5)
    assert expire_covers() == 0
    accept_cover(actor=cast.teammate, request_id=request.pk)
    assert Override.objects.get().end_at == running.end_at


@pytest.mark.django_db
def test_withdrawing(cast: Cast, shift: Shift) -> None:
    request = ask(cast.responder, shift)
    assert "a manager does it" in refused(withdraw_cover, actor=cast.teammate, request_id=request.pk)
    withdraw_cover(actor=cast.responder, request_id=request.pk)
    assert "withdrawn meanwhile" in refused(accept_cover, actor=cast.teammate, request_id=request.pk)
    assert "withdrawn meanwhile" in refused(withdraw_cover, actor=cast.responder, request_id=request.pk)


@pytest.mark.django_db
def test_nobody_took_it(cast: Cast, shift: Shift) -> None:
    request = ask(cast.responder, shift)
    assert expire_covers() == 0
    past = database_now() - timedelta(seconds=1)
    CoverRequest.objects.update(start_at=past, requested_at=past - DAY)
    Shift.objects.update(start_at=past)
    assert "nobody had taken it" in refused(accept_cover, actor=cast.teammate, request_id=request.pk)
    assert expire_covers() == 1
    assert expire_covers() == 0
    assert told("expired") == ["Lin Yu-ting"]


@pytest.mark.django_db
def test_somebody_stands_in_there_already(cast: Cast, shift: Shift) -> None:
    request = ask(cast.responder, shift)
    sent = form(cast.teammate, shift.schedule, key="x")
    sent |= {"start_at": sent["start_at"], "end_at": "2099-01-01T00:00"}
    Override.objects.create(
        idempotency_key="x",
        schedule=shift.schedule,
        person=person_of(cast.manager),
        requested_by=cast.manager,
        start_at=shift.start_at,
        end_at=shift.end_at,
    )
    assert "Chen Wei-han stands in" in refused(accept_cover, actor=cast.teammate, request_id=request.pk)
    request.refresh_from_db()
    assert request.state == "open"


@pytest.mark.django_db
def test_who_stands_in_may_be_covered_too(cast: Cast, shift: Shift) -> None:
    make_override(shift.schedule, cast.manager, begins_in=20 * HOUR, lasts=2 * DAY)
    make_override(shift.schedule, cast.responder, begins_in=DAY, lasts=8 * HOUR)
    accept_cover(actor=cast.teammate, request_id=ask(cast.responder, shift).pk)
    assert Override.objects.latest("pk").person == person_of(cast.teammate)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_has_it_and_the_other_is_told_who() -> None:
    cast = make_cast()
    shift = make_shift(make_schedule(), cast.responder, begins_in=DAY)
    request = ask(cast.responder, shift)
    results: dict[str, str] = {}
    both = threading.Barrier(2)

    def accept(user: User) -> None:
        try:
            both.wait()
            accept_cover(actor=user, request_id=request.pk)
            results[user.display_name] = "has it"
        except CannotChange as refusal:
            results[user.display_name] = refusal.text
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=[user]) for user in (cast.teammate, cast.manager)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = next(name for name, result in results.items() if result == "has it")
    loser = next(name for name in results if name != winner)
    assert results[loser] == f"{winner} has it already; nothing was changed."
    assert Override.objects.get().person.name == winner


@pytest.mark.django_db
def test_the_pages_of_it(cast: Cast, shift: Shift) -> None:
    mine = browser_of(cast.responder)
    page = mine.get(f"/shifts/{shift.pk}/").content.decode()
    start = page.split('name="start_at" value="')[1].split('"')[0]
    end = page.split('name="end_at" value="')[1].split('"')[0]
    sent = {"start_at": start, "end_at": end, "asked": "", "reason": "<b>wedding</b>"}
    assert mine.post(f"/shifts/{shift.pk}/cover/", sent | {"asked": "999"}).status_code == 422
    wrong = mine.post(f"/shifts/{shift.pk}/cover/", sent | {"end_at": "2001-01-01T00:00"})
    assert wrong.status_code == 422
    assert "It ends before it begins." in wrong.content.decode()
    assert mine.post(f"/shifts/{shift.pk}/cover/", sent).status_code == 302
    request = CoverRequest.objects.get()
    # The form knows minutes, and the whole shift is the whole shift.
    assert (request.start_at, request.end_at) == (shift.start_at, shift.end_at)
    theirs = browser_of(cast.teammate)
    page = theirs.get("/shifts/mine/").content.decode()
    assert "Lin Yu-ting asks for cover on chatops primary" in page
    assert "&lt;b&gt;wedding" in page
    assert "I take it" in page
    answer = theirs.post(f"/shifts/covers/{request.pk}/accept/", follow=True)
    assert "on its way to PagerDuty" in answer.content.decode()
    page = mine.get("/shifts/notices/").content.decode()
    assert "Kenji Sato covers your shift on chatops primary" in page
    late = browser_of(cast.manager).post(f"/shifts/covers/{request.pk}/accept/", follow=True)
    assert "Kenji Sato has it already" in late.content.decode()
    assert browser_of(cast.viewer).post(f"/shifts/covers/{request.pk}/accept/").status_code == 403
