"""The live streams over real HTTP: who may listen, what they hear, and how a stream ends."""

import json
import time

import pytest
import redis
import requests
from django.test import Client

from accounts.models import User
from incidents.models import Incident
from incidents.services.announce import publish
from oncall_portal import live, live_app
from tests.cast import Cast, make_cast
from tests.factories import make_incident
from tests.oncall_portal.listening import listening
from tests.servers import PortalUnderTest


@pytest.fixture
def people(portal: PortalUnderTest) -> Cast:
    return make_cast()


@pytest.mark.parametrize("path", ["/live/board/", "/live/incidents/1/", "/live/wall/", "/live/alarms/"])
@pytest.mark.parametrize("cookies", [{}, {"sessionid": "x"}, {"sessionid": "a" * 32}, {"sessionid": '"\\"'}])
def test_nobody_listens_without_signing_in(path: str, cookies: dict[str, str], portal: PortalUnderTest) -> None:
    assert requests.get(portal.url + path, cookies=cookies, timeout=10).status_code == 401


def test_what_is_not_there_is_not_there(people: Cast, portal: PortalUnderTest) -> None:
    client = Client()
    client.force_login(people.viewer)
    cookies = {"sessionid": client.cookies["sessionid"].value}
    for path, status in (
        ("/live/", 404),
        ("/live/incidents/999/", 404),
        ("/live/incidents/x/", 404),
        ("/live/wall/1/", 404),
    ):
        assert requests.get(portal.url + path, cookies=cookies, timeout=10).status_code == status
    assert requests.post(portal.url + "/live/board/", cookies=cookies, timeout=10).status_code == 405


def test_a_board_hears_a_snapshot_and_then_the_row_that_changed(people: Cast, portal: PortalUnderTest) -> None:
    first = make_incident(1)
    with listening(portal, people.responder) as listener:
        told = {"now", "as_of", "stale", "trouble", "trouble_since", "cluster_silent", "cluster_since"}
        assert json.loads(listener.hear("tick")).keys() == told
        assert json.loads(listener.hear("snapshot")) == {"rows": {str(first.pk): first.version}}
        second = make_incident(2, title="[P0] Burning - chatops-db")
        row = listener.hear("row")
        assert f'id="incident-{second.pk}"' in row
        assert "/acknowledge/" in row
        assert 'id="strip"' in listener.hear("strip")


def test_each_audience_hears_its_own_row(people: Cast, portal: PortalUnderTest) -> None:
    people.manager.language = "zh-hant"
    people.manager.save()
    with listening(portal, people.viewer) as viewer, listening(portal, people.manager) as manager:
        viewer.hear("snapshot")
        manager.hear("snapshot")
        make_incident(1)
        assert "/acknowledge/" not in viewer.hear("row")
        chinese = manager.hear("row")
        assert "/acknowledge/" in chinese
        assert "確認" in chinese


def test_a_room_hears_of_its_own_incident_alone(people: Cast, portal: PortalUnderTest) -> None:
    mine, other = make_incident(1), make_incident(2)
    with listening(portal, people.viewer, f"/live/incidents/{mine.pk}/") as listener:
        heard = json.loads(listener.hear("incident"))
        assert heard == {"number": mine.pk, "version": mine.version}
        publish({other.pk: 77})
        publish({mine.pk: 78})
        while heard["version"] != 78:
            # The making of the two may still be on its way to the listener.
            heard = json.loads(listener.hear("incident"))
            assert heard["number"] == mine.pk


def test_a_message_that_is_not_ours_breaks_nothing(people: Cast, portal: PortalUnderTest, valkey: redis.Redis) -> None:
    with listening(portal, people.viewer) as listener:
        listener.hear("snapshot")
        for message in ("", "[]", "{}", '{"incidents": 3}', '{"incidents": {"x": "y"}}', "\xff"):
            valkey.publish("portal:live", message)
        make_incident(1)
        assert listener.hear("row")


def test_whoever_signs_out_is_sent_away(people: Cast, portal: PortalUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_app, "CHECK_EVERY", 0.3)
    with listening(portal, people.viewer) as listener:
        listener.hear("snapshot")
        User.objects.filter(pk=people.viewer.pk).update(is_active=False)
        assert listener.hear("bye") == ""


def test_a_new_role_is_a_new_audience(people: Cast, portal: PortalUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_app, "CHECK_EVERY", 0.3)
    with listening(portal, people.viewer) as listener:
        listener.hear("snapshot")
        User.objects.filter(pk=people.viewer.pk).update(role="responder")
        assert listener.hear("bye") == ""
    with listening(portal, people.viewer) as listener:
        listener.hear("snapshot")
        make_incident(1)
        assert "/acknowledge/" in listener.hear("row")


def test_a_resolved_row_is_pushed_once_more_so_that_it_can_leave(people: Cast, portal: PortalUnderTest) -> None:
    incident = make_incident(1)
    with listening(portal, people.viewer) as listener:
        listener.hear("snapshot")
        Incident.objects.filter(pk=incident.pk).update(status="resolved", version=50)
        publish({incident.pk: 50})
        assert 'data-status="resolved"' in listener.hear("row")


def test_when_valkey_comes_back_everybody_compares(people: Cast, portal: PortalUnderTest, valkey: redis.Redis) -> None:
    with listening(portal, people.viewer) as listener:
        listener.hear("snapshot")
        make_incident(1)
        listener.hear("row")
        valkey.client_kill_filter(_type="pubsub")
        missed = make_incident(2)
        while str(missed.pk) not in json.loads(listener.hear("snapshot"))["rows"]:
            pass
        seen = make_incident(3)
        assert f'id="incident-{seen.pk}"' in listener.hear("row")


def test_a_quiet_hour_ends_no_stream(
    people: Cast, portal: PortalUnderTest, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SILENT_AFTER", 0.1)
    with listening(portal, people.viewer) as listener:
        listener.hear("snapshot")
        valkey.client_kill_filter(_type="pubsub")
        listener.hear("snapshot")
        time.sleep(1)
        make_incident(1)
        name, _data = next(each for each in listener.events() if each[0] in ("row", "snapshot"))
        assert name == "row", "a listener that asks whether Valkey is there keeps its connection"
