"""Every act of a person is in the audit chain and on the timeline, under their name."""

import pytest

from accounts.models import AuditRecord
from accounts.roles import Role
from incidents.models import TimelineEntry
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of
from tests.incidents.acting import act, ring
from tests.incidents.story import poll

pytestmark = pytest.mark.django_db

ACTS = {
    "respond": {},
    "acknowledge": {},
    "resolve": {},
    "escalate": {"from_level": "1"},
    "note": {"text": "seen"},
}


@pytest.mark.parametrize("verb", list(ACTS))
def test_it_is_recorded_once(cast: Cast, pagerduty: RunningSimulator, verb: str) -> None:
    _page, incident = ring(pagerduty)
    for _ in range(2):
        act(cast.responder, incident, verb, idempotency_key="one page", **ACTS[verb])
    record = AuditRecord.objects.get()
    assert (record.actor, record.verb, record.target) == (cast.responder, verb, f"incident:{incident.pk}")
    entry = TimelineEntry.objects.get(incident=incident, source="portal")
    assert (entry.actor, entry.actor_name) == (cast.responder, cast.responder.display_name)


def test_a_reassignment_and_a_snooze_are_recorded(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    pagerduty.acknowledge(page)
    poll(pagerduty)
    act(cast.responder, incident, "reassign", person=incident.people.get().pk)
    act(cast.responder, incident, "snooze", duration="900")
    assert list(AuditRecord.objects.values_list("verb", "data__seconds")) == [("reassign", None), ("snooze", 900)]


@pytest.mark.parametrize("verb", list(ACTS))
def test_a_viewers_post_does_nothing(cast: Cast, pagerduty: RunningSimulator, verb: str) -> None:
    _page, incident = ring(pagerduty)
    assert act(cast.by_role(Role.VIEWER), incident, verb, **ACTS[verb]).status_code == 403
    assert not AuditRecord.objects.exists()
    assert not TimelineEntry.objects.filter(source="portal").exists()


@pytest.mark.parametrize("verb", [*ACTS, "reassign", "snooze"])
def test_reading_an_acts_address_does_nothing(cast: Cast, pagerduty: RunningSimulator, verb: str) -> None:
    _page, incident = ring(pagerduty)
    assert browser_of(cast.responder).get(f"/incidents/{incident.pk}/{verb}/").status_code == 405
    assert not AuditRecord.objects.exists()


def test_what_is_refused_is_not_recorded(cast: Cast, pagerduty: RunningSimulator) -> None:
    page, incident = ring(pagerduty)
    pagerduty.resolve(page)
    poll(pagerduty)
    for verb, fields in ACTS.items():
        act(cast.responder, incident, verb, htmx=True, **fields)
    assert list(AuditRecord.objects.values_list("verb", flat=True)) == ["note"]
