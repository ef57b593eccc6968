"""Doing what was confirmed: looked at once more, then one call, bound to what the dry run saw, and never a second one.

The row is claimed before the call and says what came of it afterwards. What lies between is what nobody can know: a worker that
dies there, or an answer that is lost, leaves the row to `reconcile_mitigation`, which asks the cluster.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.database_time import DatabaseNow, database_now
from cluster.enums import MitigationVerb
from incidents.enums import MitigationState
from incidents.mitigations.guards import Finding, check
from incidents.mitigations.outcomes import CHECKED_FOR, DATABASE_WITHIN, GRACE, PODS_WITHIN, Outcome
from incidents.mitigations.plans import RebootDatabase, settled
from incidents.models import Incident, Mitigation
from incidents.services.announce import bump_version
from incidents.services.check_mitigation import other_on, rules_of
from incidents.services.end_mitigation import end_mitigation
from incidents.services.read_target import Reach, look
from integrations.errors import IntegrationError, Refused
from integrations.kubernetes.client import Cluster
from integrations.kubernetes.types import Deployment

logger = logging.getLogger(__name__)

#: For so long a call is its worker's alone.
CLAIMED_FOR = timedelta(seconds=60)
#: The status of a deployment moves its version as well; so often the call is bound anew to one whose wishes are the same.
MOST_BINDINGS = 5
#: What changes a deployment, and is bound to its version.
_DEPLOYMENT_VERBS = (MitigationVerb.SCALE, MitigationVerb.RESTART, MitigationVerb.ROLL_BACK)


class _Changed(Exception):
    """It is not what the dry run saw any more. Nothing was sent."""


class _Blocked(Exception):
    """The guard rails say no by now. Nothing was sent."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


class _Expired(Exception):
    """It was confirmed too long ago: whoever did would look again by now. Nothing was sent."""


class _NotSent(Exception):
    """It could not be looked at before the call. Nothing was sent."""

    def __init__(self, error: IntegrationError) -> None:
        super().__init__(str(error))
        self.error = error


class _TakenAway(Exception):
    """Somebody else has settled the row meanwhile. Nothing was sent."""


def run_mitigation(*, mitigation_id: int, reach: Reach) -> Mitigation | None:
    """Makes the call of a confirmed mitigation. None where somebody else is at it, or nothing is confirmed."""
    mitigation = _claim(mitigation_id)
    if mitigation is None:
        return None
    try:
        _check_again(mitigation, reach)
        deadline_within = _call(mitigation, reach)
    except _TakenAway:
        return None
    except _Expired:
        return _fail(mitigation, Outcome.EXPIRED)
    except _Blocked as block:
        return _fail(mitigation, Outcome.BLOCKED, finding=block.finding.as_json())
    except _Changed:
        return _fail(mitigation, Outcome.CHANGED)
    except _NotSent as failure:
        return _fail(mitigation, Outcome.NOT_SENT, obstacle=failure.error.code, detail=failure.error.detail)
    except IntegrationError as error:
        if isinstance(error, Refused) or error.code == "limited":
            outcome = Outcome.CHANGED if error.code in ("conflict", "changed") else Outcome.REFUSED
            return _fail(mitigation, outcome, obstacle=error.code, detail=error.detail)
        return _lose(mitigation, str(error))
    except Exception as error:
        # Whatever it was, the call may have been made: that must not look like a failure.
        logger.exception("a mitigation's call broke off")
        return _lose(mitigation, f"unknown: {type(error).__name__}")
    return begin_watching(mitigation, within=deadline_within)


def _claim(mitigation_id: int) -> Mitigation | None:
    """Only one gets it, and only once: nothing leads back to «confirmed»."""
    confirmed = Mitigation.objects.filter(pk=mitigation_id, state=MitigationState.CONFIRMED)
    is_mine = confirmed.update(
        state=MitigationState.CALLING,
        attempts=F("attempts") + 1,
        called_at=DatabaseNow(),
        next_attempt_at=DatabaseNow() + CLAIMED_FOR,
    )
    parts = Mitigation.objects.select_related("incident__service", "requested_by", "confirmed_by")
    return parts.get(pk=mitigation_id) if is_mine else None


def _check_again(mitigation: Mitigation, reach: Reach) -> None:
    """The guard rails, for whoever confirmed it: a backlog may lie between the confirmation and the call."""
    if mitigation.confirmed_at is None or database_now() - mitigation.confirmed_at > CHECKED_FOR:
        raise _Expired
    rules = rules_of(mitigation, mitigation.incident, mitigation.confirmed_by or mitigation.requested_by)
    verb = MitigationVerb(mitigation.verb)
    asked = settled(verb, mitigation.parameters, mitigation.after, pod=mitigation.pod, uid=mitigation.expected)
    try:
        sight = look(mitigation, asked, rules, other_on(mitigation), reach)
    except IntegrationError as error:
        raise _NotSent(error) from error
    if verb in _DEPLOYMENT_VERBS and _version(sight.before) != _version(mitigation.before):
        raise _Changed
    for finding in (*check(sight.facts), *sight.findings):
        if finding.is_blocking:
            raise _Blocked(finding)


