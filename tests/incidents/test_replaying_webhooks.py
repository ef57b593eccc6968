"""`manage.py replay_webhooks`: recorded deliveries through the real endpoint."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from incidents.models import Incident
from integrations.pagerduty.webhooks import sign
from tests.incidents.deliveries import delivery, event_of, incident_data

pytestmark = pytest.mark.django_db


def test_a_recording_with_its_own_secret_and_signatures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = delivery().decode()
    recording = tmp_path / "recorded.json"
    deliveries = [{"raw_body": body, "signature": sign(body.encode(), "theirs")}]
    recording.write_text(json.dumps({"secret": "theirs", "deliveries": deliveries}))
    call_command("replay_webhooks", str(recording))
    assert capsys.readouterr().out == "answered 1× 202; 0 items are no deliveries; 1 incidents known\n"
    assert Incident.objects.get().service.name == "chatops-gateway"


def test_a_list_of_examples_without_signatures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = tmp_path / "examples.json"
    examples = [{"event": event_of(data=incident_data(id=f"Q{number}"))} for number in range(3)]
    recording.write_text(json.dumps([*examples, {"webhook_subscription": {}}, 7]))
    call_command("replay_webhooks", str(recording))
    assert capsys.readouterr().out == "answered 3× 202; 2 items are no deliveries; 3 incidents known\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is no JSON"),
        ('{"deliveries": [{"raw_body": "{}"}]}', "raw_body and signature"),
        ('{"deliveries": [7]}', "raw_body and signature"),
        ('{"secret": "s", "deliveries": [{"raw_body": "{}", "signature": "v1=0"}]}', "not every delivery"),
    ],
)
def test_a_bad_file_is_told(tmp_path: Path, content: str, says: str) -> None:
    recording = tmp_path / "bad.json"
    recording.write_text(content)
    with pytest.raises(CommandError, match=says):
        call_command("replay_webhooks", str(recording))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("replay_webhooks", str(tmp_path / "nothing.json"))


def test_without_any_secret_it_says_so(tmp_path: Path, settings: Settings) -> None:
    settings.PAGERDUTY_WEBHOOK_SECRETS = []
    recording = tmp_path / "one.json"
    recording.write_bytes(delivery())
    with pytest.raises(CommandError, match="PAGERDUTY_WEBHOOK_SECRETS"):
        call_command("replay_webhooks", str(recording))
