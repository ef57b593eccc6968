"""How many clocks were met, told apart in every way, and the clocks behind each number."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from incidents.attainment import (
    Attained,
    AttainmentFilters,
    Month,
    attainment,
    clocks_of,
    matrix,
    verdict_is,
    verdict_of,
)
from incidents.enums import EntryKind, Grouping, Severity, Verdict
from incidents.models import Incident, PollState, SlaClock
from incidents.policies import latest_policy
from incidents.services.ask_pagerduty import Act
from incidents.services.ingest import ingest_facts
from incidents.services.judge_severity import judge_severity
from incidents.services.record_facts import VendorFact
from incidents.views import attainment as views
from integrations.spreadsheet import cell
from tests.cast import Cast, browser_of
from tests.factories import LIN, make_incident, make_resolved

pytestmark = pytest.mark.django_db
ALL = AttainmentFilters(since=Month(2000, 1), until=Month(2100, 1))


def numbers(found: list[Attained]) -> dict[str, tuple[int, int, int, int]]:
    return {each.key: (each.met, each.missed, each.running, each.none) for each in found}


def counted(by: Grouping, filters: AttainmentFilters = ALL) -> dict[str, tuple[int, int, int, int]]:
    policy = latest_policy()
    return numbers(attainment(clocks_of(filters, policy), by=by, policy=policy, now=database_now()))


def test_what_was_met_missed_runs_and_has_no_verdict() -> None:
    make_resolved(1, minutes_old=300, title="[P1] a - svc")  # three met
    make_incident(2, minutes_old=20, title="[P1] b - svc")  # respond missed, two run
    gone = make_incident(3, minutes_old=10, title="[P0] c - svc")  # respond missed, then deleted
    Incident.objects.filter(pk=gone.pk).update(deleted_at=database_now())
    ingest_facts(incident_pagerduty_id=gone.pagerduty_id, facts=[])
    assert counted(Grouping.KIND) == {"respond": (1, 2, 0, 0), "acknowledge": (1, 0, 1, 1), "escalate": (1, 0, 1, 1)}
    assert counted(Grouping.SEVERITY) == {"P0": (0, 1, 0, 2), "P1": (3, 1, 2, 0)}
    assert counted(Grouping.SERVICE) == {"chatops-gateway": (3, 2, 2, 2)}


def test_a_deadline_that_passed_counts_before_any_engine_looked() -> None:
    incident = make_incident(1, minutes_old=1, title="[P1] a - svc")
    past = database_now() - timedelta(seconds=1)
    SlaClock.objects.filter(incident=incident, kind="respond").update(due_at=past, at_risk_at=past)
    assert counted(Grouping.KIND)["respond"] == (0, 1, 0, 0)


def test_late_is_missed_whenever_it_was_stopped() -> None:
    incident = make_incident(1, minutes_old=40, title="[P1] a - svc")
    late = VendorFact(EntryKind.ACKNOWLEDGED, incident.triggered_at + timedelta(minutes=31), agent=LIN, source_id="R1")
    ingest_facts(incident_pagerduty_id=incident.pagerduty_id, facts=[late])
    assert counted(Grouping.KIND)["acknowledge"] == (0, 1, 0, 0)


def test_a_judged_severity_moves_the_clocks_to_its_group(cast: Cast) -> None:
    incident = make_incident(1, minutes_old=1, title="[P2] a - svc")
    judge_severity(
        act=Act(number=incident.pk, actor=cast.responder), seen=Severity.P2, severity=Severity.P0, reason="all down"
    )
    assert set(counted(Grouping.SEVERITY)) == {"P0"}


def test_months_are_those_of_the_policys_zone() -> None:
    incident = make_incident(1, minutes_old=1)
    # 16:30 UTC on the 31st is half past midnight in Taipei.
    SlaClock.objects.filter(incident=incident).update(
        started_at=datetime(2026, 1, 31, 16, 30, tzinfo=UTC), due_at=datetime(2026, 1, 31, 17, tzinfo=UTC)
    )
    assert set(counted(Grouping.MONTH)) == {"2026-02"}
    policy = latest_policy()
    january, february = Month(2026, 1), Month(2026, 2)
    assert clocks_of(AttainmentFilters(january, january), policy).count() == 0
    assert clocks_of(AttainmentFilters(february, february), policy).count() == 3


def test_how_much_of_its_time_a_clock_had_used() -> None:
    for number, minute in enumerate((3, 6, 15)):
        incident = make_incident(number, minutes_old=20, title="[P1] a - svc")
        at = incident.triggered_at + timedelta(minutes=minute)
        fact = VendorFact(EntryKind.ACKNOWLEDGED, at, agent=LIN, source_id=f"R{number}")
        ingest_facts(incident_pagerduty_id=incident.pagerduty_id, facts=[fact])
    policy = latest_policy()
    clocks = clocks_of(ALL, policy).filter(kind="acknowledge")
    (only,) = attainment(clocks, by=Grouping.KIND, policy=policy, now=database_now())
    assert only.median == pytest.approx(20, abs=0.1)
    assert only.p90 == pytest.approx(44, abs=0.1)


def test_a_share_is_cut_and_not_rounded_up() -> None:
    assert Attained("", met=9_999, missed=1).percent == Decimal("99.9")
    assert Attained("", met=10_000).percent == Decimal("100.0")
    assert Attained("", running=3, none=2).percent is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stories=st.lists(
        st.tuples(st.sampled_from(["P0", "P1", "P2", "P3"]), st.integers(1, 90_000), st.booleans()), max_size=6
    )
)
def test_every_grouping_adds_up_to_the_whole(stories: list[tuple[str, int, bool]]) -> None:
    SlaClock.objects.all().delete()
    for number, (severity, minutes_old, is_over) in enumerate(stories):
        make = make_resolved if is_over else make_incident
        make(number, minutes_old=minutes_old, title=f"[{severity}] a - svc")
    policy, now = latest_policy(), database_now()
    clocks = clocks_of(ALL, policy)
    whole = sum(matrix(clocks, now=now).values(), Attained(key=""))
    assert whole.counted + whole.running + whole.none == clocks.count()
    for by in Grouping:
        summed = sum(attainment(clocks, by=by, policy=policy, now=now), Attained(key=""))
        assert numbers([summed]) == numbers([whole])
    for verdict in Verdict:
        found = clocks.filter(verdict_is(verdict, now))
        assert found.count() == getattr(whole, verdict.value)
        assert all(verdict_of(clock, now) is verdict for clock in found)


def test_the_page_says_the_numbers_and_leads_to_the_clocks(cast: Cast) -> None:
    make_resolved(1, minutes_old=300, title="[P1] quick - svc")
    slow = make_incident(2, minutes_old=20, title="[P1] slow - svc")
    client = browser_of(cast.viewer)
    page = client.get("/sla/attainment/").content.decode()
    assert "75.0 %" in page
    assert "3 of 4 clocks" in page
    assert "Asia/Taipei" in page
    missed = client.get("/sla/attainment/clocks/?severity=P1&verdict=missed")
    assert [(clock.incident_id, clock.kind) for clock, _verdict in missed.context["clocks"]] == [(slow.pk, "respond")]


def test_an_empty_range_says_so(cast: Cast) -> None:
    page = browser_of(cast.viewer).get("/sla/attainment/?since=2019-01&until=2019-02").content.decode()
    assert "No clock started in these months." in page


def test_pages_of_clocks_visit_each_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PAGE", 4)
    for number in range(5):
        make_incident(number, minutes_old=number)
    client, seen, cursor = browser_of(cast.viewer), [], ""
    while True:
        context = client.get("/sla/attainment/clocks/", {"cursor": cursor}).context
        seen += [clock.pk for clock, _verdict in context["clocks"]]
        cursor = context["next_cursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 15


def lines(client: Any, query: str = "") -> list[list[str]]:
    answer = client.get(f"/sla/attainment.csv{query}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_a_spreadsheet_gets_every_clock_and_no_formula(cast: Cast) -> None:
    make_incident(1, minutes_old=20, title="=cmd|' /C calc'!A0")
    make_incident(2, minutes_old=1, title="[P3] 記憶體使用率高 - chatops-engine")
    head, *rows = lines(browser_of(cast.viewer))
    assert head == list(views.COLUMNS)
    assert len(rows) == 6
    titles = {row[head.index("title")] for row in rows}
    assert titles == {"'=cmd|' /C calc'!A0", "[P3] 記憶體使用率高 - chatops-engine"}
    late = {row[head.index("clock")]: int(row[head.index("late_seconds")]) for row in rows if row[1] == "P1"}
    assert 295 <= late["respond"] <= 320
    assert late["escalate"] == 0
    assert {row[head.index("verdict")] for row in lines(browser_of(cast.viewer), "?verdict=missed")[1:]} == {"missed"}


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", " =", "\u3000@"])
def test_what_a_spreadsheet_would_run_is_made_words(beginning: str) -> None:
    assert cell(f"{beginning}1+1") == f"'{beginning}1+1"


def test_words_stay_as_they_are() -> None:
    for words in ("High Error Rate - a", "5 > 3; then 2", "a=b", "e-mail; x@y.example", "-", "磁碟；滿"):
        assert cell(words) == (f"'{words}" if words == "-" else words)


@given(st.text(alphabet="=+-@＝;\t\r\n ab'\""))
def test_nor_does_one_that_begins_cells_at_semicolons(title: str) -> None:
    """In many a country a spreadsheet takes semicolons for commas, and a title's quotation marks for nothing."""
    for part in re.split(r"[;\t\r\n]", cell(title)):
        assert not part.lstrip().startswith(("=", "+", "-", "@", "＝"))


