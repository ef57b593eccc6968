"""The SLA wall and the list of alarms: which clocks, in which order, how today went, and what it costs."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from incidents.enums import ClockPhase
from incidents.models import Assignment, Incident, PollState, SlaClock
from incidents.wall import alarm_data, alarms_at, attained_today, wall_at
from tests.cast import Cast, browser_of
from tests.factories import make_incident, make_resolved

pytestmark = pytest.mark.django_db

UTC_ZONE = ZoneInfo("UTC")


def cards(client: Client) -> list[str]:
    """`what kind` of each card, in their order."""
    content = client.get("/sla/").content.decode()
    return re.findall(r'data-focus="open">([^<]*)</a>', content)


@pytest.mark.parametrize("count", [1, 40])
def test_the_wall_costs_six_queries(count: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    PollState.objects.create(name="pagerduty")
    for number in range(count):
        make_incident(number)
    client = browser_of(cast.responder)
    # Session, user, now with the data's age, the clocks, today, the gaps ahead.
    with django_assert_num_queries(6):
        assert len(cards(client)) == min(count * 3, 60)


def test_breached_on_top_then_soonest_due() -> None:
    make_incident(1, title="[P3] Calm - svc")
    make_incident(2, title="[P1] Soon - svc", minutes_old=13)
    make_incident(3, title="[P0] Burning - svc", minutes_old=6)
    clocks = wall_at(database_now()).clocks
    assert [(clock.what, clock.kind.value, clock.phase.value) for clock in clocks[:4]] == [
        ("Burning", "respond", "breached"),
        ("Soon", "respond", "at_risk"),
        ("Burning", "acknowledge", "running"),
        ("Soon", "acknowledge", "running"),
    ]
    assert clocks[-1].what == "Calm"


def test_only_clocks_that_count() -> None:
    """One stopped, one closed, one of an earlier cycle; incidents resolved and deleted."""
    stopped, closed, reopened, deleted = (make_incident(number) for number in range(1, 5))
    make_resolved(5, minutes_old=30)
    now = database_now()
    SlaClock.objects.filter(incident=stopped, kind="respond").update(stopped_at=now)
    SlaClock.objects.filter(incident=closed).update(closed_at=now)
    Incident.objects.filter(pk=reopened.pk).update(cycle=2)
    Incident.objects.filter(pk=deleted.pk).update(deleted_at=now)
    assert {(clock.number, clock.kind.value) for clock in wall_at(now).clocks} == {
        (stopped.pk, "acknowledge"),
        (stopped.pk, "escalate"),
    }
    assert [clock.number for clock in alarms_at(now + timedelta(days=1))] == [stopped.pk, stopped.pk]


def test_of_too_many_what_is_breached_stays_and_what_is_due_next(cast: Cast) -> None:
    for number in range(21):
        make_incident(number, title="[P1] Some - svc", minutes_old=3)
    week_ago = make_incident(30, title="[P1] Forgotten - svc", minutes_old=7 * 24 * 60)
    soon = make_incident(31, title="[P1] Soon - svc", minutes_old=14)
    wall = wall_at(database_now())
    assert (len(wall.clocks), wall.more, wall.more_breached) == (60, 9, 0)
    assert [clock.number for clock in wall.clocks[:4]] == [week_ago.pk, week_ago.pk, week_ago.pk, soon.pk]
    assert [clock.due_at for clock in wall.clocks] == sorted(clock.due_at for clock in wall.clocks)
    page = browser_of(cast.viewer).get("/sla/").content.decode()
    assert "9 more clocks run.</p>" in page


def test_of_too_many_breaches_the_latest_stay_and_a_page_of_what_is_due_next(cast: Cast) -> None:
    late = [make_incident(number, title="[P1] Late - svc", minutes_old=40 + number) for number in range(20)]
    for number in range(20, 26):
        make_incident(number, title="[P1] Next - svc", minutes_old=3)
    wall = wall_at(database_now())
    assert (len(wall.clocks), wall.more, wall.more_breached) == (60, 18, 12)
    breached = [clock for clock in wall.clocks if clock.phase is ClockPhase.BREACHED]
    assert len(breached) == 48
    oldest = min(SlaClock.objects.filter(incident=late[0]).values_list("due_at", flat=True))
    assert oldest in {clock.due_at for clock in breached}, "the latest to be late"
    assert "12 of them are breached." in browser_of(cast.viewer).get("/sla/").content.decode()


def test_who_has_it_and_nobody(cast: Cast) -> None:
    make_incident(1)
    client = browser_of(cast.viewer)
    assert client.get("/sla/").content.decode().count("Lin Yu-ting") == 3
    Assignment.objects.all().delete()
    content = client.get("/sla/").content.decode()
    assert "Lin Yu-ting" not in content
    assert content.count("<b>nobody</b>") == 3


def test_nothing_runs_is_said_calmly(cast: Cast) -> None:
    content = browser_of(cast.viewer).get("/sla/").content.decode()
    assert "No clock is running" in content
    assert "wall-cards" not in content


def test_markup_in_a_title_is_text(cast: Cast) -> None:
    make_incident(1, title="[P1] <script>alert(1)</script> - svc")
    content = browser_of(cast.viewer).get("/sla/").content.decode()
    assert "<script>alert" not in content
    assert "&lt;script&gt;alert(1)" in content


def test_among_many_closed_clocks_the_open_ones_are_found_by_their_index() -> None:
    make_incident(1)
    done = make_resolved(2, minutes_old=60)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incidents_slaclock (incident_id, kind, cycle, started_at, at_risk_at, due_at, stopped_at, stopped_by,"
            " closed_because, policy_id) SELECT incident_id, kind, 1 + n, started_at, at_risk_at, due_at, stopped_at, '', '',"
            " policy_id FROM incidents_slaclock, generate_series(1, 3000) AS n WHERE incident_id = %s AND kind = 'respond'",
            [done.pk],
        )
        cursor.execute("ANALYZE incidents_slaclock")
    now = database_now()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        wall_at(now)
        alarms_at(now)
    for query in queries:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + query["sql"])
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "clock_open" in plan
        assert "Seq Scan on incidents_slaclock" not in plan


def test_alarms_are_the_late_the_threatened_and_those_soon_to_be() -> None:
    """P1 responds in 15 minutes, at risk after 12; it acknowledges and escalates in 30, at risk after 24."""
    fresh, soon, threatened, late = (make_incident(n, minutes_old=age) for n, age in enumerate((1, 5, 13, 16)))
    phases = {(clock.number, clock.kind.value): clock.phase.value for clock in alarms_at(database_now())}
    assert phases == {
        (soon.pk, "respond"): "running",
        (threatened.pk, "respond"): "at_risk",
        (late.pk, "respond"): "breached",
        (late.pk, "acknowledge"): "running",
        (late.pk, "escalate"): "running",
    }
    assert fresh.pk not in {number for number, _kind in phases}


def test_an_alarm_names_whom_it_concerns() -> None:
    """Who is assigned, and who took part before it was handed on."""
    incident = make_incident(1, minutes_old=16, title="[P0] " + "x" * 500 + " - svc")
    engaged = [{"name": "Kenji Sato", "pagerduty_id": "PKENJI1"}, {"name": "By hand", "pagerduty_id": ""}]
    Incident.objects.filter(pk=incident.pk).update(engaged=engaged)
    respond = alarm_data(alarms_at(database_now()))[0]
    clock = SlaClock.objects.get(incident=incident, kind="respond")
    assert respond == {
        "incident": incident.pk,
        "what": "x" * 120,
        "severity": "P0",
        "kind": "respond",
        "cycle": 1,
        "phase": "breached",
        "started": clock.started_at.isoformat(),
        "at_risk": clock.at_risk_at.isoformat(),
        "due": clock.due_at.isoformat(),
        "people": ("PKENJI1", "PRESP01"),
    }


def test_two_hundred_alarms_at_most() -> None:
    for number in range(68):
        make_incident(number, minutes_old=60)
    alarms = alarms_at(database_now())
    assert len(alarms) == 200


def test_today_counts_what_has_a_verdict() -> None:
    """One met, one late, one breached and open, one still running."""
    now = database_now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    noon = midnight + timedelta(hours=12)
    target = timedelta(minutes=15)
    stops = [noon + timedelta(minutes=5), noon + timedelta(minutes=20), None, None]
    ends = [noon, noon, noon, noon + timedelta(hours=3)]
    for number, (stopped_at, started_at) in enumerate(zip(stops, ends, strict=True)):
        incident = make_incident(number)
        clocks = SlaClock.objects.filter(incident=incident)
        clocks.exclude(kind="respond").delete()
        late = stopped_at is not None and stopped_at > started_at + target
        due_at = started_at + target
        clocks.update(
            started_at=started_at,
            at_risk_at=started_at + timedelta(minutes=12),
            due_at=due_at,
            stopped_at=stopped_at,
            breached_at=due_at if late else None,
        )
    respond, acknowledge, escalate = attained_today(noon + timedelta(hours=3, minutes=1), UTC_ZONE)
    assert (respond.met, respond.decided, respond.percent) == (1, 3, 33)
    assert (acknowledge.percent, escalate.percent) == (None, None)


@pytest.mark.parametrize(
    ("zone", "now", "counted"),
    [
        ("UTC", "2026-03-01T00:30", 1),
        ("Asia/Taipei", "2026-03-01T00:30", 2),
        ("America/New_York", "2026-03-01T00:30", 2),
        ("Asia/Taipei", "2026-03-01T16:01", 0),
    ],
)
def test_today_begins_at_the_readers_midnight(zone: str, now: str, counted: int) -> None:
    """Two clocks, met: one before midnight in UTC and one after."""
    for number, start in enumerate(("2026-02-28T23:50", "2026-03-01T00:10")):
        started_at = datetime.fromisoformat(start).replace(tzinfo=UTC)
        clocks = SlaClock.objects.filter(incident=make_incident(number))
        clocks.exclude(kind="respond").delete()
        clocks.update(
            started_at=started_at,
            at_risk_at=started_at + timedelta(minutes=12),
            due_at=started_at + timedelta(minutes=15),
            stopped_at=started_at + timedelta(minutes=1),
        )
    respond = attained_today(datetime.fromisoformat(now).replace(tzinfo=UTC), ZoneInfo(zone))[0]
    assert respond.decided == respond.met == counted
