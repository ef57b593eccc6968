"""Old evidence is forgotten, and the timeline says so. That of an open incident never is."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models import F

from accounts.models import AuditRecord
from cluster.models import CatalogueEntry
from incidents.enums import EntryKind, Status
from incidents.evidence_tasks import forget_evidence as task
from incidents.models import Capture, EvidencePart, Incident, TimelineEntry
from incidents.services import forget_evidence as forgetting
from incidents.services.forget_evidence import forget_evidence
from incidents.services.read_evidence import Sources
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.incidents.evidence.capturing import capture

pytestmark = pytest.mark.django_db
KEPT_FOR = timedelta(days=400)


def kept(number: int = 1, *, days_old: float, status: Status = Status.RESOLVED) -> Incident:
    """An incident with one part of evidence that was captured so long ago."""
    incident = make_incident(number)
    captured = Capture.objects.get(incident=incident)
    EvidencePart.objects.create(capture=captured, kind="logs", state="read", data={"logs": []})
    Capture.objects.filter(pk=captured.pk).update(
        state="done", finished_at=F("requested_at") - timedelta(days=days_old)
    )
    Incident.objects.filter(pk=incident.pk).update(status=status)
    return incident


def test_what_is_old_is_forgotten_once_and_told() -> None:
    incident, younger = kept(1, days_old=401), kept(2, days_old=399)
    version = Incident.objects.get(pk=incident.pk).version
    assert forget_evidence(kept_for=KEPT_FOR) == 1
    assert list(EvidencePart.objects.values_list("capture__incident", flat=True)) == [younger.pk]
    entry = TimelineEntry.objects.get(kind=EntryKind.EVIDENCE_FORGOTTEN)
    assert (entry.incident_id, entry.data) == (incident.pk, {"days": 400, "captures": [1]})
    assert entry.text.startswith("Evidence older than 400 days was forgotten")
    assert entry.occurred_at == Capture.objects.get(incident=incident).forgotten_at
    record = AuditRecord.objects.get(verb="forget_evidence")
    assert (record.actor, record.target) == (None, f"incident:{incident.pk}")
    assert Incident.objects.get(pk=incident.pk).version > version
    assert forget_evidence(kept_for=KEPT_FOR) == 0
    assert TimelineEntry.objects.filter(kind=EntryKind.EVIDENCE_FORGOTTEN).count() == 1


@pytest.mark.parametrize("status", [Status.TRIGGERED, Status.ACKNOWLEDGED])
def test_an_open_incidents_is_kept_however_old(status: Status) -> None:
    incident = kept(days_old=4_000, status=status)
    assert forget_evidence(kept_for=KEPT_FOR) == 0
    assert EvidencePart.objects.exists()
    # What PagerDuty has deleted is not open, whatever it was then.
    Incident.objects.filter(pk=incident.pk).update(deleted_at=F("changed_at"))
    assert forget_evidence(kept_for=KEPT_FOR) == 1


def test_it_is_forgotten_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "MOST_AT_ONCE", 2)
    for number in range(1, 6):
        kept(number, days_old=401)
    assert [forget_evidence(kept_for=KEPT_FOR) for _turn in range(4)] == [2, 2, 1, 0]
    assert not EvidencePart.objects.exists()


def test_the_task_keeps_what_the_settings_say() -> None:
    assert settings.EVIDENCE_KEPT_FOR == KEPT_FOR
    kept(days_old=401)
    assert task() == "1 forgotten"
    planned = [
        entry for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] == "incidents.forget_evidence"
    ]
    assert len(planned) == 1


def test_the_room_says_that_it_was_forgotten(sources: Sources, gateway: CatalogueEntry, cast: Cast) -> None:
    incident = make_incident()
    capture(sources, incident)
    Incident.objects.update(status=Status.RESOLVED)
    Capture.objects.update(finished_at=F("requested_at") - timedelta(days=401))
    forget_evidence(kept_for=KEPT_FOR)
    for path in ("", "evidence/"):
        page = browser_of(cast.viewer).get(f"/incidents/{incident.pk}/{path}").content.decode()
        assert "as the portal keeps evidence for a time only" in page
        assert "Nothing was captured" not in page
    assert browser_of(cast.viewer).get(f"/incidents/{incident.pk}/evidence/?capture=1").status_code == 404
