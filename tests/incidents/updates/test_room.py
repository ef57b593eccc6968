"""Composing in the room: filled in, looked at, refused with everything kept, never sent by who may not."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from pytest_django import Settings

from accounts.models import User
from incidents.models import Incident, StakeholderUpdate
from incidents.services.ask_pagerduty import Act
from incidents.services.edit_update_template import edit_update_template
from incidents.services.send_update import send_update
from incidents.stakeholders import Draft, finish
from incidents.updates.kinds import UpdateChannel, UpdateOccasion, UpdateState
from tests.cast import Cast, browser_of
from tests.factories import make_incident, make_resolved
from tests.incidents.updates.making import HERE, on_timeline, post, tell

pytestmark = pytest.mark.django_db


def room(user: User, incident: Incident) -> str:
    return browser_of(user).get(f"/incidents/{incident.pk}/").content.decode()


def test_it_begins_with_the_severitys_words_filled_in(cast: Cast) -> None:
    page = room(cast.responder, make_incident(1))
    assert "A main function of chatops-gateway is impaired since" in page
    assert "High Error Rate. On it: Lin Yu-ting. Next update by {next}." in page
    assert 'name="minutes" value="60"' in page
    assert "Next update by {next}" not in room(cast.responder, make_incident(2, title="[P2] Slow - chatops-gateway"))
    assert "update-form" not in room(cast.viewer, make_incident(3))


def test_the_teams_own_words_go_before_the_portals(cast: Cast) -> None:
    edit_update_template(actor=cast.manager, occasion=UpdateOccasion.P1, based_on=0, text="Sorry about {what}!")
    assert "Sorry about High Error Rate!" in room(cast.responder, make_incident())


def test_an_incident_that_is_over_owes_the_last_word(cast: Cast) -> None:
    incident = make_resolved(1, minutes_old=20, title="[P0] Down - chatops-gateway")
    owed = "The stakeholders have not been told that it is over."
    page = room(cast.responder, incident)
    assert owed in page
    assert "It is over: Down (chatops-gateway)" in page
    tell(cast.responder, incident, state=UpdateState.RESOLVED, text="Over.", next_in=timedelta(minutes=30))
    assert StakeholderUpdate.objects.get().next_due_at is None, "after the last word nothing is promised"
    assert owed not in room(cast.responder, incident)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"text": " \u200b "}, "The update says nothing"),
        ({"text": "x" * 1_001}, "longer than 1000 characters"),
        ({"channels": []}, "Choose where the update is told"),
        ({"channels": ["slack"]}, "Slack is not set up any more"),
        ({"channels": ["telex"]}, "telex is not one of the available choices"),
        ({"minutes": "4"}, "in 5 minutes to 1440"),
        ({"minutes": "1441"}, "in 5 minutes to 1440"),
        ({"minutes": "9" * 30}, "in 5 minutes to 1440"),
        ({"minutes": "-9"}, "in 5 minutes to 1440"),
        ({"minutes": "soon"}, "Enter a whole number."),
        ({"state": "lost"}, "lost is not one of the available choices"),
    ],
)
@pytest.mark.parametrize("to", ["updates/", "updates/preview/"])
def test_what_makes_no_sense_is_refused_and_kept(
    to: str, sent: dict[str, Any], words: str, cast: Cast, settings: Settings
) -> None:
    settings.SLACK_WEBHOOK_URL = ""
    incident = make_incident()
    typed: dict[str, Any] = {"text": "Typed with care & love.", "minutes": "17"} | sent
    answer = post(cast.responder, incident, to=to, **typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    if "text" not in sent:
        assert "Typed with care &amp; love." in page
    assert f'value="{typed["minutes"]}"' in page
    assert '<details class="update-composer" id="update" data-key="update" open>' in page
    assert not StakeholderUpdate.objects.exists()
    assert on_timeline(incident) == []


def test_pagerduty_knows_nobody_without_an_address(cast: Cast, settings: Settings) -> None:
    settings.PAGERDUTY_API_TOKEN = "t"
    cast.responder.email = ""
    cast.responder.save()
    incident = make_incident()
    assert "your account has no address there" in room(cast.responder, incident)
    answer = post(cast.responder, incident, channels=["pagerduty"])
    assert "Your account has no PagerDuty address" in answer.content.decode()
    assert not StakeholderUpdate.objects.exists()


def test_a_preview_says_how_each_channel_reads_it_and_sends_nothing(cast: Cast, settings: Settings) -> None:
    settings.SLACK_WEBHOOK_URL, settings.PAGERDUTY_API_TOKEN = "https://slack.example.com/x", "t"
    incident = make_incident()
    sent = {"text": "<b>Slow</b>. Next by {next}.", "channels": ["status_page", "pagerduty", "slack"]}
    for htmx in (True, False):
        answer = post(cast.responder, incident, to="updates/preview/", htmx=htmx, **sent)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert page.count('class="preview-channel"') == 3
        assert "&lt;b&gt;Slow&lt;/b&gt;. Next by " in page
        assert "P1 · Investigating · chatops-gateway" in page
        assert ("<html" in page) is not htmx
    assert not StakeholderUpdate.objects.exists()


def test_the_preview_is_what_is_sent(cast: Cast) -> None:
    incident = make_incident()
    draft = Draft("By {next}.", UpdateState.MONITORING, timedelta(minutes=17), HERE)
    update = send_update(act=Act(incident.pk, cast.responder, "k"), draft=draft)
    seen = finish(draft, now=update.sent_at)
    assert (seen.text, seen.next_due_at) == (update.text, update.next_due_at)


def test_the_clock_in_the_room(cast: Cast) -> None:
    incident = make_incident(1, minutes_old=50)
    card = 'data-clock="update"'
    assert f'is-at_risk" {card}' in room(cast.viewer, incident)
    tell(cast.responder, incident, next_in=timedelta(minutes=15))
    assert f'is-running" {card}' in room(cast.viewer, incident)
    assert card not in room(cast.viewer, make_incident(2, title="[P3] Slow - chatops-gateway"))
    late = make_incident(3, minutes_old=61)
    assert f'is-breached" {card}' in room(cast.viewer, late)


def test_an_update_of_an_earlier_cycle_counts_for_nothing(cast: Cast) -> None:
    incident = make_incident(1, minutes_old=59)
    tell(cast.responder, incident)
    Incident.objects.update(cycle_started_at=F("cycle_started_at") + timedelta(hours=1))
    page = room(cast.viewer, Incident.objects.get())
    assert "not told yet" in page


def test_sending_says_how_each_channel_took_it(cast: Cast) -> None:
    incident = make_incident()
    answer = post(cast.responder, incident)
    assert answer.headers["Location"] == f"/incidents/{incident.pk}/#room-updates"
    assert "Told to the stakeholders" in room(cast.viewer, incident)
    assert StakeholderUpdate.objects.get().channels == [UpdateChannel.STATUS_PAGE] == list(HERE)


def test_nobody_there(cast: Cast) -> None:
    for to in ("updates/", "updates/preview/"):
        assert browser_of(cast.responder).post(f"/incidents/404/{to}").status_code == 404
