"""The pages of pay: who sees what, what an act answers, what they cost, and payroll's files."""

import csv
import io
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import Person
from accounts.services.note_people import person_of
from compensation.models import LeaveRequest, LedgerLine, PayMonth, RuleVersion, Statement
from compensation.services.correct_line import correct_line
from compensation.services.draft_month import draft_month
from compensation.services.store_rule import newest_key
from compensation.terms import Rate, next_month
from tests.cast import Cast, browser_of
from tests.compensation.making import at, last_month, make_p0, make_rule, published, shift_in
from tests.shifts.making import DAY, HOUR, make_person, make_schedule, make_shift

pytestmark = pytest.mark.django_db
OWN_QUERIES, MONTH_QUERIES, STATEMENT_QUERIES, MONTHS_QUERIES, RULES_QUERIES = 24, 17, 7, 10, 9


def read(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def month_url() -> str:
    return f"/compensation/months/{last_month():%Y-%m}/"


def statement_url(person: Person) -> str:
    return f"{month_url()}people/{person.pk}/"


@pytest.fixture
def drafted(cast: Cast) -> PayMonth:
    """Last month: a week of Lin's and one of the manager's, a P0 without a review."""
    make_rule(cast.manager, rest_day_hours=Decimal(4), p0_bonus=Decimal(3000))
    schedule = make_schedule()
    shift_in(schedule, cast.responder, 0, days=7)
    shift_in(schedule, cast.manager, 7, days=7)
    make_p0(1, at(last_month() + DAY, 12))
    return draft_month(actor=cast.manager, first=last_month()).month


def test_ones_own_page(cast: Cast, drafted: PayMonth) -> None:
    make_shift(make_schedule("other", pagerduty_id="POTHER"), cast.responder, begins_in=-HOUR, lasts=HOUR)
    page = read(browser_of(cast.responder), "/compensation/")
    assert f"{drafted} so far" not in page
    assert f"{next_month(drafted.first):%Y-%m} so far" in page
    assert f'href="{statement_url(person_of(cast.responder))}"' in page
    assert "NT$7,000.00" in page
    assert "Chen Wei-han" not in page
    assert "No month has lines of yours yet." in read(browser_of(cast.viewer), "/compensation/")


def test_nobody_sees_what_others_get(cast: Cast, drafted: PayMonth) -> None:
    lins, managers = person_of(cast.responder), person_of(cast.manager)
    own = read(browser_of(cast.responder), statement_url(lins))
    assert "NT$7,000.00 a week, each local day a seventh of it." in own
    shift = LedgerLine.objects.filter(person=lins, shift__isnull=False).earliest("pk").shift_id
    assert f'href="/shifts/{shift}/"' in own
    read(browser_of(cast.responder), statement_url(managers), 404)
    read(browser_of(cast.teammate), statement_url(lins), 404)
    read(browser_of(cast.viewer), statement_url(lins), 404)
    assert "Correct this line" not in read(browser_of(cast.manager), statement_url(lins)), "it is a draft"
    read(browser_of(cast.responder), month_url(), 403)


def test_a_months_page_says_what_a_p0_lacks_and_who_waits(cast: Cast, drafted: PayMonth) -> None:
    page = read(browser_of(cast.manager), month_url())
    assert "Its review is missing." in page
    assert "another manager approves yours" in page
    assert "lines of 2 people are approved" in page
    read(browser_of(cast.manager), "/compensation/months/2026-13/", 404)
    read(browser_of(cast.manager), "/compensation/months/x/", 404)


def test_from_draft_to_published_by_buttons(cast: Cast, drafted: PayMonth) -> None:
    manager, admin = browser_of(cast.manager), browser_of(cast.admin)
    assert "Nothing has changed since" in manager.post(f"{month_url()}draft/", follow=True).content.decode()
    version = {"version": drafted.version}
    assert "Approved: 1 person." in manager.post(f"{month_url()}approve/", version, follow=True).content.decode()
    answer = manager.post(f"{month_url()}publish/", version | {"sure": "1"})
    assert answer.status_code == 422
    assert "Left: Chen Wei-han." in answer.content.decode()
    own = {"person": person_of(cast.manager).pk}
    answer = manager.post(f"{month_url()}approve/", version | own)
    assert answer.status_code == 422
    assert "Nobody approves their own lines" in answer.content.decode()
    assert "Approved: 1 person." in admin.post(f"{month_url()}approve/", version | own, follow=True).content.decode()
    assert "tick that you are sure" in manager.post(f"{month_url()}publish/", version).content.decode()
    page = manager.post(f"{month_url()}publish/", version | {"sure": "1"}, follow=True).content.decode()
    assert "nothing of it changes any more" in page
    assert "Draft anew" not in page
    answer = manager.post(f"{month_url()}draft/")
    assert answer.status_code == 422
    assert "Correct a line of it instead" in answer.content.decode()


def test_what_another_manager_changed_meanwhile_is_a_conflict(cast: Cast, drafted: PayMonth) -> None:
    manager = browser_of(cast.manager)
    answer = manager.post(f"{month_url()}approve/", {"version": drafted.version - 1})
    assert answer.status_code == 409
    assert "Look at them once more" in answer.content.decode()
    assert manager.post(f"{month_url()}approve/", {"version": drafted.version, "person": "x"}).status_code == 404
    assert not Statement.objects.exclude(approved_at=None).exists()


def test_correcting_keeps_what_was_typed_where_it_is_refused(cast: Cast, drafted: PayMonth) -> None:
    published(cast, drafted.first)
    line = LedgerLine.objects.filter(person=person_of(cast.responder)).earliest("pk")
    manager, path = browser_of(cast.manager), f"/compensation/lines/{line.pk}/correct/"
    for typed, words in (
        ({"amount": "twelve", "reason": "ended earlier"}, "That is no amount."),
        ({"amount": "-1.005", "reason": "ended earlier"}, "TWD has no smaller part than 0.01."),
        ({"amount": "-1", "reason": ""}, "Say why"),
    ):
        answer = manager.post(path, typed | {"key": "k"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert words in page
        assert f'value="{typed["amount"]}"' in page
        assert not typed["reason"] or typed["reason"] in page
    page = manager.post(path, {"amount": "-100", "reason": "=1+1 <b>", "key": "k"}, follow=True).content.decode()
    assert "=1+1 &lt;b&gt;" in page
    assert "-NT$100.00" in page
    own = LedgerLine.objects.filter(person=person_of(cast.manager)).earliest("pk")
    answer = manager.post(f"/compensation/lines/{own.pk}/correct/", {"amount": "1", "reason": "x", "key": "l"})
    assert answer.status_code == 422
    assert "Nobody corrects their own lines" in answer.content.decode()


def test_applying_and_deciding(cast: Cast, drafted: PayMonth) -> None:
    published(cast, drafted.first)
    lin, manager = browser_of(cast.responder), browser_of(cast.manager)
    typed = {"first_on": "2026-12-01", "amount": "9", "unit": "days", "note": "A wedding", "key": "k"}
    answer = lin.post("/compensation/leave/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "h of leave that nothing is planned for" in page
    assert 'value="A wedding"' in page
    assert lin.post("/compensation/leave/", typed | {"first_on": "x"}).status_code == 422
    page = lin.post("/compensation/leave/", typed | {"amount": "0.5"}, follow=True).content.decode()
    assert "Applied for." in page
    again = lin.post("/compensation/leave/", typed | {"amount": "0.5"}, follow=True).content.decode()
    assert "That stands already" in again
    request = LeaveRequest.objects.get()
    assert request.hours == 4, "half a day of eight hours"
    path = f"/compensation/leave/{request.pk}/"
    assert "A wedding" in read(manager, path)
    assert "Waits for a manager" in read(lin, path)
    read(browser_of(cast.teammate), path, 404)
    assert browser_of(cast.teammate).post(f"{path}withdraw/").status_code == 404
    assert f'href="{path}"' in read(manager, "/compensation/months/")
    answer = manager.post(f"{path}decide/", {"do": "decline", "word": ""})
    assert answer.status_code == 422
    page = manager.post(f"{path}decide/", {"do": "approve", "word": "Enjoy"}, follow=True).content.decode()
    assert "Whoever applied is told." in page
    assert "Enjoy" in read(lin, path)
    assert f'href="{path}"' in read(lin, "/shifts/notices/")
    late = lin.post(f"{path}withdraw/", follow=True).content.decode()
    assert "decided or withdrawn already" in late


def rows_of(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{month_url()}payroll.csv{query}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))):
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@")], "no spreadsheet runs a cell"
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_payrolls_files(cast: Cast, drafted: PayMonth) -> None:
    Person.objects.filter(pagerduty_id="PRESP01").update(name="=HYPERLINK(1)")
    manager = browser_of(cast.manager)
    assert "-draft.csv" in manager.get(f"{month_url()}payroll.csv")["Content-Disposition"]
    month = published(cast, drafted.first)
    name = manager.get(f"{month_url()}payroll.csv?by=person")["Content-Disposition"]
    assert name == f'attachment; filename="pay-{month}-by-person.csv"'
    lines = rows_of(manager)
    assert len(lines) == LedgerLine.objects.count()
    stipend = next(row for row in lines if row["kind"] == "stipend" and row["person_id"] == "PRESP01")
    assert (stipend["person"], stipend["credit"], stipend["debit"], stipend["unit"]) == (
        "'=HYPERLINK(1)", "7000.00", "0.00", "TWD",
    )  # fmt: skip
    assert stipend["evidence"].startswith("/shifts/")
    assert stipend["approved_by"] == "Chen Wei-han"
    people = rows_of(manager, "?by=person")
    assert [row["credit"] for row in people] == ["7000.00", "7000.00"]
    assert {row["leave_debit_hours"] for row in people} == {"0.00"}
    read(browser_of(cast.responder), f"{month_url()}payroll.csv", 403)


def test_payroll_of_a_month_with_a_correction_and_leave(cast: Cast, drafted: PayMonth) -> None:
    published(cast, drafted.first)
    line = LedgerLine.objects.filter(person=person_of(cast.responder)).earliest("pk")
    correct_line(actor=cast.manager, line_id=line.pk, amount=Decimal("-12.50"), reason="x", key="k")
    running = next_month(drafted.first)
    answer = browser_of(cast.manager).get(f"/compensation/months/{running:%Y-%m}/payroll.csv")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode().removeprefix("\ufeff")))
    assert (row["kind"], row["credit"], row["debit"]) == ("correction", "0.00", "12.50")
    assert row["evidence"] == f"{statement_url(line.person)}#line-{line.pk}"


