"""Following what a mitigation began, until it is healthy or its time is over; and afterwards, whether the alert cleared."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.database_time import DatabaseNow, database_now
from cluster.enums import MitigationVerb
from incidents.enums import ACTIVE_MITIGATIONS, EntryKind, MitigationState
from incidents.mitigations.outcomes import (
    ALERT_WATCHED_FOR,
    GRACE,
    AlertState,
    DatabaseProgress,
    Outcome,
    Progress,
    alert_state,
    database_outcome,
    outcome_of,
)
from incidents.models import Incident, Mitigation, TimelineEntry
from incidents.services.announce import bump_version
from incidents.services.end_mitigation import end_mitigation
from incidents.services.read_target import Reach
from incidents.services.request_capture import capture_after_mitigation
from incidents.services.tell_mitigation import write_entry
from integrations.errors import IntegrationError, Refused
from integrations.kubernetes.types import Deployment

LOOKED_EVERY = timedelta(seconds=1.5)
#: For so long a look is its worker's alone.
CLAIMED_FOR = timedelta(seconds=40)
#: A cluster that is not heard of until so long after the deadline is not waited for any more.
UNSEEN_FOR = timedelta(minutes=10)
MOST_DUE = 50


def due_mitigations() -> list[tuple[int, MitigationState]]:
    """What a worker should go on with: an enqueueing that was lost, a worker that died, a look whose time has come."""
    waiting = Mitigation.objects.filter(state__in=(MitigationState.CHECKING, *ACTIVE_MITIGATIONS))
    due = waiting.filter(next_attempt_at__lte=Now()).order_by("next_attempt_at").values_list("pk", "state")
    return [(pk, MitigationState(state)) for pk, state in due[:MOST_DUE]]


def watch_mitigation(*, mitigation_id: int, reach: Reach) -> Mitigation | None:
    """One look: how far it is, and the verdict once there is one. None where nothing is watched, or somebody else looks."""
    watching = Mitigation.objects.filter(pk=mitigation_id, state=MitigationState.WATCHING, next_attempt_at__lte=Now())
    if not watching.update(next_attempt_at=DatabaseNow() + CLAIMED_FOR):
        return None
    mitigation = Mitigation.objects.get(pk=mitigation_id)
    try:
        if MitigationVerb(mitigation.verb) is MitigationVerb.REBOOT_RDS:
            status = reach.aws.database(mitigation.database).status
            has_rebooted = status == "rebooting" or bool(mitigation.progress.get("has_rebooted"))
            return _store(mitigation, DatabaseProgress(status, has_rebooted))
        return _store(mitigation, _progress(mitigation, reach))
    except Refused as refusal:
        if refusal.code == "not_found":
            return _store(mitigation, None, gone=True)
        return _store(mitigation, None, error=refusal)
    except IntegrationError as error:
        return _store(mitigation, None, error=error)


def _progress(mitigation: Mitigation, reach: Reach) -> Progress:
    cluster = reach.cluster_of(mitigation.context)
    deployment = cluster.deployment(mitigation.namespace, mitigation.target)
    is_pod_gone = True
    if mitigation.verb == MitigationVerb.DELETE_POD:
        selector = ",".join(f"{key}={value}" for key, value in deployment.selector.items())
        pods = cluster.pods(mitigation.namespace, selector=selector)
        is_pod_gone = all(pod.uid != mitigation.expected for pod in pods)
    is_seen = deployment.observed_generation >= deployment.generation
    return Progress(
        ready=deployment.ready,
        updated=deployment.updated,
        total=deployment.replicas,
        # What is paused takes more or fewer pods all the same.
        is_complete=deployment.state == "complete" or (deployment.state == "paused" and is_seen),
        has_failed=_has_failed(mitigation, deployment),
        is_pod_gone=is_pod_gone,
    )


def _has_failed(mitigation: Mitigation, deployment: Deployment) -> bool:
    """Whether the rollout that this began missed its own deadline; one that had failed before may still say so."""
    is_rollout = mitigation.verb in (MitigationVerb.ROLL_BACK, MitigationVerb.RESTART)
    is_news = database_now() - (mitigation.called_at or mitigation.requested_at) > GRACE
    return is_rollout and is_news and deployment.state == "failed"


@transaction.atomic
def _store(
    mitigation: Mitigation,
    seen: Progress | DatabaseProgress | None,
    *,
    gone: bool = False,
    error: IntegrationError | None = None,
) -> Mitigation | None:
    incident = Incident.objects.select_for_update().get(pk=mitigation.incident_id)
    stored = Mitigation.objects.select_for_update().get(pk=mitigation.pk)
    if stored.state != MitigationState.WATCHING:
        return None
    now = database_now()
    before = (stored.progress, stored.last_error)
    stored.last_error = str(error)[:1000] if error else ""
    if seen is not None:
        stored.progress = seen.as_json()
    outcome = Outcome.GONE if gone else _outcome(stored, seen, now)
    if outcome is not None:
        data = {"obstacle": error.code} if error else stored.progress
        end_mitigation(stored, outcome, at=now, was_done=True, **data)
        # What it looks like afterwards is evidence, too.
        capture_after_mitigation(incident=incident)
    else:
        stored.next_attempt_at = now + LOOKED_EVERY
        stored.save(update_fields=["progress", "last_error", "next_attempt_at"])
    if outcome is not None or before != (stored.progress, stored.last_error):
        bump_version(incident)
    return stored


def _outcome(stored: Mitigation, seen: Progress | DatabaseProgress | None, now: datetime) -> Outcome | None:
    called_at, deadline_at = stored.called_at or now, stored.deadline_at or now
    match seen:
        case Progress():
            return outcome_of(seen, now=now, deadline_at=deadline_at)
        case DatabaseProgress():
            return database_outcome(seen, now=now, called_at=called_at, deadline_at=deadline_at)
        case None:
            return Outcome.UNSEEN if now >= deadline_at + UNSEEN_FOR else None


def judge_alerts() -> int:
    """Says of what succeeded whether the alert cleared, or rings on. How many were said something new of."""
    asked = Mitigation.objects.filter(
        Q(verdict__alert=AlertState.AWAITED.value) | Q(verdict__alert=AlertState.RINGS.value),
        state=MitigationState.SUCCEEDED,
        finished_at__gt=DatabaseNow() - ALERT_WATCHED_FOR,
    )
    return sum(_judge_alert(pk) for pk in asked.order_by("pk").values_list("pk", flat=True)[:MOST_DUE])


@transaction.atomic
def _judge_alert(mitigation_id: int) -> bool:
    found = Mitigation.objects.get(pk=mitigation_id)
    incident = Incident.objects.select_for_update().get(pk=found.incident_id)
    mitigation = Mitigation.objects.select_for_update().get(pk=mitigation_id)
    called_at, finished_at = mitigation.called_at, mitigation.finished_at
    if called_at is None or finished_at is None:
        return False
    resolved = TimelineEntry.objects.filter(incident=incident, kind=EntryKind.RESOLVED, occurred_at__gte=called_at)
    end = resolved.order_by("occurred_at").first()
    now = database_now()
    state = alert_state(now=now, finished_at=finished_at, cleared_at=end.occurred_at if end else None)
    if state == mitigation.verdict.get("alert"):
        return False
    news: dict[str, Any] = {"alert": state.value}
    if end is not None:
        news["alert_seconds"] = int((end.occurred_at - called_at).total_seconds())
        # A person who resolves says that it is over; only monitoring says that the alert cleared.
        news["resolved_by"] = end.actor_name if end.actor_pagerduty_id else ""
    mitigation.verdict |= news
    mitigation.save(update_fields=["verdict"])
    by = news.get("resolved_by", "")
    cleared = Outcome.RESOLVED_BY if by else Outcome.ALERT_CLEARED
    outcome = cleared if state is AlertState.CLEARED else Outcome.ALERT_RINGS
    verdict = {"code": outcome.value, "seconds": news.get("alert_seconds", 0), "by": by}
    write_entry(mitigation, EntryKind.MITIGATION_ENDED, at=now, verdict=verdict)
    bump_version(incident)
    return True
