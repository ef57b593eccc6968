"""Compensatory leave: what is left, applying for it, deciding on it; two at once never overdraw."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.note_people import person_of
from compensation.enums import LeaveState, LineKind
from compensation.leave_balance import balance_of
from compensation.models import LeaveRequest, LedgerLine, PayMonth
from compensation.refusals import CannotPay
from compensation.services.apply_for_leave import apply_for_leave, withdraw_leave
from compensation.services.correct_line import correct_line
from compensation.services.decide_leave import decide_leave
from compensation.services.draft_month import draft_month
from compensation.services.publish_month import publish_month
from compensation.terms import next_month
from shifts.models import Notice
from tests.cast import Cast, make_cast
from tests.compensation.making import approve_all, last_month, make_rule, published, shift_in
from tests.shifts.making import make_schedule


def earn(cast: Cast, who: User) -> None:
    """Sixteen hours of leave, published: four whole rest days of four hours."""
    make_rule(cast.manager, rest_day_hours=Decimal(4), weekend=range(7))
    shift_in(make_schedule(), who, 0, days=4)
    published(cast, last_month())


def ask(who: User, hours: str = "8", **fields: Any) -> LeaveRequest:
    usual: dict[str, Any] = {"first_on": database_now().date(), "note": "", "key": f"k{LeaveRequest.objects.count()}"}
    return apply_for_leave(actor=who, hours=Decimal(hours), **usual | fields)[0]


def refused(perform: Callable[[], object]) -> str:
    with pytest.raises(CannotPay) as caught, transaction.atomic():
        perform()
    assert caught.value.text
    return caught.value.reason


def left(who: User) -> Decimal:
    return balance_of(person_of(who)).left


@pytest.mark.django_db
def test_only_what_is_published_counts(cast: Cast) -> None:
    make_rule(cast.manager, rest_day_hours=Decimal(4), weekend=range(7))
    shift_in(make_schedule(), cast.responder, 0, days=4)
    draft_month(actor=cast.manager, first=last_month())
    assert left(cast.responder) == 0
    published(cast, last_month())
    assert left(cast.responder) == 16


@pytest.mark.django_db
def test_applying_tells_who_manages_and_approving_writes_a_line(cast: Cast) -> None:
    earn(cast, cast.responder)
    request = ask(cast.responder, "6.5", note="A wedding")
    assert left(cast.responder) == Decimal("9.5")
    assert set(Notice.objects.filter(kind="leave_ask").values_list("person__name", flat=True)) == {
        "Chen Wei-han",
        "Sofia Garcia",
    }
    decide_leave(actor=cast.manager, request_id=request.pk, is_approved=True, word="Enjoy")
    line = LedgerLine.objects.get(kind=LineKind.LEAVE_TAKEN)
    assert (line.amount, line.leave, line.month.first) == (Decimal("-6.5"), request, next_month(last_month()))
    assert left(cast.responder) == Decimal("9.5"), "its line is the application once more"
    told = Notice.objects.get(kind="leave_yes")
    assert (told.person, told.data["word"]) == (person_of(cast.responder), "Enjoy")
    draft_month(actor=cast.manager, first=line.month.first)
    assert LedgerLine.objects.filter(pk=line.pk).exists()


@pytest.mark.django_db
def test_declined_and_withdrawn_leave_is_there_again(cast: Cast) -> None:
    earn(cast, cast.responder)
    first, second = ask(cast.responder), ask(cast.responder)
    assert left(cast.responder) == 0
    assert (
        refused(lambda: decide_leave(actor=cast.admin, request_id=first.pk, is_approved=False, word=" ")) == "no_word"
    )
    decide_leave(actor=cast.admin, request_id=first.pk, is_approved=False, word="The release is that day")
    withdraw_leave(actor=cast.responder, request_id=second.pk)
    assert left(cast.responder) == 16
    assert not LedgerLine.objects.filter(kind=LineKind.LEAVE_TAKEN).exists()
    for perform in (
        lambda: decide_leave(actor=cast.manager, request_id=first.pk, is_approved=True, word=""),
        lambda: withdraw_leave(actor=cast.responder, request_id=second.pk),
    ):
        assert refused(perform) == "not_waiting"


@pytest.mark.django_db
def test_what_cannot_be_applied_for(cast: Cast) -> None:
    assert refused(lambda: ask(cast.responder)) == "no_person"
    earn(cast, cast.responder)
    assert refused(lambda: ask(cast.responder, "16.01")) == "over_balance"
    assert refused(lambda: ask(cast.teammate)) == "no_person"
    person_of(cast.teammate)
    assert refused(lambda: ask(cast.teammate)) == "over_balance"
    for hours in ("0", "-1", "0.1", "1001", "1.001", "NaN"):
        assert refused(lambda hours=hours: ask(cast.responder, hours)) == "bad_leave"  # type: ignore[misc]
    assert refused(lambda: ask(cast.responder, first_on=database_now().date().replace(year=1990))) == "bad_day"
    request = ask(cast.responder, key="same")
    assert ask(cast.responder, key="same") == request
    assert LeaveRequest.objects.count() == 1
    assert ask(cast.responder, "1", key="same") != request, "the old form with other hours is another application"


@pytest.mark.django_db
def test_nobody_decides_on_their_own_and_nobody_withdraws_anothers(cast: Cast) -> None:
    earn(cast, cast.manager)
    request = ask(cast.manager)
    assert set(Notice.objects.filter(kind="leave_ask").values_list("person__name", flat=True)) == {"Sofia Garcia"}
    decide = decide_leave
    assert refused(lambda: decide(actor=cast.manager, request_id=request.pk, is_approved=True, word="")) == "own_leave"
    assert refused(lambda: withdraw_leave(actor=cast.admin, request_id=request.pk)) == "not_yours"
    decide(actor=cast.admin, request_id=request.pk, is_approved=True, word="")


@pytest.mark.django_db
def test_hours_that_are_taken_back_cannot_be_spent_meanwhile(cast: Cast) -> None:
    earn(cast, cast.responder)
    line = LedgerLine.objects.get(kind=LineKind.LEAVE_EARNED)
    request = ask(cast.responder, "4")
    correct_line(actor=cast.manager, line_id=line.pk, amount=Decimal(10), reason="Forgotten", key="j")
    assert left(cast.responder) == 12, "what is given counts once it is published"
    correct_line(actor=cast.manager, line_id=line.pk, amount=Decimal(-30), reason="Counted twice", key="k")
    assert left(cast.responder) == -18
    assert (
        refused(lambda: decide_leave(actor=cast.admin, request_id=request.pk, is_approved=True, word="")) == "overdrawn"
    )
    assert refused(lambda: correct_line(
        actor=cast.manager, line_id=line.pk, amount=Decimal("0.001"), reason="x", key="l"
    )) == "too_many_hundredths"  # fmt: skip
    # As it will be, once the month is over.
    PayMonth.objects.filter(published_at=None).update(
        published_at=database_now(), published_by=cast.manager, drafted_at=database_now()
    )
    assert left(cast.responder) == -8
    assert refused(lambda: ask(cast.responder)) == "over_balance"


def at_once(*performs: Callable[[], object]) -> list[str]:
    """What came of acts in threads of their own: "" or the reason of the refusal."""
    barrier, outcomes = threading.Barrier(len(performs)), list[str]()

    def run(perform: Callable[[], object]) -> None:
        try:
            barrier.wait()
            perform()
            outcomes.append("")
        except CannotPay as refusal:
            outcomes.append(refusal.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[perform]) for perform in performs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_two_applications_at_once_do_not_overdraw() -> None:
    cast = make_cast()
    earn(cast, cast.responder)
    outcomes = at_once(*(lambda n=n: ask(cast.responder, "10", key=f"tab{n}") for n in range(4)))
    assert outcomes == ["", "over_balance", "over_balance", "over_balance"]
    assert left(cast.responder) == 6


@pytest.mark.django_db(transaction=True)
def test_two_managers_decide_at_once_and_publish_at_once() -> None:
    cast = make_cast()
    make_rule(cast.manager, rest_day_hours=Decimal(4), weekend=range(7))
    shift_in(make_schedule(), cast.responder, 0, days=4)
    draft_month(actor=cast.manager, first=last_month())
    approve_all(cast, last_month())
    version = PayMonth.objects.get().version

    def publish(actor: User) -> Callable[[], object]:
        return lambda: publish_month(actor=actor, first=last_month(), expected_version=version)

    assert at_once(publish(cast.manager), publish(cast.admin)) == ["", ""]
    assert Notice.objects.filter(kind="pay").count() == 1
    request = ask(cast.responder)

    def approve(actor: User) -> Callable[[], object]:
        return lambda: decide_leave(actor=actor, request_id=request.pk, is_approved=True, word="")

    assert at_once(approve(cast.manager), approve(cast.admin)) == ["", "not_waiting"]
    assert LedgerLine.objects.filter(kind=LineKind.LEAVE_TAKEN).count() == 1
    request.refresh_from_db()
    assert request.state == LeaveState.APPROVED
