"""Trying a proposal out: guard rails, then the API server's own dry run. Nothing is changed by it.

Looking and trying happen outside any transaction; what was found is stored if the proposal still waits for it.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.database_time import DatabaseNow, database_now
from accounts.models import User
from accounts.roles import Role
from cluster.enums import MitigationVerb
from cluster.selectors import entry_of, state_of
from incidents.enums import ACTIVE_MITIGATIONS, MitigationState
from incidents.mitigations.commands import command_of
from incidents.mitigations.facts import Other, Rules
from incidents.mitigations.guards import NEEDS, Finding, Guard, check
from incidents.mitigations.outcomes import Outcome
from incidents.models import Incident, Mitigation
from incidents.services.announce import bump_version
from incidents.services.end_mitigation import end_mitigation
from incidents.services.read_target import Reach, Sight, look
from integrations.errors import IntegrationError, Refused

#: For so long a check is its worker's alone: longer than a cluster that trickles can make it last.
CLAIMED_FOR = timedelta(seconds=60)
#: A check that ends its worker each time is given up.
MOST_ATTEMPTS = 3


def check_mitigation(*, mitigation_id: int, reach: Reach) -> Mitigation | None:
    """Looks at the target, runs the guard rails and the dry run, and stores what they found: ready, or blocked.

    None where somebody else is at it, or nothing waits for a check.
    """
    mitigation = _claim(mitigation_id)
    if mitigation is None:
        return None
    if mitigation.attempts > MOST_ATTEMPTS:
        return _store(mitigation, None, [_unreadable("unknown")], [])
    incident = mitigation.incident
    rules = rules_of(mitigation, incident, mitigation.requested_by)
    try:
        sight = look(mitigation, mitigation.parameters, rules, other_on(mitigation), reach)
    except IntegrationError as error:
        return _store(mitigation, None, [_unreadable(error.code, error.detail)], [])
    findings = [*check(sight.facts), *sight.findings]
    diff: list[str] = []
    if not any(finding.is_blocking for finding in findings):
        tried, diff = _try_out(mitigation, sight, reach)
        findings += tried
    return _store(mitigation, sight, findings, diff)


def other_on(mitigation: Mitigation) -> Other | None:
    """Another mitigation that is active on the same target."""
    others = Mitigation.objects.filter(
        context=mitigation.context,
        namespace=mitigation.namespace,
        target=mitigation.target,
        state__in=ACTIVE_MITIGATIONS,
    ).exclude(pk=mitigation.pk)
    found = others.select_related("requested_by", "confirmed_by").first()
    if found is None:
        return None
    who = found.confirmed_by or found.requested_by
    return Other(who=who.display_name, incident=found.incident_id, verb=found.verb)


def _claim(mitigation_id: int) -> Mitigation | None:
    waiting = Mitigation.objects.filter(pk=mitigation_id, state=MitigationState.CHECKING, next_attempt_at__lte=Now())
    is_mine = waiting.update(attempts=F("attempts") + 1, next_attempt_at=DatabaseNow() + CLAIMED_FOR)
    parts = Mitigation.objects.select_related("incident__service", "requested_by")
    return parts.get(pk=mitigation_id) if is_mine else None


def rules_of(mitigation: Mitigation, incident: Incident, actor: User) -> Rules:
    """What the portal itself knows that may speak against it, `actor` being who wants it done."""
    entry = entry_of(incident.service.pagerduty_id)
    state = state_of(mitigation.context, mitigation.namespace)
    return Rules(
        has_role=actor.has_role(Role.RESPONDER),
        is_over=not incident.is_open,
        is_production=mitigation.is_production,
        allowed_verbs=entry.allowed_verbs if entry else (),
        min_replicas=entry.min_replicas if entry else 0,
        max_replicas=entry.max_replicas if entry else 0,
        is_reboot_allowed=settings.RDS_REBOOT_ALLOWED,
        databases=entry.databases if entry else (),
        missing_permissions=state.missing_permissions if state else (),
    )


def _try_out(mitigation: Mitigation, sight: Sight, reach: Reach) -> tuple[list[Finding], list[str]]:
    """The dry run, and for a rollback what it would change in the template. RDS knows no dry run: looking must do."""
    verb = MitigationVerb(mitigation.verb)
    if verb is MitigationVerb.REBOOT_RDS:
        return [], []
    cluster, namespace, target = reach.cluster_of(mitigation.context), mitigation.namespace, mitigation.target
    bound = {"mark": mitigation.mark, "expect": sight.expected}
    diff: list[str] = []
    try:
        match verb:
            case MitigationVerb.SCALE:
                write = cluster.scale(namespace, target, replicas=sight.after["replicas"], **bound, dry_run=True)
            case MitigationVerb.RESTART:
                write = cluster.restart(namespace, target, at=database_now(), **bound, dry_run=True)
            case MitigationVerb.ROLL_BACK:
                revision = sight.after["to_revision"]
                diff = list(cluster.template_diff(namespace, target, revision=revision))
                write = cluster.roll_back(namespace, target, revision=revision, **bound, dry_run=True)
            case _:
                write = cluster.delete_pod(namespace, sight.pod, uid=sight.expected, dry_run=True)
    except IntegrationError as error:
        return [_refused(error, verb)], diff
    return [Finding(Guard.WARNED, is_blocking=False, data={"detail": words}) for words in write.warnings], diff


def _refused(error: IntegrationError, verb: MitigationVerb) -> Finding:
    """What the dry run was answered, or was not, as a finding that blocks."""
    if isinstance(error, Refused) and error.code == "forbidden":
        return Finding(Guard.FORBIDDEN, data={"permission": NEEDS[verb]})
    if isinstance(error, Refused) and error.code == "invalid":
        return Finding(Guard.REFUSED, data={"detail": error.detail})
    return _unreadable(error.code, error.detail)


def _unreadable(code: str, detail: str = "") -> Finding:
    return Finding(Guard.UNREADABLE, data={"obstacle": code, "detail": detail})


@transaction.atomic
def _store(mitigation: Mitigation, sight: Sight | None, findings: list[Finding], diff: list[str]) -> Mitigation | None:
    incident = Incident.objects.select_for_update().get(pk=mitigation.incident_id)
    stored = Mitigation.objects.select_for_update().get(pk=mitigation.pk)
    if stored.state != MitigationState.CHECKING:
        return None
    now = database_now()
    blocking = [finding for finding in findings if finding.is_blocking]
    stored.findings = [finding.as_json() for finding in sorted(findings, key=lambda each: not each.is_blocking)]
    stored.attempts, stored.next_attempt_at, stored.checked_at = 0, now, now
    if sight is not None:
        stored.before, stored.after, stored.diff = sight.before, sight.after, diff
        stored.expected, stored.pod = sight.expected, sight.pod
        stored.command = command_of(stored.verb, stored.place, stored.after)
    if blocking:
        end_mitigation(stored, Outcome.BLOCKED, at=now, was_done=False, finding=blocking[0].as_json())
    else:
        stored.state = MitigationState.READY
        stored.save()
    bump_version(incident)
    return stored
