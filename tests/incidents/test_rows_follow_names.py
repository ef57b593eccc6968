"""What a row shows of others than its incident: a service and people that get another name."""

from dataclasses import replace

import pytest
from django.core.cache import cache
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.services.note_people import note_people
from incidents.models import SlaClock
from incidents.services.ingest import ingest_snapshot
from tests.cast import Cast, browser_of
from tests.factories import GATEWAY, LIN, make_incident, snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_rendered_yet() -> None:
    cache.clear()


def test_a_renamed_service_is_renamed_in_every_row(
    cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    make_incident(1)
    make_incident(2)
    client = browser_of(cast.viewer)
    assert client.get("/").content.decode().count("<b>chatops-gateway</b>") == 2
    with django_capture_on_commit_callbacks(execute=True):
        ingest_snapshot(snapshot=replace(snapshot(2), service=replace(GATEWAY, name="edge-gateway")), facts=[])
    page = client.get("/").content.decode()
    assert page.count("<b>edge-gateway</b>") == 2
    assert "<b>chatops-gateway</b>" not in page


def test_a_renamed_person_is_renamed_in_every_row(
    cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    make_incident(1)
    make_incident(2)
    client = browser_of(cast.viewer)
    assert client.get("/").content.decode().count("Lin Yu-ting</span>") == 2
    with django_capture_on_commit_callbacks(execute=True):
        note_people([replace(LIN, name="Lin Yu-ting (May)")])
    assert client.get("/").content.decode().count("Lin Yu-ting (May)</span>") == 2


def test_the_next_clock_is_shown_although_no_engine_notes_that_the_last_was_breached(cast: Cast) -> None:
    incident = make_incident(1, title="[P0] Burning - svc")
    client = browser_of(cast.viewer)
    SlaClock.objects.filter(incident=incident, kind="respond").update(
        started_at="2026-01-01T00:00Z", at_risk_at="2026-01-01T00:04Z", due_at="2026-01-01T00:05Z"
    )
    assert 'data-clock="acknowledge"' in client.get("/").content.decode()
    SlaClock.objects.filter(incident=incident, kind="acknowledge").update(
        started_at="2026-01-01T00:00Z", at_risk_at="2026-01-01T00:10Z", due_at="2026-01-01T00:15Z"
    )
    assert 'data-clock="escalate"' in client.get("/").content.decode()
