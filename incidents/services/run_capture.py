"""Capturing evidence: everything is looked at at once, and each part is kept as it comes in.

The capture is claimed with its next attempt pushed forward: a worker that dies leaves it to another, which looks at what is
not there yet. What hangs costs its own part and nothing else.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from accounts.database_time import DatabaseNow, database_now
from cluster.enums import Obstacle
from cluster.models import CatalogueEntry
from cluster.selectors import entry_of
from cluster.services.seed_entry import seed_entry
from incidents.enums import CaptureState, EntryKind, EntrySource, EvidenceKind, PartState
from incidents.evidence import Found
from incidents.models import Capture, EvidencePart, Incident, TimelineEntry
from incidents.services.announce import bump_version
from incidents.services.locking import lock_with_incident
from incidents.services.read_evidence import READERS, Look, Sources
from integrations.errors import IntegrationError

logger = logging.getLogger(__name__)

#: Nobody waits longer for a part.
PART_DEADLINE_S = 8.0
#: For so long a capture is its worker's alone: longer than all it does can last.
CLAIMED_FOR = timedelta(seconds=20)
#: A capture that ends its worker each time is given up.
MOST_ATTEMPTS = 3
MOST_DUE = 50
#: Parts that come in shortly after one another are announced together.
ANNOUNCED_EVERY_S = 1.0
#: Not connected at all: nothing failed, there is nothing to look at.
UNCONNECTED = frozenset({Obstacle.NOT_CONFIGURED, Obstacle.NO_CREDENTIALS, Obstacle.NO_REGION})


def due_captures() -> list[int]:
    """Captures that nobody has begun, or whose worker has died."""
    waiting = Capture.objects.exclude(state=CaptureState.DONE).filter(next_attempt_at__lte=Now())
    return list(waiting.order_by("next_attempt_at").values_list("pk", flat=True)[:MOST_DUE])


def run_capture(*, capture_id: int, sources: Sources) -> Capture | None:
    """Looks at what the capture asks for. None where somebody else is at it, or it is done."""
    capture = _claim(capture_id)
    if capture is None:
        return None
    missing = [kind for kind in map(EvidenceKind, capture.kinds) if kind not in _kinds_there(capture)]
    if capture.attempts > MOST_ATTEMPTS:
        for kind in missing:
            _store(capture, kind, f"{Obstacle.UNKNOWN.value}: given up")
    else:
        _look(capture, missing, sources)
    return _finish(capture)


def _claim(capture_id: int) -> Capture | None:
    is_mine = (
        Capture.objects.filter(pk=capture_id, next_attempt_at__lte=Now())
        .exclude(state=CaptureState.DONE)
        .update(
            state=CaptureState.RUNNING,
            attempts=F("attempts") + 1,
            next_attempt_at=DatabaseNow() + CLAIMED_FOR,
            started_at=Coalesce("started_at", DatabaseNow()),
        )
    )
    return Capture.objects.select_related("incident__service").get(pk=capture_id) if is_mine else None


def _kinds_there(capture: Capture) -> set[str]:
    return set(capture.parts.values_list("kind", flat=True))


def _look(capture: Capture, kinds: Sequence[EvidenceKind], sources: Sources) -> None:
    """Reads all kinds beside one another and keeps each as it comes in, those that do not as failed."""
    incident = capture.incident
    service = incident.service
    entry = entry_of(service.pagerduty_id) or seed_entry(pagerduty_id=service.pagerduty_id, name=service.name)
    look = _look_of(incident, entry, sources, now=database_now())
    announced_at = 0.0
    for kind, outcome in _outcomes(look, [kind for kind in kinds if _has_place(kind, entry)]):
        _store(capture, kind, outcome)
        if time.monotonic() - announced_at >= ANNOUNCED_EVERY_S:
            announced_at = time.monotonic()
            _announce(incident.pk)


def _look_of(incident: Incident, entry: CatalogueEntry, sources: Sources, *, now: datetime) -> Look:
    return Look(
        sources=sources,
        service=incident.service.name,
        context=entry.context,
        namespace=entry.namespace,
        deployment=entry.deployment,
        selector=entry.selector,
        databases=tuple(entry.databases),
        dashboard=entry.grafana_dashboard,
        panel=entry.grafana_panel,
        triggered_at=incident.cycle_started_at,
        now=now,
        ends_at=time.monotonic() + PART_DEADLINE_S,
    )


def _has_place(kind: EvidenceKind, entry: CatalogueEntry) -> bool:
    """Whether the catalogue says where to look for it."""
    if kind is EvidenceKind.RDS:
        return bool(entry.databases)
    if kind is EvidenceKind.GRAFANA:
        return bool(entry.grafana_dashboard)
    if kind is EvidenceKind.ROLLOUTS:
        return bool(entry.namespace and entry.deployment)
    return entry.is_mapped


def _outcomes(look: Look, kinds: Sequence[EvidenceKind]) -> Iterator[tuple[EvidenceKind, Found | str]]:
    """What each kind gave, or an integration's code and words, as they come in; at the deadline for those that have not."""
    pool = ThreadPoolExecutor(max_workers=max(len(kinds), 1), thread_name_prefix="capture")
    try:
        futures = {pool.submit(READERS[kind], look): kind for kind in kinds}
        waiting = dict(futures)
        try:
            for future in as_completed(futures, timeout=max(look.ends_at - time.monotonic(), 0)):
                yield waiting.pop(future), _outcome(future)
        except TimeoutError:
            for kind in waiting.values():
                yield kind, Obstacle.TIMEOUT.value
    finally:
        # A thread that hangs is ended by its call's own deadline.
        pool.shutdown(wait=False, cancel_futures=True)