RULE = {
    "valid_from": "2099-01-01", "currency": "TWD", "time_zone": "Asia/Taipei", "country": "TW", "weekend": ["5", "6"],
    "weekend_factor": "1.5", "holiday_factor": "2", "p0_bonus": "3000", "sharing": "shared", "rest_day_hours": "4",
    "night_hours": "2", "hours_a_day": "8", "note": "from the new year on", "key": "k",
    "rates-TOTAL_FORMS": "2", "rates-INITIAL_FORMS": "0", "rates-0-schedule": "", "rates-0-level": "1",
    "rates-0-amount": "14000", "rates-1-schedule": "", "rates-1-level": "1", "rates-1-amount": "",
}  # fmt: skip


def test_a_version_is_tried_out_and_stored(cast: Cast, drafted: PayMonth) -> None:
    manager = browser_of(cast.manager)
    assert 'value="7000"' in read(manager, "/compensation/rules/new/")
    sent = RULE | {"based_on": str(newest_key())}
    page = manager.post("/compensation/rules/new/", sent | {"do": "preview"}).content.decode()
    assert f"What {drafted} would have been" in page
    assert "NT$7,000.00" in page
    assert 'value="from the new year on"' in page
    assert RuleVersion.objects.count() == 1
    page = manager.post("/compensation/rules/new/", sent | {"do": "save"}, follow=True).content.decode()
    assert "From 2099-01-01" in page
    assert "NT$14,000.00" in page
    assert manager.post("/compensation/rules/new/", sent | {"do": "save"}).status_code == 302, "the same, once"
    # The browser brought the form back, and other amounts were typed into it: they are not told as stored.
    other = sent | {"do": "save", "rates-0-amount": "15000"}
    answer = manager.post("/compensation/rules/new/", other)
    assert answer.status_code == 409
    assert 'value="15000"' in answer.content.decode()
    answer = manager.post("/compensation/rules/new/", sent | {"do": "save", "key": "l"})
    assert answer.status_code == 409
    assert "beside theirs" in answer.content.decode()
    assert RuleVersion.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"valid_from": "2020-01-01"}, "what was paid stays"),
        ({"time_zone": "x"}, "not a known time zone"),
        ({"weekend_factor": "0.5"}, "A factor is from 1 to 10"),
        ({"rates-0-amount": ""}, "Say what at least one level is paid"),
        ({"rates-1-amount": "5"}, "stands there twice"),
        ({"rates-0-amount": "0.001"}, "TWD has no smaller part than 0.01."),
    ],
)
def test_a_version_that_is_refused_keeps_what_was_typed(
    fields: dict[str, str], words: str, cast: Cast, drafted: PayMonth
) -> None:
    published(cast, drafted.first)
    sent = RULE | {"based_on": str(newest_key()), "do": "save"} | fields
    answer = browser_of(cast.manager).post("/compensation/rules/new/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="from the new year on"' in page
    assert RuleVersion.objects.count() == 1


def test_everybody_reads_the_rules_and_who_manages_adds_to_them(cast: Cast) -> None:
    assert "No rule is stored yet" in read(browser_of(cast.viewer), "/compensation/rules/")
    assert "Enter the first one" in read(browser_of(cast.manager), "/compensation/months/")
    answer = browser_of(cast.manager).post(f"{month_url()}draft/")
    assert answer.status_code == 422
    assert "No rule is in force in that month" in answer.content.decode()
    make_rule(cast.manager)
    make_rule(cast.manager, rates=[Rate(None, 1, Decimal(8000))])
    page = read(browser_of(cast.viewer), "/compensation/rules/")
    assert page.count("superseded") == 1
    assert page.count("in force") == 1
    assert "A new version" not in page
    assert browser_of(cast.responder).post("/compensation/rules/new/", RULE).status_code == 403


@pytest.mark.parametrize("count", [1, 30])
def test_what_the_pages_cost(count: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_rule(cast.manager, rest_day_hours=Decimal(4), p0_bonus=Decimal(3000), night_hours=Decimal(1))
    schedule = make_schedule()
    now = database_now()
    for number in range(count):
        person = make_person(f"P{number}", f"Person {number}")
        for who, start in (
            (cast.responder, at(last_month(), number)),
            (person, at(last_month() + 4 * DAY, number)),
            (cast.responder, at(next_month(last_month()), number)),
        ):
            make_shift(schedule, who, start=start, lasts=HOUR)
        make_p0(number + 1, at(last_month() + 5 * DAY, number))
        make_p0(number + 101, now - (number + 1) * HOUR)
        make_rule(cast.manager, rest_day_hours=Decimal(4), weekend=range(7))
        LeaveRequest.objects.create(key=f"{number}", person=person_of(cast.responder), first_on=now.date(), hours=1)
    published(cast, last_month())
    manager, lin = browser_of(cast.manager), browser_of(cast.responder)
    for client, path, queries in (
        (lin, "/compensation/", OWN_QUERIES),
        (lin, statement_url(person_of(cast.responder)), STATEMENT_QUERIES),
        (manager, month_url(), MONTH_QUERIES),
        (manager, "/compensation/months/", MONTHS_QUERIES),
        (manager, "/compensation/rules/", RULES_QUERIES),
    ):
        read(client, path)
        with django_assert_num_queries(queries, info=path):
            read(client, path)
