"""One update is one in every channel and on the timeline, whatever is pressed twice and whose answers are lost."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import AuditRecord
from incidents import update_tasks
from incidents.channel import NEWS_FOR
from incidents.enums import EntryKind
from incidents.models import OutboxMessage, StakeholderUpdate, TimelineEntry
from incidents.services.deliver_outbox import deliver_outbox
from incidents.services.ingest import ingest_facts
from incidents.services.record_facts import VendorFact
from incidents.updates.kinds import UpdateChannel
from simulators.pagerduty import edits
from simulators.pagerduty.model import Agent
from simulators.pagerduty.model import Incident as Page
from simulators.pagerduty.testing import RunningSimulator
from simulators.slack.testing import RunningSlack
from tests.cast import Cast, browser_of
from tests.factories import LIN
from tests.incidents.acting import act, retry_now, ring, send_due
from tests.incidents.story import poll, portal_client
from tests.incidents.updates.making import EVERYWHERE, on_timeline, post, tell

pytestmark = pytest.mark.django_db
PAGERDUTY = frozenset({UpdateChannel.PAGERDUTY})
SLACK = frozenset({UpdateChannel.SLACK})


def published(pagerduty: RunningSimulator, page: Page) -> list[str]:
    return [update.message for update in pagerduty.world.status_updates_of(page.id)]


def slack_now() -> None:
    StakeholderUpdate.objects.filter(slack_due=True).update(slack_next_at=Now())


def test_every_channel_has_it_and_the_timeline_once(
    cast: Cast, pagerduty: RunningSimulator, slack: RunningSlack
) -> None:
    page, incident = ring(pagerduty)
    update = tell(cast.responder, incident, channels=EVERYWHERE)
    send_due(pagerduty)
    assert update_tasks.post_updates() == "1 sent"
    assert update_tasks.post_updates() == "0 sent"
    poll(pagerduty)
    assert published(pagerduty, page) == [update.text]
    assert len(slack.texts) == 1
    (entry,) = on_timeline(incident)
    assert entry.text == f"Lin Yu-ting told the stakeholders: {update.text}"
    assert (entry.data["state"], entry.data["channels"]) == ("investigating", ["status_page", "pagerduty", "slack"])
    assert AuditRecord.objects.filter(verb="send_update").count() == 1


def test_the_form_sent_twice_is_one_update_and_other_words_are_another(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    for text in ("First.", "First.", "Second."):
        assert post(cast.responder, incident, text=text, channels=["pagerduty"]).status_code == 302
    send_due(pagerduty)
    assert published(pagerduty, page) == ["First.", "Second."]
    assert [entry.data["text"] for entry in on_timeline(incident)] == ["First.", "Second."]


@pytest.mark.parametrize(
    "other", [{"state": "monitoring"}, {"minutes": "45"}, {"channels": ["status_page", "pagerduty"]}], ids=str
)
def test_the_old_form_with_anything_else_in_it_is_another_update(
    other: dict[str, Any], cast: Cast, pagerduty: RunningSimulator
) -> None:
    _page, incident = ring(pagerduty)
    for sent in ({}, other, other):
        assert post(cast.responder, incident, text="Same words.", **sent).status_code == 302
    assert StakeholderUpdate.objects.count() == 2


@pytest.mark.parametrize("heard_by", ["nothing", "webhook", "poll"])
def test_an_answer_lost_after_the_call_doubles_nothing(heard_by: str, cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    pagerduty.fail(method="POST", is_applied=True, reset=True)
    update = tell(cast.responder, incident, channels=PAGERDUTY)
    send_due(pagerduty)
    assert OutboxMessage.objects.get().state == "waiting"
    if heard_by == "poll":
        poll(pagerduty)
    if heard_by == "webhook":
        hint = VendorFact(EntryKind.STATUS_UPDATE, timezone.now(), agent=LIN, data={"text": update.text})
        ingest_facts(incident_pagerduty_id=page.id, facts=[hint])
        # Where the log does not tell of it, as PagerDuty's document has it, the webhook's word is enough.
        pagerduty.fail(path_prefix=f"/incidents/{page.id}/log_entries", status=503, times=None)
    assert len(on_timeline(incident)) == 1
    retry_now()
    send_due(pagerduty)
    poll(pagerduty)
    assert OutboxMessage.objects.get().state == "sent"
    assert published(pagerduty, page) == [update.text]
    assert len(on_timeline(incident)) == 1


def test_a_line_of_the_log_that_names_nobody_is_believed(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    pagerduty.fail(method="POST", is_applied=True, reset=True)
    update = tell(cast.responder, incident, channels=PAGERDUTY)
    send_due(pagerduty)
    with pagerduty.world.transaction():
        line = pagerduty.world.log_book.of_incident(page.id)[-1]
        assert line.type == "status_update_log_entry"
        line.agent = Agent(kind="service", id=page.service_id)
    retry_now()
    send_due(pagerduty)
    assert OutboxMessage.objects.get().state == "sent"
    assert published(pagerduty, page) == [update.text]
    assert len(on_timeline(incident)) == 1


@pytest.mark.parametrize("is_polled", [True, False])
def test_the_line_of_an_equal_update_before_it_is_not_its_own(
    is_polled: bool, cast: Cast, pagerduty: RunningSimulator
) -> None:
    page, incident = ring(pagerduty)
    first, second = (tell(cast.responder, incident, key=key, text="Still.", channels=PAGERDUTY) for key in "12")
    path = f"/incidents/{page.id}/status_updates"
    assert first.message
    assert second.message
    deliver_outbox(message_id=first.message.pk, pagerduty=portal_client(pagerduty))
    pagerduty.fail(method="POST", path_prefix=path, status=503)
    deliver_outbox(message_id=second.message.pk, pagerduty=portal_client(pagerduty))
    if is_polled:
        poll(pagerduty)
    retry_now()
    send_due(pagerduty)
    poll(pagerduty)
    assert published(pagerduty, page) == ["Still."] * 2
    assert len(on_timeline(incident)) == 2


def test_one_that_waits_holds_up_only_the_next_update(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    pagerduty.fail(path_prefix=f"/incidents/{page.id}/status_updates", status=503, times=None)
    for text in ("First.", "Second."):
        tell(cast.responder, incident, text=text, channels=PAGERDUTY)
    act(cast.responder, incident, "acknowledge")
    send_due(pagerduty)
    assert page.status == "acknowledged"
    pagerduty.simulator.faults.clear()
    send_due(pagerduty)
    assert published(pagerduty, page) == [], "the second waits for the first"
    retry_now()
    send_due(pagerduty)
    assert published(pagerduty, page) == ["First.", "Second."]


def test_one_behind_an_act_waits_for_it(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    pagerduty.fail(method="POST", path_prefix=f"/incidents/{page.id}/notes", status=503, times=None)
    act(cast.responder, incident, "note", text="A note.")
    tell(cast.responder, incident, text="Told.", channels=PAGERDUTY)
    send_due(pagerduty)
    assert published(pagerduty, page) == []


def test_one_that_waited_for_pagerduty_is_one_all_the_same(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    pagerduty.fail(status=503, times=None)
    update = tell(cast.responder, incident, channels=PAGERDUTY)
    send_due(pagerduty)
    assert len(on_timeline(incident)) == 1
    pagerduty.simulator.faults.clear()
    pagerduty.advance(600)
    retry_now()
    send_due(pagerduty)
    poll(pagerduty)
    assert published(pagerduty, page) == [update.text]
    (entry,) = on_timeline(incident)
    assert entry.occurred_at == update.sent_at


def test_the_same_words_twice_are_two_lines_of_the_log_and_two_updates(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    for key in ("first", "second"):
        tell(cast.responder, incident, key=key, text="Still at it.", channels=PAGERDUTY)
        send_due(pagerduty)
    poll(pagerduty)
    poll(pagerduty)
    assert published(pagerduty, page) == ["Still at it."] * 2
    assert len(on_timeline(incident)) == 2


def test_what_somebody_publishes_in_pagerduty_itself_is_another(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    tell(cast.responder, incident, text="From here.", channels=PAGERDUTY)
    send_due(pagerduty)
    with pagerduty.world.transaction():
        edits.publish_status_update(pagerduty.world, page, "PRESP01", "From there.")
        edits.publish_status_update(pagerduty.world, page, "PKENJI1", "From here.")
    poll(pagerduty)
    told = sorted((entry.actor_name, entry.data["text"]) for entry in on_timeline(incident))
    assert told == [("Kenji Sato", "From here."), ("Lin Yu-ting", "From here."), ("Lin Yu-ting", "From there.")]


def test_a_refusal_stands_on_the_timeline_and_in_the_room(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty)
    pagerduty.fail(method="POST", status=403, times=None)
    tell(cast.responder, incident, channels=PAGERDUTY)
    send_due(pagerduty)
    assert TimelineEntry.objects.filter(incident=incident, kind=EntryKind.REFUSED).count() == 1
    room = browser_of(cast.viewer).get(f"/incidents/{incident.pk}/").content.decode()
    assert "PagerDuty refused “status update”." in room
    assert "PagerDuty does not let you do this." in room.partition('id="room-updates"')[2]


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429, "retry_after": 30}, {"reset": True}])
def test_slack_is_tried_again_and_has_it_once(
    fault: dict[str, Any], cast: Cast, pagerduty: RunningSimulator, slack: RunningSlack
) -> None:
    _page, incident = ring(pagerduty)
    tell(cast.responder, incident, key="1", text="First.", channels=SLACK)
    tell(cast.responder, incident, key="2", text="Second.", channels=SLACK)
    slack.fail(**fault)
    assert update_tasks.post_updates().startswith("0 sent; ")
    assert update_tasks.post_updates() == "0 sent", "the second waits for the first"
    slack_now()
    update_tasks.post_updates()
    slack_now()
    update_tasks.post_updates()
    assert [text.rpartition(": ")[2] for text in slack.texts] == ["First.", "Second."]


def test_what_slack_refuses_is_shown_and_holds_nothing_up(
    cast: Cast, pagerduty: RunningSimulator, slack: RunningSlack
) -> None:
    _page, incident = ring(pagerduty)
    tell(cast.responder, incident, key="1", text="First.", channels=SLACK)
    slack.fail(status=404, body="no_service")
    was = incident.version
    assert "refused" in update_tasks.post_updates()
    incident.refresh_from_db()
    assert incident.version > was, "open rooms hear of it"
    assert "HTTP 404 no_service" in browser_of(cast.viewer).get(f"/incidents/{incident.pk}/").content.decode()
    tell(cast.responder, incident, key="2", text="Second.", channels=SLACK)
    assert update_tasks.post_updates() == "1 sent"


def test_slack_does_not_hear_of_what_is_no_news_any_more(
    cast: Cast, pagerduty: RunningSimulator, slack: RunningSlack
) -> None:
    _page, incident = ring(pagerduty)
    late, still = (tell(cast.responder, incident, text=text, channels=SLACK) for text in ("Late.", "Still news."))
    for update, age in ((late, NEWS_FOR + timedelta(seconds=1)), (still, NEWS_FOR - timedelta(minutes=1))):
        StakeholderUpdate.objects.filter(pk=update.pk).update(sent_at=Now() - age)
    was = incident.version
    assert update_tasks.post_updates() == "1 sent"
    assert [text.rpartition(": ")[2] for text in slack.texts] == ["Still news."]
    incident.refresh_from_db()
    assert incident.version > was
    room = browser_of(cast.viewer).get(f"/incidents/{incident.pk}/").content.decode()
    assert "It was too late to be news." in room.partition('id="room-updates"')[2]


@pytest.mark.django_db(transaction=True)
def test_twenty_posts_at_once(cast: Cast, pagerduty: RunningSimulator, slack: RunningSlack) -> None:
    page, incident = ring(pagerduty)
    barrier = threading.Barrier(20)
    statuses = []

    def press() -> None:
        barrier.wait(timeout=20)
        sent = ["status_page", "pagerduty", "slack"]
        statuses.append(post(cast.responder, incident, text="Once.", channels=sent).status_code)
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [302] * 20
    send_due(pagerduty)
    update_tasks.post_updates()
    assert published(pagerduty, page) == ["Once."]
    assert len(slack.texts) == len(on_timeline(incident)) == StakeholderUpdate.objects.count() == 1


def test_a_time_in_the_words_is_that_of_the_sending(cast: Cast, pagerduty: RunningSimulator) -> None:
    _page, incident = ring(pagerduty)
    update = tell(cast.responder, incident, next_in=timedelta(minutes=45))
    assert update.next_due_at == update.sent_at + timedelta(minutes=45)
    assert "{next}" not in update.text
    assert "(UTC+8)" in update.text
