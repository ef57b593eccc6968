"""The webhooks PagerDuty documents are read, and recorded ones can be played through the endpoint."""

import json

import pytest
from django.core.management import call_command

from incidents.models import InboundEvent, Incident
from integrations.pagerduty.webhooks import DETAIL_EVENTS, SNAPSHOT_EVENTS, read_event
from tests.payloads.samples import documented_deliveries, webhook_samples


def test_each_is_read() -> None:
    for delivery in documented_deliveries():
        event = read_event(json.dumps(delivery).encode())
        told = delivery["event"]
        assert (event.event_id, event.event_type) == (told["id"], told["event_type"])
        if event.event_type in SNAPSHOT_EVENTS:
            assert event.snapshot is not None
            assert event.snapshot.title == told["data"]["title"]
            assert event.snapshot.id == told["data"]["id"]
        if event.event_type in DETAIL_EVENTS:
            assert event.incident_id == told["data"]["incident"]["id"]


@pytest.mark.django_db
def test_replaying_them_puts_incidents_on_the_board(capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(path) for path in webhook_samples()]
    call_command("replay_webhooks", *files)
    assert "202" in capsys.readouterr().out
    told = {d["event"]["data"]["id"] for d in documented_deliveries() if d["event"]["event_type"] in SNAPSHOT_EVENTS}
    assert set(Incident.objects.values_list("pagerduty_id", flat=True)) == told
    assert not InboundEvent.objects.filter(error__startswith="malformed").exists()
    call_command("replay_webhooks", *files)
    assert Incident.objects.count() == len(told)
