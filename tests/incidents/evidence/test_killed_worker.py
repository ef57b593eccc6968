"""A worker that is killed in the middle of a capture leaves it to another, which looks at what is missing."""

import os
import signal
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from django.db.models.functions import Now

from cluster.enums import EvidenceKind
from cluster.models import CatalogueEntry
from embedded.configuration import ROOT
from embedded.processes import wait_until
from incidents.enums import CaptureState, EntryKind
from incidents.models import Capture, EvidencePart, TimelineEntry
from incidents.services.read_evidence import Sources
from incidents.services.run_capture import due_captures, run_capture
from simulators.kubernetes.testing import RunningCluster
from tests.factories import make_incident

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
WORKER = """
import sys, django
django.setup()
from incidents.evidence_tasks import sources
from incidents.services.run_capture import run_capture
run_capture(capture_id=int(sys.argv[1]), sources=sources())
"""


def test_another_worker_goes_on(sources: Sources, gateway: CatalogueEntry, cluster: RunningCluster) -> None:
    make_incident(minutes_old=0.1)
    capture = Capture.objects.get()
    # The worker waits for this one while the others have come in; who comes after it does not.
    cluster.fail(path_prefix="/api/v1/namespaces/chatops/events", times=1, hang_for=60.0)
    address = urlsplit(os.environ["DATABASE_URL"])
    variables = os.environ | {
        "DATABASE_URL": urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}")),
        "DJANGO_SETTINGS_MODULE": "oncall_portal.settings",
    }
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(capture.pk)], env=variables, cwd=ROOT)
    assert wait_until(lambda: EvidencePart.objects.filter(kind=EvidenceKind.PODS).exists(), within_s=60)
    worker.send_signal(signal.SIGKILL)
    worker.wait()

    before = dict(EvidencePart.objects.values_list("kind", "captured_at"))
    assert EvidenceKind.EVENTS not in before
    assert Capture.objects.get().state == CaptureState.RUNNING
    assert due_captures() == [], "it is still the dead worker's"
    Capture.objects.update(next_attempt_at=Now())
    assert due_captures() == [capture.pk]
    assert run_capture(capture_id=capture.pk, sources=sources) is not None

    after = dict(EvidencePart.objects.values_list("kind", "captured_at"))
    assert EvidenceKind.EVENTS in after
    assert {kind: at for kind, at in after.items() if kind in before} == before
    assert TimelineEntry.objects.filter(kind=EntryKind.EVIDENCE).count() == 1
    capture.refresh_from_db()
    assert (capture.state, capture.attempts) == (CaptureState.DONE, 2)
