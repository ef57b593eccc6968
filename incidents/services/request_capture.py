"""Asking for evidence: when an incident triggers, when a responder wants to look, after a mitigation.

The row comes first; a worker of the cluster's queue does the looking (`run_capture`).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.record_act import record_act
from accounts.work import CLUSTER_QUEUE, enqueue_on_commit
from cluster.enums import EvidenceKind
from cluster.services.seed_entry import seed_entry
from incidents.enums import CaptureCause, CaptureState, EntryKind, EntrySource
from incidents.models import Capture, Incident, TimelineEntry
from incidents.services.announce import bump_version
from incidents.services.ask_pagerduty import Act, lock_open
from incidents.services.settle_clocks import settle_clocks

#: What triggered longer ago looks different by now: who comes to it asks for evidence, if it still tells anything.
TRIGGERED_WITHIN = timedelta(hours=1)
TASK = "incidents.run_capture"


def capture_at_trigger(*, incident: Incident, now: datetime) -> Capture | None:
    """Asks for the first assessment of a cycle, once; None where it has been asked for, or is not worth while any more.

    The incident's row must be locked.
    """
    if not incident.is_open or now - incident.cycle_started_at > TRIGGERED_WITHIN:
        return None
    if incident.captures.filter(cycle=incident.cycle, cause=CaptureCause.TRIGGER).exists():
        return None
    seed_entry(pagerduty_id=incident.service.pagerduty_id, name=incident.service.name)
    return _ask(incident, CaptureCause.TRIGGER, EvidenceKind)


def capture_after_mitigation(*, incident: Incident) -> Capture:
    """Asks for how things look after a mitigation, within the verdict's transaction. The incident's row must be locked."""
    return _ask(incident, CaptureCause.MITIGATION, EvidenceKind)


@transaction.atomic
def request_capture(*, act: Act, kinds: Iterable[EvidenceKind]) -> Capture:
    """A responder's diagnosis: looks at these kinds of evidence, at all where none is named. Stops the respond clock.

    While the same person's request still waits it is joined, and one under way that looks at all of this is theirs.
    Raises CannotAct (not_open), Incident.DoesNotExist.
    """
    incident = lock_open(act)
    wanted = set(kinds) or set(EvidenceKind)
    standing = _standing(incident, act.actor, wanted)
    if standing is not None:
        return standing
    now = database_now()
    capture = _ask(incident, CaptureCause.REQUEST, wanted, actor=act.actor)
    _record(incident, capture, act.actor, kinds=capture.kinds, now=now)
    settle_clocks(incident, now=now)
    bump_version(incident)
    return capture


def _standing(incident: Incident, actor: User, wanted: set[EvidenceKind]) -> Capture | None:
    """The person's own capture that is not over and looks at all that is wanted; one that waits is made to."""
    own = incident.captures.filter(cycle=incident.cycle, cause=CaptureCause.REQUEST, requested_by=actor)
    for capture in own.exclude(state=CaptureState.DONE).select_for_update():
        kinds = set(capture.kinds)
        if wanted <= kinds:
            return capture
        if capture.state == CaptureState.WAITING:
            capture.kinds = _in_order(wanted | kinds)
            capture.save(update_fields=["kinds"])
            _record(incident, capture, actor, kinds=_in_order(wanted - kinds), now=database_now())
            bump_version(incident)
            return capture
    return None


def _record(incident: Incident, capture: Capture, actor: User, *, kinds: list[str], now: datetime) -> None:
    """Says who asked to look at these kinds. Of one capture each time names more of them, so that its number tells them apart."""
    told = {"kinds": kinds, "number": capture.number}
    TimelineEntry.objects.create(
        incident=incident,
        kind=EntryKind.DIAGNOSED,
        occurred_at=now,
        actor=actor,
        actor_name=actor.display_name,
        source=EntrySource.PORTAL,
        source_id=f"diagnosed:{capture.pk}:{len(capture.kinds)}",
        data=told,
    )
    record_act(actor=actor, verb="capture_evidence", target=f"incident:{incident.pk}", data=told)


def _ask(incident: Incident, cause: CaptureCause, kinds: Iterable[str], *, actor: User | None = None) -> Capture:
    last = incident.captures.aggregate(last=Max("number"))["last"] or 0
    capture = Capture.objects.create(
        incident=incident,
        number=last + 1,
        cycle=incident.cycle,
        cause=cause,
        kinds=_in_order(kinds),
        requested_by=actor,
    )
    enqueue_on_commit(TASK, capture.pk, queue=CLUSTER_QUEUE)
    return capture


def _in_order(kinds: Iterable[str]) -> list[str]:
    named = set(kinds)
    return [kind.value for kind in EvidenceKind if kind in named]
