"""The board: its order, its filters, its words, and what it costs."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from incidents.models import Incident, PollState, SlaClock
from tests.cast import Cast, browser_of
from tests.factories import make_incident, make_resolved

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_rendered_yet() -> None:
    cache.clear()


def titles(client: Client, address: str = "/") -> list[str]:
    """What the rows are about, in their order."""
    content = client.get(address).content.decode()
    return re.findall(r'data-focus="open">([^<]*)</a>', content)


@pytest.mark.parametrize("count", [1, 30])
def test_the_board_costs_six_queries_cold_and_five_warm(
    count: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    PollState.objects.create(name="pagerduty")
    for number in range(count):
        make_incident(number)
    client = browser_of(cast.responder)
    # Session, user, now with the data's age, marks, on call; and the rows where they are not rendered yet.
    with django_assert_num_queries(6):
        assert len(titles(client)) == count
    with django_assert_num_queries(5):
        assert len(titles(client)) == count


def test_worst_first_breached_then_soonest_due(cast: Cast) -> None:
    make_incident(1, title="[P3] Calm - svc")
    make_incident(2, title="[P1] Soon - svc", minutes_old=10)
    make_incident(3, title="[P0] Burning - svc", minutes_old=50)
    make_incident(4, title="[P2] Fresh - svc", minutes_old=2)
    assert titles(browser_of(cast.viewer)) == ["Burning", "Soon", "Fresh", "Calm"]


def test_a_deadline_that_passed_is_breached_although_no_engine_runs(cast: Cast) -> None:
    incident = make_incident(1, title="[P0] Burning - svc")
    client = browser_of(cast.viewer)
    assert 'data-breached=""' in client.get("/").content.decode()
    SlaClock.objects.filter(incident=incident).update(
        started_at="2026-01-01T00:00Z", at_risk_at="2026-01-01T00:04Z", due_at="2026-01-01T00:05Z"
    )
    assert 'data-breached="1"' in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?severity=P0", ["Burning"]),
        ("?severity=P0&severity=P3", ["Burning", "Calm"]),
        ("?severity=P9", ["Burning", "Calm"]),
        ("?service=chatops-gateway", ["Burning", "Calm"]),
        ("?service=other", []),
        ("?status=acknowledged", []),
        ("?status=resolved", ["Burning", "Calm"]),
        ("?mine=1", ["Burning", "Calm"]),
        ("?service=%F0%28", []),
    ],
)
def test_filters_are_in_the_url(query: str, found: list[str], cast: Cast) -> None:
    make_incident(1, title="[P0] Burning - svc", minutes_old=9)
    make_incident(2, title="[P3] Calm - svc")
    assert titles(browser_of(cast.responder), "/" + query) == found


def test_mine_is_nobodys_for_somebody_unknown_to_pagerduty(cast: Cast) -> None:
    make_incident(1)
    assert titles(browser_of(cast.viewer), "/?mine=1") == []
    assert titles(browser_of(cast.teammate), "/?mine=1") == []


def test_resolved_merged_and_deleted_incidents_are_not_on_it(cast: Cast) -> None:
    make_resolved(1, minutes_old=30)
    gone = make_incident(2)
    Incident.objects.filter(pk=gone.pk).update(deleted_at="2026-01-01T00:00Z")
    content = browser_of(cast.viewer).get("/").content.decode()
    assert "row-card" not in content
    assert "All quiet" in content


def test_a_viewer_gets_no_buttons_and_a_responder_does(cast: Cast) -> None:
    make_incident(1)
    assert "/acknowledge/" not in browser_of(cast.viewer).get("/").content.decode()
    assert "/acknowledge/" in browser_of(cast.responder).get("/").content.decode()


def test_markup_in_a_title_is_text(cast: Cast) -> None:
    make_incident(1, title='[P1] <script>alert(1)</script> & "quotes" - svc')
    content = browser_of(cast.viewer).get("/").content.decode()
    assert "<script>alert" not in content
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot;" in content


def test_traditional_chinese_is_an_audience_of_its_own(cast: Cast) -> None:
    make_incident(1)
    english = browser_of(cast.responder).get("/").content.decode()
    cast.teammate.language = "zh-hant"
    cast.teammate.save()
    chinese = browser_of(cast.teammate).get("/").content.decode()
    assert "Acknowledge" in english
    assert "確認" in chinese
    assert ">Acknowledge<" not in chinese


def test_old_data_says_since_when(cast: Cast) -> None:
    client = browser_of(cast.viewer)
    assert "has not been heard from yet" in client.get("/").content.decode()
    PollState.objects.create(name="pagerduty", succeeded_at="2026-01-01T00:00Z", error="unreachable: ConnectionError")
    content = client.get("/").content.decode()
    assert "was last heard from at" in content
    assert "2026-01-01T00:00:00" in content
    assert "unreachable: ConnectionError" in content


def test_the_rows_a_browser_lacks(cast: Cast) -> None:
    first, second = make_incident(1), make_resolved(2, minutes_old=30)
    content = browser_of(cast.viewer).get(f"/board/rows/?n={first.pk}&n={second.pk}&n=99").content.decode()
    assert content.count('<li class="row-card') == 2
    assert 'data-status="resolved"' in content


@pytest.mark.parametrize("query", ["?n=x", "?n=1&n=", "?n=1.5"])
def test_a_row_number_that_is_none_is_refused(query: str, cast: Cast) -> None:
    assert browser_of(cast.viewer).get("/board/rows/" + query).status_code == 400


def test_absurd_numbers_find_nothing(cast: Cast) -> None:
    client = browser_of(cast.viewer)
    assert client.get("/board/rows/?n=" + "9" * 40).status_code == 200
    assert client.get("/incidents/" + "9" * 40 + "/").status_code == 404
    assert client.get("/?service=%00").status_code == 400
