"""Finding out whether a call arrived whose answer was lost, or whose worker died. It is never made a second time.

A deployment bears the call's mark if it arrived. If it does not, and has moved on from the version that the call was bound to,
the call is refused whenever it comes. If it has not moved, the call is waited for until no server can still have it in hand.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from accounts.database_time import DatabaseNow, database_now
from cluster.enums import MitigationVerb
from incidents.enums import MitigationState
from incidents.mitigations.outcomes import CALL_LASTS, DATABASE_WITHIN, GRACE, PODS_WITHIN, Outcome
from incidents.models import Incident, Mitigation
from incidents.services.announce import bump_version
from incidents.services.end_mitigation import end_mitigation
from incidents.services.read_target import Reach
from incidents.services.run_mitigation import begin_watching
from integrations.errors import IntegrationError, Refused
from integrations.kubernetes.writes import MITIGATION_ANNOTATION

ASKED_EVERY = timedelta(seconds=3)
#: For so long asking is its worker's alone.
CLAIMED_FOR = timedelta(seconds=40)


def reconcile_mitigation(*, mitigation_id: int, reach: Reach) -> Mitigation | None:
    """Asks the cluster, or AWS, what became of the call. None while that is not known, or somebody else is asking."""
    mitigation = _claim(mitigation_id)
    if mitigation is None:
        return None
    try:
        arrived, within = _ask(mitigation, reach)
    except IntegrationError as error:
        return _stay_unknown(mitigation, str(error))
    if arrived is None:
        return _stay_unknown(mitigation, mitigation.last_error)
    return begin_watching(mitigation, within=within) if arrived else _settle_as_lost(mitigation)


def _claim(mitigation_id: int) -> Mitigation | None:
    due = Mitigation.objects.filter(pk=mitigation_id, next_attempt_at__lte=Now())
    lost = due.filter(state__in=(MitigationState.CALLING, MitigationState.UNKNOWN))
    is_mine = lost.update(next_attempt_at=DatabaseNow() + CLAIMED_FOR)
    return Mitigation.objects.get(pk=mitigation_id) if is_mine else None


def _ask(mitigation: Mitigation, reach: Reach) -> tuple[bool | None, timedelta]:
    """Whether it arrived; None: not known yet. And how long what it began may last."""
    verb = MitigationVerb(mitigation.verb)
    called_at = mitigation.called_at or mitigation.requested_at
    is_late = database_now() - called_at >= CALL_LASTS
    if verb is MitigationVerb.REBOOT_RDS:
        # RDS keeps no mark: only an instance that is rebooting shows that it was told to.
        has_begun = reach.aws.database(mitigation.database).status == "rebooting"
        return _known(has_begun, is_over=is_late), DATABASE_WITHIN
    cluster = reach.cluster_of(mitigation.context)
    if verb is MitigationVerb.DELETE_POD:
        pods = cluster.pods(mitigation.namespace)
        pod = next((pod for pod in pods if pod.uid == mitigation.expected), None)
        return _known(pod is None or pod.is_terminating, is_over=is_late), PODS_WITHIN
    try:
        deployment = cluster.deployment(mitigation.namespace, mitigation.target)
    except Refused as refusal:
        if refusal.code != "not_found":
            raise
        return False, PODS_WITHIN
    is_there = deployment.annotations.get(MITIGATION_ANNOTATION) == mitigation.mark
    has_moved = deployment.resource_version != mitigation.expected
    within = timedelta(seconds=deployment.progress_deadline_seconds) + GRACE
    return _known(is_there, is_over=has_moved or is_late), within


def _known(has_arrived: bool, *, is_over: bool) -> bool | None:
    return True if has_arrived else False if is_over else None


@transaction.atomic
def _stay_unknown(mitigation: Mitigation, error: str) -> None:
    """To be asked again. A worker that is late with its call finds that it is nobody's any more."""
    incident, stored = _locked(mitigation)
    if stored is None:
        return
    is_news = (stored.state, stored.last_error) != (MitigationState.UNKNOWN, error[:1000])
    stored.state, stored.last_error = MitigationState.UNKNOWN, error[:1000]
    stored.next_attempt_at = database_now() + ASKED_EVERY
    stored.save(update_fields=["state", "last_error", "next_attempt_at"])
    if is_news:
        bump_version(incident)


@transaction.atomic
def _settle_as_lost(mitigation: Mitigation) -> Mitigation | None:
    incident, stored = _locked(mitigation)
    if stored is None or (stored.expected, stored.called_at) != (mitigation.expected, mitigation.called_at):
        # Its worker was only slow, and is about to call: what was asked is about a call that is none any more.
        return None
    # RDS keeps no mark, so that a reboot which nobody saw may have been made all the same.
    is_reboot = stored.verb == MitigationVerb.REBOOT_RDS
    outcome = Outcome.NOT_KNOWN if is_reboot else Outcome.NOT_ARRIVED
    end_mitigation(stored, outcome, at=database_now(), was_done=False)
    bump_version(incident)
    return stored


def _locked(mitigation: Mitigation) -> tuple[Incident, Mitigation | None]:
    """Both rows; the mitigation only as long as its call is lost."""
    incident = Incident.objects.select_for_update().get(pk=mitigation.incident_id)
    stored = Mitigation.objects.select_for_update().get(pk=mitigation.pk)
    is_lost = stored.state in (MitigationState.CALLING, MitigationState.UNKNOWN)
    return incident, stored if is_lost else None
