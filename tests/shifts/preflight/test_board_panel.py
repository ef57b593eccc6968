"""What the board shows of preflights: who comes next and whether they are ready; and open incidents on a preflight's page."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from shifts.models import Shift
from shifts.services.begin_shift import judge_beginnings, start_anyway
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.shifts.preflight.things import HOUR, confirm, make_contact, make_preflight, make_ready, make_shift

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("emptied_cache")]


def test_the_board_shows_whether_the_next_are_ready(cast: Cast) -> None:
    make_preflight(make_shift(cast.responder))
    contact = make_contact()
    confirm(contact, cast.manager)
    ready = make_preflight(make_shift(cast.teammate, begins_in=2 * HOUR, schedule=2))
    make_ready(ready, cast.teammate)
    board = re.sub(r"<[^>]+>|\s+", " ", browser_of(cast.viewer).get(reverse("shifts:preflight_board")).content.decode())
    board = re.sub(r" +", " ", board)
    assert re.search(r"Kenji Sato chatops 2 · [^U]+ UTC ready 6 of 6", board)
    assert re.search(r"Lin Yu-ting chatops 1 · [^U]+ UTC not checked 2 of 6", board)
    assert "Began unready" not in board


def test_nothing_ahead_is_nothing_on_the_board(cast: Cast) -> None:
    assert browser_of(cast.viewer).get(reverse("shifts:preflight_board")).content.decode().strip() == ""


def test_open_incidents_in_a_few_lines(cast: Cast) -> None:
    client = browser_of(cast.viewer)
    assert "All quiet" in client.get(reverse("incidents:open_list")).content.decode()
    for number in range(1, 13):
        make_incident(number)
    html = client.get(reverse("incidents:open_list")).content.decode()
    assert html.count("<li") == 10
    assert "2 more on the board." in html


@pytest.mark.parametrize("count", [1, 6])
def test_the_boards_panel_costs_five_queries(
    count: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        make_preflight(make_shift(cast.responder, begins_in=2 * HOUR, schedule=number))
        begun = make_preflight(make_shift(cast.teammate, begins_in=HOUR, schedule=100 + number))
        start_anyway(actor=cast.manager, preflight_id=begun.pk, reason="for a while")
        Shift.objects.filter(pk=begun.shift_id).update(start_at=database_now() - HOUR)
    judge_beginnings(now=database_now())
    client: Client = browser_of(cast.viewer)
    client.get(reverse("shifts:preflight_board"))
    cache.clear()
    # The session and the user, now, who began unready, who comes next, and their readiness.
    with django_assert_num_queries(8):
        client.get(reverse("shifts:preflight_board"))
