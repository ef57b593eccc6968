"""History: every incident once, forwards and backwards, found by its words."""

import re
from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from incidents.models import PollState
from incidents.views import history
from tests.cast import Cast, browser_of
from tests.factories import make_incident, make_resolved

pytestmark = pytest.mark.django_db


def shown(client: Client, address: str) -> tuple[list[int], str, str]:
    """The numbers on a page and the links to its neighbours, newer and older."""
    response = client.get(address)
    assert response.status_code == 200
    numbers = [incident.number for incident in response.context["incidents"]]
    return numbers, response.context["previous_cursor"], response.context["next_cursor"]


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE", 3)


def test_pages_visit_every_incident_once_in_both_directions(cast: Cast, short_pages: None) -> None:
    # Several of one instant: the number decides among them.
    made = [make_resolved(number, minutes_old=100 - number // 3).number for number in range(10)]
    client = browser_of(cast.viewer)
    forwards: list[int] = []
    address, pages = "/incidents/", []
    while True:
        numbers, _newer, older = shown(client, address)
        pages.append(numbers)
        forwards += numbers
        if not older:
            break
        address = f"/incidents/?cursor={older}"
    assert forwards == sorted(made, reverse=True)
    backwards: list[list[int]] = []
    while True:
        numbers, newer, _older = shown(client, address)
        backwards.insert(0, numbers)
        if not newer:
            break
        address = f"/incidents/?cursor={newer}"
    assert backwards == pages


@pytest.mark.parametrize("count", [1, 30])
def test_a_page_costs_the_same_at_one_and_at_thirty(
    count: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    PollState.objects.create(name="pagerduty")
    for number in range(count):
        make_resolved(number, minutes_old=100)
    client = browser_of(cast.viewer)
    # Session, user, now with the data's age, services, incidents, on call.
    with django_assert_num_queries(6):
        assert len(shown(client, "/incidents/")[0]) == count


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("latency", 1),
        ("LATENCY", 1),
        ("node", 1),
        ("#1002", 1),
        ("1001", 1),
        ("nothing", 0),
        ("%", 0),
        ("_", 0),
        ("' OR 1=1", 0),
        ("9" * 60, 0),
    ],
)
def test_search(query: str, found: int, cast: Cast) -> None:
    make_incident(1, title="[P1] High latency - chatops-web")
    make_resolved(2, minutes_old=30)
    assert len(browser_of(cast.viewer).get("/incidents/", {"q": query}).context["incidents"]) == found


@pytest.mark.parametrize("cursor", ["x", "a_1", "b_x_1", "a_1e999_1", "a_1_" + "9" * 40])
def test_a_broken_link_is_refused_in_words(cursor: str, cast: Cast) -> None:
    response = browser_of(cast.viewer).get("/incidents/", {"cursor": cursor})
    assert response.status_code == 400
    assert "broken" in response.content.decode()


def test_what_was_searched_for_comes_back_as_text(cast: Cast) -> None:
    content = browser_of(cast.viewer).get("/incidents/", {"q": '"><script>'}).content.decode()
    assert "<script>" not in re.sub(r"<script (type|src)=", "", content)
    assert '"><script>' in unescape(content)
