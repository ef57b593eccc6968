"""A row of PagerDuty's answer that has not the documented shape is left out and told of; the rest is read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from incidents.models import Incident, PollState
from incidents.services.poll_pagerduty import poll_pagerduty
from integrations.pagerduty.client import PagerDuty
from simulators.pagerduty.testing import RunningSimulator
from tests.incidents.story import poll, portal_client

pytestmark = pytest.mark.django_db


class Mangled(PagerDuty):
    """A PagerDuty in whose lists the rows of one incident are unlike anything documented."""

    victim = ""

    def _get(self, path: str, params: Mapping[str, object]) -> tuple[Mapping[str, Any], datetime]:
        answer, as_of = super()._get(path, params)
        for row in answer.get("log_entries", []):
            if row["incident"]["id"] == self.victim:
                row["incident"] = None
        for row in [*answer.get("incidents", []), *([answer["incident"]] if "incident" in answer else [])]:
            if row["id"] == self.victim:
                row["status"] = "pondering"
        return answer, as_of


def test_one_strange_incident_does_not_keep_the_others_from_being_read(pagerduty: RunningSimulator) -> None:
    good = pagerduty.trigger("[P1] Good - chatops-gateway")
    bad = pagerduty.trigger("[P1] Bad - chatops-db")
    client = Mangled(token=pagerduty.token, base_url=pagerduty.url)
    client.victim = bad.id
    report = poll_pagerduty(pagerduty=client)
    assert report.unreadable >= 2
    assert list(Incident.objects.values_list("pagerduty_id", flat=True)) == [good.id]
    state = PollState.objects.get()
    assert state.watermark is not None
    assert state.error.startswith("malformed: ")
    poll(pagerduty)
    assert Incident.objects.filter(pagerduty_id=bad.id).exists()
    assert PollState.objects.get().error == ""


def test_a_known_incident_that_becomes_strange_stays_as_it_was(pagerduty: RunningSimulator) -> None:
    bad = pagerduty.trigger("[P1] Bad - chatops-db")
    poll(pagerduty)
    client = Mangled(token=pagerduty.token, base_url=pagerduty.url)
    client.victim = bad.id
    poll_pagerduty(pagerduty=client)
    incident = Incident.objects.get()
    assert (incident.status, incident.deleted_at) == ("triggered", None)


def test_nothing_strange_is_told_of_where_there_is_none(pagerduty: RunningSimulator) -> None:
    pagerduty.trigger()
    client = portal_client(pagerduty)
    assert [row.urgency for row in client.open_incidents()] == ["high"]
    assert client.unreadable == 0
