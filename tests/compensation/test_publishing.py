"""Approving, publishing, locking, correcting. Nobody approves or corrects their own lines."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.db.models.functions import Now

from accounts.database_time import database_now
from accounts.models import AuditRecord, Person
from accounts.services.manage_users import change_user
from accounts.services.note_people import person_of
from compensation.enums import LineKind
from compensation.models import LedgerLine, PayMonth, Statement
from compensation.refusals import CannotPay
from compensation.services.approve_statements import approve_statements
from compensation.services.correct_line import correct_line
from compensation.services.draft_month import draft_month
from compensation.services.publish_month import publish_month
from compensation.terms import Rate, next_month
from shifts.models import Notice, Schedule
from tests.cast import Cast, make_cast
from tests.compensation.making import approve_all, last_month, make_rule, published, shift_in
from tests.shifts.making import make_schedule
from tests.waiting import is_waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted(cast: Cast) -> PayMonth:
    """Last month: a week of Lin's, one of the manager's."""
    make_rule(cast.manager)
    schedule = make_schedule()
    shift_in(schedule, cast.responder, 0, days=7)
    shift_in(schedule, cast.manager, 7, days=7)
    return draft_month(actor=cast.manager, first=last_month()).month


def refused(perform: Callable[[], object]) -> str:
    with pytest.raises(CannotPay) as caught, transaction.atomic():
        perform()
    assert caught.value.text
    return caught.value.reason


def approved() -> set[str]:
    return set(Statement.objects.exclude(approved_at=None).values_list("person__name", flat=True))


def approve(cast: Cast, month: PayMonth, **fields: Any) -> int:
    usual: dict[str, Any] = {"actor": cast.manager, "first": month.first, "expected_version": month.version}
    return approve_statements(**usual | fields)


def test_all_but_mine(cast: Cast, drafted: PayMonth) -> None:
    assert approve(cast, drafted) == 1
    assert approved() == {"Lin Yu-ting"}
    assert approve(cast, drafted) == 0
    assert approve(cast, drafted, actor=cast.admin) == 1
    assert approved() == {"Lin Yu-ting", "Chen Wei-han"}
    record = AuditRecord.objects.filter(verb="approve_pay", actor=cast.manager).get()
    assert record.data["people"] == ["PRESP01"]


def test_nobody_approves_their_own(cast: Cast, drafted: PayMonth) -> None:
    own = person_of(cast.manager).pk
    assert refused(lambda: approve(cast, drafted, person_id=own)) == "own_lines"
    assert refused(lambda: approve(cast, drafted, person_id=person_of(cast.viewer).pk)) == "no_lines"
    assert approve(cast, drafted, person_id=own, actor=cast.admin) == 1
    assert approved() == {"Chen Wei-han"}


def test_who_one_was_stays_ones_own(cast: Cast, drafted: PayMonth) -> None:
    """Neither an id that is taken away for a moment nor one that came later makes somebody else of a manager."""
    own = person_of(cast.manager)
    about = {name: getattr(cast.manager, name) for name in ("role", "is_active", "name", "email", "pagerduty_email")}
    changed = change_user(actor=cast.admin, user_id=cast.manager.pk, version=1, pagerduty_id=None, **about)
    assert refused(lambda: approve(cast, drafted, actor=changed, person_id=own.pk)) == "own_lines"
    assert approve(cast, drafted, actor=changed) == 1
    assert approved() == {"Lin Yu-ting"}
    before = Person.objects.create(pagerduty_id=f"portal-{cast.admin.pk}", name="Sofia, earlier")
    shift_in(make_schedule("another", pagerduty_id="PANOTHR"), before, 3)
    month = draft_month(actor=cast.manager, first=drafted.first).month
    assert refused(lambda: approve(cast, month, actor=cast.admin, person_id=before.pk)) == "own_lines"


def test_two_people_stand_behind_a_correction(cast: Cast, drafted: PayMonth) -> None:
    published(cast, drafted.first)
    line = LedgerLine.objects.get(person=person_of(cast.responder))
    correction, _is_new = correct_line(
        actor=cast.manager, line_id=line.pk, amount=Decimal(100), reason="A night forgotten", key="k"
    )
    month = correction.month
    wanted: dict[str, Any] = {"first": month.first, "expected_version": month.version, "person_id": line.person_id}
    assert refused(lambda: approve_statements(actor=cast.manager, **wanted)) == "corrected_yourself"
    assert approve_statements(actor=cast.manager, **wanted | {"person_id": None}) == 0
    assert approve_statements(actor=cast.admin, **wanted) == 1


def test_what_changed_meanwhile_is_not_approved_unseen(cast: Cast, drafted: PayMonth) -> None:
    shift_in(make_schedule("other", pagerduty_id="POTHER"), cast.teammate, 1)
    draft_month(actor=cast.admin, first=drafted.first)
    assert refused(lambda: approve(cast, drafted)) == "changed_meanwhile"
    assert approved() == set()


def publish(cast: Cast, month: PayMonth) -> PayMonth:
    month.refresh_from_db()
    return publish_month(actor=cast.manager, first=month.first, expected_version=month.version)


def test_it_is_published_once_everybody_is_approved_by_somebody_else(cast: Cast, drafted: PayMonth) -> None:
    approve(cast, drafted)
    assert refused(lambda: publish(cast, drafted)) == "unapproved"
    approve(cast, drafted, actor=cast.admin)
    month = publish(cast, drafted)
    assert month.is_published
    assert publish(cast, drafted) == month
    assert AuditRecord.objects.filter(verb="publish_pay").count() == 1
    told = Notice.objects.get(kind="pay", person=person_of(cast.responder))
    assert told.data["money"] == "7000 TWD"


def test_a_running_month_is_not_published(cast: Cast, drafted: PayMonth) -> None:
    running = next_month(drafted.first)
    month = draft_month(actor=cast.manager, first=running).month
    approve_all(cast, running)
    assert refused(lambda: publish(cast, month)) == "not_over"
    after = next_month(running)
    assert refused(lambda: publish_month(actor=cast.manager, first=after, expected_version=1)) == "not_drafted"


def test_what_is_outdated_is_not_published(cast: Cast, drafted: PayMonth) -> None:
    approve_all(cast, drafted.first)
    shift_in(make_schedule("other", pagerduty_id="POTHER"), cast.teammate, 1)
    assert refused(lambda: publish(cast, drafted)) == "outdated"
    draft_month(actor=cast.manager, first=drafted.first)
    assert refused(lambda: publish(cast, drafted)) == "unapproved"
    assert approved() == {"Lin Yu-ting", "Chen Wei-han"}, "whose lines are the same stay approved"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE compensation_ledgerline SET amount = amount + 1",
        "DELETE FROM compensation_ledgerline",
        "INSERT INTO compensation_ledgerline SELECT * FROM compensation_ledgerline",
        "UPDATE compensation_statement SET approved_at = now()",
        "DELETE FROM compensation_statement",
        "UPDATE compensation_paymonth SET published_at = NULL, published_by_id = NULL",
        "DELETE FROM compensation_paymonth",
        "UPDATE compensation_ruleversion SET p0_bonus = 1",
        "DELETE FROM compensation_ruleversion",
        "UPDATE compensation_stipendrate SET amount = 1",
        "DELETE FROM compensation_stipendrate",
    ],
)
def test_the_database_keeps_what_is_published(statement: str, cast: Cast, drafted: PayMonth) -> None:
    published(cast, drafted.first)
    with (
        pytest.raises((ProgrammingError, InternalError), match=r"locked|only added"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert LedgerLine.objects.count() == 2


@pytest.mark.parametrize("is_published", [True, False], ids=["published", "given up"])
@pytest.mark.django_db(transaction=True)
def test_what_is_written_beside_a_publish_waits_for_it(is_published: bool) -> None:
    cast = make_cast()
    month = PayMonth.objects.create(first=last_month(), currency="TWD", drafted_at=database_now())
    person = person_of(cast.responder)
    failures: list[Exception] = []

    def write() -> None:
        try:
            Statement.objects.create(month_id=month.pk, person=person)
        except (ProgrammingError, InternalError) as error:
            failures.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=write)
    with transaction.atomic():
        PayMonth.objects.filter(pk=month.pk).update(published_at=Now(), published_by=cast.manager)
        other.start()
        while not is_waiting():
            assert other.is_alive(), "it did not wait"
        transaction.set_rollback(not is_published)
    other.join()
    assert [str(error).splitlines()[0] for error in failures] == ["a published month is locked"] * is_published
    assert Statement.objects.exists() is not is_published


def test_no_line_is_moved_into_or_out_of_a_published_month(cast: Cast, drafted: PayMonth) -> None:
    published(cast, drafted.first)
    other = PayMonth.objects.create(first=next_month(drafted.first), currency="TWD")
    line = LedgerLine.objects.earliest("pk")
    with pytest.raises((ProgrammingError, InternalError), match="locked"), transaction.atomic():
        LedgerLine.objects.filter(pk=line.pk).update(month=other)


def test_nothing_writes_into_a_published_month(cast: Cast, drafted: PayMonth) -> None:
    published(cast, drafted.first)
    assert refused(lambda: draft_month(actor=cast.manager, first=drafted.first)) == "published"
    assert refused(lambda: approve(cast, drafted)) == "published"


def correct(cast: Cast, line: LedgerLine, **fields: Any) -> tuple[LedgerLine, bool]:
    usual: dict[str, Any] = {
        "actor": cast.manager,
        "line_id": line.pk,
        "amount": Decimal("-100.50"),
        "reason": "The shift ended earlier",
        "key": "k",
    }
    return correct_line(**usual | fields)


def test_a_correction_is_a_line_of_the_running_month(cast: Cast, drafted: PayMonth) -> None:
    published(cast, drafted.first)
    line = LedgerLine.objects.get(person=person_of(cast.responder))
    correction, is_new = correct(cast, line)
    assert is_new
    assert correct(cast, line) == (correction, False)
    for other in ({"amount": Decimal(-1)}, {"reason": "Page back, another reason"}):
        with transaction.atomic():
            assert correct(cast, line, **other)[1], "the old form's key does not swallow it"
            transaction.set_rollback(True)
    assert (correction.kind, correction.corrects, correction.amount) == (LineKind.CORRECTION, line, Decimal("-100.50"))
    assert correction.month.first == next_month(drafted.first)
    statement = Statement.objects.get(month=correction.month)
    assert (statement.person, statement.approved_at) == (line.person, None)
    draft_month(actor=cast.manager, first=correction.month.first)
    assert LedgerLine.objects.filter(pk=correction.pk).exists(), "drafting anew keeps it"
    assert AuditRecord.objects.get(verb="correct_pay").data["reason"] == "The shift ended earlier"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"amount": Decimal(0)}, "no_amount"),
        ({"amount": Decimal("NaN")}, "no_amount"),
        ({"amount": Decimal("0.001")}, "too_many_digits"),
        ({"amount": Decimal(10) ** 10}, "too_large"),
        ({"reason": " \u200b "}, "no_reason"),
    ],
)
def test_corrections_that_make_no_sense(fields: dict[str, Any], reason: str, cast: Cast, drafted: PayMonth) -> None:
    published(cast, drafted.first)
    line = LedgerLine.objects.get(person=person_of(cast.responder))
    assert refused(lambda: correct(cast, line, **fields)) == reason


def test_nobody_corrects_their_own_nor_a_draft(cast: Cast, drafted: PayMonth) -> None:
    own = LedgerLine.objects.get(person=person_of(cast.manager))
    assert refused(lambda: correct(cast, own)) == "own_correction"
    assert refused(lambda: correct(cast, own, actor=cast.admin)) == "draft_line"


def test_a_correction_of_another_currency(cast: Cast, drafted: PayMonth) -> None:
    month = published(cast, drafted.first)
    line = LedgerLine.objects.get(person=person_of(cast.responder))
    make_rule(cast.manager, valid_from=next_month(month.first), currency="JPY", rates=[Rate(None, 1, Decimal(7))])
    assert refused(lambda: correct(cast, line)) == "other_currency"


def test_a_currency_does_not_change_under_a_correction(cast: Cast, drafted: PayMonth) -> None:
    month = published(cast, drafted.first)
    correct(cast, LedgerLine.objects.get(person=person_of(cast.responder)))
    following = next_month(month.first)
    yen = [Rate(None, 1, Decimal(7))]
    assert (
        refused(lambda: make_rule(cast.manager, valid_from=following, currency="JPY", rates=yen))
        == "corrected_currency"
    )
    make_rule(cast.manager, valid_from=next_month(following), currency="JPY", rates=yen)


def test_schedules_stay_where_they_are(drafted: PayMonth) -> None:
    assert Schedule.objects.count() == 1