def _outcome(future: Future[Found]) -> Found | str:
    try:
        return future.result()
    except IntegrationError as error:
        return str(error)
    except Exception as error:
        # A part that breaks in a way nobody thought of must not take the others with it.
        logger.exception("evidence could not be read")
        return f"{Obstacle.UNKNOWN.value}: {type(error).__name__}"


@transaction.atomic
def _store(capture: Capture, kind: EvidenceKind, outcome: Found | str) -> None:
    """Keeps a part. What another worker has kept meanwhile stays."""
    fields: dict[str, object]
    if isinstance(outcome, Found):
        fields = {
            "state": PartState.NOTHING if outcome.is_nothing else PartState.READ,
            "data": outcome.data,
            "count": outcome.count,
            "warnings": outcome.warnings,
            "image": outcome.image,
        }
    else:
        is_unconnected = Obstacle.of(outcome.partition(":")[0]) in UNCONNECTED
        fields = {"state": PartState.NOTHING if is_unconnected else PartState.FAILED, "error": outcome[:500]}
    part = EvidencePart(capture=capture, kind=kind, **fields)
    EvidencePart.objects.bulk_create([part], ignore_conflicts=True)


@transaction.atomic
def _announce(number: int) -> None:
    bump_version(Incident.objects.select_for_update().get(pk=number))


@transaction.atomic
def _finish(capture: Capture) -> Capture:
    """Says on the timeline what was found, unless there was nothing to look at."""
    incident, capture = lock_with_incident(capture)
    if capture.state == CaptureState.DONE:
        return capture
    now = database_now()
    capture.state, capture.finished_at = CaptureState.DONE, now
    capture.save(update_fields=["state", "finished_at"])
    parts = {
        kind: {"state": state, "count": count, "warnings": warnings}
        for kind, state, count, warnings, error in capture.parts.values_list(
            "kind", "state", "count", "warnings", "error"
        )
        if Obstacle.of_error(error) not in UNCONNECTED
    }
    if parts:
        TimelineEntry.objects.create(
            incident=incident,
            kind=EntryKind.EVIDENCE,
            occurred_at=now,
            source=EntrySource.PORTAL,
            source_id=f"evidence:{capture.pk}",
            data={
                "number": capture.number,
                "cause": capture.cause,
                "seconds": max(int((now - incident.cycle_started_at).total_seconds()), 0),
                "parts": parts,
            },
        )
    bump_version(incident)
    return capture