@pytest.mark.parametrize(
    "query",
    [
        "since=2026-13", "since=99999999999-01", "until=x", "since=2026-05&until=2026-01", "severity=P9",
        "service=%27", "kind=x", "by=x", "verdict=x", "since=2000-01&until=2100-12", "since=２０２６-０１",
    ],
)  # fmt: skip
def test_a_strange_url_is_answered(query: str, cast: Cast) -> None:
    make_incident(1)
    client = browser_of(cast.viewer)
    for path in ("/sla/attainment/", "/sla/attainment/clocks/", "/sla/attainment.csv"):
        assert client.get(f"{path}?{query}").status_code == 200


def test_a_broken_link_to_a_page_is_refused_in_words(cast: Cast) -> None:
    answer = browser_of(cast.viewer).get("/sla/attainment/clocks/?cursor=x")
    assert answer.status_code == 400
    assert "Start from the first page" in answer.content.decode()


def test_a_range_is_at_most_ten_years_and_in_order() -> None:
    policy, now = latest_policy(), database_now()
    wide = views.read_filters(QueryDict("since=2000-01&until=2099-12"), now, policy)
    assert (str(wide.since), str(wide.until)) == ("2090-01", "2099-12")
    turned = views.read_filters(QueryDict("since=2026-05&until=2026-01"), now, policy)
    assert (str(turned.since), str(turned.until)) == ("2026-01", "2026-05")
    old = views.read_filters(QueryDict("until=2019-03"), now, policy)
    assert old.since <= old.until == Month(2019, 3)


@pytest.mark.parametrize("rows", [1, 40])
def test_the_page_costs_the_same_for_many(
    rows: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    PollState.objects.create(name="pagerduty", succeeded_at=database_now())
    for number in range(rows):
        make_incident(number, minutes_old=number)
    client = browser_of(cast.viewer)
    # Session, user, now, policy, matrix, groups, services, and the frame's freshness and on call.
    with django_assert_num_queries(9):
        client.get("/sla/attainment/")
    with django_assert_num_queries(8):
        client.get("/sla/attainment/clocks/")
