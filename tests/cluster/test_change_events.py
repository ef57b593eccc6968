"""PagerDuty's change events become changes, each once."""

from typing import Any

import pytest
import requests

from cluster.models import Change
from cluster.services.mirror_change_events import mirror_change_events
from cluster.services.seed_entry import seed_entry
from integrations.errors import Unavailable
from integrations.pagerduty.client import PagerDuty
from simulators.pagerduty.directory import SERVICES
from simulators.pagerduty.testing import RunningSimulator

pytestmark = pytest.mark.django_db


def tell(pagerduty: RunningSimulator, summary: str, *, href: str = "https://ci.example.com/1") -> None:
    """What a deploy tool sends."""
    gateway = next(service for service in SERVICES.values() if service.name == "chatops-gateway")
    body: dict[str, Any] = {
        "routing_key": gateway.routing_key,
        "payload": {"summary": summary, "source": "deploys"},
        "links": [{"href": href, "text": "build"}],
    }
    answer = requests.post(f"{pagerduty.url}/v2/change/enqueue", json=body, timeout=5)
    assert answer.status_code == 202


def mirror(pagerduty: RunningSimulator) -> int:
    return mirror_change_events(pagerduty=PagerDuty(token=pagerduty.token, base_url=pagerduty.url))


def test_each_is_stored_once_with_its_service(pagerduty: RunningSimulator) -> None:
    seed_entry(pagerduty_id="PGATEWY", name="chatops-gateway")
    tell(pagerduty, "Deployed v1.2.4")
    assert mirror(pagerduty) == 1
    assert mirror(pagerduty) == 0
    tell(pagerduty, "Deployed v1.2.5")
    assert mirror(pagerduty) == 1
    change = Change.objects.get(title="Deployed v1.2.4")
    assert (change.kind, change.service, change.html_url) == ("event", "chatops-gateway", "https://ci.example.com/1")
    assert change.detail == {"source": "deploys"}


def test_a_link_that_is_none_is_left_out(pagerduty: RunningSimulator) -> None:
    tell(pagerduty, "Deployed", href="javascript:alert(1)")
    assert mirror(pagerduty) == 1
    assert Change.objects.get().html_url == ""


def test_more_than_a_page(pagerduty: RunningSimulator) -> None:
    for number in range(130):
        tell(pagerduty, f"Deployed {number}")
    assert mirror(pagerduty) == 130
    assert Change.objects.count() == 130


def test_what_fails_stores_nothing_and_is_read_the_next_time(pagerduty: RunningSimulator) -> None:
    tell(pagerduty, "Deployed")
    pagerduty.fail(path_prefix="/change_events", status=503, times=5)
    with pytest.raises(Unavailable):
        mirror(pagerduty)
    assert not Change.objects.exists()
    pagerduty.reset()
    tell(pagerduty, "Deployed")
    assert mirror(pagerduty) == 1
