"""The list of reviews: overdue, due, what is left to do, what was learned; each bounded, at a cost that does not grow."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from incidents.models import FollowUp, Incident
from incidents.policies import policy_in_force
from incidents.review.due import overdue_before
from incidents.reviews import waiting_at, when_due
from incidents.views.reviews import PER_PAGE
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.incidents.review.stored import finished, follow_up, over, soon

pytestmark = pytest.mark.django_db
QUERIES = 14
#: Minutes: longer ago than five business days are anywhere, whatever the holidays.
LONG_AGO = 60 * 24 * 30


def shown(client: Client, address: str = "/reviews/") -> tuple[list[int], list[int], list[str], list[int]]:
    """Numbers of the overdue and of the due, open follow-ups, numbers of the finished."""
    context = client.get(address).context
    return (
        [row.incident.number for row in context["overdue_rows"]],
        [row.incident.number for row in context["due_rows"]],
        [each.text for each in context["follow_ups"]],
        [each.incident_id for each in context["finished"]],
    )


def test_who_waits_and_who_does_not(cast: Cast) -> None:
    late = over(1, minutes_old=LONG_AGO, title="[P0] Down - chatops-web")
    due = over(2, minutes_old=10)
    over(3, minutes_old=LONG_AGO, title="[P2] Slow - chatops-web")
    make_incident(4, minutes_old=LONG_AGO)
    merged, deleted, done = (over(number, minutes_old=LONG_AGO) for number in (5, 6, 7))
    Incident.objects.filter(pk=merged.pk).update(merged_into=late)
    Incident.objects.filter(pk=deleted.pk).update(deleted_at=database_now())
    finished(cast.responder, done)
    client = browser_of(cast.viewer)
    assert shown(client) == ([late.number], [due.number], [], [done.number])
    page = client.get("/reviews/").content.decode()
    assert "overdue" in page
    assert "Lin Yu-ting" in page, "who took part"


def test_the_database_and_the_rule_draw_the_same_line(cast: Cast) -> None:
    now = database_now()
    calendar = policy_in_force(now).policy.calendar
    edge = overdue_before(now, calendar)
    before, after = over(1, minutes_old=LONG_AGO), over(2, minutes_old=LONG_AGO)
    Incident.objects.filter(pk=before.pk).update(resolved_at=edge - timedelta(microseconds=1))
    Incident.objects.filter(pk=after.pk).update(resolved_at=edge)
    waiting = waiting_at(now, calendar)
    for rows, expected in ((waiting.overdue, before), (waiting.due, after)):
        (incident,) = rows
        assert incident == expected
        limit = when_due(incident, calendar)
        assert limit is not None
        assert (limit <= now) is (expected == before)


def test_follow_ups_the_overdue_first_and_the_done_not_at_all(cast: Cast) -> None:
    incident = over()
    for number, days in ((1, 3), (2, -3), (3, 1)):
        made = follow_up(cast.responder, incident, cast.teammate, key=f"k{number}", text=f"to do {number}")
        FollowUp.objects.filter(pk=made.pk).update(due_on=soon(days))
    made = follow_up(cast.responder, incident, cast.teammate, key="k4", text="done")
    FollowUp.objects.filter(pk=made.pk).update(done_at=database_now())
    client = browser_of(cast.viewer)
    assert shown(client)[2] == ["to do 2", "to do 3", "to do 1"]
    page = client.get("/reviews/").content.decode()
    assert page.count('<b class="late">overdue</b>') == 1


@pytest.mark.parametrize(
    ("words", "found"), [("QUERY", True), ("latency", True), ("index", True), ("nothing", False), ("%", False)]
)
def test_search(words: str, found: bool, cast: Cast) -> None:
    incident = over()
    finished(cast.responder, incident, cause="A query of the search")
    follow_up(cast.responder, incident, cast.teammate)
    client = browser_of(cast.viewer)
    assert shown(client, f"/reviews/?words={words.replace('%', '%25')}")[3] == ([incident.number] if found else [])


@pytest.mark.parametrize("count", [1, 30])
def test_what_it_costs_and_how_much_it_shows(
    count: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        over(number * 3 + 1, minutes_old=LONG_AGO)
        over(number * 3 + 2, minutes_old=10)
        done = over(number * 3 + 3, minutes_old=100)
        finished(cast.responder, done)
        follow_up(cast.responder, done, cast.teammate, text=f"to do {number}")
    client = browser_of(cast.viewer)
    client.get("/reviews/")
    with django_assert_num_queries(QUERIES):
        assert [len(each) for each in shown(client)] == [min(count, PER_PAGE)] * 4
    if count > PER_PAGE:
        second = shown(client, "/reviews/?overdue=2&due=2&follow_ups=2&finished=2")
        assert [len(each) for each in second] == [count - PER_PAGE] * 4
        assert 'href="?overdue=2#overdue"' in client.get("/reviews/").content.decode()


def test_nothing_to_review_says_so(cast: Cast) -> None:
    page = browser_of(cast.viewer).get("/reviews/").content.decode()
    for words in ("None is overdue.", "None is due.", "Nothing is left to be done.", "No review is finished yet."):
        assert words in page
    assert "No finished review has these words." in browser_of(cast.viewer).get("/reviews/?words=x").content.decode()
