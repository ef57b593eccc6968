"""What the live streams say of clocks: alarms on all of them, cards and today's figures on the wall."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from incidents.models import Incident, SlaClock
from incidents.services.announce import publish
from oncall_portal import live
from oncall_portal.live_clocks import ALARMS, Piece, clock_news
from tests.cast import Cast, make_cast
from tests.factories import make_incident
from tests.oncall_portal.listening import Listener, listening
from tests.servers import PortalUnderTest


@pytest.fixture
def people(portal: PortalUnderTest) -> Cast:
    return make_cast()


def alarms(listener: Listener) -> list[tuple[str, str]]:
    """Kind and phase of each clock of the next list."""
    heard: list[dict[str, Any]] = json.loads(listener.hear("alarms"))
    return [(clock["kind"], clock["phase"]) for clock in heard]


def pass_time(incident: Incident, minutes: float) -> None:
    """The incident's clocks started so much earlier. Nobody is told."""
    by = timedelta(minutes=minutes)
    SlaClock.objects.filter(incident=incident).update(
        started_at=F("started_at") - by, at_risk_at=F("at_risk_at") - by, due_at=F("due_at") - by
    )


@pytest.mark.parametrize("path", ["/live/board/", "/live/incidents/{}/", "/live/wall/", "/live/alarms/"])
def test_every_stream_hears_of_alarms_at_once_and_when_they_differ(
    path: str, people: Cast, portal: PortalUnderTest
) -> None:
    incident = make_incident(1, minutes_old=13)
    with listening(portal, people.viewer, path.format(incident.pk)) as listener:
        assert alarms(listener) == [("respond", "at_risk")]
        pass_time(incident, 3)
        publish({incident.pk: 2})
        assert alarms(listener)[0] == ("respond", "breached")


def test_all_hear_the_same_bytes(people: Cast, portal: PortalUnderTest) -> None:
    make_incident(1, minutes_old=13)
    people.manager.language = "zh-hant"
    people.manager.save()
    with listening(portal, people.viewer) as viewer, listening(portal, people.manager, "/live/wall/") as manager:
        assert viewer.hear("alarms") == manager.hear("alarms")


def test_a_change_that_moves_no_clock_sends_nothing_of_clocks(people: Cast, portal: PortalUnderTest) -> None:
    incident = make_incident(1, minutes_old=13)
    other = make_incident(2, minutes_old=13, title="[P1] Other - svc")
    with listening(portal, people.viewer) as listener:
        while len(alarms(listener)) < 2:
            pass
        Incident.objects.filter(pk=incident.pk).update(version=50)
        publish({incident.pk: 50})
        names = []
        for name, data in listener.events():
            names.append(name)
            if name == "row" and f'id="incident-{other.pk}"' in data:
                break
            if name == "row" and 'data-version="50"' in data:
                # Clocks are looked at 0.1 s after the rows have gone out; the next row comes well after that.
                live_pause()
                Incident.objects.filter(pk=other.pk).update(version=51)
                publish({other.pk: 51})
        assert "alarms" not in names


def live_pause() -> None:
    """Longer than the streams gather changes of clocks."""
    time.sleep(live.ROWS_FIRST + live.COALESCE + 0.3)


def test_a_clock_that_turns_by_time_alone_is_told_though_no_engine_runs(
    people: Cast, portal: PortalUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "TICK_EVERY", 0.2)
    incident = make_incident(1, minutes_old=13)
    with listening(portal, people.viewer, "/live/alarms/") as listener:
        while alarms(listener) != [("respond", "at_risk")]:
            pass
        pass_time(incident, 3)
        assert alarms(listener)[0] == ("respond", "breached")


def test_who_comes_after_a_quiet_hour_is_told_what_is_true_now(people: Cast, portal: PortalUnderTest) -> None:
    """Nobody listened when it changed, so that what was last sent is old."""
    incident = make_incident(1, minutes_old=13)
    with listening(portal, people.viewer, "/live/alarms/") as listener:
        assert alarms(listener) == [("respond", "at_risk")]
    Incident.objects.filter(pk=incident.pk).update(status="resolved")
    publish({incident.pk: 9})
    live_pause()
    with listening(portal, people.viewer, "/live/alarms/") as listener:
        assert alarms(listener) == []


def test_the_wall_hears_its_cards_in_its_language_and_today_in_its_zone(people: Cast, portal: PortalUnderTest) -> None:
    people.manager.language = "zh-hant"
    people.manager.save()
    with (
        listening(portal, people.viewer, "/live/wall/") as viewer,
        listening(portal, people.manager, "/live/wall/") as manager,
    ):
        assert "No clock is running" in viewer.hear("wall")
        assert "Met today" in viewer.hear("today")
        manager.hear("today")
        make_incident(1, title="[P0] Burning - svc")
        for listener in (viewer, manager):
            assert re.findall(r'data-focus="open">([^<]*)<', listener.hear("wall")) == ["Burning"] * 3


def test_clocks_are_read_once_for_all_walls(people: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_incident(1)
    pieces = {ALARMS, *(Piece("wall", language) for language in ("en", "zh-hant"))}
    # Now, the alarms, the wall.
    with django_assert_num_queries(3):
        news = clock_news(pieces)
    assert news.keys() == pieces
    days = {Piece("today", language, "Asia/Taipei") for language in ("en", "zh-hant")}
    # Now, the alarms, the day of the one zone.
    with django_assert_num_queries(3):
        assert clock_news(days).keys() == {ALARMS, *days}


def test_today_is_each_zones_own(people: Cast) -> None:
    """A clock that started at UTC's midnight is of yesterday where midnight comes twelve hours later, until it has come there."""
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    clocks = SlaClock.objects.filter(incident=make_incident(1), kind="respond")
    clocks.update(
        started_at=midnight,
        at_risk_at=midnight + timedelta(seconds=48),
        due_at=midnight + timedelta(minutes=1),
        stopped_at=midnight + timedelta(seconds=1),
    )
    east, west = Piece("today", "en", "UTC"), Piece("today", "en", "Etc/GMT+12")
    news = clock_news({east, west})
    assert b"1 of 1" in news[east]
    # Twelve hours behind, it is noon of the day before, which ends at noon in UTC.
    assert (b"1 of 1" in news[west]) is (now.hour < 12)