def _version(seen: Mapping[str, Any]) -> tuple[Any, Any]:
    return seen.get("uid"), seen.get("generation")


def _call(mitigation: Mitigation, reach: Reach) -> timedelta:
    """Makes the call; how long what it began may last."""
    verb = MitigationVerb(mitigation.verb)
    if verb not in _DEPLOYMENT_VERBS:
        _renew(mitigation)
    if verb is MitigationVerb.REBOOT_RDS:
        failover = RebootDatabase.model_validate(mitigation.parameters).failover
        reach.aws.reboot(mitigation.database, force_failover=failover)
        return DATABASE_WITHIN
    try:
        cluster = reach.cluster_of(mitigation.context)
    except IntegrationError as error:
        raise _NotSent(error) from error
    if verb is MitigationVerb.DELETE_POD:
        cluster.delete_pod(mitigation.namespace, mitigation.pod, uid=mitigation.expected, dry_run=False)
        return PODS_WITHIN
    deployment = _bind(mitigation, cluster)
    for _again in range(MOST_BINDINGS):
        try:
            _change(mitigation, verb, cluster)
            break
        except Refused as refusal:
            if refusal.code != "conflict":
                raise
        # Refused for its version, and so without effect.
        deployment = _bind(mitigation, cluster)
    else:
        raise _Changed
    is_rollout = verb is not MitigationVerb.SCALE
    return timedelta(seconds=deployment.progress_deadline_seconds) + GRACE if is_rollout else PODS_WITHIN


def _bind(mitigation: Mitigation, cluster: Cluster) -> Deployment:
    """Binds the call to the deployment as it is, if nobody has asked anything else of it since the dry run."""
    try:
        deployment = cluster.deployment(mitigation.namespace, mitigation.target)
    except IntegrationError as error:
        raise _NotSent(error) from error
    if (deployment.uid, deployment.generation) != _version(mitigation.before):
        raise _Changed
    mitigation.expected = deployment.resource_version
    _renew(mitigation)
    return deployment


def _renew(mitigation: Mitigation) -> None:
    """The call follows at once: it is this worker's for a whole claim from now. Raises _TakenAway."""
    mine = Mitigation.objects.filter(pk=mitigation.pk, state=MitigationState.CALLING)
    now = DatabaseNow()
    if not mine.update(expected=mitigation.expected, called_at=now, next_attempt_at=now + CLAIMED_FOR):
        raise _TakenAway


def _change(mitigation: Mitigation, verb: MitigationVerb, cluster: Cluster) -> None:
    namespace, target = mitigation.namespace, mitigation.target
    bound = {"mark": mitigation.mark, "expect": mitigation.expected}
    match verb:
        case MitigationVerb.SCALE:
            cluster.scale(namespace, target, replicas=mitigation.after["replicas"], **bound, dry_run=False)
        case MitigationVerb.RESTART:
            cluster.restart(namespace, target, at=database_now(), **bound, dry_run=False)
        case MitigationVerb.ROLL_BACK:
            cluster.roll_back(namespace, target, revision=mitigation.after["to_revision"], **bound, dry_run=False)


@transaction.atomic
def begin_watching(mitigation: Mitigation, *, within: timedelta) -> Mitigation | None:
    """The call has arrived. None where that has been noticed, or settled otherwise, already."""
    incident = Incident.objects.select_for_update().get(pk=mitigation.incident_id)
    stored = Mitigation.objects.select_for_update().get(pk=mitigation.pk)
    if stored.state not in (MitigationState.CALLING, MitigationState.UNKNOWN):
        return None
    now = database_now()
    stored.state, stored.deadline_at = MitigationState.WATCHING, (stored.called_at or now) + within
    stored.attempts, stored.next_attempt_at, stored.last_error = 0, now, ""
    stored.save()
    bump_version(incident)
    return stored


@transaction.atomic
def _fail(mitigation: Mitigation, outcome: Outcome, **data: Any) -> Mitigation | None:
    incident = Incident.objects.select_for_update().get(pk=mitigation.incident_id)
    stored = Mitigation.objects.select_for_update().get(pk=mitigation.pk)
    if stored.state != MitigationState.CALLING:
        return None
    if outcome is Outcome.BLOCKED:
        stored.findings = [data["finding"], *stored.findings]
    end_mitigation(stored, outcome, at=database_now(), was_done=False, **data)
    bump_version(incident)
    return stored


@transaction.atomic
def _lose(mitigation: Mitigation, error: str) -> Mitigation | None:
    """The answer was lost: the cluster is asked at once."""
    incident = Incident.objects.select_for_update().get(pk=mitigation.incident_id)
    is_mine = Mitigation.objects.filter(pk=mitigation.pk, state=MitigationState.CALLING).update(
        state=MitigationState.UNKNOWN, last_error=error[:1000], next_attempt_at=Now(), attempts=0
    )
    if not is_mine:
        return None
    bump_version(incident)
    return Mitigation.objects.get(pk=mitigation.pk)
