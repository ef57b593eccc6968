"""Captures as the worker makes them, and what was kept of them."""

import json

from cluster.enums import EvidenceKind
from incidents.models import Capture, EvidencePart, Incident, TimelineEntry
from incidents.services.read_evidence import Sources
from incidents.services.run_capture import run_capture
from tests.factories import make_incident


def capture(sources: Sources, incident: Incident | None = None) -> dict[EvidenceKind, EvidencePart]:
    """An incident triggers (or the one given has), and what waits to be captured is. The newest capture's parts."""
    incident = incident or make_incident(minutes_old=0.1)
    (waiting,) = Capture.objects.exclude(state="done").filter(incident=incident)
    assert run_capture(capture_id=waiting.pk, sources=sources) is not None
    return {EvidenceKind(part.kind): part for part in waiting.parts.all()}


def states(parts: dict[EvidenceKind, EvidencePart]) -> dict[str, str]:
    """Each part's state, with its error's code."""
    return {
        kind.value: " ".join(filter(None, (part.state, part.error.partition(":")[0]))) for kind, part in parts.items()
    }


def everything_kept() -> str:
    """All that the database has of evidence, as text."""
    kept: list[object] = [
        *EvidencePart.objects.values_list("data", "error"),
        *TimelineEntry.objects.values_list("data"),
    ]
    return json.dumps(kept, ensure_ascii=False, default=str)
